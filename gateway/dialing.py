"""Opens a connection to a service by its name, whichever of its addresses answers (RFC 8305)."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from math import inf
from typing import Any, Final, Protocol, TypeVar

STAGGER_S: Final = 0.1
"""How long an address is waited for alone, before the next is tried beside it."""
AVOIDED_S: Final = 30.0
"""How long an address that failed is tried after the others."""


class Closable(Protocol):
    """What `Dialer.open` opens."""

    def close(self) -> None:
        """Give it up."""


Opened = TypeVar("Opened", bound=Closable)


async def addresses(host: str, port: int) -> list[str]:
    """The IP addresses of a host, in the order its resolver gives them."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


class Dialer:
    """The addresses of one host, and which of them failed lately."""

    def __init__(self, host: str, port: int, now: Callable[[], float]) -> None:
        self._host = host
        self._port = port
        self._now = now
        self._failed: dict[str, float] = {}

    def avoid(self, address: str) -> None:
        """An address failed: the others are tried before it for a while."""
        now = self._now()
        lately = {one: at for one, at in self._failed.items() if now - at < AVOIDED_S}
        self._failed = {**lately, address: now}

    async def open(self, connect: Callable[[str], Coroutine[Any, Any, Opened]]) -> Opened:
        """The connection to the first address that takes one; OSError when none does."""
        waiting = sorted(await addresses(self._host, self._port), key=self._failure)
        lost: list[asyncio.Task[Opened]] = []
        running: set[asyncio.Task[Opened]] = set()
        error: BaseException = OSError("a name without an address")
        try:
            while waiting or running:
                if waiting:
                    running.add(asyncio.create_task(self._try(waiting.pop(0), connect)))
                lost = [*running]
                done, running = await asyncio.wait(
                    running,
                    timeout=STAGGER_S if waiting else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in done:
                    lost.remove(task)
                    failure = task.exception()
                    if failure is None:
                        return task.result()
                    error = failure
            raise error
        finally:
            for task in lost:
                task.cancel()
                task.add_done_callback(_close)

    async def _try(
        self, address: str, connect: Callable[[str], Coroutine[Any, Any, Opened]]
    ) -> Opened:
        try:
            return await connect(address)
        except BaseException:  # it refused, or is cancelled because another came first
            self.avoid(address)
            raise

    def _failure(self, address: str) -> float:
        """When an address failed, if that was lately."""
        failed = self._failed.get(address, -inf)
        return failed if self._now() - failed < AVOIDED_S else -inf


def _close(task: "asyncio.Task[Any]") -> None:
    """Close a connection that came after another."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()
