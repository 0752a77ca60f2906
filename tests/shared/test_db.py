"""A request's session: committed before the answer leaves, undone when anything fails."""

import re
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import psycopg
import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, InternalError
from sqlalchemy.orm import Session

from shared import postgres, problems
from shared.db import SessionDep, get_session, make_engine, open_engine, refuses_writes
from shared.problems import Conflict
from tests.postgres import throw_away

NOON = datetime(2026, 7, 1, 10, tzinfo=UTC)


@pytest.fixture
def engine(clone_database: Callable[[], str]) -> Iterator[Engine]:
    with open_engine(clone_database()) as engine:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE a (id int PRIMARY KEY)"))
            connection.execute(
                text("CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED)")
            )
        yield engine


@pytest.fixture
def client(engine: Engine) -> TestClient:
    app = FastAPI()
    app.state.engine = engine
    problems.install(app)

    @app.post("/bon")
    def good(session: SessionDep) -> str:
        session.execute(text("INSERT INTO a VALUES (1)"))
        return "fait"

    @app.post("/orphelin")
    def orphan(session: SessionDep) -> str:
        return insert_orphan(session)

    @app.post("/orphelin-tardif")
    def late_orphan(session: Annotated[Session, Depends(get_session)]) -> str:
        return insert_orphan(session)

    @app.post("/refus")
    def refusal(session: SessionDep) -> str:
        session.execute(text("INSERT INTO a VALUES (2)"))
        raise Conflict("trop tard")

    return TestClient(app, raise_server_exceptions=False)


def test_a_transaction_left_alone_ends(engine: Engine) -> None:
    asked = text("SHOW idle_in_transaction_session_timeout")
    with engine.connect() as connection:
        assert connection.scalar(asked) == "10min"
        connection.rollback()
        assert connection.scalar(asked) == "10min"


@pytest.mark.parametrize(
    ("setting", "value", "ours"),
    [
        ("idle_session_timeout", "1h", "0"),
        ("timezone", "Europe/Paris", "UTC"),
        ("datestyle", "SQL, DMY", "ISO, DMY"),
        ("intervalstyle", "sql_standard", "postgres"),
        ("extra_float_digits", "-5", "1"),
        ("default_transaction_isolation", "serializable", "read committed"),
        ("client_encoding", "LATIN1", "UTF8"),
    ],
)
def test_what_a_database_has_for_others_is_not_ours(
    clone_database: Callable[[], str], setting: str, value: str, ours: str
) -> None:
    engine = make_engine(clone_database())
    with engine.begin() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f'ALTER DATABASE "{name}" SET {setting} = {value!r}'))
    engine.dispose()
    with engine.connect() as connection:
        assert connection.scalar(text(f"SHOW {setting}")) == ours
        assert connection.scalar(text("SELECT '2026-07-01 12:00+02'::timestamptz")) == NOON
        assert connection.scalar(text("SELECT '1 day 2 hours'::interval")) == timedelta(hours=26)
    engine.dispose()


def test_a_server_notices_that_a_client_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it waits two hours for the rest of a COPY, and the journals' readers with it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = postgres._settings

    def on_the_network(*given: Any, **more: Any) -> list[str]:
        return [*settings(*given, **more), "listen_addresses=127.0.0.1", f"port={port}"]

    monkeypatch.setattr(postgres, "_settings", on_the_network)
    monkeypatch.setattr(postgres, "_url", lambda _: url)
    url = f"postgresql://relance@127.0.0.1:{port}/postgres"
    with throw_away(postgres.machine_binaries() or postgres.wheel_binaries()):
        engine = make_engine(url)
        with engine.connect() as connection:
            found = [
                connection.scalar(text(f"SHOW tcp_keepalives_{name}"))
                for name in ("idle", "interval", "count")
            ]
        engine.dispose()
    assert found == ["5", "2", "3"]


def insert_orphan(session: Session) -> str:
    """The foreign key is looked at when the transaction commits."""
    session.execute(text("INSERT INTO b VALUES (404)"))
    return "fait"


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table}"))


def test_what_is_answered_is_committed(client, engine):
    assert client.post("/bon").json() == "fait"
    assert count(engine, "a") == 1


def test_a_commit_that_fails_is_a_500(client, engine):
    response = client.post("/orphelin")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "orphelin" not in response.json().get("detail", "")
    assert count(engine, "b") == 0


def test_the_scope_that_fastapi_chooses_would_say_it_is_done(client, engine):
    assert client.post("/orphelin-tardif").status_code == 200
    assert count(engine, "b") == 0


def test_a_refusal_undoes_what_came_before_it(client, engine):
    assert client.post("/refus").status_code == 409
    assert count(engine, "a") == 0


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_any_spelling_of_the_url_will_do(engine, scheme):
    url = engine.url.render_as_string(hide_password=False)
    other = make_engine(scheme + url.removeprefix("postgresql+psycopg"))
    with other.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    other.dispose()


def test_each_of_several_servers_is_tried():
    """As PostgreSQL's own clients are told them; SQLAlchemy knows one host and one port."""
    several = make_engine("postgresql://x@127.0.0.1:1,127.0.0.1:2/x?target_session_attrs=primary")
    with pytest.raises(DBAPIError) as refused:
        several.connect()
    assert re.findall(r"port: '?(\d+)", str(refused.value)) == ["1", "2"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("relance worker", "relance worker"),
        ("relance serve bornes", "relance serve bornes"),
        ("relance bornes import a.csv", "relance bornes import"),
        ("relance travaux reprendre commerces 12", "relance travaux reprendre"),
        ("relance etat --help", "relance etat"),
        ("python", "relance"),
    ],
)
def test_a_process_says_in_the_database_who_it_is(monkeypatch, engine, typed, told):
    monkeypatch.setattr("sys.argv", typed.split())
    ours = make_engine(engine.url.render_as_string(hide_password=False))
    with ours.connect() as connection:
        assert connection.scalar(text("SHOW application_name")) == told
    ours.dispose()


def test_a_connection_that_died_is_replaced(engine):
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    killer = make_engine(engine.url.render_as_string(hide_password=False))
    with killer.connect() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend({pid}, 10000)"))
    killer.dispose()
    assert count(engine, "a") == 0


def test_a_server_that_only_reads_is_left_for_the_one_that_took_over(engine):
    with engine.connect() as connection:
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        connection.commit()
    with pytest.raises(InternalError) as failed, engine.begin() as connection:
        connection.execute(text("INSERT INTO a VALUES (1)"))
    assert refuses_writes(failed.value)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO a VALUES (1)"))
    assert count(engine, "a") == 1


def test_a_full_disk_refuses_writes_and_what_is_wrong_does_not():
    assert refuses_writes(psycopg.errors.DiskFull())
    assert not refuses_writes(psycopg.errors.UniqueViolation())
    assert not refuses_writes(ValueError())


def test_what_a_statement_is_given_stays_out_of_its_error(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError) as failed:
        connection.execute(text("SELECT 1 / (length(:courriel) - 3)"), {"courriel": "a@b"})
    assert "a@b" not in str(failed.value)
