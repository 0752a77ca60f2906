"""A stream over sources in memory, moved by hand."""

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy.exc import OperationalError

from shared import problems
from shared.feeds.events import Event, Lot, Sources
from shared.feeds.follower import Follower
from shared.feeds.streams import Hub
from shared.problems import InvalidParameter
from tests.sse import Ecoute


class Compteur:
    """A source of numbers, in memory; it may be away, and counts how often it is read."""

    def __init__(self, name: str = "nombre") -> None:
        self.name = name
        self.numbers: list[int] = []
        self.away = False
        self.reads = 0
        self.written = 0

    def add(self, *numbers: int) -> None:
        self.numbers += numbers

    def head(self):
        return (self.numbers[-1] if self.numbers else 0,)

    def read(self, after, limit):
        if self.away:
            raise OperationalError("SELECT", None, Exception("away"))
        self.reads += 1
        found = [number for number in self.numbers if (number,) > after][:limit]
        self.written += len(found)
        events = [Event((n,), f"{n}".encode(), n) for n in found if n % 10]
        return Lot(events, (found[-1],) if found else after)

    def encode(self, place):
        return str(place[0])

    def decode(self, text, parametre):
        if not text.isdecimal():
            raise InvalidParameter(parametre, "inconnu")
        return (int(text),)

    def check(self, place, parametre):
        if self.away:
            raise OperationalError("SELECT", None, Exception("away"))
        if place[0] and place[0] not in self.numbers:
            raise InvalidParameter(parametre, "inconnu")


class Emission:
    """An application with one stream, and its follower moved by hand."""

    def __init__(self, *sources: Compteur, most: int = 1_000) -> None:
        self.hub = Hub(Sources(sources), service="essai", most=most)
        self.follower = Follower(self.hub)
        self.app = FastAPI()
        problems.install(self.app)

        @self.app.get("/flux")
        async def flux(request: Request) -> Any:
            minimum = int(request.query_params.get("minimum", 0))
            return await self.hub.answer(
                request.query_params.get("depuis"),
                request.headers.get("last-event-id"),
                lambda _name, event: event.subject >= minimum,
                hote=request.client and request.client.host,
            )

    @asynccontextmanager
    async def on_air(self):
        self.hub.open()
        await self.advance()
        self.listeners: list[Ecoute] = []
        try:
            yield self
        finally:
            for listener in self.listeners:
                await listener.close()

    async def advance(self) -> None:
        with suppress(OperationalError):
            self.follower.advance()
        await asyncio.sleep(0)

    async def listen(self, query: str = "", **headers: str) -> Ecoute:
        listener = Ecoute(self.app, query=query, **headers)
        self.listeners.append(listener)
        return await listener.begun()
