"""The directory's due work, which `relance worker` does when its time comes."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.commerces.livraisons.commands import distribute
from services.commerces.livraisons.envoi import deliver
from services.commerces.models import IDEMPOTENCE, TRAVAUX
from shared.idempotency import purge
from shared.worker import Atelier, Tache

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def forget_keys(session: "Session", _corps: dict[str, Any]) -> None:
    """Idempotency keys past their 24 hours answer no one any more."""
    purge(session, IDEMPOTENCE)


def renew_offers(session: "Session", _corps: dict[str, Any]) -> None:
    """Listings with a modality that begins or ended today are shown anew: answers are kept."""
    from services.commerces.commands import journal_offers_of_today

    journal_offers_of_today(session)


def forget_deliveries(session: "Session", _corps: dict[str, Any]) -> None:
    """Messages of webhooks past their time are shown no more."""
    from services.commerces.abonnements.commands import forget_deliveries

    forget_deliveries(session)


SENDERS = 3
"""Receivers called at once by a worker: a slow one does not keep the others waiting."""
ATELIER = Atelier(
    TRAVAUX,
    {
        "idempotence.purger": Tache(forget_keys, chaque=timedelta(hours=1)),
        "modalites.renouveler": Tache(renew_offers, chaque=timedelta(minutes=15)),
        "livraisons.oublier": Tache(forget_deliveries, chaque=timedelta(hours=1)),
    },
    tournees=(distribute, *(deliver,) * SENDERS),
)
