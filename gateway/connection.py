"""One HTTP/1.1 connection to a service, carrying one request at a time."""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple, cast

from gateway.answer import Answer
from gateway.hop import BrokenError, SilenceError, StoppedError
from gateway.watch import Client

WAITING_MAX = 262_144
"""Bytes of an answer that wait for its reader before the service is made to wait."""


class Request(NamedTuple):
    """What is asked, as bytes, and for whom."""

    method: str
    head: bytes
    body: AsyncIterator[bytes] | None
    client: Client


class Connection(asyncio.Protocol):
    """Writes a request, gives its answer as it comes; both ways, the slower side sets the pace."""

    def __init__(self, loop: asyncio.AbstractEventLoop, patience_s: float, address: str) -> None:
        self.address = address
        """Where it leads."""
        self.answer = Answer(is_head=False)
        self.is_open = False
        self.idle_since = 0.0
        self._patience_s = patience_s
        self._silence_s = patience_s
        """Longest silence of the answer under way."""
        self._loop = loop
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._client: Client | None = None
        self._upload: asyncio.Task[None] | None = None
        self._is_write_paused = False
        self._is_read_paused = False

    # Called by the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        self.answer.feed(data)
        if self.answer.waiting > WAITING_MAX and not self._is_read_paused:
            self._is_read_paused = True
            self._transport.pause_reading()
        _wake(self._reader)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if exc is None:
            self.answer.end()
        else:
            self.answer.fail(BrokenError(str(exc)))
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        self._is_write_paused = True

    def resume_writing(self) -> None:
        self._is_write_paused = False
        _wake(self._writer)

    # Called by the gateway

    def ask(self, request: Request) -> None:
        """Write a request; its body goes on by itself while the answer is awaited."""
        self.answer = Answer(is_head=request.method == "HEAD")
        self._silence_s = self._patience_s
        self._transport.write(request.head)
        body = request.body
        self._upload = self._loop.create_task(self._send(body)) if body is not None else None
        self._client = request.client
        self._client.watch(self._give_up, has_body=body is not None)

    async def headers(self) -> Answer:
        """The answer, once its status and headers are known."""
        while not self.answer.status:
            await self._more()
        return self.answer

    async def whole(self) -> bytes:
        """The body, once it is complete."""
        while not self.answer.is_complete:
            await self._more()
        return self.answer.take()

    async def stream(self) -> AsyncIterator[bytes]:
        """The body as it comes."""
        while True:
            if self.answer.chunks:
                yield self.answer.take()
                if self._is_read_paused:
                    self._is_read_paused = False
                    self._transport.resume_reading()
            elif self.answer.is_complete:
                return
            else:
                await self._more()

    def allow_silence(self, seconds: float) -> None:
        """A live stream says nothing for longer than an ordinary answer may."""
        self._silence_s = max(self._patience_s, seconds)

    def stop(self) -> None:
        """End an answer that would not end."""
        self._give_up(StoppedError())

    def finish(self) -> bool:
        """End the exchange, however far it went; whether another may follow."""
        if self._client is not None:
            self._client.forget()
        is_sent = self._upload is None or self._upload.done()
        if self.answer.is_complete and is_sent and not self._is_read_paused and self.may_serve:
            self.idle_since = self._loop.time()
            return True
        if self._upload is not None:
            self._upload.cancel()
        self._transport.abort()
        return False

    @property
    def may_serve(self) -> bool:
        """Another request may follow."""
        return self.is_open and not self.answer.is_last

    def close(self) -> None:
        self._transport.close()

    async def _send(self, body: AsyncIterator[bytes]) -> None:
        try:
            async for piece in body:
                self._transport.write(piece)
                while self._is_write_paused and self.is_open:
                    self._writer = self._loop.create_future()
                    await self._patiently(self._writer)
        except Exception as error:  # noqa: BLE001 told to whoever awaits the answer
            self.answer.fail(error)
        _wake(self._reader)

    async def _more(self) -> None:
        if self.answer.error is not None:
            raise self.answer.error
        self._reader = self._loop.create_future()
        if self._upload is not None and not self._upload.done():
            await self._reader  # the service may wait for the end of the body
        else:
            await self._patiently(self._reader)

    async def _patiently(self, event: "asyncio.Future[None]") -> None:
        late = SilenceError(f"nothing for {self._silence_s} s")
        limit = self._loop.call_later(self._silence_s, self._give_up, late)
        try:
            await event
        finally:
            limit.cancel()

    def _give_up(self, reason: Exception) -> None:
        self.answer.fail(reason)
        self._transport.abort()
        _wake(self._reader)


def _wake(event: "asyncio.Future[None] | None") -> None:
    if event is not None and not event.done():
        event.set_result(None)
