"""The registry's due work, which `relance worker` does when its time comes."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.bornes import demonstration
from services.bornes.models import IDEMPOTENCE, TRAVAUX
from services.bornes.statuts import commands as statuts
from shared.idempotency import purge
from shared.settings import Settings
from shared.worker import Atelier, Tache

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def forget_keys(session: "Session", _corps: dict[str, Any]) -> None:
    """Idempotency keys past their 24 hours answer no one any more."""
    purge(session, IDEMPOTENCE)


def turn_days(session: "Session", _corps: dict[str, Any]) -> None:
    """The history of statuses has its next days ready, and loses those past its time."""
    statuts.prepare_days(session)
    statuts.forget_days(session, Settings().bornes_historique_jours)


ATELIER = Atelier(
    TRAVAUX,
    {
        "idempotence.purger": Tache(forget_keys, chaque=timedelta(hours=1)),
        demonstration.VIVRE: Tache(lambda session, _: demonstration.live(session)),
        "statuts.tourner": Tache(turn_days, chaque=timedelta(hours=6)),
    },
)
