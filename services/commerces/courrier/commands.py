"""Mail is written to the outbox with what it speaks of, then leaves, then is forgotten."""

from datetime import timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, update
from sqlalchemy.orm import Session

from services.commerces.courrier.envoi import Message, Port, Refuse
from services.commerces.courrier.models import Courrier
from services.commerces.models import TRAVAUX
from shared import worker

ENVOYER: Final = "courrier.envoyer"
OUBLI: Final = timedelta(days=30)
"""How long it is remembered that a mail left, without its text."""
OUBLI_TEXTE: Final = timedelta(days=7)
"""A mail that could not leave by then is given up with its text: its link has expired."""
_EFFACE: Final[dict[str, Any]] = {"destinataire": None, "sujet": None, "texte": None}


class Texte(NamedTuple):
    """A mail before it has an address."""

    sujet: str
    texte: str


def post(
    session: Session,
    destinataire: str,
    genre: str,
    texte: Texte,
    *,
    titulaire_id: int | None = None,
) -> None:
    """Put a mail in the outbox: it leaves if and only if this transaction is committed."""
    courrier = Courrier(
        genre=genre,
        destinataire=destinataire,
        sujet=texte.sujet,
        texte=texte.texte,
        titulaire_id=titulaire_id,
    )
    session.add(courrier)
    session.flush()
    worker.schedule(session, TRAVAUX, ENVOYER, corps={"courrier": courrier.id})


def send(session: Session, corps: dict[str, Any], port: Port) -> None:
    """Let a mail out; one that was erased meanwhile, or has left, is not sent."""
    courrier = session.get(Courrier, corps["courrier"], with_for_update=True)
    if courrier is None or courrier.destinataire is None:
        return
    message = Message(
        courrier.id,
        courrier.destinataire,
        courrier.sujet or "",
        courrier.texte or "",
        ecrit_le=courrier.cree_le,
    )
    try:
        port(message)
    except Refuse as refused:
        courrier.refus = str(refused)
    else:
        courrier.parti_le = func.now()
    courrier.destinataire = courrier.sujet = courrier.texte = None


def forget(session: Session) -> None:
    """Forget the texts that never left in time, then the mails themselves."""
    session.execute(delete(Courrier).where(Courrier.cree_le < func.now() - OUBLI))
    session.execute(
        update(Courrier).where(Courrier.cree_le < func.now() - OUBLI_TEXTE).values(_EFFACE)
    )


def erase(session: Session, titulaire_id: int) -> None:
    """Forget all mail of a holder, what is still to leave included."""
    session.execute(delete(Courrier).where(Courrier.titulaire_id == titulaire_id))


def erase_address(session: Session, courriel: str) -> None:
    """Forget what is still to leave for an address."""
    waiting = func.lower(Courrier.destinataire) == courriel.lower()
    session.execute(delete(Courrier).where(waiting))
