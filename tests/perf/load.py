"""Load on a local server: `wrk` where it is installed, else our own client."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter
from typing import Self

import uvloop

from tests.perf.report import percentiles

SCRIPT = Path(__file__).with_name("load.lua")
END_OF_HEADERS = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass(frozen=True)
class Questions:
    """GET requests to send in turn, as a file that both generators read: a path a line, then
    the ETag to send as If-None-Match, if any."""

    file: Path
    count: int

    @classmethod
    def write(cls, file: Path, paths: Sequence[str], tags: Sequence[str] = ()) -> Self:
        lines = map(" ".join, zip(paths, tags, strict=True)) if tags else paths
        file.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        return cls(file, len(paths))


@dataclass(frozen=True)
class Load:
    """What the clients saw."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    received: int
    """Bytes, headers included."""
    errors: int


def send(port: int, questions: Questions, *, start: int, connections: int, seconds: float) -> Load:
    """Keep `connections` requests under way; begin at question `start`."""
    generator = _wrk if shutil.which("wrk") else _own
    return generator(port, questions, start % questions.count, connections, seconds)


def _wrk(port: int, questions: Questions, start: int, connections: int, seconds: float) -> Load:
    command = [
        *("wrk", "--threads", "1", "--connections", str(connections)),
        *("--duration", f"{max(1, round(seconds))}s", "--script", str(SCRIPT)),
        *(f"http://127.0.0.1:{port}/", "--", str(questions.file), str(start)),
    ]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Load(**json.loads(told.splitlines()[-1]))


def _own(port: int, questions: Questions, start: int, connections: int, seconds: float) -> Load:
    wires = [
        _wire(port, *line.split(" ", 1))
        for line in questions.file.read_text(encoding="ascii").splitlines()
    ]
    clients = _Clients(islice(cycle(wires), start, None))
    return uvloop.run(clients.run(port, connections, seconds))


def _wire(port: int, path: str, tag: str = "") -> bytes:
    condition = f"If-None-Match: {tag}\r\n" if tag else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{condition}\r\n".encode()


class _Clients:
    """What the connections of one load share."""

    def __init__(self, wires: islice) -> None:
        self.wires = wires
        self.delays: list[float] = []
        self.received = 0
        self.errors = 0
        self.over = False

    async def run(self, port: int, connections: int, seconds: float) -> Load:
        loop = asyncio.get_running_loop()
        start = perf_counter()
        opened = [
            await loop.create_connection(lambda: _Client(self), "127.0.0.1", port)
            for _ in range(connections)
        ]
        await asyncio.sleep(seconds)
        self.over = True
        elapsed = perf_counter() - start
        for transport, _ in opened:
            transport.close()
        p50, p99 = percentiles(self.delays or [0.0])
        return Load(len(self.delays), elapsed, p50 * 1e3, p99 * 1e3, self.received, self.errors)


class _Client(asyncio.Protocol):
    """One connection: sends a request as soon as the last one is answered."""

    def __init__(self, clients: _Clients) -> None:
        self._all = clients
        self._missing = 0
        self._headers = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._sent = perf_counter()
        self._transport.write(next(self._all.wires))

    def data_received(self, data: bytes) -> None:
        self._all.received += len(data)
        if self._missing:
            self._missing -= len(data)
        else:
            self._headers += data
            end = self._headers.find(END_OF_HEADERS)
            if end < 0:
                return
            self._missing = self._length(end) - (len(self._headers) - end - len(END_OF_HEADERS))
            self._all.errors += self._headers[9:12] >= b"400"
            self._headers = b""
        if not self._missing and not self._all.over:
            self._all.delays.append(perf_counter() - self._sent)
            self._ask()

    def _length(self, end: int) -> int:
        place = self._headers.lower().find(LENGTH, 0, end)
        if place < 0:
            return 0
        return int(self._headers[place + len(LENGTH) : end].partition(b"\r")[0])
