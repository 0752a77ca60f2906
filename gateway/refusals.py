"""Problem responses that the gateway sends itself, outside any framework."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import problems
from shared.problems import Problem, Unavailable

STOPPING = Unavailable(
    "Le service s'arrête avant d'avoir fini cette requête. Renvoyez-la dans un instant : avec la "
    "même clé d'idempotence (Idempotency-Key), elle n'est jamais faite deux fois."
)


async def refuse(problem: Problem, scope: Scope, send: Send) -> None:
    """Answer with a problem, readable by a web page of any origin."""
    status, headers, body = problems.render(problem, scope)
    headers.append((b"access-control-allow-origin", b"*"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def refusal(problem: Problem) -> ASGIApp:
    """An application that only refuses."""

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        await refuse(problem, scope, send)

    return app


def answering_to_the_end(app: ASGIApp) -> ASGIApp:
    """The application, which refuses what it has no time left to answer when its process stops.

    The server then cancels what lasts; nothing else ever does.
    """

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def seen(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await app(scope, receive, seen)
        except asyncio.CancelledError:
            if has_begun or scope["type"] != "http":
                raise
            await refuse(STOPPING, scope, send)

    return answering
