"""Ready-made HTTP replies: a body, and headers kept both as ASGI and as HTTP/1.1 bytes."""

import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import brotli
from starlette.types import ASGIApp, Scope, Send

Headers = tuple[tuple[bytes, bytes], ...]
Piece = bytes | memoryview

COMPRESS_FROM: Final = 1_000
"""Bytes under which compressing costs more than it saves."""
REQUEST_ID: Final = b"x-request-id"


class Reply(NamedTuple):
    """What is answered to a request, but for its `x-request-id`."""

    status: int
    headers: Headers
    head: bytes
    """The same headers, as lines of HTTP/1.1."""
    body: Sequence[Piece]
    size: int
    """Bytes of body, none for HEAD and 304."""

    def to_head(self) -> "Reply":
        """The reply to HEAD: the headers of GET, `Content-Length` included, and nothing after."""
        return Reply(self.status, self.headers, self.head, (), 0)

    def plus(self, extra: Headers) -> "Reply":
        """The same with more headers."""
        headers, head = self.headers + extra, self.head + lines(extra)
        return Reply(self.status, headers, head, self.body, self.size)

    def whole(self) -> "Reply":
        """The same with its body in one piece."""
        return Reply(self.status, self.headers, self.head, (b"".join(self.body),), self.size)


Answered = tuple[Reply, bytes]
"""A reply and the `x-request-id` it is sent with."""
Now = Callable[[Scope], Answered | None]
"""Answers a request that needs no waiting; None leaves it to the ASGI application."""


def now_of(app: ASGIApp) -> Now | None:
    """How an application answers without waiting, if it can."""
    return getattr(app, "now", None)


def reply(
    status: int, shared: Headers, own: Headers, body: Sequence[Piece] = (), size: int = 0
) -> Reply:
    """A reply with headers that many have in common, then its own; `size` is its body's."""
    return Reply(status, shared + own, _shared_lines(shared) + lines(own), body, size)


def lines(headers: Headers) -> bytes:
    """Headers as HTTP/1.1 writes them; ValueError for one that would write another."""
    written = b"".join([b"%b: %b\r\n" % header for header in headers])
    if written.count(b"\n") != len(headers) or written.count(b"\r") != len(headers):
        raise ValueError("A header holds the end of a line.")
    return written


_shared_lines = lru_cache(maxsize=64)(lines)


async def send_reply(send: Send, answered: Answered) -> None:
    """The reply as ASGI messages."""
    found, request_id = answered
    headers = [*found.headers, (REQUEST_ID, request_id)]
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"".join(found.body)})


@lru_cache(maxsize=256)
def negotiate(accept: bytes) -> bytes | None:
    """The best of br and gzip that the client takes (RFC 9110 § 12.5.3), None for neither."""
    weights: dict[bytes, float] = {}
    for item in accept.lower().split(b","):
        coding, _, parameters = item.partition(b";")
        _, _, weight = parameters.partition(b"q=")
        try:
            weights[coding.strip()] = float(weight) if weight else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    rest = weights.get(b"*", 0.0)
    best = max((b"br", b"gzip"), key=lambda coding: weights.get(coding, rest))
    return best if weights.get(best, rest) > 0 else None


def compress(body: bytes, coding: bytes) -> bytes:
    """The body as br or gzip, at levels that cost less than they save on the wire.

    A search is ten times cheaper than gzip's default level.
    """
    if coding == b"br":
        return bytes(brotli.compress(body, quality=1))
    return zlib.compress(body, level=1, wbits=31)
