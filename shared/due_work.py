"""The table of background jobs of a service: planned, taken, ended, tried again, given up."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Identity,
    Index,
    MetaData,
    Row,
    Select,
    SmallInteger,
    Table,
    Text,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from shared.db import DATABASE_ERRORS, is_away

ATTEMPTS = 10
"""Work that failed this often is set aside: with waits that double, after an hour and a half."""
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(hours=1)
INSISTS_S: Final = (0.5, 1.0, 2.0, 4.0)
"""Waits for a database that went away before the end of work was written."""


def work_table(metadata: MetaData) -> Table:
    """The due work of the service that owns `metadata`."""
    return Table(
        "travaux",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("genre", Text, nullable=False),
        Column("cle", Text, unique=True),
        Column("corps", JSONB, nullable=False),
        Column("du_le", DateTime(timezone=True), nullable=False),
        Column("essais", SmallInteger, nullable=False, server_default=text("0")),
        Column("erreur", Text),
        Column("abandonne_le", DateTime(timezone=True)),
        Index("ix_travaux_du_le", "du_le", postgresql_where=text("abandonne_le IS NULL")),
    )


def schedule(
    connection: Session | Connection,
    table: Table,
    genre: str,
    *,
    corps: Mapping[str, Any] | None = None,
    du_le: datetime | None = None,
    cle: str | None = None,
) -> None:
    """Have work done at `du_le` (now by default); a `cle` already waiting is left as it is."""
    values = {"genre": genre, "cle": cle, "corps": corps or {}, "du_le": du_le or func.now()}
    connection.execute(insert(table).values(values).on_conflict_do_nothing())


def abandoned(connection: Session | Connection, table: Table) -> Sequence[Row[Any]]:
    """The work set aside after `ATTEMPTS` failures, with its last error."""
    statement = select(table).where(table.c.abandonne_le.is_not(None)).order_by(table.c.id)
    return connection.execute(statement).all()


def resume(connection: Session | Connection, table: Table, id_: int | None = None) -> int:
    """Try abandoned work again from now on, one or all; how much there was."""
    values = {"abandonne_le": None, "essais": 0, "du_le": func.now()}
    which = [table.c.abandonne_le.is_not(None), *([] if id_ is None else [table.c.id == id_])]
    resumed = update(table).where(*which).values(values).returning(table.c.id)
    return len(connection.execute(resumed).all())


def take(session: Session, table: Table, genre: str, lease: timedelta) -> Row[Any] | None:
    """Take work of a kind that waits for others: it is the caller's for `lease`, and counts a try.

    This transaction ends before the work begins, which holds none; `end` or `fail` then writes
    what became of it. Who died meanwhile gives the work back when the lease ends.
    """
    next_ = select_due(table, (genre,)).limit(1).with_for_update(skip_locked=True)
    row = session.execute(next_).first()
    if row is None:
        return None
    mine = {"essais": row.essais + 1, "du_le": func.now() + lease}
    taken = update(table).where(table.c.id == row.id).values(mine).returning(*table.c)
    return session.execute(taken).one()


def insist(write: Callable[[], object]) -> None:
    """Write what became of work that no transaction held, also if the database goes away just then.

    Unwritten, a mail that left would leave again. For as long as a server takes to start anew; past
    that the work is done again, when its lease ends. A write that did come through is made twice.
    """
    for wait in INSISTS_S:
        try:
            write()
        except DATABASE_ERRORS as error:
            if not is_away(error):
                raise
            time.sleep(wait)
        else:
            return
    write()


def end(session: Session, table: Table, taken: Row[Any]) -> None:
    """Work is done, by whomever took it last: it leaves the table."""
    session.execute(delete(table).where(table.c.id == taken.id))


def fail(
    session: Session, table: Table, taken: Row[Any], erreur: str, *, most: int = ATTEMPTS
) -> None:
    """Try later work that was taken, or give it up, unless it is no longer the caller's.

    `most`: after how many tries.
    """
    mine = (table.c.id == taken.id, table.c.essais == taken.essais)
    values = after_failure(taken.essais, None, erreur, most)
    session.execute(update(table).where(*mine).values(values))


def select_due(table: Table, genres: Collection[str]) -> Select[Any]:
    """The due work of these kinds, the oldest first."""
    return (
        select(table)
        .where(
            table.c.du_le <= func.now(),
            table.c.abandonne_le.is_(None),
            table.c.genre.in_(genres),
        )
        .order_by(table.c.du_le)
    )


def after_failure(
    attempts: int, chaque: timedelta | None, erreur: str, most: int = ATTEMPTS
) -> dict[str, Any]:
    """What the row of work that failed becomes: due later, or set aside."""
    values = {"essais": attempts, "erreur": erreur.replace("\0", "")[:2000]}
    if attempts < most:
        wait = min(FIRST_WAIT * 2 ** min(attempts - 1, ATTEMPTS), LONGEST_WAIT)
        return values | {"du_le": func.now() + wait}
    if chaque:  # recurring work is never given up: it waits for its next turn
        return values | {"essais": 0, "du_le": func.now() + chaque}
    return values | {"abandonne_le": func.now()}
