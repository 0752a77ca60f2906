"""Queries on reports, for the agents who handle them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.commerces.contribution.queries import placed
from services.commerces.signalements.models import SignalementFiche
from shared.schemas.commerces_signalements import EtatSignalementFiche, RechercheSignalementsFiches


def find(session: Session, number: int, *, lock: bool = False) -> SignalementFiche | None:
    """A report; `lock` keeps others from changing it before this transaction ends."""
    options = {"of": SignalementFiche} if lock else None
    return session.get(SignalementFiche, number, with_for_update=options, populate_existing=True)


def open_of(session: Session, fiche_id: int) -> Sequence[SignalementFiche]:
    """The reports of a listing that are still to be decided, locked."""
    statement = select(SignalementFiche).where(
        SignalementFiche.fiche_id == fiche_id,
        SignalementFiche.etat == EtatSignalementFiche.OUVERT,
    )
    locked = statement.order_by(SignalementFiche.id).with_for_update(of=SignalementFiche)
    return session.scalars(locked, execution_options={"populate_existing": True}).all()


def queue(
    session: Session,
    recherche: RechercheSignalementsFiches,
    *,
    codes: Sequence[str] | None,
    after: int,
    limit: int,
) -> Sequence[SignalementFiche]:
    """The reports of some communes or arrondissements, or of all, the oldest first."""
    statement = select(SignalementFiche).where(SignalementFiche.id > after)
    if recherche.etat is not None:
        statement = statement.where(SignalementFiche.etat == recherche.etat)
    if recherche.motif is not None:
        statement = statement.where(SignalementFiche.motif == recherche.motif)
    if codes is not None:
        statement = statement.where(SignalementFiche.fiche_id.in_(placed(codes)))
    return session.scalars(statement.order_by(SignalementFiche.id).limit(limit)).all()
