"""HEAD and OPTIONS for the routes of a framework that declares only GET, POST, PUT…"""

from collections.abc import Mapping, Sequence
from functools import cached_property

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Receive, Scope, Send

from shared.http.addresses import asked_path

DECLARED = ("GET", "POST", "PUT", "PATCH", "DELETE")
_NOBODY_S = "(aucune)"
"""A method that no route declares: the application refuses it as it refuses all others."""


class Methods:
    """ASGI layer around a FastAPI application."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    @cached_property
    def _spelled(self) -> Mapping[str, list[str]]:
        """What may be asked of the addresses that routes spell out, once all are declared."""
        paths = {context.path for context in iter_route_contexts(self.app.routes)}
        return {
            path: allowed
            for path in paths
            if path is not None
            and "{" not in path
            and (allowed := allowed_methods(self.app.routes, {"path": path}))
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method = scope["method"]
        if method == "OPTIONS":
            if _preflight(scope):
                await self.app(scope, receive, send)
            else:
                await self._options(scope, receive, send)
            return
        allowed = self._spelled.get(asked_path(scope))
        told = self._with_allow(scope, send)
        answer = self._head if method == "HEAD" else self.app
        asked = scope
        if allowed is not None and method not in allowed:
            # Or the parameter of another route would take the address: /choses/{id}.
            asked = {**scope, "method": _NOBODY_S}
        elif method == "HEAD":
            asked = {**scope, "method": "GET"}
        try:
            await answer(asked, receive, told)
        finally:
            scope["route"] = asked.get("route")  # whoever counts requests names it

    def _with_allow(self, scope: Scope, send: Send) -> Send:
        """A refused method is told of all others, not of the first route's alone."""

        async def told(message: Message) -> None:
            if message.get("status") == 405:  # noqa: PLR2004 its own name
                allowed = allowed_methods(self.app.routes, scope)
                # A route that refuses its own method knows why, and says which remain.
                if scope["method"] not in allowed:
                    others = [header for header in message["headers"] if header[0] != b"allow"]
                    allow = (b"allow", ", ".join(allowed).encode())
                    message = {**message, "headers": [*others, allow]}
            await send(message)

        return told

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As asked, less the body, which ends before it begins: a long one is not produced."""

        async def headers_only(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})

        await self.app(scope, receive, headers_only)

    async def _options(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = allowed_methods(self.app.routes, scope)
        if not allowed:
            await self.app(scope, receive, send)
            return
        headers = [(b"allow", ", ".join(allowed).encode())]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def allowed_methods(routes: Sequence[BaseRoute], scope: Scope) -> list[str]:
    """What may be asked of a path, HEAD and OPTIONS included; nothing where no route is."""
    path = asked_path(scope)
    # An address that a route spells out is not also the parameter of another: /choses/{id}.
    own = [context for context in iter_route_contexts(routes) if context.path == path]
    if own:
        allowed = [
            method for method in DECLARED if any(method in (one.methods or ()) for one in own)
        ]
    else:
        allowed = [
            method
            for method in DECLARED
            if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
        ]
    if "GET" in allowed:
        allowed.insert(1, "HEAD")
    return [*allowed, "OPTIONS"] if allowed else []


def _preflight(scope: Scope) -> bool:
    return any(name == b"access-control-request-method" for name, _ in scope["headers"])
