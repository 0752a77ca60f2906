"""Requests at a steady pace, whatever the answers take: what waits behind a slow one counts."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import uvloop

from tests.perf.servers import BenchError, Server

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def cpu_s(pid: int) -> float:
    """Seconds of processor that a process used so far, all its threads together, to the
    microsecond: /proc/<pid>/stat counts by hundredths of a second."""
    spent = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        spent += int((task / "schedstat").read_text().split()[0])
    return spent / 1e9


def one_by_one(
    server: Server, paths: Sequence[str], *others: int
) -> tuple[list[float], list[bytes]]:
    """For requests asked one after the other, CPU seconds of the server and of other processes,
    and its answers."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    bodies = []
    pids = (server.process.pid, *others)
    before = list(map(cpu_s, pids))
    for path in paths:
        connection.request("GET", path)
        response = connection.getresponse()
        bodies.append(response.read())
        if response.status != 200:
            raise BenchError(f"{path} a répondu {response.status} : {bodies[-1][:200]!r}")
    spent = [after - first for after, first in zip(map(cpu_s, pids), before, strict=True)]
    connection.close()
    return spent, bodies


@contextmanager
def apart() -> Iterator[ProcessPoolExecutor]:
    """A process where `delays` is called: what else the bench does would be in what it measures."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        yield pool


def delays(port: int, paths: Sequence[str], *, per_second: float) -> list[float]:
    """Milliseconds from the instant each request was due to the last byte of its answer."""
    return uvloop.run(_paced(port, paths, 1 / per_second))


async def _paced(port: int, paths: Sequence[str], gap: float) -> list[float]:
    free: deque[Stream] = deque()
    start = perf_counter() + gap
    asked = []
    for number, path in enumerate(paths):
        due = start + number * gap
        await asyncio.sleep(due - perf_counter())
        asked.append(asyncio.create_task(_ask(port, free, path, due)))
    found = await asyncio.gather(*asked)
    for _, writer in free:
        writer.close()
    return found


async def _ask(port: int, free: deque[Stream], path: str, due: float) -> float:
    stream = free.popleft() if free else await asyncio.open_connection("127.0.0.1", port)
    reader, writer = stream
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise BenchError(f"{path} : {head[:60]!r}")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    await reader.readexactly(int(lengths[0].partition(b":")[2]))
    free.append(stream)
    return (perf_counter() - due) * 1e3
