"""Writes of reports: made, merged, decided, their comments forgotten."""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.commerces import queries as lectures
from services.commerces.models import JOURNAL
from services.commerces.origines import commands as origines
from services.commerces.signalements import queries
from services.commerces.signalements.models import CommentaireSignalement, SignalementFiche
from shared import anonymat, clock, journal
from shared.origins import count_call
from shared.problems import Conflict, NotFound
from shared.schemas.commerces_signalements import (
    DecisionSignalementFiche,
    EtatSignalementFiche,
    SignalementFicheNouveau,
)

PUBLIC: Final = "public"
OUBLI_COMMENTAIRE: Final = timedelta(days=30)
"""From the end of a report until its comments are forgotten."""
_JOIN = (
    insert(SignalementFiche)
    .on_conflict_do_update(
        index_elements=["fiche_id", "motif"],
        index_where=text("etat = 'ouvert'"),
        set_={"version": SignalementFiche.version + 1},
    )
    .returning(SignalementFiche.id)
)
"""The report under way of a listing and motif, locked; a new one when there is none."""


def report(
    session: Session,
    fiche_id: int,
    nouveau: SignalementFicheNouveau,
    *,
    empreinte: bytes,
    per_hour: int,
) -> SignalementFiche:
    """Add a report to the one under way for its listing and motif, or open it."""
    fiche = lectures.find_published(session, fiche_id)
    if fiche is None:
        raise NotFound(f"Aucune fiche publiée ne porte l'identifiant {fiche_id}.")
    refus = f"Au plus {per_hour} signalements par heure depuis une même adresse."
    origines.limit(session, empreinte, "signalement", per_hour=per_hour, refus=refus)
    values = {"fiche_id": fiche.id, "motif": nouveau.motif, "etat": EtatSignalementFiche.OUVERT}
    number = session.scalars(_JOIN.values(**values, nombre=0, version=1)).one()
    row = queries.find(session, number, lock=True)
    assert row is not None, "it was just written"
    again = origines.counted(session, empreinte, f"signalement:{number}")
    count_call(row, clock.now(session), already_counted=again)
    texte = anonymat.masquer(nouveau.commentaire or "")
    if texte:
        session.add(CommentaireSignalement(signalement_id=number, texte=texte))
    session.flush()
    _publish(session, row, "recu", PUBLIC)
    return row


def decide(
    session: Session, row: SignalementFiche, decision: DecisionSignalementFiche, *, auteur: str
) -> None:
    """What an agent decides of a report that this transaction has locked."""
    if row.etat != EtatSignalementFiche.OUVERT:
        raise Conflict(f"Ce signalement est déjà « {row.etat} ».")
    row.etat, row.version = decision.etat, row.version + 1
    row.raison, row.decide_par = anonymat.masquer(decision.raison), auteur
    row.decide_le = clock.now(session)
    session.flush()
    _publish(session, row, row.etat, auteur)


def move(session: Session, gone: int, kept: int, *, auteur: str) -> None:
    """What is still to be decided of a listing is of the one that it is now part of."""
    there = {one.motif: one for one in queries.open_of(session, kept)}
    for row in queries.open_of(session, gone):  # one a motif at most
        same = there.get(row.motif)
        if same is None:
            row.fiche_id, row.version = kept, row.version + 1
        else:
            _unite(session, row, same, auteur=auteur)
        session.flush()


def _unite(session: Session, row: SignalementFiche, same: SignalementFiche, *, auteur: str) -> None:
    """Two reports of what is now one listing, for one motif, are one."""
    same.nombre, same.version = same.nombre + row.nombre, same.version + 1
    same.premier_le = min(same.premier_le, row.premier_le)
    same.dernier_le = max(same.dernier_le, row.dernier_le)
    session.execute(
        update(CommentaireSignalement)
        .where(CommentaireSignalement.signalement_id == row.id)
        .values(signalement_id=same.id)
    )
    ended = DecisionSignalementFiche(
        etat=EtatSignalementFiche.TRAITE, raison=f"Réuni au signalement {same.id}"
    )
    decide(session, row, ended, auteur=auteur)


def forget(session: Session) -> None:
    """Erase what people wrote with reports that ended some time ago."""
    ended = select(SignalementFiche.id).where(
        SignalementFiche.decide_le < func.now() - OUBLI_COMMENTAIRE
    )
    session.execute(
        delete(CommentaireSignalement).where(CommentaireSignalement.signalement_id.in_(ended)),
        execution_options={"synchronize_session": False},
    )


def erase(session: Session, fiche_id: int) -> None:
    """Forget what people wrote of a listing that is erased, and what agents answered."""
    mine = SignalementFiche.fiche_id == fiche_id
    about = CommentaireSignalement.signalement_id.in_(select(SignalementFiche.id).where(mine))
    session.execute(delete(CommentaireSignalement).where(about))
    session.execute(update(SignalementFiche).where(mine).values(raison=None))


def _publish(session: Session, row: SignalementFiche, what: str, auteur: str) -> None:
    """Who reported, and what they wrote, is not for the journal."""
    body = {"signalement": row.id, "motif": row.motif, "nombre": row.nombre}
    entry = (f"signalement.{what}", str(row.fiche_id), auteur, body)
    journal.append(session, JOURNAL, [entry])
