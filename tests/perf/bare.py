"""What our servers are compared with: ready bytes behind the same uvicorn, and nothing else."""

import os
import pickle
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

Answers = dict[tuple[str, bytes], tuple[int, list[tuple[bytes, bytes]], bytes]]
"""Path and query string → status, headers, body."""
NOTHING = (200, [(b"content-length", b"0")], b"")


def bare_app(answers: Answers) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        key = scope["path"], scope["query_string"]
        status, headers, body = answers.get(key, NOTHING)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def starlette_app(answers: Answers) -> ASGIApp:
    ready = {
        key: (status, {name.decode(): value.decode() for name, value in headers}, body)
        for key, (status, headers, body) in {**answers, ("/", b""): NOTHING}.items()
    }

    async def read(request: Request) -> Response:
        status, headers, body = ready[request.scope["path"], request.scope["query_string"]]
        return Response(body, status, headers)

    return Starlette(routes=[Route("/{path:path}", read)])


def run(app: ASGIApp) -> None:
    """Serve a baseline, as bare as uvicorn can be, where the bench says."""
    uvicorn.run(
        app,
        port=int(os.environ["RELANCE_PORT"]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=2048,
    )


def main() -> None:
    kind, file = sys.argv[1:]
    answers: Answers = pickle.loads(Path(file).read_bytes())
    run(starlette_app(answers) if kind == "starlette" else bare_app(answers))


if __name__ == "__main__":
    main()
