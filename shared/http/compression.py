"""ASGI middleware that compresses what the framework answers (br or gzip), streams included.

The hot reads are compressed where they are answered (`shared.hot.answering`), by the same rules.
"""

import zlib
from collections.abc import Callable
from typing import Final, NamedTuple

import brotli
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.replies import COMPRESS_FROM, negotiate

IN_A_THREAD_FROM: Final = 1 << 17
"""Bytes from which compressing at once would hold the event loop."""
_PARTIAL: Final = 206
_VARY: Final = b"vary"
_ACCEPTED: Final = b"accept-encoding"


class _Packer(NamedTuple):
    """How a body is compressed piece by piece; each piece is readable once it has left."""

    take: Callable[[bytes], bytes]
    flush: Callable[[], bytes]
    finish: Callable[[], bytes]

    def pack(self, piece: bytes, more: bool) -> bytes:
        return self.take(piece) + (self.flush() if more else self.finish())


def _packer(coding: bytes) -> _Packer:
    """At levels that cost less than they save on the wire, as `shared.http.replies.compress`."""
    if coding == b"br":
        packer = brotli.Compressor(quality=1)
        return _Packer(packer.process, packer.flush, packer.finish)
    deflate = zlib.compressobj(1, wbits=31)
    return _Packer(deflate.compress, lambda: deflate.flush(zlib.Z_SYNC_FLUSH), deflate.flush)


class Compression:
    """ASGI layer around a framework."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        accepted = b",".join([value for name, value in scope["headers"] if name == _ACCEPTED])
        await self.app(scope, receive, _Answer(send, negotiate(accepted)))


class _Answer:
    """The messages of one answer, on their way out."""

    def __init__(self, send: Send, coding: bytes | None) -> None:
        self._send = send
        self._coding = coding
        self._start: Message | None = None
        """Kept until the first piece tells whether compressing gains anything."""
        self._packer: _Packer | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] == "http.response.body":
            await self._send(await self._piece(message))
        else:
            await self._send(message)

    async def _begin(self, message: Message) -> None:
        headers = dict(message["headers"])
        if b"no-transform" in headers.get(b"cache-control", b""):
            await self._send(message)
            return
        # Said of every answer, 304 and short ones included: the next may be compressed.
        message = {**message, "headers": _varying(message["headers"])}
        encoded = b"content-encoding" in headers or message["status"] == _PARTIAL
        if self._coding is None or encoded:
            await self._send(message)
        else:
            self._start = message

    async def _piece(self, message: Message) -> Message:
        """The message with its piece compressed, the start being sent before the first."""
        body, more = message.get("body", b""), message.get("more_body", False)
        start, self._start = self._start, None
        if start is not None and self._coding and (more or len(body) >= COMPRESS_FROM):
            self._packer = _packer(self._coding)
        if self._packer is not None:
            if len(body) >= IN_A_THREAD_FROM:
                body = await run_in_threadpool(self._packer.pack, body, more)
            else:
                body = self._packer.pack(body, more)
            message = {**message, "body": body}
        if start is not None:
            packed = self._packer is not None
            await self._send(self._encoded(start, None if more else len(body)) if packed else start)
        return message

    def _encoded(self, start: Message, size: int | None) -> Message:
        """The start of a compressed answer; its size is only known of one sent whole."""
        headers = [header for header in start["headers"] if header[0] != b"content-length"]
        headers.append((b"content-encoding", self._coding or b""))
        if size is not None:
            headers.append((b"content-length", b"%d" % size))
        return {**start, "headers": headers}


def _varying(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer that depends on `Accept-Encoding` too."""
    said = b", ".join([value for name, value in headers if name == _VARY])
    if {name.strip() for name in said.lower().split(b",")} & {_ACCEPTED, b"*"}:
        return headers
    others = [header for header in headers if header[0] != _VARY]
    return [*others, (_VARY, b"%b, Accept-Encoding" % said if said else b"Accept-Encoding")]
