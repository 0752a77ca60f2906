"""What a process opens and does beside its public port."""

import gc
import signal
import sys

import httpx
import pytest
from starlette.applications import Starlette

from gateway.serving import TURN_S, ServingError, listening, measured, serve
from shared.observability import REQUESTS
from shared.settings import Settings
from tests.e2e.conftest import free_port


def test_prometheus_reads_a_port_of_its_own() -> None:
    settings = Settings(metriques_port=free_port())
    REQUESTS.route("essai", "/stations").count("GET", 200, 0.002)
    with measured(settings):
        answer = httpx.get(
            f"http://127.0.0.1:{settings.metriques_port}/metrics", trust_env=False, timeout=30
        )
        with pytest.raises(ServingError, match="RELANCE_METRIQUES_PORT"), measured(settings):
            pass
    seen = 'relance_requetes_total{methode="GET",route="/stations",service="essai",statut="200"}'
    assert f"{seen} 1.0" in answer.text
    assert 'relance_duree_secondes_bucket{le="0.005",route="/stations"' in answer.text
    with listening(Settings(port=settings.metriques_port)):
        """The port is free again."""


def test_there_is_none_unless_asked() -> None:
    with measured(Settings()):
        assert Settings().metriques_port is None


def test_nothing_a_process_does_beside_keeps_readers_waiting_long() -> None:
    """Neither a pass of the collector over all that was loaded, nor another thread's turn."""
    seen: list[tuple[int, float]] = []
    before = sys.getswitchinterval()

    def announce() -> None:
        seen.append((gc.get_freeze_count(), sys.getswitchinterval()))
        signal.raise_signal(signal.SIGINT)

    # A shell that starts the tests behind itself has them ignore Ctrl-C.
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)
    with listening(Settings(port=free_port())) as on, pytest.raises(KeyboardInterrupt):
        serve(Starlette(), on, announce=announce)
    signal.signal(signal.SIGINT, ignored)
    sys.setswitchinterval(before)
    ((frozen, turn),) = seen
    assert frozen > 0
    assert turn == pytest.approx(TURN_S)
    assert gc.get_freeze_count() == 0
