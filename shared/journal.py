"""The journal: one append-only table a service, read in commit-safe order, that wakes readers."""

import selectors
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, Self, cast

import orjson
import psycopg
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Engine,
    Identity,
    Index,
    MetaData,
    Select,
    Table,
    Text,
    TextClause,
    bindparam,
    event,
    func,
    literal_column,
    not_,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.types import UserDefinedType

from shared import numbering

BATCH = 5_000
"""Entries sent in one statement."""


class Xid8(UserDefinedType[int]):
    """A transaction number of PostgreSQL: 64 bits, never reused."""

    cache_ok = True

    def get_col_spec(self, **_kw: Any) -> str:
        return "XID8"

    def bind_processor(self, dialect: Any) -> Any:  # noqa: ARG002 SQLAlchemy's signature
        return str  # PostgreSQL makes an xid8 from a text, never from a bigint

    def result_processor(self, dialect: Any, coltype: Any) -> Any:  # noqa: ARG002 the same
        return int


ischema_names["xid8"] = Xid8  # Alembic reads the column back when it looks for drift


class Curseur(NamedTuple):
    """A place in the journal, in commit-safe order."""

    xid: int
    position: int


ZERO = Curseur(0, 0)
"""Before the first entry."""
EPOCH = datetime.fromtimestamp(0, UTC)
Repere = tuple[Curseur, datetime]
"""An entry as it was met: another database may have another one at the same place."""


class Entree(NamedTuple):
    """One change, as it was written."""

    curseur: Curseur
    instant: datetime
    genre: str
    sujet: str
    acteur: str
    corps: dict[str, Any]


def journal_table(metadata: MetaData) -> Table:
    """The journal of the service that owns `metadata`; `create_statements` completes it."""
    table = Table(
        "journal",
        metadata,
        Column("position", BigInteger, Identity(always=True), primary_key=True),
        numbered(metadata),
        Column(
            "instant",
            DateTime(timezone=True),
            nullable=False,
            server_default=text("clock_timestamp()"),
        ),
        Column("genre", Text, nullable=False),
        Column("sujet", Text, nullable=False),
        Column("acteur", Text, nullable=False),
        Column("corps", JSONB, nullable=False),
        Index("ix_journal_xid_position", "xid", "position"),
    )
    event.listen(table, "before_create", _make_numbers)
    return table


def _make_numbers(table: Table, connection: Connection, **_kw: Any) -> None:
    for statement in numbering.statements(table.schema):
        connection.execute(text(statement))


def numbered(metadata: MetaData) -> Column[int]:
    """The number of the transaction that writes a row, for tables that are read in its order."""
    number = text(numbering.number(metadata.schema))
    return Column("xid", Xid8, nullable=False, server_default=number)


def create_statements(schema: str) -> list[str]:
    """What the migration runs once the table exists: append only, and a notice on commit."""
    return [
        f"""
        CREATE FUNCTION {schema}.journal_annonce() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('{schema}_journal', '');
            RETURN NULL;
        END $$
        """,
        f"""
        CREATE TRIGGER annonce AFTER INSERT ON {schema}.journal
        FOR EACH STATEMENT EXECUTE FUNCTION {schema}.journal_annonce()
        """,
        f"""
        CREATE FUNCTION {schema}.journal_refus() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'le journal ne se modifie pas' USING ERRCODE = 'restrict_violation';
        END $$
        """,
        f"""
        CREATE TRIGGER ajout_seul BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.journal
        FOR EACH STATEMENT EXECUTE FUNCTION {schema}.journal_refus()
        """,
    ]


@cache
def _insertion(table: Table) -> TextClause:
    return text(
        f"""
        INSERT INTO {table.fullname} (genre, sujet, acteur, corps)
        SELECT genre, sujet, acteur, corps::jsonb
        FROM unnest(
            CAST(:genres AS text[]), CAST(:sujets AS text[]),
            CAST(:acteurs AS text[]), CAST(:corps AS text[])
        ) AS entrees (genre, sujet, acteur, corps)
        """
    )


def append(
    connection: Session | Connection,
    table: Table,
    entries: Iterable[tuple[str, str, str, dict[str, Any]]],
) -> None:
    """Write entries (genre, sujet, acteur, corps) in this transaction, `BATCH` a statement."""
    iterator = iter(entries)
    while batch := list(islice(iterator, BATCH)):
        genres, sujets, acteurs, bodies = map(list, zip(*batch, strict=True))
        corps = [orjson.dumps(body).decode() for body in bodies]
        values = {"genres": genres, "sujets": sujets, "acteurs": acteurs, "corps": corps}
        connection.execute(_insertion(table), values)


def read(connection: Connection, table: Table, after: Curseur, limit: int) -> list[Entree]:
    """The entries that follow `after`, in an order that no later commit can change.

    Positions are handed out at insertion and shown at commit, so a reader that remembers the
    last position loses the entry of a slower transaction. Entries of transactions older than
    every running one are final: nothing can come before them any more.
    """
    asked = {**after._asdict(), "limite": limit}
    return [_entree(row) for row in connection.execute(_following(table), asked)]


@cache
def _following(table: Table) -> Select[Any]:
    order = (table.c.xid, table.c.position)
    after = tuple_(bindparam("xid", type_=Xid8()), bindparam("position", type_=BigInteger()))
    return (
        select(table)
        .where(_final(table), tuple_(*order) > after)
        .order_by(*order)
        .limit(bindparam("limite"))
    )


def after_known(
    connection: Connection,
    table: Table,
    place: Curseur,
    limit: int,
    instant: datetime | None = None,
) -> list[Entree] | None:
    """The entries that follow one that was met; None when it is not there, nor ever was.

    A server that took over without the last transactions, or a backup that was restored, knows
    nothing of a place that readers hold: what it writes since would seem older to them. `instant`
    is that of the entry, for who knows it.
    """
    if place == ZERO:
        return read(connection, table, ZERO, limit)
    found = read(connection, table, Curseur(place.xid, place.position - 1), limit + 1)
    if not found or found[0].curseur != place or instant not in {None, found[0].instant}:
        return None
    return found[1:]


def head(connection: Connection, table: Table, genres: Sequence[str] | None = None) -> Repere:
    """Place and instant of the last final entry; ZERO and the epoch when there is none.

    `genres`: only entries whose genre begins with one of these words.
    """
    row = connection.execute(_last(table, None if genres is None else tuple(genres))).first()
    return (ZERO, EPOCH) if row is None else _entree(row)[:2]


@cache
def _last(table: Table, genres: tuple[str, ...] | None) -> Select[Any]:
    order = (table.c.xid.desc(), table.c.position.desc())
    statement = select(table).where(_final(table)).order_by(*order).limit(1)
    if genres is None:
        return statement
    return statement.where(func.split_part(table.c.genre, ".", 1).in_(genres))


def held(connection: Connection, table: Table) -> float:
    """For how many seconds the oldest committed entry has waited for a transaction to end."""
    return max(0.0, float(connection.scalar(_waiting(table)) or 0))


@cache
def _waiting(table: Table) -> Select[Any]:
    age = func.clock_timestamp() - table.c.instant
    order = (table.c.xid, table.c.position)
    waiting = select(func.extract("epoch", age)).where(not_(_final(table)))
    return waiting.order_by(*order).limit(1)


def seen(connection: Session | Connection, table: Table) -> tuple[int, int]:
    """What names all that is committed now: the same as long as nothing more is.

    Nothing comes before the last final entry any more; after it, entries only add up. The last
    position would not do: a slower transaction may hold a smaller one.
    """
    position, number = connection.execute(_committed(table)).one()
    return position, number


@cache
def _committed(table: Table) -> Select[Any]:
    order = (table.c.xid.desc(), table.c.position.desc())
    last = select(table.c.position).where(_final(table)).order_by(*order).limit(1)
    others = select(func.count()).select_from(table).where(not_(_final(table)))
    return select(func.coalesce(last.scalar_subquery(), 0), others.scalar_subquery())


def _final(table: Table) -> Any:
    return table.c.xid < literal_column(numbering.horizon(table.schema))


def _entree(row: Any) -> Entree:
    place = Curseur(row.xid, row.position)
    return Entree(place, row.instant, row.genre, row.sujet, row.acteur, row.corps)


class Listener:
    """Waits for the next commit that a table announces, on a connection of its own."""

    def __init__(self, engine: Engine, table: Table) -> None:
        self._engine = engine
        self._channel = f"{table.schema}_{table.name}"

    def __enter__(self) -> Self:
        with self._database_errors(), ExitStack() as stack:
            pooled = self._engine.raw_connection()
            connection = cast("psycopg.Connection[Any]", pooled.driver_connection)
            pooled.detach()
            self._connection = stack.enter_context(closing(connection))
            connection.autocommit = True
            connection.execute(f'LISTEN "{self._channel}"')
            self._woken, self._waker = map(stack.enter_context, socket.socketpair())
            self._selector = stack.enter_context(selectors.DefaultSelector())
            self._selector.register(connection, selectors.EVENT_READ)
            self._selector.register(self._woken, selectors.EVENT_READ)
            self._stack = stack.pop_all()
        return self

    def wait(self, timeout_s: float) -> None:
        """Return at the next commit, once `wake` was called, or after `timeout_s`."""
        with self._database_errors():
            if not self._notified():
                self._selector.select(timeout_s)
                self._notified()

    def wake(self) -> None:
        """End the wait of another thread, and all later ones: it is time to stop."""
        with suppress(OSError):  # it has just stopped by itself: nobody waits any more
            self._waker.send(b"\0")

    def _notified(self) -> bool:
        return len(list(self._connection.notifies(timeout=0))) > 0

    @contextmanager
    def _database_errors(self) -> Iterator[None]:
        """The driver's errors as those of every other statement."""
        try:
            yield
        except psycopg.Error as error:  # a server that stands by for another listens to nothing
            raise OperationalError(f"LISTEN {self._channel}", None, error) from error

    def __exit__(self, *_error: object) -> None:
        self._stack.close()
