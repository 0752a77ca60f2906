"""Background jobs of the registry, run by `relance worker`."""

from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from services.bornes import commands as imports
from services.bornes import demonstration
from services.bornes.models import IDEMPOTENCE, TRAVAUX
from services.bornes.signalements import commands as signalements
from services.bornes.statuts import commands as statuts
from shared.idempotency import purge
from shared.settings import Settings
from shared.worker import Atelier, Tache

HOURLY = timedelta(hours=1)


def atelier(settings: Settings) -> Atelier:
    """The registry's due work, as the settings of its process want it."""
    peremption = timedelta(seconds=settings.bornes_peremption_s)
    live = partial(demonstration.live, peremption=peremption)
    turn = partial(_turn_months, keep=settings.bornes_historique_jours)
    forget_reports = partial(imports.forget_reports, days=settings.bornes_rapports_jours)
    expire = partial(signalements.expire, days=settings.bornes_signalements_jours)
    return Atelier(
        TRAVAUX,
        {
            "idempotence.purger": Tache.simple(partial(purge, table=IDEMPOTENCE), HOURLY),
            demonstration.VIVRE: Tache.simple(live),
            "statuts.tourner": Tache.simple(turn, 6 * HOURLY),
            "imports.oublier": Tache.simple(forget_reports, HOURLY),
            "signalements.expirer": Tache.simple(expire, HOURLY),
            "signalements.retirer": Tache.simple(signalements.close_withdrawn, HOURLY),
            "signalements.oublier": Tache.simple(signalements.forget, HOURLY),
        },
    )


def _turn_months(session: Session, *, keep: int) -> None:
    """The history of statuses has its next month ready, and loses those past its time."""
    statuts.prepare_months(session)
    statuts.forget_months(session, keep)
