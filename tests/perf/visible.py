"""How soon a committed change shows in another process, while it is read and much else changes."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import median

import psycopg

from tests.perf import load, servers
from tests.perf.data import Databases, Registry
from tests.perf.load import Load, Questions
from tests.perf.options import Options
from tests.perf.questions import workloads
from tests.perf.report import Line, Target, percentiles, ratio
from tests.perf.servers import BenchError, Server

POINTS = 200_000
PER_SECOND = 1_000
SECONDS = 4
READERS = 4
"""Connections that read without a pause meanwhile."""
MARKED = 20
"""One change in so many is watched for."""
SETTLE_S = 5
MARK = b'"observations":"banc '
CHANGE = """
WITH change AS (
    UPDATE bornes.points_de_charge SET observations = %(text)s, modifie_le = now()
    WHERE station_id = %(id)s
)
INSERT INTO bornes.journal (genre, sujet, acteur, corps)
VALUES ('station.modifiee', %(id)s, 'banc', '{"champs": ["observations"]}')
"""


@dataclass
class Changes:
    """What a writer committed: when each mark was."""

    committed: list[float] = field(default_factory=list)
    count: int = 0
    seconds: float = 0.0


def measure(options: Options, databases: Databases) -> Iterator[Line]:
    """Reads alone, then reads while stations change, round after round."""
    registry = databases.registry(POINTS)
    paths = next(w.paths for w in workloads(registry) if w.name == "bbox-50")
    quiet: list[Load] = []
    busy: list[Load] = []
    rates: list[float] = []
    delays: list[float] = []
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="banc-"))
        questions = Questions.write(Path(folder) / "questions", paths)
        server = stack.enter_context(servers.relance("bornes", registry.url))
        for turn in range(options.rounds):
            quiet.append(_read(server, questions, turn))
            watch = _Watch(server, registry, turn)
            with watch:
                busy.append(_read(server, questions, turn))
            rates.append(watch.changes.count / watch.changes.seconds)
            delays.extend(watch.delays())
    yield from _lines(quiet, busy, rates, delays)


def _read(server: Server, questions: Questions, turn: int) -> Load:
    return load.send(
        server.port, questions, start=turn * 4_999, connections=READERS, seconds=SECONDS
    )


def _lines(
    quiet: list[Load], busy: list[Load], rates: list[float], delays: list[float]
) -> Iterator[Line]:
    name = "changement visible"
    p50, p99 = percentiles(delays)
    figures = {"par_s": median(rates), "p50_ms": p50 * 1e3, "p99_ms": p99 * 1e3}
    yield Line(name, "autre processus", figures, p99, "s (p99)", Target(1, at_most=True))
    yield Line(name, "rythme tenu", {}, median(rates), "par s", Target(PER_SECOND * 0.95))
    for subject, runs in (("lectures seules", quiet), ("lectures pendant", busy)):
        yield Line(
            name,
            subject,
            {
                "req_s": median(run.requests / run.seconds for run in runs),
                "p50_ms": median(run.p50_ms for run in runs),
                "p99_ms": median(run.p99_ms for run in runs),
            },
        )
    kept = ratio([run.requests for run in busy], [run.requests for run in quiet])
    yield Line(name, "débit de lecture gardé", {}, kept, "× sans changement")


class _Watch:
    """A writer and a reader of one station, at work while the context lasts."""

    def __init__(self, server: Server, registry: Registry, turn: int) -> None:
        self._server = server
        self._registry = registry
        self._turn = turn
        self._stop = threading.Event()
        self._seen: list[tuple[float, int]] = []
        self.changes = Changes()
        self._threads = [threading.Thread(target=self._write), threading.Thread(target=self._poll)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if not self._seen or self._seen[-1][1] < len(self.changes.committed):
            raise BenchError("Un changement commis n'est jamais devenu visible.")

    def delays(self) -> Iterator[float]:
        """Seconds from each mark's commit to the first answer that shows it or a later one."""
        seen = iter(self._seen)
        moment, number = next(seen)
        for mark, committed in enumerate(self.changes.committed, 1):
            while number < mark:
                moment, number = next(seen)
            yield max(0.0, moment - committed)

    def _write(self) -> None:
        marked, *others = self._registry.ids
        ids = cycle(others)
        changes, start = self.changes, time.perf_counter()
        with psycopg.connect(self._registry.url, autocommit=True) as connection:
            while not self._stop.is_set():
                if changes.count % MARKED:
                    connection.execute(CHANGE, {"id": next(ids), "text": "changé"})
                else:
                    mark = f"banc {self._turn} {len(changes.committed) + 1}"
                    connection.execute(CHANGE, {"id": marked, "text": mark})
                    changes.committed.append(time.perf_counter())
                changes.count += 1
                ahead = changes.count / PER_SECOND - (time.perf_counter() - start)
                if ahead > 0:
                    time.sleep(ahead)
        changes.seconds = time.perf_counter() - start

    def _poll(self) -> None:
        path = f"/stations/{self._registry.ids[0]}"
        last, limit = 0, 0.0
        while True:
            _, body = self._server.get(path)
            number = _mark(body, self._turn)
            if number > last:
                self._seen.append((time.perf_counter(), number))
                last = number
            if self._stop.is_set() and not self._threads[0].is_alive():
                limit = limit or time.perf_counter() + SETTLE_S
                if last == len(self.changes.committed) or time.perf_counter() > limit:
                    return
            time.sleep(0.002)


def _mark(body: bytes, turn: int) -> int:
    """The last mark of this turn that an answer shows, 0 for none."""
    _, _, rest = body.partition(MARK)
    shown, _, number = rest.partition(b'"')[0].partition(b" ")
    return int(number) if shown == b"%d" % turn else 0
