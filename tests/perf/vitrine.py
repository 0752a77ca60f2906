"""The vitrine by itself: seconds and memory to build it, what one change costs."""

import json
import random
import sys
from collections.abc import Iterator
from statistics import median
from time import perf_counter

import psutil

from services.bornes import queries
from services.bornes.app import service
from shared.db import in_snapshots, make_engine
from shared.memory.segments import Version
from tests.perf.children import peak_mb, run_child
from tests.perf.data import Databases
from tests.perf.options import Options
from tests.perf.report import Line, Target, ratio

SIZES = (3_000, 200_000)
CHANGES = 300


def measure(options: Options, databases: Databases) -> Iterator[Line]:
    """Reading the rows, then building, at each size in turn."""
    urls = {points: databases.registry(points).url for points in SIZES}
    told: dict[int, list[dict[str, float]]] = {points: [] for points in SIZES}
    for _ in range(options.rounds):
        for points, url in urls.items():
            told[points].append(run_child("tests.perf.vitrine", url))
    small, large = told.values()
    for points, runs in told.items():
        name = f"vitrine {points:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
        middle = {key: median(run[key] for run in runs) for key in runs[0]}
        objects, reading = middle["objects"], middle["reading_s"]
        build = ratio((r["build_s"] for r in runs), (r["reading_s"] for r in runs))
        yield Line(name, "lire les lignes", {"objets": objects, "secondes": reading})
        against = "× lire les lignes"
        yield Line(name, "construire", {"secondes": middle["build_s"]}, build, against)
        yield Line(name, "construire", {}, middle["build_s"], "s", Target(10, at_most=True))
        yield Line(
            name,
            "mémoire du processus",
            {"mo": middle["before_mb"]},
            middle["mb"],
            "Mo",
            Target(500, at_most=True),
        )
        yield Line(name, "pointe de mémoire", {"mo": middle["peak_mb"]})
        share = ratio((r["change_s"] for r in runs), (r["build_s"] for r in runs))
        yield Line(name, "un changement", {"ms": middle["change_s"] * 1e3}, share, "× construire")
    cost = ratio((r["change_s"] for r in large), (r["change_s"] for r in small))
    yield Line(
        "vitrine",
        "un changement, 200 000 / 3 000",
        {},
        cost,
        "× le coût",
        Target(1.3, at_most=True),
    )


def main() -> None:
    """Measure in this process."""
    engine = in_snapshots(make_engine(sys.argv[1]))
    with engine.connect() as connection:
        start = perf_counter()
        points = sum(1 for _ in queries.living_points(connection))
        reading = perf_counter() - start
        before = _rss_mb()
        start = perf_counter()
        version = Version.of(service.source.load(connection))
        build = perf_counter() - start
        held, peak = _rss_mb(), peak_mb()
        changes = _changes(connection, version)
    json.dump(
        {
            "objects": points + len(version),
            "reading_s": reading,
            "build_s": build,
            "before_mb": before,
            "mb": held,
            "peak_mb": peak,
            "change_s": median(changes),
        },
        sys.stdout,
    )


def _changes(connection, version: Version) -> list[float]:
    """Seconds to take in a change, one station at a time, the rows read from the database."""
    alea = random.Random(7)
    spent = []
    for row in alea.sample(range(len(version)), min(CHANGES, len(version))):
        ids = [version.id_at(row).decode()]
        start = perf_counter()
        version.apply(ids, service.source.reload(connection, ids))
        spent.append(perf_counter() - start)
    return spent


def _rss_mb() -> float:
    return psutil.Process().memory_info().rss / 1e6


if __name__ == "__main__":
    main()
