"""The vitrine of 107,000 shops in a served process: seconds, the database's too, and memory."""

import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import psycopg

from tests.perf import servers
from tests.perf.annuaire import FICHES
from tests.perf.cadence import cpu_s
from tests.perf.data import Databases
from tests.perf.options import Options
from tests.perf.report import Line, Target

BACKENDS: Final = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
)
ROWS: Final = """
SELECT (SELECT count(*) FROM commerces.fiches) + (SELECT count(*) FROM commerces.modalites)
"""


def measure(options: Options, databases: Databases) -> Iterator[Line]:
    """A service started on an empty directory, then on the full one, round after round."""
    print("  107 000 fiches…", file=sys.stderr)
    url = databases.directory()
    runs: list[dict[str, float]] = []
    for _ in range(options.rounds):
        with databases.empty() as none:
            nothing = _started(none)
        told = _started(url)
        spent = {name: told[name] - nothing[name] for name in ("cpu_s", "base_s", "secondes")}
        runs.append({**told, **spent})
    middle = {name: median(run[name] for run in runs) for name in runs[0]}
    name = f"vitrine {FICHES:,} commerces".replace(",", "\N{NARROW NO-BREAK SPACE}")
    built = median(run["cpu_s"] + run["base_s"] for run in runs)
    yield Line(name, "service", {"secondes": middle["cpu_s"]}, None, "")
    yield Line(name, "PostgreSQL", {"secondes": middle["base_s"]}, None, "")
    yield Line(
        name,
        "construire (processeur)",
        {"objets": middle["objets"]},
        built,
        "s en tout",
        Target(20, at_most=True),
    )
    yield Line(name, "construire (horloge)", {}, middle["secondes"], "s")
    peak = Target(700, at_most=True)
    yield Line(name, "pointe de mémoire", {"mo": middle["mo"]}, middle["pointe_mo"], "Mo", peak)


def _started(url: str) -> dict[str, float]:
    """What a service has used by the time it is ready."""
    with psycopg.connect(url, autocommit=True) as connection:
        start = perf_counter()
        with servers.relance("commerces", url) as server:
            seconds = perf_counter() - start
            pid = server.process.pid
            own = connection.info.backend_pid
            backends = [row[0] for row in connection.execute(BACKENDS, (own,))]
            status = Path(f"/proc/{pid}/status").read_text()
            peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
            return {
                "cpu_s": cpu_s(pid),
                "base_s": sum(map(cpu_s, backends)),
                "secondes": seconds,
                "mo": server.rss_mb(),
                "pointe_mo": int(peak.split()[1]) * 1024 / 1e6,
                "objets": float(connection.execute(ROWS).fetchone()[0]),
            }
