"""Public reads of bornes: directly, behind the gateway mounted and remote, beside ready bytes."""

import pickle
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from statistics import median

from tests.perf import load, servers
from tests.perf.bare import Answers
from tests.perf.data import Databases
from tests.perf.load import Load, Questions
from tests.perf.options import Options
from tests.perf.questions import Workload, workloads
from tests.perf.report import Line, Target, ratio
from tests.perf.servers import BenchError, Server, recorded

SIZES = (3_000, 200_000)
"""Charging points."""
CONNECTIONS = 32
RECORDED = 200
"""Answers that the bare server holds for a kind of question: 20,000 would be gigabytes. The other
URLs get these in turn: the same sizes, but warmer in memory, which favours the baseline."""
MOUNTED = "/v1/bornes"
NOT_MODIFIED = "/304"
HOPS = {"monté": 0.3, "distant": 1.5}
"""Milliseconds that a hop may add at low load."""


@dataclass(frozen=True)
class Door:
    """A way to ask: a server, the root of its paths, the process it asks in turn."""

    server: Server
    root: str = ""
    behind: Server | None = None


@dataclass
class Runs:
    """What was measured at one door, round by round."""

    loads: list[Load] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    """A request, of the process that answers the client."""
    total_us: list[float] = field(default_factory=list)
    """With the process behind it."""

    def figures(self) -> dict[str, float]:
        found = {
            "req_s": median(run.requests / run.seconds for run in self.loads),
            "cpu_us": median(self.cpu_us),
            "p50_ms": self.p50_ms,
            "p99_ms": median(run.p99_ms for run in self.loads),
            "octets": median(run.received / run.requests for run in self.loads),
        }
        if self.total_us != self.cpu_us:
            found["cpu_total_us"] = median(self.total_us)
        return found

    @property
    def p50_ms(self) -> float:
        return median(run.p50_ms for run in self.loads)


@dataclass(frozen=True)
class Case:
    """One kind of question on one registry, at every door."""

    points: int
    workload: Workload
    doors: Mapping[str, Door]
    questions: Mapping[str, Questions]
    runs: Mapping[str, Runs]
    low: Mapping[str, Runs]
    """The same with one connection."""

    @property
    def name(self) -> str:
        return f"{self.workload.name} {self.workload.regime} {_size(self.points)}"


def measure(options: Options, databases: Databases) -> Iterator[Line]:
    """Each kind of question at all doors and both sizes in turn, round after round."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="banc-")))
        found = list(_cases(options, databases, folder, stack))
        found.sort(key=lambda case: (case.workload.name, case.workload.regime))
        for _, group in groupby(found, key=lambda case: str(case.workload)):
            cases = list(group)
            print(f"  {cases[0].workload}…", file=sys.stderr)
            for _ in range(options.rounds):
                for case in cases:
                    _round(case, options.seconds)
            yield from _lines(cases)


def _cases(
    options: Options, databases: Databases, folder: Path, stack: ExitStack
) -> Iterator[Case]:
    asked = {
        points: [
            w for w in workloads(databases.registry(points)) if options.wants("lectures", w.name)
        ]
        for points in SIZES
    }
    doors = {points: _doors(databases.registry(points).url, stack) for points in SIZES}
    answers: Answers = {}
    for points in SIZES:
        _record(doors[points]["direct"].server, asked[points], answers, points)
    file = folder / "reponses"
    file.write_bytes(pickle.dumps(answers))
    ready = {
        kind: Door(stack.enter_context(servers.bare(kind, file))) for kind in ("nu", "starlette")
    }
    for points in SIZES:
        for workload in asked[points]:
            yield _case(points, workload, {**ready, **doors[points]}, folder)


def _doors(url: str, stack: ExitStack) -> dict[str, Door]:
    direct = stack.enter_context(servers.relance("bornes", url))
    mounted = stack.enter_context(servers.relance("gateway", url))
    there = f"http://127.0.0.1:{direct.port}"
    remote = stack.enter_context(servers.relance("gateway", url, RELANCE_BORNES_URL=there))
    return {
        "direct": Door(direct),
        "monté": Door(mounted, MOUNTED),
        "distant": Door(remote, MOUNTED, direct),
    }


def _bare_root(workload: Workload, points: int) -> str:
    """Where the bare server has its answers: a tile has one address in registries of all sizes."""
    return NOT_MODIFIED if workload.conditional else f"/{points}"


def _record(server: Server, asked: Sequence[Workload], answers: Answers, points: int) -> None:
    """Ready answers to every question, from the service's own."""
    for workload in asked:
        if workload.conditional:
            found = [(304, [], b"")]
        else:
            found = [recorded(server, path) for path in workload.paths[:RECORDED]]
        root = _bare_root(workload, points)
        for number, path in enumerate(workload.paths):
            address, _, query = path.partition("?")
            answers.setdefault((root + address, query.encode()), found[number % len(found)])


def _case(points: int, workload: Workload, doors: Mapping[str, Door], folder: Path) -> Case:
    if not workload.conditional:
        doors = {name: door for name, door in doors.items() if name != "starlette"}
    direct = doors["direct"].server
    tags = [direct.get(p)[0].headers["etag"] for p in workload.paths if workload.conditional]
    questions = {}
    for name, door in doors.items():
        ours = name in {"direct", *HOPS}
        root = door.root if ours else _bare_root(workload, points)
        file = folder / f"{points} {workload} {name}"
        paths = [root + path for path in workload.paths]
        sent = tags if ours else []
        questions[name] = Questions.write(file, paths, sent)
        _check(door, paths[0], 304 if workload.conditional else 200, sent[0] if sent else None)
    low = {name: Runs() for name in ("direct", *HOPS)} if workload.name == "bbox-50" else {}
    return Case(points, workload, doors, questions, {name: Runs() for name in doors}, low)


def _check(door: Door, path: str, status: int, etag: str | None) -> None:
    response, _ = door.server.get(path, {"If-None-Match": etag} if etag else {})
    if response.status != status:
        raise BenchError(f"{path} a répondu {response.status} au lieu de {status}.")


def _round(case: Case, seconds: float) -> None:
    for name, runs in case.runs.items():
        _run(case, name, runs, connections=CONNECTIONS, seconds=seconds)
    for name, runs in case.low.items():
        _run(case, name, runs, connections=1, seconds=seconds)


def _run(case: Case, name: str, runs: Runs, *, connections: int, seconds: float) -> None:
    door, questions = case.doors[name], case.questions[name]
    start = sum(run.requests for run in (*case.runs[name].loads, *case.low.get(name, Runs()).loads))
    behind = [door.behind] if door.behind else []
    before = [server.cpu() for server in (door.server, *behind)]
    done = load.send(
        door.server.port, questions, start=start, connections=connections, seconds=seconds
    )
    spent = [s.cpu() - b for s, b in zip((door.server, *behind), before, strict=True)]
    if done.errors or not done.requests:
        raise BenchError(f"{case.name} ({name}) : {done.errors} erreurs, {done.requests} réponses.")
    runs.loads.append(done)
    runs.cpu_us.append(spent[0] / done.requests * 1e6)
    runs.total_us.append(sum(spent) / done.requests * 1e6)


def _lines(cases: Sequence[Case]) -> Iterator[Line]:
    for case in cases:
        yield from _throughput(case)
        yield from _latency(case)
    small, large = cases
    # A small registry has too few stations for as many questions: not the same thing measured.
    alike = len(small.workload.paths) == len(large.workload.paths)
    yield Line(
        str(small.workload),
        f"direct, {_size(large.points)} / {_size(small.points)}",
        {},
        ratio(large.runs["direct"].cpu_us, small.runs["direct"].cpu_us),
        "× le coût" if alike else "× le coût (URL trop peu nombreuses à 3 000)",
        Target(1.3, at_most=True) if alike else None,
    )


def _throughput(case: Case) -> Iterator[Line]:
    baseline, least = ("starlette", 0.8) if case.workload.conditional else ("nu", 0.5)
    against = {
        "starlette": ("nu", None),
        "direct": (baseline, Target(least)),
        "monté": ("direct", Target(0.8)),
        "distant": ("direct", Target(0.3)),
    }
    for name, runs in case.runs.items():
        if name == "nu":
            yield Line(case.name, name, runs.figures())
            continue
        other, target = against[name]
        value = ratio(case.runs[other].cpu_us, runs.cpu_us)
        yield Line(case.name, name, runs.figures(), value, f"× {other}", target)


def _latency(case: Case) -> Iterator[Line]:
    for name, most in HOPS.items():
        if name in case.low:
            delays = zip(case.low[name].loads, case.low["direct"].loads, strict=True)
            added = median(hop.p50_ms - direct.p50_ms for hop, direct in delays)
            subject = f"{name}, 1 connexion"
            figures = {"p50_ms": case.low[name].p50_ms}
            yield Line(
                case.name, subject, figures, added, "ms ajoutées", Target(most, at_most=True)
            )


def _size(points: int) -> str:
    return f"{points:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
