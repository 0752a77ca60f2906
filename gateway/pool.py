"""The pool of connections to one service: reused, and reopened when the service closed them."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from gateway.breaker import Breaker
from gateway.connection import Connection, Request
from gateway.dialing import Dialer
from gateway.hop import SAFE, BrokenError, SilenceError, UnreachableError

CONNECT_TIMEOUT_S = 2.0
BUSY_MAX = 512
"""Requests under way; one more is refused at once rather than made to wait."""
KEEP_ALIVE_S = 4.0
"""Shorter than uvicorn's 5 s, so that a kept connection is seldom one the service just closed."""


class Pool:
    """Connections to the host of a URL, in the loop that runs when it is made."""

    def __init__(self, url: str, *, patience_s: float) -> None:
        parts = urlsplit(url)
        is_tls = parts.scheme == "https"
        self.authority = parts.netloc.rpartition("@")[2].encode()
        """What the Host header says."""
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if is_tls else 80)
        self._tls = ssl.create_default_context() if is_tls else None
        self._name = self._host if is_tls else None
        self._patience_s = patience_s
        self.loop = asyncio.get_running_loop()
        self._dialer = Dialer(self._host, self._port, self.loop.time)
        self._silent: set[str] = set()
        """Addresses that took a request and left it without an answer."""
        self._idle: list[Connection] = []
        self._busy = 0
        self._breaker = Breaker(parts.netloc.rpartition("@")[2], self.loop.time)

    async def ask(self, request: Request) -> Connection:
        """A connection where the headers of the answer came; to be given back with `release`."""
        if self._busy >= BUSY_MAX:
            raise UnreachableError("too many requests under way")
        self._breaker.let_pass()
        self._busy += 1
        try:
            connection = await self._ask(request)
        except BaseException as error:
            self._busy -= 1
            self._breaker.failed(error)
            raise
        self._breaker.answered()
        return connection

    def release(self, connection: Connection) -> None:
        """End an exchange; its connection serves again if it can."""
        self._busy -= 1
        self._end(connection)

    @contextmanager
    def set_apart(self) -> Iterator[None]:
        """Within it an exchange is a live stream: it takes no place among requests under way."""
        self._busy -= 1
        try:
            yield
        finally:
            self._busy += 1

    def close(self) -> None:
        """Close what is idle."""
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    async def _ask(self, request: Request) -> Connection:
        kept = self._kept()
        if kept is not None:
            try:
                return await self._exchange(kept, request)
            except BrokenError:
                # Closed while it was idle: nothing was answered, a safe request may go again.
                if request.method not in SAFE or request.body or kept.answer.is_begun:
                    raise
        return await self._exchange(await self._open(), request)

    async def _exchange(self, connection: Connection, request: Request) -> Connection:
        try:
            connection.ask(request)
            await connection.headers()
        except BaseException as error:
            if isinstance(error, SilenceError):
                self._silent.add(connection.address)
                self._dialer.avoid(connection.address)
            self._end(connection)
            raise
        return connection

    def _end(self, connection: Connection) -> None:
        if connection.finish():
            self._idle.append(connection)

    def _kept(self) -> Connection | None:
        """The connection used last: the others grow old, and are closed when they are met."""
        oldest = self.loop.time() - KEEP_ALIVE_S
        while self._idle:
            connection = self._idle.pop()
            if connection.may_serve and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    async def _open(self) -> Connection:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                return await self._dialer.open(self._connect)
        except TimeoutError as error:
            raise SilenceError("no connection in time") from error
        except OSError as error:
            raise UnreachableError(str(error)) from error

    async def _connect(self, address: str) -> Connection:
        if address in self._silent:
            await self._prove(address)
        _, connection = await self.loop.create_connection(
            lambda: Connection(self.loop, self._patience_s, address),
            address,
            self._port,
            ssl=self._tls,
            server_hostname=self._name,
        )
        return connection

    async def _prove(self, address: str) -> None:
        """Have a service that was silent answer us, in the time of a connection.

        The machine of one that is frozen takes connections for it: found out with the request of a
        client, it would make that client wait in vain each time that the address is tried again.
        """
        reader, writer = await asyncio.open_connection(
            address, self._port, ssl=self._tls, server_hostname=self._name
        )
        try:
            writer.write(b"HEAD /sante/vivant HTTP/1.1\r\nhost: %b\r\n\r\n" % self.authority)
            if not await reader.read(1):
                raise ConnectionResetError("closed without an answer")
        finally:
            writer.close()
        self._silent.discard(address)
