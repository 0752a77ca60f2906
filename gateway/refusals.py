"""Problem responses that the gateway sends itself, outside any framework."""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import problems
from shared.problems import Internal, Problem, Unavailable
from shared.schemas.problemes import CATALOGUE

logger = logging.getLogger(__name__)
LINGER_S: Final = 30.0
"""How long a client that is refused may go on sending, as nginx allows (`lingering_time`)."""

STOPPING = Unavailable(
    "Le service s'arrête avant d'avoir fini cette requête. Renvoyez-la dans un instant : avec la "
    "même clé d'idempotence (Idempotency-Key), elle n'est jamais faite deux fois."
)


async def refuse(
    problem: Problem, scope: Scope, send: Send, *, unread: Receive | None = None
) -> None:
    """Answer with a problem, readable by a web page of any origin.

    `unread`: the rest of a body, after which the connection closes.
    """
    status, headers, body = problems.render(problem, scope)
    headers.append((b"access-control-allow-origin", b"*"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    told: Message = {
        "type": "http.response.body",
        "body": b"" if scope["method"] == "HEAD" else body,
        "more_body": unread is not None,
    }
    await send(told)
    if unread is not None:
        await _hear_out(unread)
        await send({"type": "http.response.body", "body": b""})


async def _hear_out(receive: Receive) -> None:
    """Let a client end what it sends: closed on that, a connection takes its answer with it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while (await receive()).get("more_body", False):
                pass


def refusal(problem: Problem) -> ASGIApp:
    """An application that only refuses."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        closes = problem.headers.get("Connection") == "close"
        await refuse(problem, scope, send, unread=receive if closes else None)

    return app


class _Told:
    """What a client was told so far."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        """0 before the answer begins."""
        self.is_whole = False

    async def send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        self.is_whole = message["type"] == "http.response.body" and not message.get("more_body")
        await self._send(message)


def answering_to_the_end(app: ASGIApp) -> ASGIApp:
    """The application, which refuses what it has no time left to answer when its process stops.

    The server then cancels what lasts; nothing else ever does. What a bug left without an answer
    has one here, and the connection of an answer that is whole serves again.
    """

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        told = _Told(send)
        try:
            await app(scope, receive, told.send)
        except asyncio.CancelledError:
            if not told.status:
                await refuse(STOPPING, scope, send)
            else:  # the server cuts it
                logger.warning("answer cut short, the process stops: %s", scope["path"])
        except Exception:
            if told.status == Internal.status and told.is_whole:
                return  # whoever answered told the log; the framework raises it all the same
            if told.status:
                raise  # the server tells the log, and cuts: a part never looks whole
            logger.exception("unhandled error")
            await refuse(Internal(CATALOGUE[Internal.code].description), scope, send)

    return answering
