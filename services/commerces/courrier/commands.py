"""The outbox: mail is queued in the transaction it belongs to, sent later, then forgotten."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, Row, delete, func, update
from sqlalchemy.orm import Session

from services.commerces.courrier.envoi import Message, Port, Refuse
from services.commerces.courrier.models import Courrier
from services.commerces.models import TRAVAUX
from shared import due_work

logger = logging.getLogger(__name__)
ENVOYER: Final = "courrier.envoyer"
BAIL: Final = timedelta(minutes=5)
"""How long a mail is a worker's: longer than a server takes that makes every answer wait."""
ESSAIS: Final = 176
"""Tries of a mail, one an hour after the first ten: as long as its text is kept. A server that is
away for a weekend loses none."""
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
    due_work.schedule(session, TRAVAUX, ENVOYER, corps={"courrier": courrier.id})


def let_out(engine: Engine, port: Port) -> int:
    """Let the next mail out; 0 when none is due.

    A server lasts as long as it likes, and a transaction that waited for it would hold the
    journals back (docs/adr/0027): a mail is taken in one, sent in none, and its end is written
    in another. Who dies in between lets it leave again, with the same identifier.
    """
    with Session(engine) as session, session.begin():
        taken = due_work.take(session, TRAVAUX, ENVOYER, BAIL)
        if taken is None:
            return 0
        message = _message(session, taken.corps["courrier"])
        if message is None:
            due_work.end(session, TRAVAUX, taken)
            return 1
    refus = erreur = None
    try:
        port(message)
    except Refuse as refused:
        refus = str(refused)
        logger.warning("mail %s: refused for good: %s", message.id, refus)
    except Exception as error:  # noqa: BLE001 whatever keeps a mail here is told with it
        # What the server says may name the person, whom this must not outlive.
        said = f"{type(error).__name__}: {error}"
        erreur = said.replace(message.destinataire, "(destinataire)")
        logger.warning("mail %s, try %s: %s", message.id, taken.essais, erreur)
    due_work.insist(partial(_end, engine, taken, message.id, refus=refus, erreur=erreur))
    return 1


def _end(
    engine: Engine, taken: Row[Any], courrier_id: int, *, refus: str | None, erreur: str | None
) -> None:
    with Session(engine) as session, session.begin():
        if erreur is not None:
            due_work.fail(session, TRAVAUX, taken, erreur, most=ESSAIS)
        else:
            due_work.end(session, TRAVAUX, taken)
            _close(session, courrier_id, refus)


def _message(session: Session, courrier_id: int) -> Message | None:
    """A mail ready to leave; None when it was erased meanwhile, or has left."""
    courrier = session.get(Courrier, courrier_id)
    if courrier is None or courrier.destinataire is None:
        return None
    return Message(
        courrier.id,
        courrier.destinataire,
        courrier.sujet or "",
        courrier.texte or "",
        ecrit_le=courrier.cree_le,
    )


def _close(session: Session, courrier_id: int, refus: str | None) -> None:
    """Write how a mail ended, unless it was erased meanwhile, and forget what it said."""
    ended = {"parti_le": func.now()} if refus is None else {"refus": refus}
    this = Courrier.id == courrier_id
    session.execute(update(Courrier).where(this).values(**ended, **_EFFACE))


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
