"""The searches of 107,000 shops, over HTTP on one worker, beside indexed PostgreSQL."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from statistics import mean, median
from typing import Any, Final

import orjson

from tests.perf import commerces_sql, servers
from tests.perf.cadence import delays, one_by_one
from tests.perf.commerces_pg import path_of
from tests.perf.commerces_questions import KINDS, Kind, Question
from tests.perf.data import Databases
from tests.perf.options import Options
from tests.perf.report import Line, Target, percentiles, ratio
from tests.perf.servers import BenchError, Server

NAMES: Final = tuple(kind.name for kind in KINDS)
EACH: Final = 40
"""Questions asked of both in a round."""
PER_SECOND: Final = 50
WARM: Final = 30
WHOLE: Final = "requête HTTP entière"


@dataclass(frozen=True)
class Peer:
    """The server that answers from PostgreSQL, and its backend."""

    server: Server
    backend: int
    """Number of the backend's process."""

    def answers(
        self, kind: Kind, number: int, questions: Sequence[Question]
    ) -> tuple[list[float], list[bytes]]:
        """CPU seconds of the server and of the backend, and the answers by one statement."""
        paths = [path_of(kind.name, number, question.bound) for question in questions]
        return one_by_one(self.server, paths, self.backend)


@dataclass
class Runs:
    """What was measured of one kind of question, round by round."""

    ours: list[float] = field(default_factory=list)
    """CPU seconds a request."""
    theirs: dict[str, list[float]] = field(default_factory=dict)
    """The same, by statement: of the server and PostgreSQL's backend together."""
    backends: dict[str, list[float]] = field(default_factory=dict)
    """Of the backend alone."""
    delays: list[float] = field(default_factory=list)
    same: list[float] = field(default_factory=list)
    """How much of each answer both give."""
    sizes: list[int] = field(default_factory=list)


def measure(options: Options, databases: Databases) -> Iterator[Line]:
    """Each kind of question asked of both in turn, round after round; then at 50 a second."""
    print("  107 000 fiches, et leurs tables de référence…", file=sys.stderr)
    url = databases.directory()
    commerces_sql.fill(url)
    with servers.relance("commerces", url) as server, servers.postgres(url) as other:
        peer = Peer(other, int(other.get("/")[1]))
        for kind in KINDS:
            if options.wants("recherche", kind.name):
                print(f"  {kind.name}…", file=sys.stderr)
                yield from _measured(options, kind, url, (server, peer))


def _measured(options: Options, kind: Kind, url: str, both: tuple[Server, Peer]) -> Iterator[Line]:
    server, peer = both
    asked = kind.ask(url)
    runs = Runs(
        theirs={name: [] for name in kind.statements},
        backends={name: [] for name in kind.statements},
    )
    warm = list(islice(asked, WARM))
    one_by_one(server, [question.path for question in warm])
    for number in range(len(kind.statements)):
        peer.answers(kind, number, warm)
    paced = round(PER_SECOND * options.seconds * 2)
    for _ in range(options.rounds):
        _round(kind, server, peer, list(islice(asked, EACH)), runs)
        paths = [question.path for question in islice(asked, paced)]
        runs.delays += delays(server.port, paths, per_second=PER_SECOND)
    if mean(runs.same) < kind.least:
        raise BenchError(
            f"{kind.name} : PostgreSQL ne répond pas la même chose ({mean(runs.same):.1%})."
        )
    yield from _lines(kind, runs)


def _round(
    kind: Kind,
    server: Server,
    peer: Peer,
    questions: Sequence[Question],
    runs: Runs,
) -> None:
    (spent,), bodies = one_by_one(server, [question.path for question in questions])
    runs.ours.append(spent / len(questions))
    runs.sizes += map(len, bodies)
    for number, name in enumerate(kind.statements):
        (spent, backend), found = peer.answers(kind, number, questions)
        runs.theirs[name].append((spent + backend) / len(questions))
        runs.backends[name].append(backend / len(questions))
        if number == 0:
            runs.same += map(same, [kind.name] * len(bodies), bodies, found)


def same(kind: str, body: bytes, other: bytes) -> float:
    """How alike both answers are, from 0 to 1.

    Counts must be equal, and so must the shops found, but for words: ranks differ, and so may the
    forms that a root gathers, so that only the counts are compared, by their ratio.
    """
    answer, theirs = orjson.loads(body), orjson.loads(other)
    if kind == "facettes":
        return float(_counts(answer) == _counts(theirs))
    counts = sorted((answer["numberMatched"], theirs["numberMatched"]))
    alike = counts[0] / counts[1] if counts[1] else 1.0
    if kind in {"plein-texte", "faute"}:
        return alike
    if kind == "carte-500" and counts[1] > 500:
        return alike  # which 500 of them is not asked
    mine, other_ones = _told(answer), _told(theirs)
    both = mine | other_ones
    return min(alike, len(mine & other_ones) / len(both)) if both else 1.0


def _told(page: dict[str, Any]) -> set[tuple[Any, ...]]:
    """The shops of a page, and when each closes where that was asked."""
    return {
        (feature["id"], feature["properties"].get("ouverture", {}).get("jusqu_a"))
        for feature in page["features"]
    }


def _counts(answer: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {
        (name, one["valeur"]): one["fiches"]
        for name, values in answer["facettes"].items()
        for one in values
        if one["fiches"]
    }


def _lines(kind: Kind, runs: Runs) -> Iterator[Line]:
    name = f"recherche {kind.name}"
    p50, p99 = percentiles(runs.delays)
    figures = {"cpu_us": median(runs.ours) * 1e6, "octets": median(runs.sizes)}
    yield Line(name, "direct", figures, mean(runs.same) * 100, "% de réponses égales")
    pace = f"direct, {PER_SECOND} par s"
    yield Line(name, pace, {"p50_ms": p50}, p99, "ms au p99", Target(25, at_most=True))
    for subject, spent in runs.theirs.items():
        target = Target(10) if subject == kind.baseline else None
        whole, alone = ratio(spent, runs.ours), ratio(runs.backends[subject], runs.ours)
        figures = {"cpu_us": median(spent) * 1e6}
        yield Line(name, f"{subject}, {WHOLE}", figures, whole, "× direct", target)
        figures = {"cpu_us": median(runs.backends[subject]) * 1e6}
        yield Line(name, f"{subject} seul", figures, alone, "× direct")
