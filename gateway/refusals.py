"""Problem responses that the gateway sends itself, outside any framework."""

from starlette.types import ASGIApp, Receive, Scope, Send

from shared import problems
from shared.problems import Problem


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
