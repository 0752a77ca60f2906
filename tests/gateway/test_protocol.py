"""The short way of the server's protocol: what it answers at once, and what it leaves."""

import json
import socket
import time
from collections.abc import Callable

import pytest
from starlette.types import Receive, Scope, Send

from gateway.protocol import HEAD_MAX, HEADERS_MAX, JOINED_MAX, ProblemProtocol, protocol_of
from shared.counts import figure
from shared.http.replies import Answered, reply
from tests.gateway.conftest import serving

LARGE = JOINED_MAX * 20


class Application:
    """Answers `/pret…` at once, and all else by ASGI; notes who answered what."""

    def __init__(self) -> None:
        self.at_once: list[str] = []
        self.by_asgi: list[str] = []

    def now(self, scope: Scope) -> Answered | None:
        path = scope["path"]
        if not path.startswith("/pret"):
            return None
        self.at_once.append(path)
        body = (b"x" * LARGE, memoryview(b"fin")) if path == "/pret/grand" else (path.encode(),)
        size = sum(map(len, body))
        found = reply(200, ((b"content-length", b"%d" % size),), (), body, size)
        if scope["method"] == "HEAD":
            found = found.to_head()
        return found, b"numero-%d" % len(self.at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
            return
        self.by_asgi.append(scope["path"])
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        body = b"asgi " + scope["path"].encode() + body
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture
def connect(application, stack) -> Callable[[], socket.socket]:
    port = stack.enter_context(serving(application))
    return lambda: stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))


def get(path: str, *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    lines = (f"{method} {path} HTTP/{version}", "Host: ici", *headers)
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def answers(connection: socket.socket, count: int) -> list[tuple[str, bytes]]:
    """The next so many answers: head and body."""
    file, found = connection.makefile("rb"), []
    for _ in range(count):
        lines = []
        while (line := file.readline()) not in {b"\r\n", b""}:
            lines.append(line.decode().rstrip())
        assert lines, "the server hung up"
        length = next(int(x[16:]) for x in lines if x.lower().startswith("content-length: "))
        found.append(("\n".join(lines), file.read(length)))
    return found


def bodies(connection: socket.socket, count: int) -> list[bytes]:
    return [body for _, body in answers(connection, count)]


def test_a_ready_reply_is_a_whole_answer(connect, application) -> None:
    connection = connect()
    connection.sendall(get("/pret"))
    ((head, body),) = answers(connection, 1)
    assert head.startswith("HTTP/1.1 200 OK\ndate: ")
    assert head.endswith("content-length: 5\nx-request-id: numero-1")
    assert body == b"/pret"
    assert (application.at_once, application.by_asgi) == (["/pret"], [])


def test_a_connection_serves_both_ways_in_turn(connect, application) -> None:
    connection = connect()
    for path in ("/pret/1", "/lent/1", "/pret/2", "/lent/2", "/pret/3"):
        connection.sendall(get(path))
        (body,) = bodies(connection, 1)
        assert body.decode().removeprefix("asgi ") == path
    assert application.at_once == ["/pret/1", "/pret/2", "/pret/3"]


def test_requests_sent_together_are_answered_in_order(connect, application) -> None:
    connection = connect()
    paths = ["/pret/1", "/lent/2", "/pret/3", "/pret/4", "/lent/5"]
    connection.sendall(b"".join(map(get, paths)))
    assert [body.decode().removeprefix("asgi ") for body in bodies(connection, 5)] == paths
    assert application.at_once == ["/pret/1"], "the others take their turn"


def test_head_has_no_body(connect) -> None:
    connection = connect()
    connection.sendall(get("/pret", method="HEAD"))
    connection.sendall(get("/lent"))
    file = connection.makefile("rb")
    text = file.read(1)
    while not text.endswith(b"asgi /lent"):
        text += file.read(1)
    assert text.count(b"HTTP/1.1 200 OK") == 2
    assert b"/pret" not in text


@pytest.mark.parametrize(
    "request_bytes",
    [
        get("/pret", version="1.0"),
        get("/pret", "Connection: close"),
        get("/pret", "Content-Length: 2", method="POST") + b"ab",
        get("/pret", "Transfer-Encoding: chunked", method="POST") + b"2\r\nab\r\n0\r\n\r\n",
        get("/pret", "Upgrade: h2c", "Connection: upgrade"),
    ],
)
def test_whatever_is_not_plain_takes_the_long_way(connect, application, request_bytes) -> None:
    connection = connect()
    connection.sendall(request_bytes)
    assert bodies(connection, 1)[0].startswith(b"asgi /pret")
    assert application.at_once == []


@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_an_upgrade_is_declined_without_a_word(connect, caplog, protocol) -> None:
    """Java's own client offers h2c with its requests."""
    connection = connect()
    for _ in range(2):
        connection.sendall(get("/pret", f"Upgrade: {protocol}", "Connection: Upgrade"))
        assert bodies(connection, 1) == [b"asgi /pret"]
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("length", "body"),
    [("Content-Length: 2", b"ab"), ("Transfer-Encoding: chunked", b"2\r\nab\r\n0\r\n\r\n")],
)
def test_the_body_behind_an_offer_to_upgrade_is_read(connect, length, body) -> None:
    """The parser takes it for the other protocol's."""
    offer = ("Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAEAAEAAAAIA")
    request = get("/lent", *offer, length, method="POST") + body
    connection = connect()
    connection.sendall(request + request[:-1])
    assert bodies(connection, 1) == [b"asgi /lentab"]
    connection.sendall(request[-1:] + get("/lent/2"))
    assert bodies(connection, 2) == [b"asgi /lentab", b"asgi /lent/2"]
    for byte in request:
        connection.sendall(bytes((byte,)))
    assert bodies(connection, 1) == [b"asgi /lentab"]


def test_a_request_sent_behind_an_offer_to_upgrade_is_read(connect) -> None:
    connection = connect()
    connection.sendall(get("/1", "Upgrade: h2c", "Connection: Upgrade") * 2 + get("/2"))
    assert bodies(connection, 3) == [b"asgi /1", b"asgi /1", b"asgi /2"]


async def of_unknown_length(scope: Scope, receive: Receive, send: Send) -> None:
    """Two parts, like an export."""
    if scope["type"] == "lifespan":
        await Application()(scope, receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for part, more in ((b"debut,", True), (b"fin", False)):
        await send({"type": "http.response.body", "body": part, "more_body": more})


@pytest.mark.parametrize(
    ("method", "sent", "body"),
    [
        ("GET", (), b"debut,fin"),
        ("HEAD", (), b""),
        ("POST", ("Upgrade: h2c", "Connection: Upgrade", "Content-Length: 2"), b"debut,fin"),
    ],
)
def test_a_client_of_http_10_is_never_sent_chunks(stack, method, sent, body) -> None:
    """It would take their lengths for data; the connection's end is the body's."""
    port = stack.enter_context(serving(of_unknown_length))
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
    connection.sendall(get("/export", *sent, method=method, version="1.0") + b"ab" * bool(sent))
    head, _, received = connection.makefile("rb").read().partition(b"\r\n\r\n")
    assert received == body
    assert b"transfer-encoding" not in head
    assert b"connection: close" in head


def test_a_large_body_arrives_whole(connect) -> None:
    connection = connect()
    connection.sendall(get("/pret/grand"))
    (body,) = bodies(connection, 1)
    assert body == b"x" * LARGE + b"fin"


def test_a_client_that_does_not_read_is_not_answered_ahead(connect, application) -> None:
    connection = connect()
    for _ in range(60):
        connection.sendall(get("/pret/grand"))
        time.sleep(0.002)  # each in its own packet
    time.sleep(0.3)
    assert len(application.at_once) < 40, "what nobody reads would pile up in memory"


def test_an_address_is_read_as_elsewhere(connect, application) -> None:
    connection = connect()
    connection.sendall(get("/pret/%C3%A9t%C3%A9?x=1"))
    assert bodies(connection, 1) == ["/pret/été".encode()]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"n'importe quoi\r\n\r\n",
        "GET /pret?q=épicerie HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        get("ici:80", method="CONNECT"),
        get("ici:80", "Content-Length: 2", method="CONNECT") + b"ab",
        get("ici:80", "Transfer-Encoding: chunked", method="CONNECT") + b"0\r\n\r\n",
        get("ici:80", "Upgrade: h2c", "Connection: Upgrade", "Content-Length: 2", method="CONNECT"),
    ],
)
def test_a_malformed_request_is_refused_as_a_problem(connect, request_bytes) -> None:
    connection = connect()
    connection.sendall(get("/pret"))
    answers(connection, 1)
    connection.sendall(request_bytes)
    head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    assert b"400 Bad Request" in head
    assert b"content-type: application/problem+json" in head
    told = json.loads(body)
    assert (told["status"], told["code"]) == (400, "parametre-invalide")
    assert "%C3%A9" in told["detail"]


def field(size: int) -> str:
    return "X-Essai: " + "a" * (size - len("X-Essai"))


def told_too_large(connection: socket.socket) -> None:
    head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    assert b"431 Request Header Fields Too Large" in head
    assert b"connection: close" in head
    told = json.loads(body)
    assert (told["status"], told["code"]) == (431, "en-tetes-trop-volumineux")
    assert f"{figure(HEAD_MAX)} octets" in told["detail"]


# Host: 4 + 3 bytes. The address /pret has 5, /long too.
@pytest.mark.parametrize("path", ["/pret", "/long"])
@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ([field(HEAD_MAX - 12)], True),
        ([field(HEAD_MAX - 11)], False),
        ([f"X-{number}: a" for number in range(HEADERS_MAX - 1)], True),
        ([f"X-{number}: a" for number in range(HEADERS_MAX)], False),
        ([field(70_000)], False),
    ],
)
def test_the_head_of_a_request_is_bounded(connect, application, path, fields, fits) -> None:
    connection = connect()
    connection.sendall(get(path, *fields))
    if fits:
        assert bodies(connection, 1)[0].endswith(path.encode())
    else:
        told_too_large(connection)
        assert not application.at_once + application.by_asgi


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /pret?q=",
        b"GET /pret HTTP/1.1\r\nHost: ici\r\nX-Essai: ",
        get("/long", "Transfer-Encoding: chunked", method="POST") + b"2\r\nab\r\n0\r\nX-Fin: ",
    ],
)
def test_what_never_ends_is_not_kept(connect, begun) -> None:
    """An address, a header, one behind the body: the parser would hold all of it."""
    connection = connect()
    connection.sendall(begun)
    with pytest.raises(ConnectionError):  # noqa: PT012 the server hangs up before it is all sent
        for _ in range(1_000):
            connection.sendall(b"a" * 65_536)


def test_a_body_of_many_packets_is_no_head(connect) -> None:
    connection = connect()
    for _ in range(2):
        request = get("/long", f"Content-Length: {HEAD_MAX * 10}", field(HEAD_MAX // 2))
        connection.sendall(request.replace(b"GET", b"POST", 1) + b"x" * HEAD_MAX * 10)
    for body in bodies(connection, 2):
        assert body == b"asgi /long" + b"x" * HEAD_MAX * 10


def test_an_application_without_a_short_way_has_the_ordinary_protocol() -> None:
    async def app(scope, receive, send) -> None:
        raise AssertionError

    assert protocol_of(app) is ProblemProtocol
