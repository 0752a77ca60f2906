"""Upstreams that behave, and some that do not, on real sockets; what commands find."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.types import ASGIApp
from typer.testing import CliRunner

from gateway.app import create_gateway
from gateway.cli import app as commands
from gateway.protocol import protocol_of
from gateway.upstreams import RemoteService
from shared import problems
from shared.auth import require
from shared.settings import Settings
from tests.gateway.cache_bench import Bench

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextmanager
def serving(app: ASGIApp) -> Iterator[int]:
    """The port of an application served by uvicorn in a thread."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol_of(app),
        log_config=None,
        access_log=False,
        lifespan="on",
        proxy_headers=False,  # our loopback stands for the Internet
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        while not server.started and thread.is_alive():
            thread.join(0.01)
        try:
            yield taken.getsockname()[1]
        finally:  # a thread left alone would keep the tests from ending
            server.should_exit = True
            thread.join(10)


@contextmanager
def scripted(handler: Handler) -> Iterator[int]:
    """The port of a server whose every connection is `handler`'s, byte by byte."""
    started: list[int] = []
    ready = threading.Event()
    stop: list[Callable[[], None]] = []

    async def main() -> None:
        done = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(done.set))

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await handler(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                writer.transport.abort()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        started.append(server.sockets[0].getsockname()[1])
        ready.set()
        await done.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    ready.wait(5)
    yield started[0]
    stop[0]()
    thread.join(5)


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    """Settings of a process without database."""
    monkeypatch.delenv("RELANCE_DATABASE_URL", raising=False)
    return Settings(dossier=tmp_path, secret_interne="s" * 32)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def front(stack, settings) -> Callable[..., int]:
    """Serve a gateway before upstreams given by name; gives its port."""

    def start(**upstreams: ASGIApp) -> int:
        return stack.enter_context(serving(create_gateway(upstreams, settings)))

    return start


@pytest.fixture
def scripted_port(stack) -> Callable[[Handler], int]:
    """Starts a scripted server; gives its port."""
    return lambda handler: stack.enter_context(scripted(handler))


@pytest.fixture
def before(stack, front) -> Callable[..., int]:
    """Serve a gateway before a remote `bornes`, an application or a scripted handler."""

    def start(app: ASGIApp | None = None, *, script: Handler | None = None, timeout_s=5.0) -> int:
        upstream = serving(app) if app else scripted(script)
        port = stack.enter_context(upstream)
        return front(bornes=RemoteService(f"http://127.0.0.1:{port}", timeout_s=timeout_s))

    return start


@pytest.fixture
def bench() -> Bench:
    return Bench()


def _service(title: str, fields: list[str]) -> FastAPI:
    """A service whose models bear the same names as every other's."""
    rubrics = [
        {"name": "lire", "description": "Lire des objets.", "x-titre": "Lire"},
        {"name": "import", "description": "En envoyer.", "x-titre": "Envoyer"},
    ]
    app = FastAPI(
        title=title,
        description=f"Le service {title}.",
        responses=problems.RESPONSES,
        openapi_tags=rubrics,
    )
    problems.install(app)
    annotations = dict.fromkeys(fields, str)
    inner = type("Objet", (BaseModel,), {"__annotations__": annotations})
    outer = type("Liste", (BaseModel,), {"__annotations__": {"objets": list[inner]}})
    common = type("Commun", (BaseModel,), {"__annotations__": {"a": int}})

    @app.get("/objets", summary="Les objets", tags=["lire"])
    async def objets(commune: str = "75056") -> outer: ...

    @app.post("/objets/{id}", tags=["import"], dependencies=[require(f"{title}:ecrire")])
    async def creer(id: str, corps: common) -> common: ...

    return app


@pytest.fixture
def service() -> Callable[..., FastAPI]:
    """Makes a small service."""
    return _service


@pytest.fixture
def url(clone_database, monkeypatch, tmp_path):
    """A database that commands find by themselves."""
    url = clone_database()
    monkeypatch.setenv("RELANCE_DATABASE_URL", url)
    monkeypatch.setenv("RELANCE_DOSSIER", str(tmp_path))
    return url


def relance(*arguments):
    """A command, as it is typed."""
    return CliRunner().invoke(commands, arguments)
