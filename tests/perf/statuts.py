"""Statuses sent over HTTP at a steady rate: what they cost, and what they take from the reads."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from itertools import cycle, islice
from statistics import median
from typing import NamedTuple, Self

import psycopg

from shared.auth import Acteur, sign
from tests.perf import cadence, servers
from tests.perf.data import Databases, Registry
from tests.perf.options import Options
from tests.perf.questions import workloads
from tests.perf.report import Line, Target, percentiles, ratio
from tests.perf.servers import SECRET, BenchError, Server

NAME = "statuts"
POINTS = 200_000
PER_SECOND = 1_000
LOTS = (10, 100, 1_000)
"""Points a call."""
SENDERS = 4
READS_PER_SECOND = 500
"""At a steady pace: readers in a hurry would leave statuses no room, and tell nothing of waits."""
READ = ("bbox-50 répété", "bbox-50 distinct", "station distinct")
SECONDS = 3
"""Of each measure: at a thousand points a call, three calls."""
MARK_S = 0.05
"""The watched point is told again no sooner: what is late would otherwise always be overtaken."""
SETTLE_S = 5.0
IDS = "SELECT id, station_id FROM bornes.points_de_charge WHERE retire_le IS NULL ORDER BY id"


class Waits(NamedTuple):
    """Of some reads."""

    p50_ms: float
    p99_ms: float


@dataclass
class Runs:
    """What was measured with calls of one size, round by round."""

    quiet: dict[str, list[Waits]] = field(default_factory=lambda: {name: [] for name in READ})
    busy: dict[str, list[Waits]] = field(default_factory=lambda: {name: [] for name in READ})
    rates: list[float] = field(default_factory=list)
    """Points accepted a second while reads go on."""
    delays: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    """Points accepted a second when nothing else is asked and nothing is waited for."""
    cpu_us: list[float] = field(default_factory=list)
    """A point, then: of the service, PostgreSQL has its own."""


class Fleet:
    """The charging points of a registry, each told in turn to be taken, then free."""

    def __init__(self, registry: Registry) -> None:
        with psycopg.connect(registry.url) as connection:
            rows = connection.execute(IDS).fetchall()
        self.marked, self.station = rows[0]
        self.prefixes = frozenset(id_[:5] for id_, _ in rows)
        self._statuses = self._turns([id_ for id_, _ in rows[1:]])
        self._lock = threading.Lock()
        self._marked_at = 0.0

    @staticmethod
    def _turns(ids: list[str]) -> Iterator[tuple[str, str]]:
        while True:
            for occupation in ("occupe", "libre"):
                yield from ((id_, occupation) for id_ in ids)

    def body(self, count: int) -> tuple[bytes, datetime | None]:
        """A call of so many statuses, and the instant told of the watched point if it is there."""
        with self._lock:
            told = list(islice(self._statuses, count))
            moment = time.perf_counter()
            if is_marked := moment - self._marked_at > MARK_S:
                self._marked_at = moment
                told[0] = (self.marked, "libre")
            now = datetime.now(UTC)
        statuses = [
            {
                "id_pdc_itinerance": id_,
                "etat_pdc": "en_service",
                "occupation_pdc": occupation,
                "horodatage": now.isoformat(),
                "etat_prise_type_2": "fonctionnel",
            }
            for id_, occupation in told
        ]
        return json.dumps({"statuts": statuses}).encode(), now if is_marked else None


def measure(options: Options, databases: Databases) -> Iterator[Line]:
    """Reads alone, reads while statuses come, statuses alone: in turn for each size of call."""
    registry = databases.registry(POINTS)
    fleet = Fleet(registry)
    runs = {lot: Runs() for lot in LOTS}
    asked = {str(w): cycle(w.paths) for w in workloads(registry) if str(w) in READ}
    with servers.relance("bornes", registry.url) as server, cadence.apart() as reader:
        for _ in range(options.rounds):
            for lot, found in runs.items():
                for name, paths in asked.items():
                    found.quiet[name].append(_read(reader, server, paths))
                    with Sending(server, fleet, lot, per_second=PER_SECOND) as sending:
                        found.busy[name].append(_read(reader, server, paths))
                    found.rates.append(sending.accepted / sending.seconds)
                    found.delays.extend(sending.delays())
                _alone(server, fleet, lot, found)
    yield from _lines(runs)


def _read(reader: Executor, server: Server, paths: Iterator[str]) -> Waits:
    some = list(islice(paths, READS_PER_SECOND * SECONDS))
    waits = reader.submit(cadence.delays, server.port, some, per_second=READS_PER_SECOND)
    return Waits(*percentiles(waits.result()))


def _alone(server: Server, fleet: Fleet, lot: int, found: Runs) -> None:
    before = server.cpu()
    with Sending(server, fleet, lot) as sending:
        time.sleep(SECONDS)
    found.most.append(sending.accepted / sending.seconds)
    found.cpu_us.append((server.cpu() - before) / sending.accepted * 1e6)


def _lines(runs: dict[int, Runs]) -> Iterator[Line]:
    largest = runs[LOTS[-1]]
    for lot, found in runs.items():
        name = f"{NAME}, {lot} par appel"
        rate = median(found.rates)
        yield Line(name, "reçus pendant les lectures", {}, rate, "par s", Target(PER_SECOND * 0.95))
        p50, p99 = percentiles(found.delays)
        figures = {"p50_ms": p50 * 1e3, "p99_ms": p99 * 1e3}
        yield Line(name, "visible après", figures, p99, "s (p99)", Target(1, at_most=True))
        cost = {"par_s": median(found.most), "cpu_point_us": median(found.cpu_us)}
        against = f"× le coût à {LOTS[-1]} par appel"
        yield Line(name, "seuls, sans pause", cost, ratio(found.cpu_us, largest.cpu_us), against)
        for read in READ:
            yield from _reads(f"{name}, {read}", found.quiet[read], found.busy[read])


def _reads(name: str, quiet: list[Waits], busy: list[Waits]) -> Iterator[Line]:
    for subject, waits in (("lectures seules", quiet), ("lectures pendant", busy)):
        figures = {
            "par_s": READS_PER_SECOND,
            "p50_ms": median(wait.p50_ms for wait in waits),
            "p99_ms": median(wait.p99_ms for wait in waits),
        }
        if waits is quiet:
            yield Line(name, subject, figures)
            continue
        share = ratio((wait.p50_ms for wait in busy), (wait.p50_ms for wait in quiet))
        yield Line(name, subject, figures, share, "× le p50 sans statuts")
        share = ratio((wait.p99_ms for wait in busy), (wait.p99_ms for wait in quiet))
        yield Line(name, subject, {}, share, "× le p99 sans statuts")


class Sending:
    """Statuses sent on several connections while the context lasts, and one point watched."""

    def __init__(
        self, server: Server, fleet: Fleet, lot: int, *, per_second: float | None = None
    ) -> None:
        """Without a pace, each call follows the answer to the one before."""
        self._server = server
        self._fleet = fleet
        self._lot = lot
        self._pace = per_second
        acteur = Acteur("banc", "operateur", frozenset({"bornes:statuts"}), prefixes=fleet.prefixes)
        token = sign(acteur, service="bornes", secret=SECRET)
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._calls = 0
        self._answered = 0
        self._marks: list[tuple[datetime, float]] = []
        """Instant told of the watched point, and when the call was answered."""
        self._seen: list[tuple[datetime, float]] = []
        self._wrong: list[str] = []
        self.accepted = 0
        self.seconds = 0.0

    def __enter__(self) -> Self:
        self._start = time.perf_counter()
        self._senders = [
            threading.Thread(target=self._guard, args=(self._send,)) for _ in range(SENDERS)
        ]
        self._watcher = threading.Thread(target=self._guard, args=(self._watch,))
        # Without a pace the cost of a point is measured: the watcher's questions would be in it.
        self._threads = [*self._senders, *([self._watcher] if self._pace else [])]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._senders:
            thread.join()
        elapsed = time.perf_counter() - self._start
        # A call sent in the last instant brings statuses of the time to come.
        due = self._answered * self._lot / self._pace if self._pace else 0.0
        self.seconds = max(elapsed, due)
        for thread in self._threads:
            thread.join()
        if self._wrong:
            raise BenchError(f"statuts : {self._wrong[0]}")

    def delays(self) -> Iterator[float]:
        """Seconds from each answer to the first read that shows its statuses or later ones."""
        for told, answered in sorted(self._marks):
            seen = next(moment for shown, moment in self._seen if shown >= told)
            yield max(0.0, seen - answered)

    def _guard(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (OSError, ValueError, LookupError, BenchError) as error:
            self._wrong.append(repr(error))

    def _send(self) -> None:
        with closing(self._connection()) as connection:
            while not self._stop.is_set():
                with self._lock:
                    number, self._calls = self._calls, self._calls + 1
                if self._pace and self._wait(number * self._lot / self._pace):
                    return
                self._call(connection)

    def _wait(self, due: float) -> bool:
        """Until the moment of a call; whether all stopped before it."""
        return self._stop.wait(max(0.0, self._start + due - time.perf_counter()))

    def _call(self, connection: HTTPConnection) -> None:
        body, mark = self._fleet.body(self._lot)
        connection.request("POST", "/statuts", body, self._headers)
        response = connection.getresponse()
        content = response.read()
        moment = time.perf_counter()
        if response.status != 200:
            raise BenchError(f"{response.status} : {content[:200]!r}")
        with self._lock:
            self._answered += 1
            self.accepted += json.loads(content)["acceptes"]
            if mark is not None:
                self._marks.append((mark, moment))

    def _watch(self) -> None:
        last, limit = datetime.min.replace(tzinfo=UTC), 0.0
        with closing(self._connection()) as connection:
            while True:
                shown = self._shown(connection)
                if shown > last:
                    last = shown
                    self._seen.append((shown, time.perf_counter()))
                if self._stop.is_set() and not any(t.is_alive() for t in self._senders):
                    limit = limit or time.perf_counter() + SETTLE_S
                    if not self._marks or last >= max(self._marks)[0]:
                        return
                    if time.perf_counter() > limit:
                        raise BenchError("un statut accepté n'est jamais devenu visible")
                time.sleep(0.005)

    def _shown(self, connection: HTTPConnection) -> datetime:
        """The instant of the last status of the watched point that a read shows."""
        connection.request("GET", f"/stations/{self._fleet.station}")
        answer = json.loads(connection.getresponse().read())
        points = answer["properties"]["points_de_charge"]
        told = next(
            p["etat"]["horodatage"] for p in points if p["id_pdc_itinerance"] == self._fleet.marked
        )
        return datetime.fromisoformat(told) if told else datetime.min.replace(tzinfo=UTC)

    def _connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self._server.port, timeout=30)
