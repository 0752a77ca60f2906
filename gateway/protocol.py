"""uvicorn's HTTP protocol, with a short way for requests whose reply needs no waiting (ADR 0023).

A hot read is found in less time than it takes to make a task, a cycle and two messages for it.
Whatever is not the plainest of requests takes uvicorn's own way.
"""

from itertools import chain
from typing import Any, Final
from urllib.parse import unquote

import httptools
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from shared.counts import figure
from shared.http.replies import REQUEST_ID, Answered, Now, lines, now_of
from shared.problems import HeadersTooLarge, InvalidParameter, Problem, render

JOINED_MAX = 32_768
"""Bytes of body copied behind their headers: under that, one write costs less than several."""
JOINED_PIECES = 4
"""Handing over more pieces than these costs more than copying up to `MANY_JOINED_MAX` of them."""
MANY_JOINED_MAX = 131_072
NOT_HTTP: Final = InvalidParameter(
    "?",
    "Cette requête ne se lit pas. Dans une adresse, ce qui n'est pas une lettre ou un chiffre de "
    "l'ASCII s'écrit en %XX : « é » est %C3%A9, une espace %20.",
)
HEAD_MAX: Final = 32_768
"""Bytes of an address and its headers; also of what a client sends that becomes nothing."""
HEADERS_MAX: Final = 100
TOO_LARGE: Final = HeadersTooLarge(
    f"L'adresse et les en-têtes font {figure(HEAD_MAX)} octets au plus, "
    f"en {HEADERS_MAX} en-têtes au plus."
)
_UNSURE = frozenset({b"expect", b"upgrade", b"transfer-encoding", b"content-length"})
"""Headers of requests that are more than a question."""


class _Answered:
    """What uvicorn finds where it looks for the request under way: one that is over."""

    response_complete = True
    disconnected = False
    keep_alive = True

    class message_event:  # noqa: N801 uvicorn's name for the attribute
        """Nobody waits."""

        @staticmethod
        def set() -> None:
            pass


_ANSWERED: Any = _Answered()


class _Unchunked:
    """Sends what HTTP/1.0 knows: a body without a length is no chunks, its end the connection's."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._send = cycle.send
        self._has_length = True

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._has_length = any(name == b"content-length" for name, _ in message["headers"])
        if not self._has_length:
            self._cycle.chunked_encoding = False
            self._cycle.expected_content_length = len(message.get("body", b""))
        await self._send(message)


class _Parser(httptools.HttpRequestParser):
    """Keeps what it did not read because a request offered another protocol."""

    behind: bytes | None = None

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]
        try:
            super().feed_data(data)
        except httptools.HttpParserUpgrade as stopped:
            self.behind = data[stopped.args[0] :]
            raise


class ProblemProtocol(HttpToolsProtocol):
    """Bounds what comes before a body, and says as a problem, in French, that it is not HTTP.

    Offers of another protocol are declined, as HTTP allows.
    """

    parser: _Parser
    _offer: bytes | None = None
    """The head of a request, less its offer, where a body follows: the parser takes that for the
    other protocol's. Java's own client offers HTTP/2 so."""
    _unread = 0
    """Bytes received since the last ones that became part of a body, or ended a request: the
    parser keeps them, and a client may send a header that never ends."""
    _refusal: Problem = NOT_HTTP

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.parser = self._new_parser()

    def _new_parser(self) -> _Parser:
        parser = _Parser(self)
        parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own
        return parser

    def data_received(self, data: bytes) -> None:
        self._unread += len(data)
        super().data_received(data)
        while (behind := self.parser.behind) is not None:
            again, self._offer = (self._offer or b"") + behind, None
            self.parser = self._new_parser()
            super().data_received(again)
        if self._unread > HEAD_MAX and not self.transport.is_closing():
            self._refusal = TOO_LARGE
            self.send_400_response("")

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum(map(len, chain.from_iterable(self.headers)))
        if size > HEAD_MAX or len(self.headers) > HEADERS_MAX:
            self._refusal = TOO_LARGE
            raise TOO_LARGE  # the parser stops, and has `send_400_response` called
        if self.parser.should_upgrade() and self._offers_before_a_body():
            self._offer = self._without_offer()
            return
        if not self._is_answered():
            super().on_headers_complete()
            if self.parser.get_http_version() == "1.0":
                self.cycle.send = _Unchunked(self.cycle)  # type: ignore[method-assign]

    def _offers_before_a_body(self) -> bool:
        headers = dict(self.headers)
        # For the parser CONNECT is an offer too, which no header makes: it would be read for ever.
        return b"upgrade" in headers and (
            b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
        )

    def _without_offer(self) -> bytes:
        """The head of the request, as a client that offers nothing sends it."""
        kept = tuple(header for header in self.headers if header[0] != b"upgrade")
        version = self.parser.get_http_version().encode()
        about = (self.parser.get_method(), self.url, version, lines(kept))
        return b"%b %b HTTP/%b\r\n%b\r\n" % about

    def _should_upgrade_to_ws(self) -> bool:
        return False  # whatever else is installed: no route speaks it

    def _unsupported_upgrade_warning(self) -> None:
        """An offer declined is no event: some clients make it with each request."""

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._offer is not None:
            return  # its body is still to be read
        self._unread = 0
        super().on_message_complete()

    def _is_answered(self) -> bool:
        """Answer the request whose head has just been read, if that needs no waiting."""
        return False

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 uvicorn's own words
        status, headers, content = render(self._refusal, {"path": "/"})
        head = [STATUS_LINE[status]]
        for name, value in (*self.server_state.default_headers, *headers):
            head += (name, b": ", value, b"\r\n")
        self.transport.write(b"".join((*head, b"connection: close\r\n\r\n", content)))
        self.transport.close()


class ReadyProtocol(ProblemProtocol):
    """Answers at once what `now` can; leaves all else to the ASGI application."""

    now: Now

    def data_received(self, data: bytes) -> None:
        # One a packet: those piled up behind it take their turn with the other connections.
        self._may_answer = True
        super().data_received(data)

    def _is_answered(self) -> bool:
        answered = self._now() if self._may_answer and self._is_plain() else None
        self._may_answer = False
        if answered is None:
            return False
        self.cycle = _ANSWERED
        self._write(answered)
        self.on_response_complete()
        return True

    def _is_plain(self) -> bool:
        """An HTTP/1.1 request without a body, on a connection that is idle and stays open."""
        return (
            (self.cycle is None or self.cycle.response_complete)
            and not self.pipeline
            and not self.flow.write_paused
            and self.limit_concurrency is None
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and _UNSURE.isdisjoint(dict(self.headers))
        )

    def _now(self) -> Answered | None:
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = url.path
        scope["query_string"] = url.query or b""
        return self.now(scope)

    def _write(self, answered: Answered) -> None:
        reply, request_id = answered
        head = [STATUS_LINE[reply.status]]
        for name, value in self.server_state.default_headers:
            head += (name, b": ", value, b"\r\n")
        head += (reply.head, REQUEST_ID, b": ", request_id, b"\r\n\r\n")
        most = MANY_JOINED_MAX if len(reply.body) > JOINED_PIECES else JOINED_MAX
        if reply.size <= most:
            self.transport.write(b"".join((*head, *reply.body)))
        else:
            self.transport.writelines((b"".join(head), *reply.body))


def protocol_of(app: ASGIApp) -> type[HttpToolsProtocol]:
    """The protocol of a server of an application: with the short way when it has one."""
    now = now_of(app)
    if now is None:
        return ProblemProtocol
    return type("Protocol", (ReadyProtocol,), {"now": staticmethod(now)})
