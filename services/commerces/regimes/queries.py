"""Queries on the crisis rules."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.orm import Session

from services.commerces.models import LigneRegime
from services.commerces.regimes.regles import Regime
from shared.schemas.commerces_horaires import Heures
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import JourSemaine

_EVERY = select(LigneRegime.__table__).order_by(LigneRegime.debut, LigneRegime.id)


def every(connection: Connection, ids: Sequence[str] | None = None) -> list[Regime]:
    """Rules, past and future ones too, the oldest first: all or some."""
    statement = _EVERY if ids is None else _EVERY.where(LigneRegime.id.in_(map(int, ids)))
    return [read(row) for row in connection.execute(statement)]


def read(row: LigneRegime | Row[Any]) -> Regime:
    """A rule as it is kept."""
    return Regime(
        row.id,
        row.nom,
        row.motif,
        row.source,
        tuple(row.categories),
        tuple(row.territoires),
        frozenset(map(Modalite, row.modalites)),
        row.debut,
        row.fin,
        None if row.jours is None else tuple(map(JourSemaine, row.jours)),
        None if row.creneau is None else Heures.model_validate(row.creneau),
    )


def find(session: Session, regime_id: int, *, lock: bool = False) -> LigneRegime | None:
    """A rule; `lock` keeps others from changing it meanwhile."""
    return session.get(LigneRegime, regime_id, with_for_update=lock or None)


def to_announce(session: Session, now: datetime) -> Sequence[LigneRegime]:
    """The rules that may have turned by now since that was last told, kept from changing."""
    statement = select(LigneRegime).where(
        LigneRegime.debut <= now,
        LigneRegime.fin.is_(None) | (LigneRegime.fin > LigneRegime.annonce_le),
    )
    return session.scalars(statement.order_by(LigneRegime.id).with_for_update()).all()


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(LigneRegime)) or 0


def left_by_files(session: Session, origines: Sequence[str]) -> Sequence[LigneRegime]:
    """The rules of files, none of these, that are in force or to come."""
    statement = select(LigneRegime).where(
        LigneRegime.origine.is_not(None),
        LigneRegime.origine.not_in(origines),
        LigneRegime.fin.is_(None) | (LigneRegime.fin > func.now()),
    )
    return session.scalars(statement.order_by(LigneRegime.id)).all()


def of_files(session: Session, origines: Sequence[str]) -> dict[str, LigneRegime]:
    """The rules that were read from files, by their origin, kept from changing."""
    statement = select(LigneRegime).where(LigneRegime.origine.in_(origines))
    # In the order in which the others are taken: `to_announce` does so every minute.
    found = session.scalars(statement.order_by(LigneRegime.id).with_for_update())
    return {str(regime.origine): regime for regime in found}
