"""Counts anonymous calls by origin, and refuses an origin that makes too many."""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from services.commerces.origines.models import SELS, Appel
from shared import anonymat, clock, origins
from shared.origins import HEURE, check_rate, one_at_a_time

OUBLI: Final = timedelta(days=1)
"""After this, nothing ties two calls to one origin."""


def fingerprint(session: Session, hote: str | None) -> bytes:
    """An address of the network as an origin, today."""
    return origins.fingerprint(session, SELS, hote)


def address_fingerprint(session: Session, courriel: str) -> bytes:
    """A mail address as what is written to, today."""
    sel = origins.salt_of(session, SELS)
    return anonymat.sceller(courriel.lower(), sel)


def limit(session: Session, empreinte: bytes, genre: str, *, per_hour: int, refus: str) -> None:
    """Count a call; refuse it, as `refus` says, when its origin made as many within the hour."""
    one_at_a_time(session, SELS, empreinte)
    now = clock.now(session)
    number, first = session.execute(
        select(func.count(), func.min(Appel.recu_le)).where(
            Appel.empreinte == empreinte, Appel.genre == genre, Appel.recu_le > now - HEURE
        )
    ).one()
    check_rate(number=number, first=first or now, now=now, per_hour=per_hour, refus=refus)
    session.add(Appel(empreinte=empreinte, genre=genre))
    session.flush()


def counted(session: Session, empreinte: bytes, genre: str) -> bool:
    """Whether this origin already spoke of this today; it has now."""
    mine = select(Appel.id).where(Appel.empreinte == empreinte, Appel.genre == genre).limit(1)
    if session.scalar(mine) is not None:
        return True
    session.add(Appel(empreinte=empreinte, genre=genre))
    session.flush()
    return False


def forget(session: Session) -> None:
    """Erase what could tie calls to one origin."""
    origins.forget_salts(session, SELS)
    session.execute(delete(Appel).where(Appel.recu_le < func.now() - OUBLI))
