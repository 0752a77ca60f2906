"""A service name with several addresses, some of which do not answer."""

import asyncio
import itertools
import socket
from collections.abc import Iterator

import pytest

from gateway import dialing, pool
from gateway.dialing import Dialer
from gateway.upstreams import RemoteService
from tests.gateway.hop import ask, problem

LIVING, SILENT, REFUSING = "127.0.0.1", "127.0.0.2", "127.0.0.3"
EMPTY = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


async def answer(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    await answer_to(writer)


async def answer_to(writer):
    writer.write(EMPTY)
    await writer.drain()


@pytest.fixture
def port(scripted_port) -> Iterator[int]:
    """Answers at LIVING; SILENT takes no connection there, and refuses none."""
    port = scripted_port(answer)
    with socket.socket() as silent, socket.socket() as first, socket.socket() as second:
        silent.bind((SILENT, port))
        silent.listen(0)
        for waiting in (first, second):  # all that its queue holds
            waiting.setblocking(False)
            waiting.connect_ex((SILENT, port))
        yield port


@pytest.fixture
def named(monkeypatch):
    """Gives a name its addresses."""

    def name(*found: str) -> None:
        async def addresses(_host: str, _port: int) -> list[str]:
            return list(found)

        monkeypatch.setattr(dialing, "addresses", addresses)

    return name


@pytest.mark.parametrize("found", [*itertools.permutations([LIVING, SILENT, REFUSING])])
def test_a_living_address_is_reached(front, port, named, found):
    named(*found)
    assert ask(front(bornes=RemoteService(f"http://bornes:{port}", timeout_s=5)))[0] == 200


def test_what_the_silent_address_is(port):
    with socket.socket() as client:
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.connect((SILENT, port))


def test_no_address_answers(front, port, named, monkeypatch):
    monkeypatch.setattr(pool, "CONNECT_TIMEOUT_S", 0.3)
    named(REFUSING, SILENT)
    door = front(bornes=RemoteService(f"http://bornes:{port}", timeout_s=5))
    assert problem(ask(door)) == (504, "amont-muet")
    named(REFUSING)
    assert problem(ask(door)) == (503, "indisponible")
    named()
    assert problem(ask(door)) == (503, "indisponible")


def test_a_silent_service_is_asked_once_where_another_answers(front, scripted_port, named):
    """Stopped, not dead: its machine takes connections for it, and nothing comes back."""
    port = scripted_port(answer)
    named(SILENT, LIVING)
    with socket.create_server((SILENT, port)):
        door = front(bornes=RemoteService(f"http://bornes:{port}", timeout_s=0.3))
        assert [ask(door)[0] for _ in range(4)] == [504, 200, 200, 200]


def test_a_silent_service_gets_no_other_request_before_it_answers_us(
    front, scripted_port, named, monkeypatch
):
    """Also once it is time to try it again: each time, a client would wait in vain."""
    monkeypatch.setattr(dialing, "AVOIDED_S", 0.0)
    port = scripted_port(answer)
    named(SILENT, LIVING)
    with socket.create_server((SILENT, port)):
        door = front(bornes=RemoteService(f"http://bornes:{port}", timeout_s=0.3))
        assert [ask(door)[0] for _ in range(4)] == [504, 200, 200, 200]


def test_a_service_that_was_silent_serves_again(front, scripted_port, named, monkeypatch):
    monkeypatch.setattr(pool, "CONNECT_TIMEOUT_S", 0.3)
    fates, asked = iter(["silent", "silent", "cut", "alive", "alive", "alive"]), []

    async def frozen_for_a_while(reader, writer):
        asked.append((await reader.readuntil(b"\r\n\r\n")).partition(b" ")[0])
        fate = next(fates)
        if fate == "silent":
            await reader.read()
        elif fate == "alive":
            await answer_to(writer)

    port = scripted_port(frozen_for_a_while)
    named(LIVING)
    door = front(bornes=RemoteService(f"http://bornes:{port}", timeout_s=0.3))
    assert [ask(door)[0] for _ in range(5)] == [504, 504, 503, 200, 200]
    assert asked == [b"GET", b"HEAD", b"HEAD", b"HEAD", b"GET", b"GET"]


class Tries:
    """What becomes of a connection to each address, and which were tried."""

    def __init__(self, **fates: str) -> None:
        self.fates = fates
        self.tried: list[str] = []
        self.closed: list[str] = []

    async def __call__(self, address: str) -> "Opened":
        self.tried.append(address)
        if self.fates[address] == "silent":
            await asyncio.Event().wait()
        if self.fates[address] == "refusing":
            raise ConnectionRefusedError
        return Opened(address, self.closed)


class Opened:
    """A connection, as far as a dialer sees it."""

    def __init__(self, address: str, closed: list[str]) -> None:
        self.address, self._closed = address, closed

    def close(self) -> None:
        self._closed.append(self.address)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def dial(dialer: Dialer, tries: Tries) -> str:
    async def opened() -> str:
        return (await dialer.open(tries)).address

    tries.tried.clear()
    return asyncio.run(opened())


@pytest.mark.parametrize("fate", ["silent", "refusing"])
def test_an_address_that_failed_is_tried_last_for_a_while(named, clock, fate):
    named("a", "b")
    dialer, tries = Dialer("bornes", 8000, clock), Tries(a=fate, b="living")
    assert dial(dialer, tries) == "b"
    assert tries.tried == ["a", "b"]
    for _ in range(3):
        assert dial(dialer, tries) == "b"
        assert tries.tried == ["b"]
    clock.now += dialing.AVOIDED_S
    tries.fates["a"] = "living"
    assert dial(dialer, tries) == "a"


def test_an_address_avoided_is_tried_when_no_other_answers(named, clock):
    named("a", "b")
    dialer, tries = Dialer("bornes", 8000, clock), Tries(a="refusing", b="living")
    dial(dialer, tries)
    tries.fates = {"a": "living", "b": "refusing"}
    assert dial(dialer, tries) == "a"


def test_an_address_that_took_a_connection_and_said_nothing_is_avoided(named, clock):
    named("a", "b")
    dialer, tries = Dialer("bornes", 8000, clock), Tries(a="living", b="living")
    assert dial(dialer, tries) == "a"
    dialer.avoid("a")
    assert dial(dialer, tries) == "b"


def test_addresses_that_answer_share_the_connections_as_the_resolver_orders_them(named, clock):
    dialer, tries = Dialer("bornes", 8000, clock), Tries(a="living", b="living")
    for order in (("a", "b"), ("b", "a")) * 2:
        named(*order)
        assert dial(dialer, tries) == order[0]


def test_a_connection_that_came_too_late_is_closed(named, clock, monkeypatch):
    monkeypatch.setattr(dialing, "STAGGER_S", 0)
    named("a", "b")
    tries = Tries(a="living", b="living")

    async def both() -> tuple[str, list[str]]:
        gate = asyncio.Event()

        async def gated(address: str) -> Opened:
            opened = await tries(address)
            if tries.tried == ["a", "b"]:
                gate.set()
            await gate.wait()
            return opened

        opened = await Dialer("bornes", 8000, clock).open(gated)
        await asyncio.sleep(0)
        return opened.address, tries.closed

    won, closed = asyncio.run(both())
    assert sorted([won, *closed]) == ["a", "b"]
