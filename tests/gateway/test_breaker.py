"""What a silent service costs its clients: a few waits, then none until it answers."""

import asyncio

import pytest

from gateway import breaker
from gateway.breaker import PAUSE_S, SILENCES, Breaker
from gateway.hop import BrokenError, SilenceError, UnreachableError
from tests.gateway.hop import ask, problem


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def silent(clock) -> Breaker:
    """Before a service that left requests without an answer just now."""
    found = Breaker("bornes:8000", clock)
    for _ in range(SILENCES):
        found.let_pass()
        found.failed(SilenceError())
    return found


def refused(found: Breaker) -> bool:
    try:
        found.let_pass()
    except UnreachableError:
        return True
    return False


def test_silences_in_a_row_are_needed(clock):
    found = Breaker("bornes:8000", clock)
    for _ in range(3):
        for _ in range(SILENCES - 1):
            found.let_pass()
            found.failed(SilenceError())
        found.answered()
    assert not refused(found)


def test_what_fails_at_once_counts_for_nothing(clock):
    found = Breaker("bornes:8000", clock)
    for error in (UnreachableError(), BrokenError(), asyncio.CancelledError()) * SILENCES:
        found.let_pass()
        found.failed(error)
    assert not refused(found)


def test_one_request_at_a_time_asks_a_silent_service(silent, clock):
    assert refused(silent)
    clock.now += PAUSE_S
    assert not refused(silent)
    clock.now += PAUSE_S
    assert refused(silent)  # the first still waits
    silent.failed(SilenceError())
    assert refused(silent)
    clock.now += PAUSE_S
    assert not refused(silent)
    silent.answered()
    assert not any(refused(silent) for _ in range(3))


@pytest.mark.parametrize("error", [UnreachableError(), asyncio.CancelledError()])
def test_a_try_that_tells_nothing_leaves_its_place(silent, clock, error):
    clock.now += PAUSE_S
    assert not refused(silent)
    silent.failed(error)
    assert not refused(silent)


class Script:
    """A service that answers, or not, as a test says."""

    def __init__(self) -> None:
        self.answers = False
        self.asked = 0

    async def __call__(self, reader, writer) -> None:
        self.asked += 1
        await reader.readuntil(b"\r\n\r\n")
        if not self.answers:
            await reader.read()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def port(before, script) -> int:
    """Of a gateway that waits little."""
    return before(script=script, timeout_s=0.1)


def test_clients_of_a_silent_service_are_answered_at_once(port, script, caplog):
    assert [problem(ask(port)) for _ in range(SILENCES)] == [(504, "amont-muet")] * SILENCES
    assert problem(ask(port)) == (503, "indisponible")
    assert script.asked == SILENCES
    assert sum("silent" in line for line in caplog.messages) == 1


def test_a_service_that_answers_again_is_asked_as_before(port, script, monkeypatch):
    monkeypatch.setattr(breaker, "PAUSE_S", 0.0)
    for _ in range(SILENCES + 1):
        assert problem(ask(port)) == (504, "amont-muet")
    script.answers = True
    assert [ask(port)[0] for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(
    "error", [UnreachableError("refused"), BrokenError("cut"), SilenceError("nothing for 30 s")]
)
def test_a_service_that_does_not_answer_is_told_once(clock, caplog, error):
    """Whoever reads the log of the gateway must see which service is away, since when, and why."""
    found = Breaker("bornes:8000", clock)
    found.answered()
    for _ in range(3):
        found.let_pass()
        found.failed(error)
    found.failed(asyncio.CancelledError())
    found.answered()
    begin, end = caplog.messages
    assert begin == f"bornes:8000 does not answer: {error}"
    assert end.startswith("bornes:8000 answers again, after ")
