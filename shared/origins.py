"""Rate limiting of anonymous calls by origin, kept only as a hash salted anew each day."""

import secrets
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Protocol

from sqlalchemy import Column, Date, LargeBinary, MetaData, Table, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared import anonymat, clock
from shared.db import hold
from shared.problems import TooManyRequests

HEURE = timedelta(hours=1)


def salt_table(metadata: MetaData, name: str) -> Table:
    """The random salt of a day's fingerprints, thrown away the next day."""
    return Table(
        name,
        metadata,
        Column("jour", Date, primary_key=True),
        Column("sel", LargeBinary, nullable=False),
    )


def fingerprint(session: Session, table: Table, hote: str | None) -> bytes:
    """The origin of a call, today."""
    return anonymat.empreinte(hote, salt_of(session, table))


def salt_of(session: Session, table: Table) -> bytes:
    """The day's salt; the day's first call draws it and throws yesterday's away."""
    today = clock.today(session)
    known = select(table.c.sel).where(table.c.jour == today)
    sel: bytes | None = session.scalar(known)
    if sel is None:
        fresh = {"jour": today, "sel": secrets.token_bytes(anonymat.SEL_OCTETS)}
        session.execute(insert(table).values(fresh).on_conflict_do_nothing())
        forget_salts(session, table)
        sel = session.scalars(known).one()
    return sel


def forget_salts(session: Session, table: Table) -> None:
    """Throw the salts of past days away: nobody can tell an origin of then any more."""
    session.execute(delete(table).where(table.c.jour < clock.today(session)))


def one_at_a_time(session: Session, table: Table, empreinte: bytes) -> None:
    """Let one call of an origin through at once: two would both find room under a limit."""
    hold(session, f"{table.fullname}.{empreinte.hex()}")


def check_rate(*, number: int, first: datetime, now: datetime, per_hour: int, refus: str) -> None:
    """Refuse a call when its origin already made `number` since `first`, an hour ago at most.

    `refus` says it to the user, who knows what is counted and whose it is.
    """
    if number >= per_hour:
        wait = max(1, ceil((first + HEURE - now).total_seconds()))
        raise TooManyRequests(refus, headers={"Retry-After": str(wait)})


class Counted(Protocol):
    """What several calls about one thing add up to; nothing before the first."""

    nombre: Any
    premier_le: Any
    dernier_le: Any


def count_call(thing: Counted, instant: datetime, *, already_counted: bool) -> None:
    """One call more; transactions do not commit in the order of their instants."""
    if not thing.nombre:
        thing.premier_le = thing.dernier_le = instant
    thing.nombre += not already_counted
    thing.premier_le = min(thing.premier_le, instant)
    thing.dernier_le = max(thing.dernier_le, instant)
