"""Live streams (server-sent events): each event is serialised once for all listeners.

A listener first reads what it missed from the sources, at its own pace, then is given what comes.
It is never waited for: what it does not take piles up to a limit, then it is told to come back.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

import orjson
from fastapi import Response
from prometheus_client import Gauge
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from shared.anonymat import origine
from shared.feeds.events import Batch, Keep, Lot, Place, Sources, frame
from shared.problems import InvalidParameter, TooManyRequests, Unavailable
from shared.revisions import RevisionError

logger = logging.getLogger(__name__)
HEARTBEAT_S = 15.0
"""Longest silence: proxies cut what says nothing, and a dead client is found by writing to it."""
RETRY_MS: Final = 3_000
"""What clients are told to wait before they come back."""
LOT: Final = 200
"""Events read and sent at once."""
REPLAYS: Final = 2
"""Listeners that ask what they missed at one time: each takes a connection and a thread."""
SHARE: Final = 2
"""One origin holds at most one place in so many: the others must find room. No fewer, since a
whole town may come by one address (a telephone operator's, a proxy's that says nobody's)."""
SHARE_MIN: Final = 10
WAITING_MAX = 16_000_000
"""Bytes that may wait for one listener. They are shared: all together hold little more."""
PATIENCE_S = 60.0
"""How long one piece may take to leave."""
DATABASE_RETRY_S = 2.0
LISTENERS: Final = Gauge("relance_flux_auditeurs", "Open live streams", ("service",))

_ENDLESS: set[tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = set()


@contextmanager
def endless(end: Callable[[], None]) -> Iterator[None]:
    """Within it an answer goes on until its client leaves, or `end` is called by `end_all`."""
    entry = (asyncio.get_running_loop(), end)
    _ENDLESS.add(entry)
    try:
        yield
    finally:
        _ENDLESS.discard(entry)


def end_all() -> None:
    """End every endless answer of the process: its server is about to wait for them."""
    for loop, end in list(_ENDLESS):
        loop.call_soon_threadsafe(end)


class Listener:
    """Who reads a stream: where it stands, and what waits for it."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = list(places)
        self.is_late = False
        """More came than it took: nothing waits any more."""
        self.is_over = False
        """It left, or the server stops."""
        self._waiting: deque[Batch] = deque()
        self._size = 0
        self._awake = asyncio.Event()

    def put(self, batch: Batch) -> None:
        if self.is_late:
            return
        self._size += len(batch.whole)
        if self._waiting and self._size > WAITING_MAX:
            self.is_late = True
            self._waiting.clear()
        else:
            self._waiting.append(batch)
        self._awake.set()

    def take(self) -> Batch | None:
        """The oldest batch that waits."""
        if not self._waiting:
            self._awake.clear()
            return None
        batch = self._waiting.popleft()
        self._size -= len(batch.whole)
        return batch

    def end(self) -> None:
        self.is_over = True
        self._awake.set()

    async def wait(self, seconds: float) -> None:
        """Until something comes, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()


class Hub:
    """The stream of one service in one process. All but `publish` and `begin` are for its loop."""

    def __init__(self, sources: Sources, *, service: str, most: int) -> None:
        self.sources = sources
        self.places: list[Place] | None = None
        """Up to where events were given out; None before the first reading."""
        self._most = most
        self._share = max(most // SHARE, SHARE_MIN)
        self._open: set[Listener] = set()
        self._by_origin: Counter[str] = Counter()
        self._gauge = LISTENERS.labels(service)
        self._live: set[Listener] = set()
        self._loop: asyncio.AbstractEventLoop
        self._replays: asyncio.Semaphore

    def open(self) -> None:
        """Serve the listeners of the loop that runs."""
        self._loop = asyncio.get_running_loop()
        self._replays = asyncio.Semaphore(REPLAYS)

    def begin(self, places: Sequence[Place]) -> None:
        """Tell where the present is. From any thread.

        Told again, it is another present: who listens to the one before leaves.
        """
        self._loop.call_soon_threadsafe(self._begin, list(places))

    def _begin(self, places: list[Place]) -> None:
        self.places = places
        for listener in self._open:
            listener.end()

    def publish(self, batch: Batch) -> None:
        """Give a batch to all who listen. From any thread."""
        self._loop.call_soon_threadsafe(self._deliver, batch)

    def _deliver(self, batch: Batch) -> None:
        assert self.places is not None, "a follower begins before it publishes"
        self.places[batch.source] = batch.lot.place
        for listener in self._live:
            listener.put(batch)

    async def answer(
        self, depuis: str | None, last_event_id: str | None, keep: Keep, *, hote: str | None
    ) -> Response:
        """The stream from a cursor on, from now on without one; the header is the fresher.

        `hote`: the address of who asks.
        """
        if self.places is None:
            raise Unavailable("Le flux se prépare ; réessayez dans quelques secondes.")
        origin = origine(hote)
        self._refuse_when_full(origin)
        places: list[Place] = list(self.places)
        text, parametre = (last_event_id, "Last-Event-ID") if last_event_id else (depuis, "depuis")
        unsure = []
        if text is not None:
            for index, place in enumerate(self.sources.decode(text, parametre)):
                if place is None or place == places[index]:
                    continue
                places[index] = place
                if not await self.has(index, place, parametre):
                    unsure.append(index)
        return EventStream(self, places, keep, origin, unsure)

    async def has(self, source: int, place: Place, parametre: str = "Last-Event-ID") -> bool:
        """Whether a source has this place; InvalidParameter if not, False if nobody knows.

        While the database is away a stream opens all the same, and catches up later.
        """
        try:
            await run_in_threadpool(self.sources.all[source].check, place, parametre)
        except (SQLAlchemyError, RevisionError):
            return False
        return True

    async def confirms(self, source: int, place: Place) -> bool:
        """The same of a listener that is in, who asks again and again: a few do at one time."""
        async with self._replays:
            return await self.has(source, place)

    @contextmanager
    def listening(self, places: Sequence[Place], origin: str) -> Iterator[Listener]:
        """A place among the listeners."""
        self._refuse_when_full(origin)
        listener = Listener(places)
        self._open.add(listener)
        self._by_origin[origin] += 1
        self._gauge.inc()
        try:
            with endless(listener.end):
                yield listener
        finally:
            self._live.discard(listener)
            self._open.discard(listener)
            self._by_origin[origin] -= 1
            if not self._by_origin[origin]:
                del self._by_origin[origin]
            self._gauge.dec()

    def _refuse_when_full(self, origin: str) -> None:
        if self._by_origin[origin] >= self._share:
            raise TooManyRequests(
                f"Votre adresse a {self._share} flux ouverts, le plus qu'une adresse puisse "
                "avoir ; fermez-en un, ou réessayez dans une minute.",
                headers={"Retry-After": "60"},
            )
        if len(self._open) >= self._most:
            raise Unavailable(
                "Trop de flux sont ouverts ; réessayez dans une minute.",
                headers={"Retry-After": "60"},
            )

    def join(self, listener: Listener) -> int | None:
        """Give the listener all that comes, or name a source it must first catch up with."""
        assert self.places is not None, "a listener is refused before the first reading"
        for index, (its, ours) in enumerate(zip(listener.places, self.places, strict=True)):
            if its < ours:
                return index
        self._live.add(listener)
        return None

    async def missed(self, source: int, after: Place) -> Lot:
        """What a source has after a place."""
        async with self._replays:
            return await run_in_threadpool(self.sources.all[source].read, after, LOT)


class EventStream(Response):
    """The answer that tells events until its client leaves."""

    media_type = "text/event-stream"

    def __init__(
        self, hub: Hub, places: Sequence[Place], keep: Keep, origin: str, unsure: Sequence[int]
    ) -> None:
        """`unsure`: the sources that could not say whether they have the places."""
        self.status_code = 200
        self.background = None
        self._hub = hub
        self._places = places
        self._keep = keep
        self._origin = origin
        self._unsure = unsure
        # The last is for nginx, which would keep events until it has enough of them.
        self.init_headers({"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 ASGI
        with self._hub.listening(self._places, self._origin) as listener:
            watcher = asyncio.create_task(_end_when_gone(receive, listener))
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            try:
                await send(start)
                async for piece in self._pieces(listener):
                    async with asyncio.timeout(PATIENCE_S):
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
            except TimeoutError:
                # Left without its end, the answer is cut by the server.
                logger.warning("stream: a client took nothing for %s s", PATIENCE_S)
            finally:
                watcher.cancel()

    async def _pieces(self, listener: Listener) -> AsyncIterator[bytes]:
        yield b"retry: %d\n%b" % (RETRY_MS, self._heartbeat(listener))
        async for piece in self._sure(listener):
            yield piece
        async for piece in self._missed(listener):
            yield piece
        loop = asyncio.get_running_loop()
        silent_until = loop.time() + HEARTBEAT_S
        while not listener.is_over:
            if listener.is_late:
                yield self._farewell(listener)
                return
            batch = listener.take()
            piece = b""
            if batch is not None:
                piece = self._written(listener, batch)
            elif loop.time() >= silent_until:
                piece = self._heartbeat(listener)
            else:
                await listener.wait(silent_until - loop.time())
            if piece:
                yield piece
                silent_until = loop.time() + HEARTBEAT_S

    async def _sure(self, listener: Listener) -> AsyncIterator[bytes]:
        """Wait until the database that was away knows the listener's places.

        One that came back without them ends the stream: who asks again is told so. A place ahead
        of all that is written since would hide it.
        """
        for index in self._unsure:
            while not listener.is_over:
                try:
                    if await self._hub.confirms(index, listener.places[index]):
                        break
                except InvalidParameter:
                    listener.end()
                else:
                    yield self._heartbeat(listener)
                    await listener.wait(DATABASE_RETRY_S)

    async def _missed(self, listener: Listener) -> AsyncIterator[bytes]:
        """What came since the listener left, until it is among those who are given what comes."""
        while not listener.is_over and (source := self._hub.join(listener)) is not None:
            after = listener.places[source]
            lot = Lot((), after)
            with suppress(SQLAlchemyError, RevisionError):
                lot = await self._hub.missed(source, after)
            if lot.place == after:  # the database is away
                yield self._heartbeat(listener)
                await listener.wait(DATABASE_RETRY_S)
                continue
            batch = self._hub.sources.batch(source, lot, listener.places)
            if piece := self._written(listener, batch):
                yield piece

    def _written(self, listener: Listener, batch: Batch) -> bytes:
        """What of a batch is for this listener, who then stands after it."""
        before = listener.places[batch.source]
        if before >= batch.lot.place:
            return b""  # seen already, in another process
        listener.places[batch.source] = batch.lot.place
        name = self._hub.sources.all[batch.source].name
        return b"".join(
            written
            for event, written in zip(batch.lot.events, batch.frames, strict=True)
            if event.place > before and self._keep(name, event)
        )

    def _heartbeat(self, listener: Listener) -> bytes:
        """A comment, and where the listener stands: filters may have kept all from it."""
        return b": battement\nid: %b\n\n" % self._hub.sources.id(listener.places).encode()

    def _farewell(self, listener: Listener) -> bytes:
        told = {
            "motif": "trop-lent",
            "detail": "Les événements viennent plus vite qu'ils ne sont lus : reprendre à cet id.",
        }
        id_ = self._hub.sources.id(listener.places)
        return frame(orjson.dumps(told), name="interruption", id_=id_)


async def _end_when_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()
