"""What a service may say on its connection, and what the gateway makes of it."""

import asyncio
import json
import socket
import threading

import pytest

from gateway import pool
from gateway.answer import HEADERS_MAX, Answer
from gateway.upstreams import RemoteService
from tests.gateway.hop import ask, problem

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Counting:
    """A service that counts its connections and says the same at each request."""

    def __init__(self, *said):
        self.said, self.connections, self.requests = said, 0, []

    async def __call__(self, reader, writer):
        self.connections += 1
        while True:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            for piece in self.said:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.01)


def test_a_connection_is_kept(before):
    service = Counting(EMPTY)
    port = before(script=service)
    for method in ("GET", "HEAD", "OPTIONS", "GET"):
        assert ask(port, method=method)[0] == 200
    assert service.connections == 1


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        EMPTY + b"HTTP/1.1 200 OK\r\n",
    ],
)
def test_a_connection_is_not_kept(before, said):
    service = Counting(said)
    port = before(script=service)
    for _ in range(2):
        assert ask(port)[0] == 200
    assert service.connections == 2


def test_bytes_that_nobody_asked_for_end_the_connection(before):
    service = Counting(EMPTY, EMPTY)
    port = before(script=service)
    for _ in range(2):
        assert ask(port)[0] == 200
        threading.Event().wait(0.05)
    assert service.connections == 2


def test_interim_answers_are_not_the_answer(before):
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Tot: 1\r\n\r\n"
    last = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    for said in ([early, last], [early + last], [b"HTTP/1.1 100 Continue\r\n\r\n", last]):
        status, headers, body = ask(before(script=Counting(*said)))
        assert (status, body) == (200, b"ok")
        assert "x-tot" not in headers


def test_an_answer_in_small_pieces(before):
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde"
    pieces = [said[i : i + 1] for i in range(len(said))]
    assert ask(before(script=Counting(*pieces)))[2] == b"abcde"


def test_a_body_that_ends_with_its_connection(before):
    async def old(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nun ")
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(b"deux")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    assert ask(before(script=old))[2] == b"un deux"


def test_trailers_are_not_headers(before):
    said = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Fin: 1\r\n\r\n"
    service = Counting(said)
    port = before(script=service)
    for _ in range(2):
        _, headers, body = ask(port)
        assert body == b"ok"
        assert "x-fin" not in headers
    assert service.connections == 1


@pytest.mark.parametrize(
    "header",
    [
        b"Transfer-Encoding: gzip, chunked",
        b"Content-Length: -1",
        b"Content-Length: 1\r\nTransfer-Encoding: chunked",
        b"X-Long: " + b"x" * HEADERS_MAX,
        b"Sans deux-points",
    ],
)
def test_headers_that_cannot_be_trusted(before, header):
    said = b"HTTP/1.1 200 OK\r\n" + header + b"\r\n\r\n"
    assert problem(ask(before(script=Counting(said)))) == (502, "amont-en-erreur")


def test_a_service_that_reads_no_more(before):
    async def deaf(reader, _writer):
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(30)

    port = before(script=deaf, timeout_s=0.3)
    answer = ask(port, method="POST", body=b"x" * 50_000_000)
    assert problem(answer) == (504, "amont-muet")


def test_a_service_that_answers_before_the_end_of_the_body(before):
    async def hasty(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nnon")
        await asyncio.sleep(0.2)

    with socket.create_connection(("127.0.0.1", before(script=hasty)), 5) as client:
        client.sendall(b"POST /v1/bornes/x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        assert client.recv(100).startswith(b"HTTP/1.1 403")


def test_too_many_requests_at_once(before, monkeypatch):
    monkeypatch.setattr(pool, "BUSY_MAX", 1)
    asked, answer = threading.Event(), threading.Event()

    async def slow(reader, writer):
        while await reader.readuntil(b"\r\n\r\n"):
            asked.set()
            await asyncio.to_thread(answer.wait, 5)
            writer.write(EMPTY)

    port = before(script=slow)
    first = threading.Thread(target=ask, args=(port,))
    first.start()
    assert asked.wait(5)
    refused = ask(port, "/v1/bornes/y")  # the same address would wait for the first answer
    answer.set()
    first.join()
    assert problem(refused) == (503, "indisponible")
    assert ask(port)[0] == 200


def test_connections_grow_old(before, monkeypatch):
    monkeypatch.setattr(pool, "KEEP_ALIVE_S", -1)
    service = Counting(EMPTY)
    port = before(script=service)
    for _ in range(2):
        ask(port)
    assert service.connections == 2


def test_a_base_address_may_have_a_path(front, stack, scripted_port):
    service = Counting(EMPTY)
    port = scripted_port(service)
    ask(front(bornes=RemoteService(f"http://u:p@127.0.0.1:{port}/api/", timeout_s=1)))
    line, host, *_ = service.requests[0].split(b"\r\n")
    assert line == b"GET /api/v1/bornes/x HTTP/1.1"
    assert host == f"host: 127.0.0.1:{port}".encode()


def test_an_encrypted_service_must_prove_who_it_is(front, scripted_port):
    async def plain(reader, writer):
        await reader.read(1)
        writer.write(EMPTY)

    address = f"https://127.0.0.1:{scripted_port(plain)}"
    assert problem(ask(front(bornes=RemoteService(address, timeout_s=1)))) == (503, "indisponible")


def test_an_upload_and_its_answer_on_a_kept_connection(before):
    bodies = []

    async def service(reader, writer):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"transfer-encoding: chunked" in head
            bodies.append(await reader.readuntil(b"0\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    port = before(script=service)
    for _ in range(2):
        assert json.loads(ask(port, method="POST", body=iter([b"abc", b"de"]))[2]) == {}
    assert b"".join(bodies[0].split(b"\r\n")[1::2]) == b"abcde"


def test_what_is_complete_stays_so():
    answer = Answer(is_head=False)
    answer.feed(EMPTY)
    assert answer.is_complete
    assert not answer.is_last
    answer.fail(OSError())
    answer.end()
    assert answer.error is None
    assert answer.is_last
