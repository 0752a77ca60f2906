"""Bodies that are parsed whole: read up to a bound before anything looks at them.

FastAPI parses a body before it knows who sends it, in the event loop: a large one would keep
every reader waiting for seconds.
"""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute

from shared.counts import figure
from shared.problems import TooLarge


async def pieces_of(request: Request, octets_max: int) -> AsyncIterator[bytes]:
    """A body as it comes, refused once it is longer."""
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > octets_max:
            # The server reads on and forgets. To close on a sender that still writes would often
            # lose the answer: a relay then tells of a broken exchange.
            raise TooLarge(f"Le corps dépasse {figure(octets_max)} octets.")
        yield piece


async def body_of(request: Request, octets_max: int) -> bytes:
    """The same in one piece."""
    return b"".join([piece async for piece in pieces_of(request, octets_max)])


class CorpsBorne(APIRoute):
    """A route whose body has a bound; the gateway's own is that of a producer's file."""

    octets_max: ClassVar[int]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            body = await body_of(request, self.octets_max)

            async def receive() -> dict[str, Any]:
                return {"type": "http.request", "body": body, "more_body": False}

            return await handle(Request(request.scope, receive))

        return bounded


class PetitCorps(CorpsBorne):
    """What is written by hand, all its characters escaped, and more."""

    octets_max = 65_536


class CorpsDeListe(CorpsBorne):
    """A thousand things of a few words, two thousand positions of a route, zones drawn by hand."""

    octets_max = 500_000
