"""The import of a file of shops: reading, judging, storing, and what a file four times larger does.

Files are generated with the shapes of those of Paris, which are measured too where they are.
"""

import csv
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import psutil
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.commerces.imports.commands import Expediteur, importer
from services.commerces.imports.fichier import ouvrir
from services.commerces.imports.lignes import Lecteur
from shared.db import make_engine
from shared.schemas.commerces_imports import ImportCommerces, OptionsImportCommerces
from tests.perf.children import peak_mb, run_child
from tests.perf.data import ROOT, Databases
from tests.perf.fichier_commerces import ecrire
from tests.perf.options import Options
from tests.perf.report import Line, Target, ratio

MODULE = "tests.perf.imports_commerces"
SHOPS = 50_000
TIMES = 4
"""How much larger the file is that shows whether memory follows size."""
RATE = Target(15_000)
REELS = ("paris-commercants-livraison_2020-05.json", "paris-commercants-livraison_2020-12.csv")
BANC = Expediteur("banc")
NOBODY = 0
"""No process of PostgreSQL works."""

Told = dict[str, float]


def measure(options: Options, databases: Databases) -> Iterator[Line]:
    """Each kind in turn, round after round, in processes of their own."""
    with tempfile.TemporaryDirectory(prefix="banc-") as folder:
        file = ecrire(Path(folder) / "commerces.csv", SHOPS)
        told = _told(options, databases, file)
        yield from _lines("commerces générés", told)
        larger = ecrire(Path(folder) / "plus-grand.csv", SHOPS * TIMES)
        large = _run(databases, "importer", larger)
    peak = median(run["peak_mb"] for run in told["importer"])
    figures = {"mo": large["peak_mb"], "lignes_s": large["rows"] / large["seconds"]}
    yield Line(
        "commerces générés",
        f"fichier × {TIMES}",
        figures,
        large["peak_mb"] / peak,
        "× la mémoire",
        Target(1.2, at_most=True),
    )
    real = Path(os.environ.get("RELANCE_DONNEES_REELLES", ROOT / "../shared/data")) / "commerces"
    for name in REELS:
        if (real / name).exists():
            yield from _lines(name.partition("_")[2], _told(options, databases, real / name))


def _told(options: Options, databases: Databases, file: Path) -> dict[str, list[Told]]:
    told: dict[str, list[Told]] = {kind: [] for kind in KINDS}
    for _ in range(options.rounds):
        for kind, runs in told.items():
            runs.append(_run(databases, kind, file))
    return told


def _run(databases: Databases, kind: str, file: Path) -> Told:
    with databases.empty() as url:
        return run_child(MODULE, kind, str(file), url)


def _lines(name: str, told: dict[str, list[Told]]) -> Iterator[Line]:
    for kind, runs in told.items():
        figures = {
            "cpu_line_us": median(run["cpu"] / run["rows"] for run in runs) * 1e6,
            "cpu_pg_us": median(run["cpu_pg"] / run["rows"] for run in runs) * 1e6,
            "mo": median(run["peak_mb"] for run in runs),
        }
        speed = median(run["rows"] / run["seconds"] for run in runs)
        target = RATE if kind in {"essai", "importer", "importer de nouveau"} else None
        yield Line(name, kind, figures, speed, "lignes/s", target)
    seconds = {kind: [run["seconds"] for run in runs] for kind, runs in told.items()}
    share = ratio(seconds["juger"], seconds["importer"])
    yield Line(name, "lire et juger / importer", {}, share, "× du temps")


def _judge(file: Path, _url: str) -> Iterator[int]:
    """Read and judge without storing."""
    yield NOBODY
    with file.open("rb") as source:
        fichier = ouvrir(source)
        lecteur = Lecteur(
            colonnes=fichier.colonnes,
            aujourd_hui=date(2026, 11, 25),
            textes=fichier.forme == "csv",
        )
        yield sum(1 for _ in map(lecteur.lire, fichier.enregistrements()))


def _read(file: Path, _url: str) -> Iterator[int]:
    yield NOBODY
    if file.suffix == ".json":
        yield len(json.loads(file.read_bytes()))
    with file.open(newline="", encoding="utf-8") as source:
        yield sum(1 for _ in csv.reader(source, delimiter=";")) - 1


def _dry_run(file: Path, url: str) -> Iterator[int]:
    with Session(make_engine(url)) as session, session.begin():
        yield _backend(session)
        yield _take(session, file, essai=True).bilan.lignes.lues


def _import(file: Path, url: str) -> Iterator[int]:
    with Session(make_engine(url)) as session, session.begin():
        yield _backend(session)
        yield _take(session, file).bilan.lignes.lues


def _again(file: Path, url: str) -> Iterator[int]:
    """The file of the day before, unchanged: nothing is written but its report."""
    engine = make_engine(url)
    with Session(engine) as session, session.begin():
        _take(session, file)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    with Session(engine) as session, session.begin():
        yield _backend(session)
        yield _take(session, file).bilan.lignes.lues


def _backend(session: Session) -> int:
    """The process of PostgreSQL that works for this session, on this machine."""
    return session.execute(text("SELECT pg_backend_pid()")).scalar_one()


def _take(session: Session, file: Path, **options: bool) -> ImportCommerces:
    with file.open("rb") as source:
        return importer(
            session,
            source,
            nom=file.name,
            source="banc",
            expediteur=BANC,
            options=OptionsImportCommerces.model_validate(options),
        )


KINDS: dict[str, Callable[[Path, str], Iterator[int]]] = {
    "lire": _read,
    "juger": _judge,
    "essai": _dry_run,
    "importer": _import,
    "importer de nouveau": _again,
}
"""Each yields, once ready, the process of PostgreSQL that works for it, then its rows."""


def _spent(backend: int) -> float:
    if backend == NOBODY:
        return 0.0
    times = psutil.Process(backend).cpu_times()
    return times.user + times.system


def main() -> None:
    """Measure one kind in this process."""
    kind, file, url = sys.argv[1:]
    work = KINDS[kind](Path(file), url)
    backend = next(work)
    start, cpu, stored = perf_counter(), process_time(), _spent(backend)
    rows = next(work)
    told = {
        "seconds": perf_counter() - start,
        "cpu": process_time() - cpu,
        "cpu_pg": _spent(backend) - stored,
    }
    json.dump(told | {"rows": rows, "peak_mb": peak_mb()}, sys.stdout)


if __name__ == "__main__":
    main()
