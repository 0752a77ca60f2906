"""The searches of 107,000 shops, over HTTP on one worker, beside indexed PostgreSQL."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from statistics import mean, median
from typing import Any, Final

import orjson
import psycopg

from services.commerces.filtres import BITS
from tests.perf import commerces_sql, servers
from tests.perf.cadence import cpu_s, delays, one_by_one
from tests.perf.commerces_questions import KINDS, Kind, Question
from tests.perf.data import Databases
from tests.perf.options import Options
from tests.perf.report import Line, Target, ratio
from tests.perf.servers import BenchError, Server

NAMES: Final = tuple(kind.name for kind in KINDS)
EACH: Final = 40
"""Questions asked of both in a round."""
PER_SECOND: Final = 50
WARM: Final = 30
Rows = Sequence[tuple[Any, ...]]


@dataclass
class Runs:
    """What was measured of one kind of question, round by round."""

    ours: list[float] = field(default_factory=list)
    """CPU seconds a request."""
    theirs: dict[str, list[float]] = field(default_factory=dict)
    """The same, by statement."""
    delays: list[float] = field(default_factory=list)
    same: list[float] = field(default_factory=list)
    """How much of each answer both give."""
    sizes: list[int] = field(default_factory=list)


def measure(options: Options, databases: Databases) -> Iterator[Line]:
    """Each kind of question asked of both in turn, round after round; then at 50 a second."""
    print("  107 000 fiches, et leurs tables de référence…", file=sys.stderr)
    url = databases.directory()
    commerces_sql.fill(url)
    with servers.relance("commerces", url) as server, psycopg.connect(url) as connection:
        for kind in KINDS:
            if options.wants("recherche", kind.name):
                print(f"  {kind.name}…", file=sys.stderr)
                yield from _measured(options, kind, url, (server, connection))


def _measured(
    options: Options, kind: Kind, url: str, both: tuple[Server, psycopg.Connection]
) -> Iterator[Line]:
    server, connection = both
    asked = kind.ask(url)
    runs = Runs(theirs={name: [] for name in kind.statements})
    warm = list(islice(asked, WARM))
    one_by_one(server, [question.path for question in warm])
    for statement in kind.statements.values():
        _answers(connection, statement, warm)
    paced = round(PER_SECOND * options.seconds * 2)
    for _ in range(options.rounds):
        _round(kind, server, connection, list(islice(asked, EACH)), runs)
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
    connection: psycopg.Connection,
    questions: Sequence[Question],
    runs: Runs,
) -> None:
    spent, bodies = one_by_one(server, [question.path for question in questions])
    runs.ours.append(spent / len(questions))
    runs.sizes += map(len, bodies)
    for name, statement in kind.statements.items():
        spent, found = _answers(connection, statement, questions)
        runs.theirs[name].append(spent / len(questions))
        if name == "PostgreSQL":
            runs.same += map(same, [kind.name] * len(bodies), bodies, found)


def _answers(
    connection: psycopg.Connection, statement: str, questions: Sequence[Question]
) -> tuple[float, list[Rows]]:
    """CPU seconds of the connection's backend, and what it answers."""
    pid = connection.info.backend_pid
    before = cpu_s(pid)
    found = [
        connection.execute(statement, question.bound, prepare=True).fetchall()
        for question in questions
    ]
    return cpu_s(pid) - before, found


def same(kind: str, body: bytes, rows: Rows) -> float:
    """How alike both answers are, from 0 to 1.

    Counts must be equal, and so must the shops found, but for words: ranks differ, and so may the
    forms that a root gathers, so that only the counts are compared, by their ratio.
    """
    answer = orjson.loads(body)
    if kind == "facettes":
        return float(_counts(answer) == _counts_of_rows(rows))
    counts = sorted((answer["numberMatched"], rows[0][1] if rows else 0))
    alike = counts[0] / counts[1] if counts[1] else 1.0
    if kind in {"plein-texte", "faute"}:
        return alike
    ours = {int(feature["id"]) for feature in answer["features"]}
    theirs = {row[0] for row in rows}
    if kind == "carte-500" and counts[1] > 500:
        return alike  # which 500 of them is not asked
    both = ours | theirs
    return min(alike, len(ours & theirs) / len(both)) if both else 1.0


def _counts(answer: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {
        (name, one["valeur"]): one["fiches"]
        for name, values in answer["facettes"].items()
        for one in values
        if one["fiches"]
    }


def _counts_of_rows(rows: Rows) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for name, value, count, bits in rows:
        if name is None:
            for filtre, values in BITS.items():
                each = (
                    ((filtre, str(one)), bits[bit.bit_length() - 1]) for one, bit in values.items()
                )
                found |= {key: number for key, number in each if number}
        elif value is not None:
            found[name, value] = int(count)
    return found


def _lines(kind: Kind, runs: Runs) -> Iterator[Line]:
    name = f"recherche {kind.name}"
    waits = sorted(runs.delays)
    p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    figures = {"cpu_us": median(runs.ours) * 1e6, "octets": median(runs.sizes)}
    yield Line(name, "direct", figures, mean(runs.same) * 100, "% de réponses égales")
    pace = f"direct, {PER_SECOND} par s"
    yield Line(name, pace, {"p50_ms": p50}, p99, "ms au p99", Target(25, at_most=True))
    for subject, spent in runs.theirs.items():
        share = ratio(spent, runs.ours)
        # Without the count it is another answer: told, not aimed at.
        target = None if "sans" in subject else Target(10)
        yield Line(name, subject, {"cpu_us": median(spent) * 1e6}, share, "× direct", target)
