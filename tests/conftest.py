"""Fixtures of the whole suite: a migrated PostgreSQL, a rolled-back session, the real files."""

import ipaddress
import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gateway.embedded import SERVICES
from shared.db import open_engine
from shared.migrations import upgrade
from shared.observability import REQUEST_LINES
from shared.settings import Settings
from tests.examples import register_profiles
from tests.postgres import test_database

ROOT = Path(__file__).parent.parent
COPIES = 150_000
"""Version of PostgreSQL from which a database may be copied by files or by its log."""

register_profiles()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "donnees_reelles" in getattr(item, "fixturenames", ()):
            item.add_marker("donnees_reelles")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """A test that reaches beyond loopback fails."""
    real_connect, real_resolve = socket.socket.connect, socket.getaddrinfo

    def connect(self: socket.socket, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_beyond_loopback(address[0])
        return real_connect(self, address)

    def resolve(host, *args, **kwargs):
        _refuse_beyond_loopback(host)
        return real_resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        patch.setattr(socket, "getaddrinfo", resolve)
        yield


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Where tests that are coroutines run."""
    return "asyncio"


@pytest.fixture(autouse=True)
def _same_logging() -> Iterator[None]:
    """A test that configures logging does so for itself alone."""
    root = logging.getLogger()
    kept, levels = root.handlers[:], (root.level, REQUEST_LINES.level)
    yield
    root.handlers[:] = kept
    root.setLevel(levels[0])
    REQUEST_LINES.setLevel(levels[1])


def _refuse_beyond_loopback(host: str | bytes | None) -> None:
    name = host.decode() if isinstance(host, bytes) else host or "localhost"
    try:
        local = ipaddress.ip_address(name).is_loopback
    except ValueError:
        local = name == "localhost"
    if not local:
        pytest.fail(f"network access to {name}: tests stay on loopback")


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL where databases may be made."""
    with test_database() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_folders() -> list[Path]:
    """Whatever has migrations of its own: the services and the gateway."""
    environments = ROOT.glob("services/*/migrations/env.py"), ROOT.glob("gateway/migrations/env.py")
    return sorted(environment.parents[1] for environment in chain(*environments))


@pytest.fixture(scope="session")
def template(server_url: str, migrated_folders: list[Path]) -> Iterator[str]:
    """Name of a database where every schema is migrated, only ever copied."""
    with _database(server_url, "template1") as name:
        for folder in migrated_folders:
            upgrade(folder, _url(server_url, name))
        yield name


@pytest.fixture(scope="session")
def demonstration_template(server_url: str, template: str) -> Iterator[str]:
    """Name of a database where every service has its fictive data, only ever copied."""
    with _database(server_url, template) as name:
        with open_engine(_url(server_url, name)) as engine:
            for service in SERVICES.values():
                if service.demonstration is not None:
                    service.demonstration(engine, Settings())
        yield name


@pytest.fixture(scope="session")
def demonstrations(server_url: str, demonstration_template: str) -> Iterator[Callable[[], str]]:
    """Makes a database with fictive data, given by its URL, that lives until the end."""
    with _copies(server_url, demonstration_template) as copy:
        yield copy


@pytest.fixture(scope="session")
def database_url(server_url: str, template: str) -> Iterator[str]:
    """The migrated database of this test process; tests leave it as they found it."""
    with _copies(server_url, template) as copy:
        yield copy()


@pytest.fixture
def clone_database(server_url: str, template: str) -> Iterator[Callable[[], str]]:
    """Makes a migrated database, given by its URL, for a test that commits; dropped after it."""
    with _copies(server_url, template) as copy:
        yield copy


@pytest.fixture(scope="module")
def clone_for_all(server_url: str, template: str) -> Iterator[Callable[[], str]]:
    """The same for all the tests of a module."""
    with _copies(server_url, template) as copy:
        yield copy


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    with open_engine(database_url) as engine:
        yield engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose commits are savepoints, all undone after the test."""
    with engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


@pytest.fixture(scope="session")
def donnees_reelles() -> Path:
    """The folder of real files, which are never part of the project."""
    folder = Path(os.environ.get("RELANCE_DONNEES_REELLES", ROOT / "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real files in {folder}: set RELANCE_DONNEES_REELLES")
    return folder


@contextmanager
def _copies(server_url: str, template: str) -> Iterator[Callable[[], str]]:
    """Makes copies of a database, given by their URL; dropped at the end."""
    with ExitStack() as stack:
        yield lambda: _url(server_url, stack.enter_context(_database(server_url, template)))


@contextmanager
def _database(server_url: str, template: str) -> Iterator[str]:
    name = f"relance_{uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as server:
        # Writing each page to the log, the default since PostgreSQL 15, takes twice as long.
        how = "STRATEGY file_copy" if server.info.server_version >= COPIES else ""
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template} {how}")
        try:
            yield name
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _url(server_url: str, database: str) -> str:
    return urlsplit(server_url)._replace(path=f"/{database}").geturl()
