"""The hop to a remote service, on real sockets."""

import asyncio
import hashlib
import http.client
import json
import socket
import threading
import time

import pytest

from gateway.upstreams import BUFFERED_MAX, RemoteService, request_head
from tests.gateway.hop import answering, ask, echo, problem


def test_the_request_arrives_as_it_was_written(before):
    port = before(echo)
    _, _, body = ask(
        port, "/v1/bornes/stations/FR%2FA%20b?champ=%C3%A9&b=1+2", headers={"X-Nom": "é".encode()}
    )
    told = json.loads(body)
    assert told["path"] == "/v1/bornes/stations/FR%2FA%20b"
    assert told["query"] == "champ=%C3%A9&b=1+2"
    assert ["x-nom", "é"] in told["headers"]


def test_a_name_in_disguise_leads_to_the_same_place(before):
    assert json.loads(ask(before(echo), "/v1/%62ornes/a")[2])["path"] == "/v1/%62ornes/a"


def test_the_service_learns_where_the_request_came_from(before):
    forged = {
        "X-Forwarded-For": "1.2.3.4",
        "Forwarded": "for=1.2.3.4",
        "X-Forwarded-Prefix": "/ailleurs",
        "X-Request-ID": "ma-requete",
        "Host": "api.exemple.fr",
    }
    headers = json.loads(ask(before(echo), headers=forged)[2])["headers"]
    values = dict(headers)
    assert len(values) == len(headers)
    assert values["x-forwarded-for"] == "127.0.0.1"
    assert values["x-forwarded-host"] == "api.exemple.fr"
    assert values["x-forwarded-proto"] == "http"
    assert "x-forwarded-prefix" not in values
    assert values["x-request-id"] == "ma-requete"
    assert values["traceparent"].startswith("00-")
    assert "forwarded" not in values
    assert values["host"].startswith("127.0.0.1:")


def test_nothing_is_invented(before):
    _, _, body = ask(before(echo), headers={"Accept-Encoding": "br"})
    names = {name for name, _ in json.loads(body)["headers"]}
    assert {"user-agent", "accept", "content-type"}.isdisjoint(names)


def test_headers_of_one_hop_stay_there(before):
    port = before(
        answering(
            headers=[
                (b"connection", b"x-intime"),
                (b"connection", b"x-prive, keep-alive"),
                (b"x-intime", b"1"),
                (b"x-prive", b"1"),
                (b"keep-alive", b"timeout=5"),
                (b"x-public", b"1"),
                (b"set-cookie", b"a=1"),
                (b"set-cookie", b"b=2"),
            ]
        )
    )
    _, headers, _ = ask(port)
    assert headers["x-public"] == "1"
    assert headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert {"x-intime", "x-prive", "keep-alive"}.isdisjoint(name.lower() for name in headers)
    assert len(headers.get_all("date")) == len(headers.get_all("x-request-id")) == 1

    sent = {"Connection": "x-secret, keep-alive", "X-Secret": "1", "TE": "trailers"}
    told = json.loads(ask(before(echo), headers=sent)[2])
    assert {"x-secret", "te"}.isdisjoint(name for name, _ in told["headers"])


def test_two_connection_headers_are_one_list():
    """RFC 9110 § 7.6.1 and 5.3: what either names is of this hop."""
    sent = [(b"x-secret", b"1"), (b"connection", b"x-secret"), (b"connection", b"keep-alive")]
    scope = {"method": "GET", "path": "/", "query_string": b"", "scheme": "http", "headers": sent}
    assert b"x-secret" not in request_head(scope, b"", b"service")[0]


def test_compressed_bytes_pass_untouched(before):
    body = b"\x1f\x8b pas vraiment du gzip"
    headers = [(b"content-encoding", b"gzip"), (b"content-length", str(len(body)).encode())]
    assert ask(before(answering(headers=headers, chunks=[body])))[2] == body


@pytest.mark.parametrize("size", [0, 1, BUFFERED_MAX, BUFFERED_MAX + 1, 3_000_000])
@pytest.mark.parametrize("announced", [True, False])
def test_answers_of_any_size(before, size, announced):
    body = b"z" * size
    headers = [(b"content-length", str(size).encode())] if announced else []
    _, received, content = ask(before(answering(headers=headers, chunks=[body])))
    assert content == body
    assert ("transfer-encoding" in received) is not announced


@pytest.mark.parametrize("streamed", [True, False])
def test_large_uploads(before, streamed):
    body = bytes(range(256)) * 40_000
    sent = iter([body[:1000], body[1000:]]) if streamed else body
    told = json.loads(ask(before(echo), method="POST", body=sent)[2])
    assert told["method"] == "POST"
    assert told["size"] == len(body)
    assert told["sha256"] == hashlib.sha256(body).hexdigest()


def test_expect_100_continue(before):
    sent = {"Expect": "100-continue", "Content-Length": "3"}
    status, _, body = ask(before(echo), method="POST", body=b"abc", headers=sent)
    assert (status, json.loads(body)["size"]) == (200, 3)


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304), ("OPTIONS", 204)]
)
def test_answers_without_body(before, method, status):
    headers = [] if status == 204 else [(b"etag", b'"a"')]
    port = before(answering(status, [*headers, *([(b"content-length", b"0")] * (status == 200))]))
    for _ in range(2):  # the connection to the service is still good
        found, received, body = ask(port, method=method)
        assert (found, body) == (status, b"")
        assert received.get("etag") == (None if status == 204 else '"a"')


def test_the_length_that_head_announces_is_kept(before):
    async def head(reader, writer):
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 123456\r\n\r\n")

    assert ask(before(script=head), method="HEAD")[1]["content-length"] == "123456"


def test_a_304_may_carry_the_length_of_what_it_spares(before):
    async def not_modified(reader, writer):
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: "a"\r\n\r\n')

    assert ask(before(script=not_modified))[0] == 304


def test_events_arrive_when_they_are_sent(before):
    read = threading.Event()

    async def events(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await asyncio.to_thread(read.wait, 5)
        writer.write(b"data: 2\n\n")
        await writer.drain()
        writer.close()

    connection = http.client.HTTPConnection("127.0.0.1", before(script=events), timeout=5)
    connection.request("GET", "/v1/bornes/flux")
    answer = connection.getresponse()
    assert answer.read1() == b"data: 1\n\n"
    read.set()
    assert answer.read() == b"data: 2\n\n"
    connection.close()


def test_a_slow_reader_slows_the_service_down(before):
    accepted = 0

    async def flood(reader, writer):
        nonlocal accepted
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n")
        for _ in range(200):
            writer.write(b"x" * 1_000_000)
            await writer.drain()
            accepted += 1

    with socket.create_connection(("127.0.0.1", before(script=flood)), 5) as client:
        client.sendall(b"GET /v1/bornes/x HTTP/1.1\r\nHost: a\r\n\r\n")
        seen = -1
        while seen != accepted or not accepted:
            seen = accepted
            time.sleep(0.3)
        assert accepted < 50


def test_nobody_listens(front):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answer = ask(front(bornes=RemoteService(f"http://127.0.0.1:{port}", timeout_s=1)))
    assert problem(answer) == (503, "indisponible")
    assert answer[1]["retry-after"]


def test_a_silent_service(before):
    async def silent(reader, _writer):
        await reader.read()

    port = before(script=silent, timeout_s=0.2)
    answer = ask(port)
    assert problem(answer) == (504, "amont-muet")
    assert b"Idempotency-Key" not in answer[2]
    # An import goes on where nobody listens any more: whoever sent it must know.
    answer = ask(port, method="POST", body=b"a")
    assert problem(answer) == (504, "amont-muet")
    assert b"Idempotency-Key" in answer[2]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"bonjour\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_broken_answer_is_a_502(before, said, method):
    async def broken(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()
        writer.close()

    answer = ask(before(script=broken), method=method)
    assert problem(answer) == (502, "amont-en-erreur")
    if b"999" not in said:
        assert (b"Idempotency-Key" in answer[2]) == (method == "POST")


@pytest.mark.parametrize(
    ("framing", "end"),
    [
        (b"Content-Length: 100000", b""),
        (b"Transfer-Encoding: chunked", b""),
        (b"Transfer-Encoding: chunked", b"2\r\n"),
        (b"Transfer-Encoding: chunked", b"zz\r\n"),
    ],
)
def test_a_truncated_answer_never_looks_complete(before, framing, end):
    async def truncated(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n3\r\nabc\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)  # the gateway has passed on what came so far
        writer.write(end)
        await writer.drain()
        writer.close()

    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        ask(before(script=truncated))


def test_a_stall_in_mid_answer_ends(before):
    async def stalled(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc")
        await reader.read()

    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        ask(before(script=stalled, timeout_s=0.2))


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("HEAD", 200), ("POST", 502)])
def test_a_connection_closed_while_idle(before, method, status):
    connections = 0

    async def closes_at_the_second(reader, writer):
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")

    port = before(script=closes_at_the_second)
    ask(port)
    assert ask(port, method=method)[0] == status
    assert connections == (2 if status == 200 else 1)


@pytest.mark.parametrize(
    "sent", [b"GET %b\r\n", b"POST %bContent-Length: 99\r\n\r\nabc"], ids=["asked", "sending"]
)
def test_a_client_that_leaves_frees_the_service(before, sent):
    asked, left = threading.Event(), threading.Event()

    async def patient(reader, _writer):
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        left.set()

    with socket.create_connection(("127.0.0.1", before(script=patient, timeout_s=60)), 5) as client:
        client.sendall(sent % b"/v1/bornes/x HTTP/1.1\r\nHost: a\r\n")
        assert asked.wait(5)
    assert left.wait(5)


def test_a_client_that_leaves_in_mid_stream(before):
    left = threading.Event()

    async def endless(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        await reader.read()
        left.set()

    with socket.create_connection(("127.0.0.1", before(script=endless, timeout_s=60)), 5) as client:
        client.sendall(b"GET /v1/bornes/x HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.recv(10)
    assert left.wait(5)
