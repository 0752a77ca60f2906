"""What a process opens and does beside its public port."""

import asyncio
import gc
import os
import signal
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from threading import Event

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from gateway import serving
from gateway.serving import (
    TURN_S,
    ServingError,
    listening,
    measured,
    read_settings,
    serve,
)
from gateway.stopping import stopped_by_signals
from shared.observability import REQUESTS
from shared.settings import Settings
from tests.e2e.conftest import RELANCE, free_port


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


def test_everywhere_is_both_kinds_of_addresses() -> None:
    """Each caller under its own address: « ::ffff:127.0.0.1 » is nobody's in the settings."""
    port = free_port()
    try:
        socket.create_server(("::1", port), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    seen: list[str] = []
    with listening(Settings(hote="::", port=port)) as taken:
        for there in ("127.0.0.1", "::1"):
            with socket.create_connection((there, port)):
                for one in taken:
                    one.setblocking(False)
                    with suppress(BlockingIOError):
                        connection, address = one.accept()
                        connection.close()
                        seen.append(address[0])
    assert seen == ["127.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("RELANCE_PROT", "RELANCE_PORT"),
        ("RELANCE_COMMERCES_WEBHOOK_HOTES", "RELANCE_COMMERCES_WEBHOOKS_HOTES"),
        ("RELANCE_COURRIER_STMP", "RELANCE_COURRIER_SMTP"),
        ("RELANCE_DATABASE_URI", "RELANCE_DATABASE_URL"),
        ("RELANCE_PORT", None),
        ("RELANCE_BORNES_URL", None),
        ("RELANCE_METEO_DATABASE_URL", None),
        ("RELANCE_CONFORMITE", None),  # of our tests
    ],
)
def test_a_misspelt_setting_is_told(monkeypatch, caplog, name: str, meant: str | None) -> None:
    """It would do nothing, and nothing would say so."""
    monkeypatch.setenv(name, "postgresql://ici/base" if name.endswith("DATABASE_URL") else "8000")
    read_settings()
    told = [line for line in caplog.messages if name in line]
    assert [meant in line for line in told] == ([] if meant is None else [True])


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell that starts the tests behind itself has them ignore Ctrl-C."""
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)
    interval = sys.getswitchinterval()
    yield
    signal.signal(signal.SIGINT, ignored)
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("interruptible")
def test_nothing_a_process_does_beside_keeps_readers_waiting_long() -> None:
    """Neither a pass of the collector over all that was loaded, nor another thread's turn."""
    seen: list[tuple[int, float]] = []

    async def announce() -> None:
        seen.append((gc.get_freeze_count(), sys.getswitchinterval()))
        signal.raise_signal(signal.SIGINT)

    with listening(Settings(port=free_port())) as on, pytest.raises(KeyboardInterrupt):
        serve(Starlette(), on, Event(), announce=announce)
    ((frozen, turn),) = seen
    assert frozen > 0
    assert turn == pytest.approx(TURN_S)
    assert gc.get_freeze_count() == 0


@pytest.mark.usefixtures("interruptible")
def test_a_second_ctrl_c_waits_for_no_request_and_closes_what_was_opened(
    caplog: pytest.LogCaptureFixture,
) -> None:
    closed: list[bool] = []

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        closed.append(True)

    async def announce() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with listening(Settings(port=free_port())) as on, pytest.raises(KeyboardInterrupt):
        serve(Starlette(lifespan=lifespan), on, Event(), announce=announce)
    assert closed
    assert [record for record in caplog.records if record.exc_info] == []


@contextmanager
def _asked_when_told_to_stop(*begun: Message) -> Iterator[Future[httpx.Response]]:
    """The answer to what has sent no more than `begun` when its process is told to stop."""
    port = free_port()

    async def never_ends(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await Starlette()(scope, receive, send)
            return
        for message in begun:
            await send(message)
        signal.raise_signal(signal.SIGINT)
        await asyncio.Event().wait()

    def ask() -> httpx.Response:
        return httpx.post(f"http://127.0.0.1:{port}/v1/a", trust_env=False, timeout=30)

    with ThreadPoolExecutor(1) as pool, listening(Settings(port=port)) as on:
        asked = pool.submit(ask)
        with pytest.raises(KeyboardInterrupt):
            serve(never_ends, on, Event())
        yield asked


@pytest.mark.usefixtures("interruptible")
def test_what_lasts_when_a_process_stops_is_told_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "GRACE_S", 0.1)
    with _asked_when_told_to_stop() as asked:
        answer = asked.result()
    assert (answer.status_code, answer.json()["code"]) == (503, "indisponible")
    assert answer.headers["retry-after"] == "5"


@pytest.mark.usefixtures("interruptible")
def test_an_answer_that_lasts_when_a_process_stops_is_cut_without_a_trace(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A slow reader of an export is no bug: a trace in the log would say so at each restart."""
    monkeypatch.setattr(serving, "GRACE_S", 0.1)
    begun = (
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"2")],
        },
        {"type": "http.response.body", "body": b"a", "more_body": True},
    )
    with _asked_when_told_to_stop(*begun) as asked, pytest.raises(httpx.RemoteProtocolError):
        asked.result()
    assert [record for record in caplog.records if record.exc_info] == []
    assert any("/v1/a" in line for line in caplog.messages)


def test_a_closed_terminal_stops_what_it_started() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        with pytest.raises(SystemExit), stopped_by_signals():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_what_was_started_to_outlive_its_terminal_does() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopped_by_signals():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_of_which_python_drops_the_exception_is_not_lost() -> None:
    with stopped_by_signals() as told:
        seen = {1}
        _ = weakref.ref(seen, lambda _: signal.raise_signal(signal.SIGTERM))
        assert not told.is_set()
        del seen
        assert told.is_set()


def test_a_server_hears_of_a_signal_that_came_before_it_listened() -> None:
    told = Event()
    told.set()
    with listening(Settings(port=free_port())) as on:
        serve(Starlette(), on, told)


CYCLE = """
import gateway.cli

class Cycle:
    def __del__(self):
        print("looked for")

one = Cycle()
one.itself = one
del one
"""


def test_the_end_of_a_process_looks_for_no_cycles() -> None:
    """Among all that a service loads, that took a second of each stop."""
    one = subprocess.run([sys.executable, "-c", CYCLE], check=True, capture_output=True)
    assert one.stdout == b""


LOST = """
import signal, sys, weakref
from gateway.cli import app

class Stopping:
    def find_spec(self, name, *_):
        if name == "gateway.embedded":
            seen = {1}
            _ = weakref.ref(seen, lambda _: signal.raise_signal(signal.SIGTERM))
            del seen

sys.meta_path.insert(0, Stopping())
app()
"""
"""Is told to stop within an import, where Python drops what the handler raises."""


@pytest.mark.parametrize("command", [("serve", "gateway"), ("worker",)])
def test_a_process_is_stopped_by_what_came_while_it_was_loading(command: tuple[str, ...]) -> None:
    environment = {
        **os.environ,
        "RELANCE_DATABASE_URL": "postgresql://127.0.0.1:1/nulle-part",
        "RELANCE_PORT": str(free_port()),
    }
    one = subprocess.run(
        [sys.executable, "-c", LOST, *command],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert "Exception ignored" in one.stderr
    assert one.returncode == 0, one.stderr


@pytest.mark.parametrize("command", [("serve", "gateway"), ("worker",)])
def test_a_process_that_was_told_to_stop_has_not_failed(command: tuple[str, ...]) -> None:
    """Whoever started it reads so in its exit code, whether or not it was ready."""
    port = free_port()
    environment = {
        **os.environ,
        "RELANCE_DATABASE_URL": "postgresql://127.0.0.1:1/nulle-part",
        "RELANCE_METRIQUES_PORT" if command == ("worker",) else "RELANCE_PORT": str(port),
    }
    with subprocess.Popen([RELANCE, *command], env=environment, stderr=subprocess.DEVNULL) as one:
        while one.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.01)
        one.send_signal(signal.SIGTERM)
        assert one.wait(30) == 0
