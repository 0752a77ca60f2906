"""Live streams through the gateway: event by event, without end, and out of others' way."""

import asyncio
import http.client
import threading
from contextlib import contextmanager

import pytest

from gateway import pool
from shared.feeds.streams import end_all
from tests.gateway.hop import ask

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


@contextmanager
def listening(port, path="/v1/bornes/flux"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        yield connection.getresponse()
    finally:
        connection.close()


class Station:
    """A service with a stream, whose every step is the test's."""

    def __init__(self) -> None:
        self.left = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._writer: asyncio.StreamWriter

    async def __call__(self, reader, writer):
        request = await reader.readuntil(b"\r\n\r\n")
        if b"/flux" not in request:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            await writer.drain()
            return
        self._loop, self._writer = asyncio.get_running_loop(), writer
        writer.write(HEAD + chunk(b"retry: 3000\n\n"))
        await reader.read()
        self.left.set()

    def tell(self, content: bytes) -> None:
        self._loop.call_soon_threadsafe(self._writer.write, chunk(content))


@pytest.fixture
def station() -> Station:
    return Station()


def test_each_event_passes_as_it_comes(before, station):
    with listening(before(script=station)) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.read1() == b"retry: 3000\n\n"
        for number in range(3):
            station.tell(b"data: %d\n\n" % number)
            assert answer.read1() == b"data: %d\n\n" % number
    assert station.left.wait(30), "the client left, the service must know"


def test_a_stream_may_be_silent_longer_than_an_answer(before):
    async def slow(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + chunk(b"data: a\n\n"))
        await asyncio.sleep(0.5)
        writer.write(chunk(b"data: b\n\n"))
        await reader.read()

    with listening(before(script=slow, timeout_s=0.1)) as answer:
        assert (answer.read1(), answer.read1()) == (b"data: a\n\n", b"data: b\n\n")


def test_a_stream_takes_no_place_of_other_requests(before, station, monkeypatch):
    monkeypatch.setattr(pool, "BUSY_MAX", 1)
    port = before(script=station)
    with listening(port) as answer:
        assert answer.read1()
        assert ask(port, "/v1/bornes/a")[0] == 200
    assert station.left.wait(30)
    assert ask(port, "/v1/bornes/a")[0] == 200


def test_a_gateway_that_stops_ends_the_streams_it_forwards(before, station):
    with listening(before(script=station)) as answer:
        assert answer.read1()
        end_all()
        assert answer.read() == b"", "a clean end: the client comes back"
    assert station.left.wait(30)


def test_a_stream_that_the_service_cuts_is_cut(before):
    async def cut(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + chunk(b"data: a\n\n"))
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()

    with listening(before(script=cut)) as answer:
        assert answer.read1() == b"data: a\n\n"
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            answer.read()
