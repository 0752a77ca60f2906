"""The registry's due work, which `relance worker` does when its time comes."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.bornes.models import IDEMPOTENCE, TRAVAUX
from services.bornes.signalements import commands as signalements
from shared.idempotency import purge
from shared.settings import Settings
from shared.worker import Atelier, Tache

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def forget_keys(session: "Session", _corps: dict[str, Any]) -> None:
    """Idempotency keys past their 24 hours answer no one any more."""
    purge(session, IDEMPOTENCE)


def expire_reports(session: "Session", _corps: dict[str, Any]) -> None:
    """Reports that nobody made again end."""
    signalements.expire(session, days=Settings().bornes_signalements_jours)


def close_withdrawn_reports(session: "Session", _corps: dict[str, Any]) -> None:
    """Reports end with the point they are about."""
    signalements.close_withdrawn(session)


def forget_reporters(session: "Session", _corps: dict[str, Any]) -> None:
    """What could tie reports to the people who made them is erased."""
    signalements.forget(session)


HOURLY = timedelta(hours=1)
ATELIER = Atelier(
    TRAVAUX,
    {
        "idempotence.purger": Tache(forget_keys, chaque=HOURLY),
        "signalements.expirer": Tache(expire_reports, chaque=HOURLY),
        "signalements.retirer": Tache(close_withdrawn_reports, chaque=HOURLY),
        "signalements.oublier": Tache(forget_reporters, chaque=HOURLY),
    },
)
