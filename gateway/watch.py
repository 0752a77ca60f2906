"""The client side of a proxied exchange: its body as it arrives, and its disconnection."""

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.types import Receive

PATIENCE_S = 0.05
"""Answers quicker than this are not watched: a task for each request would cost more."""


class ClientGoneError(Exception):
    """The client closed its connection before the exchange ended."""


class Client:
    """Whoever sent the request, as the server lets us hear it."""

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop) -> None:
        self._receive = receive
        self._loop = loop
        self._on_gone: Callable[[Exception], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._listener: asyncio.Task[None] | None = None

    async def body(self) -> AsyncIterator[bytes]:
        """The request's body as it arrives; once it is whole, the client is listened to."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            more = message.get("more_body", False)
            if chunk := message.get("body"):
                yield chunk
        self._listen_soon()

    def watch(self, on_gone: Callable[[Exception], None], *, has_body: bool) -> None:
        """Have `on_gone` called if the client leaves before `forget`."""
        self._on_gone = on_gone
        if not has_body:
            self._listen_soon()

    def forget(self) -> None:
        """The exchange is over."""
        self._on_gone = None
        if self._timer is not None:
            self._timer.cancel()
        if self._listener is not None:
            self._listener.cancel()
            self._listener = None

    def _listen_soon(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(PATIENCE_S, self._start)

    def _start(self) -> None:
        if self._listener is None:
            self._listener = self._loop.create_task(self._listen())

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self._on_gone is not None:
            self._on_gone(ClientGoneError())
