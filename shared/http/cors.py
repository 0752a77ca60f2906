"""CORS: what pages of other origins may ask, with refusals as problem documents."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from shared import problems
from shared.problems import InvalidParameter

_METHOD = "access-control-request-method"
_DISALLOWED = "Disallowed CORS "
_CAUSES = {
    "origin": "Origin",
    "method": "Access-Control-Request-Method",
    "headers": "Access-Control-Request-Headers",
    "private-network": "Access-Control-Request-Private-Network",
}
"""By Starlette's word, the header that asks for what is refused."""
_OF_THE_BODY = frozenset({"content-type", "content-length"})


class Cors(CORSMiddleware):
    """Starlette's layer, whose refusals are English text."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        if refusal is None:
            await super().__call__(scope, receive, send)
        else:
            await problems.respond(Request(scope), refusal)(scope, receive, send)

    def _refusal(self, scope: Scope) -> InvalidParameter | None:
        """Why a page may not ask what a browser asks beforehand for it; None when it may."""
        if scope["type"] != "http" or scope["method"] != "OPTIONS":
            return None
        asked = Headers(scope=scope)
        if "origin" not in asked or _METHOD not in asked:
            return None
        answer = self.preflight_response(asked)
        if answer.status_code < 400:  # noqa: PLR2004 its own name
            return None
        words = bytes(answer.body).decode().removeprefix(_DISALLOWED).split(", ")
        erreurs = [{"parametre": _CAUSES[word], "detail": self._detail(word)} for word in words]
        told = {name: value for name, value in answer.headers.items() if name not in _OF_THE_BODY}
        return InvalidParameter(erreurs[0]["parametre"], erreurs=erreurs, headers=told)

    def _detail(self, word: str) -> str:
        allowed = {"method": self.allow_methods, "headers": self.allow_headers}.get(word)
        permis = f" Permis : {', '.join(allowed)}." if allowed else ""
        return f"Refusé aux pages d'autres sites.{permis}"
