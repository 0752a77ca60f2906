"""Background jobs of the registry, run by `relance worker`."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from services.bornes import commands as imports
from services.bornes import demonstration
from services.bornes.models import IDEMPOTENCE, TRAVAUX
from services.bornes.signalements import commands as signalements
from services.bornes.statuts import commands as statuts
from shared.idempotency import purge
from shared.settings import Settings
from shared.worker import Atelier, Tache

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def forget_keys(session: "Session", _corps: dict[str, Any]) -> None:
    """Idempotency keys past their 24 hours answer no one any more."""
    purge(session, IDEMPOTENCE)


def turn_months(session: "Session", _corps: dict[str, Any], *, keep: int) -> None:
    """The history of statuses has its next month ready, and loses those past its time."""
    statuts.prepare_months(session)
    statuts.forget_months(session, keep)


def forget_imports(session: "Session", _corps: dict[str, Any], *, days: int) -> None:
    """Reports of files long replaced are not kept line by line."""
    imports.forget_reports(session, days=days)


def expire_reports(session: "Session", _corps: dict[str, Any], *, days: int) -> None:
    """Reports that nobody made again end."""
    signalements.expire(session, days=days)


def close_withdrawn_reports(session: "Session", _corps: dict[str, Any]) -> None:
    """Reports end with the point they are about."""
    signalements.close_withdrawn(session)


def live(session: "Session", _corps: dict[str, Any], *, peremption: timedelta) -> None:
    """The demonstration goes on."""
    demonstration.live(session, peremption)


def forget_reporters(session: "Session", _corps: dict[str, Any]) -> None:
    """What could tie reports to the people who made them is erased."""
    signalements.forget(session)


HOURLY = timedelta(hours=1)


def atelier(settings: Settings) -> Atelier:
    """The registry's due work, as the settings of its process want it."""
    days = settings.bornes_signalements_jours
    peremption = timedelta(seconds=settings.bornes_peremption_s)
    return Atelier(
        TRAVAUX,
        {
            "idempotence.purger": Tache(forget_keys, chaque=HOURLY),
            demonstration.VIVRE: Tache(partial(live, peremption=peremption)),
            "statuts.tourner": Tache(
                partial(turn_months, keep=settings.bornes_historique_jours), chaque=6 * HOURLY
            ),
            "imports.oublier": Tache(
                partial(forget_imports, days=settings.bornes_rapports_jours), chaque=HOURLY
            ),
            "signalements.expirer": Tache(partial(expire_reports, days=days), chaque=HOURLY),
            "signalements.retirer": Tache(close_withdrawn_reports, chaque=HOURLY),
            "signalements.oublier": Tache(forget_reporters, chaque=HOURLY),
        },
    )
