"""An upstream is an ASGI application: a service of this process, or `RemoteService`, its double."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import aiohttp
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from yarl import URL

from gateway.refusals import refuse
from gateway.watch import ClientWatch
from shared.observability import WATCH, Observer, Watch
from shared.problems import BadGateway, GatewayTimeout, Problem, Unavailable

log = logging.getLogger(__name__)

Headers = list[tuple[bytes, bytes]]

CONNECT_TIMEOUT_S = 2.0
CONNECTIONS = 512
KEEP_ALIVE_S = 4.0
"""Shorter than uvicorn's 5 s, so that a reused connection is seldom one the service just closed."""
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
_AUTO_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# Probes are traced, so that a service can tell them, but leave no line in the log.
_OWN_REQUESTS = Observer("passerelle")
_NO_CONTENT, _NOT_MODIFIED = 204, 304
_FINAL_STATUSES = range(200, 600)


class Mount:
    """An upstream where it is served: it knows the root under which its own paths begin."""

    def __init__(self, root: str, upstream: ASGIApp) -> None:
        self.root = root
        self.path = f"{root}/*"
        """What logs and metrics call the requests whose own route is not known here."""
        self._upstream = upstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self
        await self._upstream({**scope, "root_path": self.root}, receive, send)


class RemoteService:
    """Forwards every request to one base URL, streaming both ways.

    The client is aiohttp used as bytes in, bytes out: no decoding, cookies, redirects or proxies.
    It sends an idempotent request again, once, when a kept connection turns out to be closed.
    """

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self._base = url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(
            connect=CONNECT_TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S, sock_read=timeout_s
        )
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Hold the pool of connections."""
        connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEEP_ALIVE_S)
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_AUTO_HEADERS,
            timeout=self._timeout,
        ) as self._session:
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, has_body = request_headers(scope)
        with ClientWatch(receive, has_body=has_body) as client:
            try:
                response = await self._ask(scope, headers, client.body() if has_body else None)
            except Problem as problem:
                if not client.is_gone:
                    await refuse(problem, scope, send)
                return
            try:
                await _pass_on(response, scope, send)
            finally:
                response.close()

    async def _ask(
        self, scope: Scope, headers: list[tuple[str, str]], body: AsyncIterator[bytes] | None
    ) -> aiohttp.ClientResponse:
        assert self._session is not None, "the lifespan opens the session"
        try:
            response = await self._session.request(
                scope["method"],
                URL(self._base + _target(scope), encoded=True),
                headers=headers,
                data=body,
                allow_redirects=False,
            )
        except TimeoutError as error:
            raise GatewayTimeout("Le service n'a pas répondu à temps.") from error
        except aiohttp.ClientConnectorError as error:
            raise Unavailable("Le service est injoignable pour l'instant.") from error
        except aiohttp.ClientError as error:
            raise BadGateway("Le service a rompu l'échange ou mal répondu.") from error
        if response.status not in _FINAL_STATUSES:
            response.close()
            raise BadGateway("Le service a répondu par un statut qui n'existe pas.")
        return response


def request_headers(scope: Scope) -> tuple[list[tuple[str, str]], bool]:
    """What is sent to the service, and whether a body follows."""
    sent = [header for header in scope["headers"] if header[0] not in _NOT_SENT]
    ours = dict(header for header in scope["headers"] if header[0] in _NOT_SENT)
    if b"connection" in ours:
        named = _names(ours[b"connection"])
        sent = [header for header in sent if header[0] not in named]
    has_body = b"transfer-encoding" in ours or any(
        name == b"content-length" and value != b"0" for name, value in sent
    )
    headers = [(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in sent]
    headers += (
        ("x-forwarded-host", ours.get(b"host", b"").decode("latin-1")),
        ("x-forwarded-proto", scope["scheme"]),
    )
    if scope.get("client"):
        headers.append(("x-forwarded-for", scope["client"][0]))
    watch: Watch | None = scope.get(WATCH)
    if watch is not None:
        headers.append(("x-request-id", watch.request_id))
        headers.append(("traceparent", watch.traceparent))
    return headers, has_body


def response_headers(raw: tuple[tuple[bytes, bytes], ...], status: int) -> tuple[Headers, int]:
    """What is returned to the client, and the announced length of the body (-1: none)."""
    headers: Headers = []
    length, named = -1, frozenset[bytes]()
    for original, value in raw:
        name = original.lower()
        if name in _NOT_RETURNED:
            if name == b"connection":
                named = _names(value)
            continue
        if name == b"content-length":
            if status in (_NO_CONTENT, _NOT_MODIFIED):
                continue
            length = int(value)
        headers.append((name, value))
    if named:
        headers = [header for header in headers if header[0] not in named]
    return headers, length


def _names(connection: bytes) -> frozenset[bytes]:
    """Headers that `Connection` declares to be of this hop only."""
    names = {name.strip().lower() for name in connection.split(b",")}
    return frozenset(names - {b"close", b"keep-alive", b"content-length", b"authorization"})


def _target(scope: Scope) -> str:
    """Path and query as the client wrote them: a service answers at its public path too."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    target = raw.partition(b"?")[0].decode("latin-1")
    query: bytes = scope["query_string"]
    return f"{target}?{query.decode('latin-1')}" if query else target


async def _pass_on(response: aiohttp.ClientResponse, scope: Scope, send: Send) -> None:
    headers, length = response_headers(response.raw_headers, response.status)
    start = {"type": "http.response.start", "status": response.status, "headers": headers}
    if 0 <= length <= BUFFERED_MAX:
        try:
            body = await response.content.read()
        except (aiohttp.ClientError, TimeoutError):
            await refuse(BadGateway("Le service a rompu sa réponse."), scope, send)
            return
        await send(start)
        await send({"type": "http.response.body", "body": body})
    else:
        await send(start)
        await _stream(response, scope, send)


async def _stream(response: aiohttp.ClientResponse, scope: Scope, send: Send) -> None:
    try:
        async for chunk in response.content.iter_any():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except (aiohttp.ClientError, TimeoutError):
        # Without a last message our server cuts the connection: the client cannot take what it
        # has for the whole answer.
        log.warning("réponse interrompue par le service : %s", scope["path"])
        return
    await send({"type": "http.response.body", "body": b""})


async def fetch(mount: Mount, path: str) -> tuple[int, bytes]:
    """Status and body of an anonymous GET, asked by the gateway itself."""
    status, chunks = 500, []
    never = asyncio.Event()

    async def receive() -> Message:
        await never.wait()
        raise AssertionError

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
    _OWN_REQUESTS.begin(scope)
    await mount(scope, receive, send)
    return status, b"".join(chunks)
