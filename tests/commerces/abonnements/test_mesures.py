"""What Prometheus reads of the subscribers."""

import threading

from prometheus_client import REGISTRY

from services.commerces.taches import atelier
from shared.worker import _do_due_work


def counted(monde) -> dict[str, float | None]:
    """Subscriptions by state, once a worker has looked at its work."""
    started = threading.Event()
    started.set()  # no recurring work here
    _do_due_work(monde.engine, atelier(monde.settings), started, threading.Event())
    return {
        etat: REGISTRY.get_sample_value("relance_abonnements", {"etat": etat})
        for etat in ("actif", "suspendu", "desactive")
    }


def test_who_is_no_longer_called_is_measured(monde, receiver):
    assert counted(monde) == {"actif": 0, "suspendu": 0, "desactive": 0}
    recu = receiver()
    monde.subscribe(recu.url)
    monde.subscribe(recu.url, etat="suspendu")
    assert counted(monde) == {"actif": 1, "suspendu": 1, "desactive": 0}
    recu.status = 410
    monde.create()
    monde.work()
    assert counted(monde) == {"actif": 0, "suspendu": 1, "desactive": 1}
