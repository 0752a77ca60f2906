"""The import of an IRVE file, beside reading it and validating it with pydantic."""

import csv
import gzip
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

from pydantic import create_model
from sqlalchemy.orm import Session

from services.bornes import demonstration
from services.bornes.commands import import_irve
from services.bornes.irve import NOMS
from shared.db import make_engine
from shared.schemas.bornes_imports import OptionsImport
from tests.perf.children import peak_mb, run_child
from tests.perf.data import ROOT, Databases
from tests.perf.options import Options
from tests.perf.report import Line, Target, ratio

NATIONAL = "irve/national/national_irve_statique_union.csv.gz"
GENERATED = 72_000
"""Rows of the file that stands in for the national one."""
TIMES = 4
"""How much larger the file is that shows whether memory follows size."""
MODULE = "tests.perf.imports"
NUMBERS = {"puissance_nominale": float, "nbre_pdc": int, "date_maj": date}


def measure(options: Options, databases: Databases) -> Iterator[Line]:
    """Read, validate, import: each in turn, round after round, in processes of their own."""
    with tempfile.TemporaryDirectory(prefix="banc-") as folder:
        name, file = _file(Path(folder))
        told: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
        for _ in range(options.rounds):
            for kind, runs in told.items():
                with databases.empty() as url:
                    runs.append(run_child(MODULE, kind, str(file), url))
        larger = _repeated(file, Path(folder) / "plus-grand.csv")
        with databases.empty() as url:
            large = run_child(MODULE, "importer", str(larger), url)
    seconds = {kind: [run["seconds"] for run in runs] for kind, runs in told.items()}
    for kind, runs in told.items():
        speed = median(run["rows"] / run["seconds"] for run in runs)
        figures = {"lignes_s": speed, "mo": median(run["peak_mb"] for run in runs)}
        share = ratio(seconds["lire"], seconds[kind]) if kind != "lire" else None
        yield Line(name, kind, figures, share, "× csv.reader" if share else "")
    yield Line(name, "importer", {}, speed, "lignes/s", Target(15_000))
    peak = figures["mo"]
    yield Line(name, "pointe de mémoire", {}, peak, "Mo", Target(400, at_most=True))
    share = large["peak_mb"] / peak
    figures = {"mo": large["peak_mb"], "lignes_s": large["rows"] / large["seconds"]}
    yield Line(
        name, f"fichier × {TIMES}", figures, share, "× la mémoire", Target(1.2, at_most=True)
    )


def _file(folder: Path) -> tuple[str, Path]:
    """The real national file when it is at hand, else a generated one; uncompressed."""
    real = Path(os.environ.get("RELANCE_DONNEES_REELLES", ROOT / "../shared/data")) / NATIONAL
    file = folder / "irve.csv"
    with file.open("wb") as target:
        if real.exists():
            with gzip.open(real) as source:
                shutil.copyfileobj(source, target)
            return "import national", file
        print(f"  {real} absent : fichier généré à la place", file=sys.stderr)
        target.writelines(demonstration.irve(GENERATED))
    return "import généré", file


def _repeated(file: Path, larger: Path) -> Path:
    """The same rows several times, under other identifiers."""
    with file.open(newline="", encoding="utf-8") as source, larger.open("w", newline="") as target:
        reader = csv.DictReader(source)
        writer = csv.DictWriter(target, reader.fieldnames or [])
        writer.writeheader()
        for row in reader:
            for turn in range(TIMES):
                for name in ("id_station_itinerance", "id_pdc_itinerance"):
                    row[name] = f"{row[name]}{turn}" if turn else row[name]
                writer.writerow(row)
    return larger


def _read(file: Path, _url: str) -> int:
    with file.open(newline="", encoding="utf-8") as source:
        return sum(1 for _ in csv.reader(source)) - 1


def _validate(file: Path, _url: str) -> int:
    fields = {name: (NUMBERS.get(name, str), ...) for name in NOMS}
    model = create_model("Ligne", **fields)  # type: ignore[call-overload]
    with file.open(newline="", encoding="utf-8") as source:
        names = next(reader := csv.reader(source))
        count = 0
        for cells in reader:
            count += 1
            try:
                model.model_validate(dict(zip(names, cells, strict=False)))
            except ValueError:  # a real file has bad rows
                continue
    return count


def _import(file: Path, url: str) -> int:
    engine = make_engine(url)
    with file.open("rb") as source, Session(engine) as session, session.begin():
        done = import_irve(
            session,
            source,
            nom=file.name,
            producteur="banc",
            acteur="banc",
            options=OptionsImport(hors_perimetre=True),
        )
    return done.bilan.lignes.lues


KINDS: dict[str, Callable[[Path, str], int]] = {
    "lire": _read,
    "csv → pydantic": _validate,
    "importer": _import,
}


def main() -> None:
    """Measure one kind in this process."""
    kind, file, url = sys.argv[1:]
    start = perf_counter()
    rows = KINDS[kind](Path(file), url)
    json.dump({"rows": rows, "seconds": perf_counter() - start, "peak_mb": peak_mb()}, sys.stdout)


if __name__ == "__main__":
    main()
