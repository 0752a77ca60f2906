"""The live stream before many listeners: what an event costs, and when the last has it."""

import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Self

import psycopg
import uvloop

from tests.perf import load, servers
from tests.perf.data import Databases, Registry
from tests.perf.load import Load, Questions
from tests.perf.options import Options
from tests.perf.questions import workloads
from tests.perf.report import Line, Target, percentiles, ratio
from tests.perf.servers import BenchError, Server
from tests.perf.visible import CHANGE

NAME = "flux"
POINTS = 200_000
LISTENERS = 500
AUDIENCES = (1, LISTENERS)
PER_SECOND = 20
CHANGES = 60
"""Each time, at that pace."""
READERS = 4
SECONDS = 3
"""Of reading, with listeners and without."""
OPEN_S = 30.0
SETTLE_S = 20.0
BEGUN = b": battement"
EVENT = b"\nevent: changement\n"


@dataclass
class Told:
    """What telling the changes took, round by round, before an audience of one size."""

    cpu_us: list[float] = field(default_factory=list)
    """A change, of the service's process."""
    delays: list[float] = field(default_factory=list)
    """From each commit to the last listener, in seconds."""


def measure(options: Options, databases: Databases) -> Iterator[Line]:
    """Changes before one listener and many, then reads with them and without."""
    registry = databases.registry(POINTS)
    paths = next(w.paths for w in workloads(registry) if w.name == "bbox-50")
    told = {count: Told() for count in AUDIENCES}
    quiet: list[Load] = []
    busy: list[Load] = []
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="banc-"))
        questions = Questions.write(Path(folder) / "questions", paths)
        server = stack.enter_context(servers.relance("bornes", registry.url))
        for turn in range(options.rounds):
            for count, found in told.items():
                _tell(server, registry, count, found)
            quiet.append(_read(server, questions, turn))
            with Audience(server.port, LISTENERS):
                busy.append(_read(server, questions, turn))
    yield from _lines(told, quiet, busy)


def _tell(server: Server, registry: Registry, count: int, found: Told) -> None:
    with Audience(server.port, count) as audience:
        before = server.cpu()
        committed = _change(registry)
        found.delays.extend(audience.delays(committed))
        found.cpu_us.append((server.cpu() - before) / len(committed) * 1e6)


def _change(registry: Registry) -> list[float]:
    """Change stations one by one; when each was committed."""
    moments: list[float] = []
    ids = cycle(registry.ids)
    start = time.perf_counter()
    with psycopg.connect(registry.url, autocommit=True) as connection:
        for number in range(CHANGES):
            connection.execute(CHANGE, {"id": next(ids), "text": f"flux {start} {number}"})
            moments.append(time.perf_counter())
            time.sleep(max(0.0, start + (number + 1) / PER_SECOND - time.perf_counter()))
    return moments


def _read(server: Server, questions: Questions, turn: int) -> Load:
    done = load.send(
        server.port, questions, start=turn * 4_999, connections=READERS, seconds=SECONDS
    )
    if done.errors or not done.requests:
        raise BenchError(f"lectures : {done.errors} erreurs, {done.requests} réponses.")
    return done


def _lines(told: dict[int, Told], quiet: list[Load], busy: list[Load]) -> Iterator[Line]:
    one, many = (told[count] for count in AUDIENCES)
    added = median((m - o) / (LISTENERS - 1) for m, o in zip(many.cpu_us, one.cpu_us, strict=True))
    for count, found in told.items():
        p50, p99 = percentiles(found.delays)
        figures = {
            "cpu_event_us": median(found.cpu_us),
            **({"cpu_auditeur_us": added} if found is many else {}),
            "p50_ms": p50 * 1e3,
            "p99_ms": p99 * 1e3,
        }
        subject = f"le dernier des {count}" if count > 1 else "1 à l'écoute"
        yield Line(NAME, subject, figures, p99, "s (p99)", Target(1, at_most=True))
    cost = ratio(many.cpu_us, one.cpu_us)
    yield Line(NAME, f"{LISTENERS} / 1", {}, cost, "× le coût d'un événement")
    for subject, runs in (("lectures, personne", quiet), (f"lectures, {LISTENERS} muets", busy)):
        figures = {
            "req_s": median(run.requests / run.seconds for run in runs),
            "p50_ms": median(run.p50_ms for run in runs),
            "p99_ms": median(run.p99_ms for run in runs),
        }
        share = ratio((r.p99_ms for r in runs), (r.p99_ms for r in quiet)) if runs is busy else None
        yield Line(NAME, subject, figures, share, "× le p99 sans auditeur" if share else "")


class Audience:
    """Listeners of one server, in a thread of their own while the context lasts."""

    def __init__(self, port: int, count: int) -> None:
        self._port = port
        self._listeners = [_Listener() for _ in range(count)]
        self._over = threading.Event()
        self._wrong = ""
        self._thread = threading.Thread(target=self._live)

    def __enter__(self) -> Self:
        self._thread.start()
        limit = time.perf_counter() + OPEN_S
        while not all(listener.has_begun for listener in self._listeners):
            if self._wrong or time.perf_counter() > limit:
                self.__exit__()
                raise BenchError(f"Les {len(self._listeners)} flux ne s'ouvrent pas. {self._wrong}")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def delays(self, committed: list[float]) -> Iterator[float]:
        """Seconds from each commit to the last listener that was told; waits for all of them."""
        limit = time.perf_counter() + SETTLE_S
        while any(len(listener.moments) < len(committed) for listener in self._listeners):
            if time.perf_counter() > limit:
                raise BenchError("Un changement n'a pas été dit à tous ceux qui écoutent.")
            time.sleep(0.01)
        heard = [listener.moments for listener in self._listeners]
        for moment, *last in zip(committed, *heard, strict=True):
            yield max(0.0, max(last, default=moment) - moment)

    def _live(self) -> None:
        try:
            uvloop.run(self._listen())
        except OSError as error:
            self._wrong = str(error)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        transports = []
        for listener in self._listeners:
            opened, _ = await loop.create_connection(
                lambda it=listener: it, "127.0.0.1", self._port
            )
            opened.write(b"GET /flux HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            transports.append(opened)
        await asyncio.to_thread(self._over.wait)
        for transport in transports:
            transport.close()


class _Listener(asyncio.Protocol):
    """One connection: notes when each event came."""

    def __init__(self) -> None:
        self.has_begun = False
        self.moments: list[float] = []
        self._last = b""

    def data_received(self, data: bytes) -> None:
        moment = time.perf_counter()
        seen = self._last + data
        self.has_begun = self.has_begun or BEGUN in seen
        self.moments += [moment] * seen.count(EVENT)
        # What may begin a mark that the next piece ends: less than a whole one.
        self._last = seen[1 - len(EVENT) :]
