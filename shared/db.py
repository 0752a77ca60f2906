"""Engine, session and declarative base shared by the services."""

import selectors
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import takewhile
from typing import Annotated, Any, Final, cast

import psycopg
from fastapi import Depends, Request
from sqlalchemy import (
    ARRAY,
    URL,
    Connection,
    DateTime,
    Engine,
    MetaData,
    Text,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from shared import database_url
from shared.postgres import find_database_url
from shared.settings import Settings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

POOL_TIMEOUT_S = 10
"""Longest wait for a connection of the process; then the caller is told to come back."""
ANSWER_S: Final = 5.0
"""Longest wait for an open connection to say that it lives. One that is slower than that is
replaced: on a busy server it costs a connection more, no answer is lost."""
NETWORK = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""What libpq needs to notice a server that is gone, in seconds but the last (ms)."""

_READ_ONLY: Final = "25006"
_AWAY: Final = frozenset({"57P01", "57P02", "57P03", "53300"})
"""It stops, it crashed, it starts, all its connections are taken."""
_FULL: Final = "53100"
_INTERRUPTED: Final = "57014"

IDLE: Final = "10min"
"""A transaction of which nothing is asked for so long is undone: readers of the journals wait for
the oldest that runs. An import asks all the while, by COPY."""
_SESSION: Final = {
    "idle_in_transaction_session_timeout": IDLE,
    # Who waits to be told of a change says nothing for hours: cut, it would miss what is new.
    "idle_session_timeout": "0",
    # How values are written: instants are told in UTC, and the driver reads one form only.
    "timezone": "UTC",
    "datestyle": "ISO",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    # A request reads what is committed meanwhile; who wants one state asks for it (`in_snapshots`).
    "default_transaction_isolation": "read committed",
    # The server's side of NETWORK. Who copies a file and is gone is waited for else for two hours,
    # in a transaction that readers of the journals wait for.
    "tcp_keepalives_idle": f"{NETWORK['keepalives_idle']}",
    "tcp_keepalives_interval": f"{NETWORK['keepalives_interval']}",
    "tcp_keepalives_count": f"{NETWORK['keepalives_count']}",
}
"""What our code relies on, whatever a server, a database or a role has for others."""
_SET: Final = "; ".join(f"SET {name} = '{value}'" for name, value in _SESSION.items())

_FRESH: Final = "fresh"
"""Mark of a connection that was just made: it answered."""


class Base(DeclarativeBase):
    """Root of the mapped classes; each service subclasses it once with its own metadata."""

    __abstract__ = True
    # Read on this class alone by SQLAlchemy: the subclasses' own maps would be ignored.
    type_annotation_map = {  # noqa: RUF012 SQLAlchemy's own name
        str: Text(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        list[str]: ARRAY(Text()),
    }


def new_metadata(schema: str) -> MetaData:
    """The metadata of one service: its own schema, the suite's constraint names."""
    return MetaData(schema=schema, naming_convention=NAMING)


def make_engine(url: str, *, connections: int = 7) -> Engine:
    """An engine on psycopg 3, whatever driver the URL names (or does not name).

    A dead connection is replaced when it is next used (`_check`), and a server that went silent is
    given up after seconds, not hours. docs/exploitation.md adds the connections of a suite up.

    What a statement is given stays out of errors, thus of logs: it may be anyone's address.
    """
    engine = create_engine(
        _address(url),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        hide_parameters=True,
        connect_args={
            **NETWORK,
            "client_encoding": "UTF8",
            "fallback_application_name": _process_name(sys.argv),
        },
    )
    event.listen(engine, "connect", _bound)
    event.listen(engine, "checkout", _check)
    event.listen(engine, "handle_error", _leave_read_only)
    return engine


def _process_name(typed: Sequence[str]) -> str:
    """Who asks, in `pg_stat_activity`: `relance worker`, `relance serve bornes`; no file's name."""
    return " ".join(["relance", *takewhile(str.isalpha, typed[1:3])])


def _address(url: str) -> URL:
    """SQLAlchemy reads an address by itself, and knows no list of servers there."""
    told = database_url.options(url)
    user, password, base = (told.pop(name, None) for name in ("user", "password", "dbname"))
    return URL.create("postgresql+psycopg", user, password, database=base, query=told)


def _bound(connection: psycopg.Connection, record: ConnectionPoolEntry) -> None:
    """Set there, not by `options`: poolers refuse those, and an address may have its own."""
    connection.execute(_SET)
    connection.commit()
    record.info[_FRESH] = True


def _check(connection: psycopg.Connection, record: ConnectionPoolEntry, _fairy: object) -> None:
    """Have a connection that is dead, or silent, replaced before it is used.

    SQLAlchemy's `pool_pre_ping` waits without end for a server that hangs: its machine goes on
    acknowledging what it is sent, and on the same machine nothing of NETWORK applies.
    """
    if record.info.pop(_FRESH, False):
        return
    try:
        alive = _answers(connection.pgconn, time.monotonic() + ANSWER_S)
    except psycopg.Error as error:
        raise InvalidatePoolError from error
    if not alive:
        raise InvalidatePoolError


def _answers(pgconn: psycopg.pq.abc.PGconn, until: float) -> bool:
    pgconn.send_query(b"SELECT 1")
    well = False
    with selectors.DefaultSelector() as selector:
        selector.register(pgconn.socket, selectors.EVENT_READ)
        while True:
            while pgconn.is_busy():
                if not selector.select(until - time.monotonic()):
                    return False
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                return well
            well = result.status == psycopg.pq.ExecStatus.TUPLES_OK


def _leave_read_only(failure: ExceptionContext) -> None:
    """A server that only reads may be the former one of two: the next connection asks again."""
    if sqlstate(failure.original_exception) == _READ_ONLY:
        failure.is_disconnect = True


def sqlstate(error: BaseException) -> str | None:
    """The code of an error of the database, the driver's own or as SQLAlchemy wraps it."""
    code: str | None = getattr(getattr(error, "orig", error), "sqlstate", None)
    return code


DATABASE_ERRORS: Final = (DBAPIError, psycopg.Error)
"""As SQLAlchemy wraps them, and the driver's own where its cursors are used."""


def is_away(error: BaseException) -> bool:
    """Whether nothing can be asked of the database: it cannot be reached, or takes nobody in."""
    code = sqlstate(error)
    if code is None:  # the driver's own words, no server's
        return isinstance(error, OperationalError | psycopg.OperationalError)
    return code in _AWAY or code.startswith("08")


def refuses_writes(error: BaseException) -> bool:
    """Whether the database still reads: its disk is full, or it was made read-only."""
    return sqlstate(error) in {_READ_ONLY, _FULL}


def is_interrupted(error: BaseException) -> bool:
    """Whether the database ended a statement: it lasted longer than a setting of its own allows.

    Imports last as long as their files: no limit of ours would suit them all.
    """
    return sqlstate(error) == _INTERRUPTED


def in_snapshots(engine: Engine) -> Engine:
    """The same, each transaction of which reads one state, however many statements it takes."""
    return engine.execution_options(isolation_level="REPEATABLE READ")


def reads_one_state(connection: Connection) -> bool:
    """Whether a connection is of such an engine: known without asking the server."""
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    return driver.isolation_level is psycopg.IsolationLevel.REPEATABLE_READ


@contextmanager
def open_engine(url: str) -> Iterator[Engine]:
    """An engine for a while: its connections are closed after it."""
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def transaction(service: str) -> Iterator[Session]:
    """One transaction on the database of a service, for a command."""
    url = find_database_url(Settings(), service)
    with open_engine(url) as engine, Session(engine) as session, session.begin():
        yield session


_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:cle, 0))")
_TRY_TO_HOLD = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:cle, 0))")


def hold(session: Session | Connection, cle: str) -> None:
    """Let one transaction at a time go on from here, of those that name the same thing."""
    session.execute(_HOLD, {"cle": cle})


def holds(session: Session | Connection, cle: str) -> bool:
    """Whether this transaction is the one that goes on: none waits for it."""
    return bool(session.execute(_TRY_TO_HOLD, {"cle": cle}).scalar_one())


def get_session(request: Request) -> Iterator[Session]:
    """One session a request: committed when the endpoint returns, rolled back when it raises."""
    with Session(request.app.state.engine) as session, session.begin():
        yield session


# scope="function": commit before the response leaves; FastAPI's default commits after it, and a
# failing commit would reach the client as a 200.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
