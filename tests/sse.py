"""Reads a live stream as a browser does, from an ASGI application or from bytes."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, NamedTuple

PATIENCE_S = 60
"""Generous: nothing here measures time."""


class Told(NamedTuple):
    """An event as EventSource dispatches it."""

    id: str
    event: str
    data: str


def parse(content: bytes) -> tuple[list[Told], str]:
    """Events of a stream, and the id a client would come back with (the standard's algorithm)."""
    events: list[Told] = []
    last_id, name, data = "", "", []
    lines = re.split(r"\r\n|\r|\n", content.decode())
    for line in lines[:-1]:  # the last is not ended
        if not line:
            if data:
                events.append(Told(last_id, name or "message", "\n".join(data)))
            name, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            last_id = value
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)
    return events, last_id


class Ecoute:
    """A client of one stream, in the loop that runs."""

    def __init__(
        self,
        app: Any,
        path: str = "/flux",
        query: str = "",
        hote: str = "127.0.0.1",
        **headers: str,
    ) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.is_ended = False
        self.paused = asyncio.Event()
        """Cleared, the client takes nothing."""
        self.paused.set()
        self._gone = asyncio.Event()
        self._moved = asyncio.Event()
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(b"host", b"essai"), *raw],
            "client": (hote, 1),
            "server": ("127.0.0.1", 80),
        }
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        await self.paused.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {n.decode(): v.decode() for n, v in message["headers"]}
        else:
            self.body += message.get("body", b"")
            self.is_ended = not message.get("more_body", False)
        self._moved.set()

    @property
    def events(self) -> list[Told]:
        return parse(self.body)[0]

    @property
    def last_id(self) -> str:
        return parse(self.body)[1]

    async def until(self, condition: Callable[["Ecoute"], bool]) -> None:
        """Wait for what the client has read so far to satisfy a condition."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition(self):
                self._moved.clear()
                await self._moved.wait()

    async def begun(self) -> "Ecoute":
        await self.until(lambda it: bool(it.body) or it.is_ended)
        return self

    async def close(self) -> None:
        """Leave, and wait for the application to notice."""
        self._gone.set()
        self.paused.set()
        async with asyncio.timeout(PATIENCE_S):
            await self.task


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 threads have no asyncio.Event
            await asyncio.sleep(0.01)
