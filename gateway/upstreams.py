"""Upstreams are ASGI applications: a local service, or `RemoteService`, which proxies to one."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import quote, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.answer import Answer, Headers
from gateway.connection import Connection, Request
from gateway.hop import HopError, StoppedError, problem_of
from gateway.pool import Pool
from gateway.refusals import refuse
from gateway.watch import Client, ClientGoneError
from shared.feeds.streams import HEARTBEAT_S, endless
from shared.http.replies import now_of
from shared.observability import WATCH, Observer, Watch

logger = logging.getLogger(__name__)

Framing = Callable[[AsyncIterator[bytes]], AsyncIterator[bytes]]

BUFFERED_MAX = 65_536
"""An answer announced at most this long is read whole before it is passed on."""

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# The gateway alone says where a request came from and names it; `expect` was answered by our
# own server.
_NOT_SENT = _HOP_BY_HOP | {
    b"host",
    b"expect",
    b"forwarded",
    b"traceparent",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-forwarded-prefix",
    b"x-forwarded-proto",
    b"x-request-id",
}
# Our own layers write these on every response.
_NOT_RETURNED = _HOP_BY_HOP | {b"date", b"server", b"x-request-id"}
_WITHOUT_BODY = frozenset({204, 304})


class Mount:
    """An upstream where it is served: it knows the root under which its own paths begin."""

    def __init__(self, root: str, upstream: ASGIApp) -> None:
        self.root = root
        self.path = f"{root}/*"
        """What logs and metrics call the requests whose own route is not known here."""
        self._upstream = upstream
        self.now = now_of(upstream)
        """What the upstream answers without waiting, if it can."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self
        await self._upstream({**scope, "root_path": self.root}, receive, send)


class RemoteService:
    """Forwards every request to one base URL at its public path, streaming both ways."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self._url = url
        self._base = urlsplit(url).path.rstrip("/").encode()
        self._timeout_s = timeout_s
        self._pool: Pool

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Connections are kept meanwhile."""
        self._pool = Pool(self._url, patience_s=self._timeout_s)
        yield
        self._pool.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pool = self._pool
        head, framing = request_head(scope, self._base, pool.authority)
        client = Client(receive, pool.loop)
        body = framing(client.body()) if framing is not None else None
        try:
            connection = await pool.ask(Request(scope["method"], head, body, client))
        except HopError as error:
            await refuse(problem_of(error, scope["method"]), scope, send)
            return
        except ClientGoneError:
            return
        try:
            if _is_live(connection.answer):
                connection.allow_silence(3 * HEARTBEAT_S)
                with pool.set_apart(), endless(connection.stop):
                    await _pass_on(connection, scope, send)
            else:
                await _pass_on(connection, scope, send)
        except ClientGoneError:
            return
        finally:
            pool.release(connection)


def request_head(scope: Scope, base: bytes, authority: bytes) -> tuple[bytes, Framing | None]:
    """The first lines of the request, and how its body is sent, if it has one."""
    sent = [header for header in scope["headers"] if header[0] not in _NOT_SENT]
    ours = dict(header for header in scope["headers"] if header[0] in _NOT_SENT)
    if b"connection" in ours:
        named = kept_here(scope["headers"])
        sent = [header for header in sent if header[0] not in named]
    framing: Framing | None = None
    if b"transfer-encoding" in ours:
        sent.append((b"transfer-encoding", b"chunked"))
        framing = _in_chunks
    elif any(name == b"content-length" and value != b"0" for name, value in sent):
        framing = _as_it_is
    sent += _origin(scope, ours.get(b"host", b""))
    lines = [b"%b %b HTTP/1.1" % (scope["method"].encode(), base + _target(scope))]
    lines.append(b"host: " + authority)
    lines += [name + b": " + value for name, value in sent]
    return b"\r\n".join(lines) + b"\r\n\r\n", framing


def _origin(scope: Scope, host: bytes) -> Headers:
    """Where the request came from and what it is called, in the gateway's words."""
    headers = [(b"x-forwarded-host", host), (b"x-forwarded-proto", scope["scheme"].encode())]
    if scope.get("client"):
        headers.append((b"x-forwarded-for", scope["client"][0].encode()))
    watch: Watch | None = scope.get(WATCH)
    if watch is not None:
        headers.append((b"x-request-id", watch.request_id.encode()))
        headers.append((b"traceparent", watch.traceparent.encode()))
    return headers


def _target(scope: Scope) -> bytes:
    """Path and query as the client wrote them: a service answers at its public path too."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    target, query = raw.partition(b"?")[0], scope["query_string"]
    return b"%b?%b" % (target, query) if query else target


def _as_it_is(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    return body


async def _in_chunks(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for piece in body:
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def response_headers(answer: Answer) -> Headers:
    """What is returned to the client."""
    kept = [header for header in answer.headers if header[0] not in _NOT_RETURNED]
    ours = dict(header for header in answer.headers if header[0] in _NOT_RETURNED)
    dropped = kept_here(answer.headers) if b"connection" in ours else frozenset()
    if answer.status in _WITHOUT_BODY:
        dropped |= {b"content-length"}
    return [header for header in kept if header[0] not in dropped] if dropped else kept


def kept_here(headers: Headers) -> frozenset[bytes]:
    """Headers that `Connection`, however many times it comes, declares to be of this hop only."""
    listed = b",".join(value for name, value in headers if name == b"connection")
    names = {name.strip().lower() for name in listed.split(b",")}
    return frozenset(names - {b"close", b"keep-alive", b"content-length", b"authorization"})


def _is_live(answer: Answer) -> bool:
    """Whether an answer has no end (server-sent events)."""
    media_type = dict(answer.headers).get(b"content-type", b"")
    return answer.length is None and media_type.startswith(b"text/event-stream")


async def _pass_on(connection: Connection, scope: Scope, send: Send) -> None:
    answer = connection.answer
    start = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": response_headers(answer),
    }
    if answer.length is None or answer.length > BUFFERED_MAX:
        await send(start)
        await _stream(connection, scope, send)
        return
    try:
        body = await connection.whole()
    except HopError as error:
        await refuse(problem_of(error, scope["method"]), scope, send)
        return
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def _stream(connection: Connection, scope: Scope, send: Send) -> None:
    try:
        async for chunk in connection.stream():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except StoppedError:
        pass
    except HopError:
        # Without a last message our server cuts the connection: the client cannot take what it
        # has for the whole answer.
        logger.warning("answer cut short by the service: %s", scope["path"])
        return
    await send({"type": "http.response.body", "body": b""})


async def fetch(mount: Mount, path: str) -> tuple[int, bytes]:
    """Status and body of an anonymous GET, asked by the gateway itself."""
    status, chunks = 500, []
    said: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if not said:
            await asyncio.Event().wait()  # the client stays until it is answered
        return said.pop()

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            chunks.append(message.get("body", b""))

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": mount.root + path,
        "raw_path": (mount.root + path).encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"passerelle")],
        "client": None,
        "server": None,
    }
    Observer.begin(scope)  # traced, so that a service can tell it, but of no line in the log
    await mount(scope, receive, send)
    return status, b"".join(chunks)
