"""Notices that a client went away while the gateway waits for a remote service."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from starlette.types import Receive

PATIENCE_S = 0.05
"""Answers quicker than this are not watched: a task for each request would cost more."""


class ClientGoneError(Exception):
    """The client closed its connection before the exchange ended."""


class ClientWatch:
    """Around an exchange: cancels it when the client leaves, and then swallows the cancellation."""

    def __init__(self, receive: Receive, *, has_body: bool) -> None:
        self._receive = receive
        self._has_body = has_body
        self.is_gone = False
        self._timer: asyncio.TimerHandle | None = None
        self._watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._exchange = asyncio.current_task()
        if not self._has_body:
            self._wait_a_little()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if not self.is_gone:
            return False
        if kind is asyncio.CancelledError and self._exchange is not None:
            return self._exchange.uncancel() == 0
        return True

    async def body(self) -> AsyncIterator[bytes]:
        """The request's body as it arrives."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.is_gone = True
                raise ClientGoneError
            more = message.get("more_body", False)
            if chunk := message.get("body"):
                yield chunk
        self._wait_a_little()

    def _wait_a_little(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(PATIENCE_S, self._start)

    def _start(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.is_gone = True
        if self._exchange is not None:
            self._exchange.cancel()
