"""Request bodies that anyone may send: their size is bounded before anything parses them."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute

from shared.problems import TooLarge

OCTETS_MAX: Final = 65_536
"""More than anything written by hand, all its characters escaped."""


class PetitCorps(APIRoute):
    """A route whose body is small; the gateway's own bound is that of a producer's file."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            body = bytearray()
            async for chunk in request.stream():
                body += chunk
                if len(body) > OCTETS_MAX:
                    raise TooLarge(
                        f"Le corps dépasse {OCTETS_MAX} octets.", headers={"Connection": "close"}
                    )

            async def receive() -> dict[str, Any]:
                return {"type": "http.request", "body": bytes(body), "more_body": False}

            return await handle(Request(request.scope, receive))

        return bounded
