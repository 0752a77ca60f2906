"""What Prometheus reads of the subscriptions."""

from typing import Final

from prometheus_client import Gauge
from sqlalchemy import Connection, func, select

from services.commerces.abonnements.models import Abonnement
from shared.schemas.commerces_abonnements import EtatAbonnement

ABONNEMENTS: Final = Gauge("relance_abonnements", "Webhook subscriptions by state", ("etat",))
_BY_STATE: Final = select(Abonnement.etat, func.count()).group_by(Abonnement.etat)


def measure(connection: Connection) -> None:
    """Count those who are told, those who asked not to be, and those who no longer answer."""
    found = dict(connection.execute(_BY_STATE).tuples().all())
    for etat in EtatAbonnement:
        ABONNEMENTS.labels(etat.value).set(found.get(etat, 0))
