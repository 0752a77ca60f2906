"""Pages of a thousand changes: beside ready bytes, and beside a page of stations."""

import json
import pickle
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.perf import load, servers
from tests.perf.bare import Answers
from tests.perf.data import Databases, Registry
from tests.perf.load import Load, Questions
from tests.perf.options import Options
from tests.perf.report import Line, ratio
from tests.perf.servers import BenchError, Server, recorded

NAME = "changements, page de 1\N{NARROW NO-BREAK SPACE}000"
POINTS = 200_000
LIMIT = 1_000
PAGES = 20
CONNECTIONS = 2
SECONDS = 3.0
"""At least: a page is megabytes."""
STEP = 1e-5
"""Degrees between two boxes: no answer is kept from one to the next."""
BOXES = 2_000


def measure(options: Options, databases: Databases) -> Iterator[Line]:
    """Changes, the same bytes ready, stations: in turn, round after round."""
    registry = databases.registry(POINTS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="banc-")))
        server = stack.enter_context(servers.relance("bornes", registry.url))
        paths = list(_pages(server))
        file = folder / "reponses"
        file.write_bytes(pickle.dumps(_answers(server, paths)))
        ready = stack.enter_context(servers.bare("nu", file))
        pages = Questions.write(folder / "pages", paths)
        boxes = Questions.write(folder / "boites", list(_boxes(registry)))
        doors = {"nu": (ready, pages), "direct": (server, pages), "bbox-1000": (server, boxes)}
        loads: dict[str, list[Load]] = {name: [] for name in doors}
        cpu: dict[str, list[float]] = {name: [] for name in doors}
        for turn in range(options.rounds):
            for name, (door, questions) in doors.items():
                before = door.cpu()
                done = load.send(
                    door.port,
                    questions,
                    start=turn * 499,
                    connections=CONNECTIONS,
                    seconds=max(SECONDS, options.seconds),
                )
                if done.errors or not done.requests:
                    raise BenchError(f"{name} : {done.errors} erreurs, {done.requests} réponses.")
                loads[name].append(done)
                cpu[name].append((door.cpu() - before) / done.requests * 1e6)
    yield from _lines(loads, cpu)


def _pages(server: Server) -> Iterator[str]:
    """Full pages from the second on, as one who follows them asks: the first has no cursor."""
    path = f"/changements?limite={LIMIT}"
    for turn in range(PAGES + 1):
        _, body = server.get(path)
        page = json.loads(body)
        if len(page["elements"]) < LIMIT:
            if turn < 2:
                raise BenchError(f"Moins de {2 * LIMIT} changements : rien à mesurer.")
            return
        if turn:
            yield path
        path = f"/changements?depuis={page['curseur']}&limite={LIMIT}"


def _answers(server: Server, paths: list[str]) -> Answers:
    answers: Answers = {}
    for path in paths:
        address, _, query = path.partition("?")
        answers[address, query.encode()] = recorded(server, path)
    return answers


def _boxes(registry: Registry) -> Iterator[str]:
    """All the registry, a metre wider each time: every page has a thousand stations."""
    west, south = float(registry.lon.min()), float(registry.lat.min())
    east, north = float(registry.lon.max()), float(registry.lat.max())
    for turn in range(1, BOXES + 1):
        more = turn * STEP
        box = f"{west - more:.6f},{south - more:.6f},{east + more:.6f},{north + more:.6f}"
        yield f"/stations?bbox={box}&limite={LIMIT}"


def _lines(loads: dict[str, list[Load]], cpu: dict[str, list[float]]) -> Iterator[Line]:
    per_byte = {
        name: [
            spent / (done.received / done.requests)
            for spent, done in zip(cpu[name], loads[name], strict=True)
        ]
        for name in loads
    }
    for name, runs in loads.items():
        figures = {
            "req_s": median(run.requests / run.seconds for run in runs),
            "cpu_us": median(cpu[name]),
            "p50_ms": median(run.p50_ms for run in runs),
            "p99_ms": median(run.p99_ms for run in runs),
            "octets": median(run.received / run.requests for run in runs),
        }
        if name == "direct":
            share = ratio(cpu["nu"], cpu[name])
            yield Line(NAME, name, figures, share, "× nu")
        else:
            yield Line(NAME, name, figures)
    cost = ratio(per_byte["direct"], per_byte["bbox-1000"])
    yield Line(NAME, "direct / bbox-1000", {}, cost, "× le coût d'un octet")
