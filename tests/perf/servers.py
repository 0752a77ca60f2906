"""Server processes of a bench: started, watched, stopped."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import psutil

RELANCE = str(Path(sys.executable).with_name("relance"))
START_S = 120
STOP_S = 15
SECRET = "banc-d-essai-" * 4


class BenchError(Exception):
    """A bench that could not run; the text says why."""


@dataclass(frozen=True)
class Server:
    """A process that listens on a port of this machine."""

    port: int
    process: psutil.Process

    def cpu(self) -> float:
        """Seconds of processor used so far, user and system."""
        times = self.process.cpu_times()
        return times.user + times.system

    def rss_mb(self) -> float:
        return self.process.memory_info().rss / 1e6

    def get(
        self, path: str, headers: Mapping[str, str] | None = None
    ) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()


def recorded(server: Server, path: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """The server's own answer, for a server of ready bytes."""
    response, body = server.get(path)
    if response.status != 200:
        raise BenchError(f"{path} a répondu {response.status} : {body[:200]!r}")
    kind = response.headers["content-type"].encode()
    return 200, [(b"content-type", kind), (b"content-length", b"%d" % len(body))], body


@contextmanager
def relance(what: str, database_url: str, **environment: str) -> Iterator[Server]:
    """`relance serve <what>`, ready to answer."""
    variables = {
        "RELANCE_DATABASE_URL": database_url,
        "RELANCE_SECRET_INTERNE": SECRET,
        **environment,
    }
    with _running([RELANCE, "serve", what], variables, ready="/sante/pret") as server:
        yield server


@contextmanager
def bare(kind: str, answers: Path) -> Iterator[Server]:
    """A server of ready bytes: the same uvicorn, and nothing of ours."""
    command = [sys.executable, "-m", "tests.perf.bare", kind, str(answers)]
    with _running(command, {}, ready="/") as server:
        yield server


@contextmanager
def postgres(database_url: str) -> Iterator[Server]:
    """The smallest server of the directory's answers from PostgreSQL (tests.perf.commerces_pg)."""
    command = [sys.executable, "-m", "tests.perf.commerces_pg", database_url]
    with _running(command, {}, ready="/") as server:
        yield server


@contextmanager
def _running(
    command: Sequence[str], variables: Mapping[str, str], *, ready: str
) -> Iterator[Server]:
    port = _free_port()
    process = subprocess.Popen(
        command,
        env={**os.environ, **variables, "RELANCE_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # a log line a request is written, then thrown away
    )
    server = Server(port, psutil.Process(process.pid))
    try:
        _wait(server, process, ready)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server, process: subprocess.Popen[bytes], path: str) -> None:
    command = subprocess.list2cmdline(process.args)
    limit = time.monotonic() + START_S
    while time.monotonic() < limit:
        if process.poll() is not None:
            raise BenchError(f"« {command} » s'est arrêté : lancez-le à la main pour savoir.")
        with suppress(OSError):
            if server.get(path)[0].status == 200:
                return
        time.sleep(0.1)
    raise BenchError(f"« {command} » ne répond pas après {START_S} s.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
