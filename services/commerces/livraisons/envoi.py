"""Sends webhook messages: one signed POST each, through shared.outbound."""

import logging
from functools import lru_cache, partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from services.commerces.abonnements import reprises, signature
from services.commerces.livraisons import commands
from services.commerces.livraisons.commands import Envoi, Issue
from shared import kept_secret
from shared.due_work import insist
from shared.outbound import CallError, Resolve, Sortie, addresses

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from shared.settings import Settings

logger = logging.getLogger(__name__)
DEADLINE_S: Final = 10.0
"""A receiver accepts by then, from the name of its host to its status."""
ALARM_S: Final = 60
ANSWER_MAX: Final = 16_384
_BUSY: Final = frozenset({429, 503})
_EXTRACT: Final = 200


def deliver(engine: "Engine", settings: "Settings", *, resolve: Resolve = addresses) -> int:
    """Send the next message that is due; 0 when there is none."""
    # A gateway that starts later may draw the one that this folder then keeps.
    cle = settings.secret_interne or kept_secret.read(settings.dossier)
    if cle is None:
        if commands.waits(engine):
            _tell_none(int(monotonic() // ALARM_S))
        return 0  # nothing can be signed; the messages wait
    envoi = commands.take(engine, cle)
    if envoi is None:
        return 0
    issue = send(envoi, settings.hotes_webhooks(), resolve)
    if issue.erreur is not None:
        logger.warning("webhook %s to subscription %s: %s", envoi.message, envoi.abonnement, issue)
    insist(partial(commands.finish, engine, envoi, issue))
    return 1


@lru_cache(maxsize=1)
def _tell_none(_minute: int) -> None:
    """Once a minute: it is seen, and the log is not filled."""
    logger.error(
        "RELANCE_SECRET_INTERNE manque : des webhooks attendent, aucun ne peut être signé."
    )


def send(envoi: Envoi, hotes: frozenset[str], resolve: Resolve = addresses) -> Issue:
    """One attempt; whatever the receiver does is an issue, never an exception."""
    if not envoi.secrets:
        return Issue(None, "secret illisible : RELANCE_SECRET_INTERNE a changé, faites-le tourner")
    sortie = Sortie(hotes=hotes, deadline_s=DEADLINE_S, body_max=ANSWER_MAX, resolve=resolve)
    timestamp = int(envoi.maintenant.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "grand-paris-relance",
        **signature.headers(envoi.secrets, envoi.message, timestamp, envoi.corps),
    }
    try:
        answer = sortie.exchange("POST", envoi.url, headers=headers, content=envoi.corps)
    except CallError as error:
        return Issue(None, str(error))
    if answer.statut in reprises.SUCCES:
        return Issue(answer.statut, None)
    if answer.est_redirection:
        return Issue(answer.statut, "redirection : elle n'est pas suivie")
    asked = answer.entetes.get("retry-after") if answer.statut in _BUSY else None
    return Issue(answer.statut, _told(answer.corps), asked)


def _told(body: bytes) -> str:
    """The beginning of what a receiver said, in one line of printable characters."""
    text = " ".join(body.decode(errors="replace").split())
    kept = "".join(one for one in text if one.isprintable())[:_EXTRACT]
    return f"refus du destinataire : {kept}" if kept else "refus du destinataire"
