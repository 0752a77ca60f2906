"""Errors as RFC 9457 problem details: any layer raises, this module renders."""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, Self
from urllib.parse import quote, unquote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from shared.contract_schemas import add_read_by_hand, schema_of
from shared.observability import named
from shared.schemas.problemes import CATALOGUE, MEDIA_TYPE, Probleme
from shared.validation import Loc, errors_fr

logger = logging.getLogger("relance.problemes")
ERRORS_SHOWN = 50
"""A body of ten thousand wrong values is refused with the first ones and their number."""

_CODE_OF_STATUS: dict[int, str] = {}
for _code, _type in CATALOGUE.items():
    _CODE_OF_STATUS.setdefault(_type.statut, _code)

Headers = Mapping[str, str]


class Problem(Exception):
    """A refusal the caller can act on; the catalogue gives its code a status and a title."""

    code: str = "requete-refusee"
    status: int = CATALOGUE[code].statut
    title: str = CATALOGUE[code].titre
    default_headers: ClassVar[Headers] = {}

    def __init_subclass__(cls) -> None:
        cls.status, cls.title, _ = CATALOGUE[cls.code]

    def __init__(self, detail: str = "", *, headers: Headers | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members
        self.headers = self.default_headers if headers is None else headers
        self.page: Response | None = None
        """What people read of it, on a route that they look at."""


class InvalidParameter(Problem):
    """A query parameter, path segment or header that is malformed or unknown."""

    code = "parametre-invalide"

    def __init__(
        self,
        parametre: str,
        detail: str = "Valeur refusée.",
        *,
        erreurs: Sequence[Mapping[str, str]] = (),
        **members: Any,
    ) -> None:
        erreurs = erreurs or [{"parametre": parametre, "detail": detail}]
        text = " ".join(f"{erreur['parametre']} : {erreur['detail']}" for erreur in erreurs)
        super().__init__(text, parametre=parametre, erreurs=erreurs, **members)


class UnreadableBody(Problem):
    code = "corps-illisible"


class Unauthorized(Problem):
    code = "authentification-requise"
    default_headers: ClassVar[Headers] = {"WWW-Authenticate": "Bearer"}


class Forbidden(Problem):
    code = "acces-refuse"


class NotFound(Problem):
    code = "introuvable"


class Conflict(Problem):
    code = "conflit"


class Gone(Problem):
    code = "disparu"


class PreconditionFailed(Problem):
    code = "precondition-echouee"


class TooLarge(Problem):
    code = "trop-volumineux"


class Unsupported(Problem):
    code = "type-refuse"


class InvalidBody(Problem):
    """A body that reads but does not suit: `erreurs=[{"pointer": "#/…", "detail": …}]`."""

    code = "corps-invalide"

    @classmethod
    def at(cls, pointer: str, detail: str) -> Self:
        """One error, at one place of the body."""
        erreurs = [{"pointer": pointer, "detail": detail}]
        return cls(f"{pointer} : {detail}", erreurs=erreurs)


class ReusedKey(Problem):
    code = "cle-deja-servie"


class PreconditionRequired(Problem):
    code = "precondition-requise"


class TooManyRequests(Problem):
    code = "trop-de-requetes"
    default_headers: ClassVar[Headers] = {"Retry-After": "1"}


class HeadersTooLarge(Problem):
    code = "en-tetes-trop-volumineux"


class Internal(Problem):
    code = "erreur-interne"


class BadGateway(Problem):
    code = "amont-en-erreur"


class Unavailable(Problem):
    code = "indisponible"
    default_headers: ClassVar[Headers] = {"Retry-After": "5"}


class GatewayTimeout(Problem):
    code = "amont-muet"


class _StatusProblem(Problem):
    """An error known by its status only, as the frameworks raise them."""

    def __init__(self, status: int, headers: Headers | None) -> None:
        server = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        code = _CODE_OF_STATUS.get(status, "erreur-interne" if server else "requete-refusee")
        super().__init__(CATALOGUE[code].description, headers=headers)
        self.code, self.status, self.title = code, status, CATALOGUE[code].titre


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": schema_of(Probleme)}},
        "headers": {
            "Retry-After": {
                "description": "Secondes à attendre avant de redemander (429, 503), si on le sait.",
                "schema": {"type": "integer", "minimum": 0},
            }
        },
    }
    for status, description in (
        ("4XX", "Requête refusée : problème (RFC 9457)."),
        ("5XX", "Service en défaut : problème (RFC 9457)."),
    )
}
"""For FastAPI(responses=…); `install` defines the schema it refers to."""


def render(problem: Problem, scope: Scope) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Status, raw headers and body of the answer to a request; its `instance` is the path asked."""
    # The path as it came: the scope's own is that of the route, where both differ.
    asked = scope.get("raw_path")
    instance = scope["path"] if asked is None else unquote(asked.decode("latin-1"))
    body = {
        "type": f"/problemes/{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": quote(instance, safe="/:@!$&'()*+,;=~", errors="replace"),
        "code": problem.code,
        **problem.members,
    }
    # A caller's JSON may hold lone surrogates, which have no UTF-8: they become "?".
    content = json.dumps(body, ensure_ascii=False, default=str).encode(errors="replace")
    headers = {
        "content-type": MEDIA_TYPE,
        "content-length": str(len(content)),
        "cache-control": "no-store",
        **{name.lower(): value for name, value in problem.headers.items()},
    }
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return problem.status, raw, content


def install(app: FastAPI) -> None:
    """Answer every error of the application as a problem, and define what its contract names."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(ClientDisconnect, _on_leaving)
    app.add_exception_handler(Exception, _on_crash)
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        add_read_by_hand(document)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def respond(request: Request, problem: Problem) -> Response:
    status, headers, content = render(problem, request.scope)
    response = Response(content, status)
    response.raw_headers = headers
    return response


async def _on_problem(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, Problem)
    return exc.page or respond(request, exc)


async def _on_http(request: Request, exc: Exception) -> Response:
    """Errors of Starlette and FastAPI themselves: their status, their headers, our French."""
    assert isinstance(exc, HTTPException)
    if exc.status_code < HTTPStatus.BAD_REQUEST:
        return Response(status_code=exc.status_code, headers=exc.headers)
    return respond(request, of_framework(request, exc))


def of_framework(request: Request, exc: Exception) -> Problem:
    """The problem that an error of Starlette or FastAPI is."""
    assert isinstance(exc, HTTPException)
    path, root = request.scope["path"], request.scope.get("root_path", "")
    if exc.status_code == NotFound.status and path.endswith("/") and path != f"{root}/":
        bare = path.rstrip("/") or "/"
        return NotFound(
            f"Cette adresse, qui finit par une barre, n'existe pas ; sans elle : {bare}"
        )
    if exc.status_code == HTTPStatus.BAD_REQUEST:
        # They say so of bodies alone: bytes that are no UTF-8, or too many brackets.
        return UnreadableBody(CATALOGUE[UnreadableBody.code].description)
    return _StatusProblem(exc.status_code, exc.headers)


async def _on_validation(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)
    return respond(request, misread(request, exc))


def misread(request: Request, error: RequestValidationError) -> Problem:
    """What the framework could not read of a request."""
    return refusal([_placed(one, error.body) for one in error.errors()], _accepted(request))


def _placed(error: Mapping[str, Any], body: Any) -> Mapping[str, Any]:
    """An error at its place in the body that was sent.

    Where a member may have several forms, the framework also names the form it tried.
    """
    loc: Loc = tuple(error["loc"])
    if loc[0] != "body":
        return error
    kept: list[str | int] = ["body"]
    for rank, part in enumerate(loc[1:], 2):
        if _holds(body, part):
            body = body[part]
            kept.append(part)
        elif rank == len(loc) and error["type"] == "missing":
            kept.append(part)
    return {**error, "loc": tuple(kept)}


def _holds(value: Any, part: str | int) -> bool:
    if isinstance(value, dict):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value)


def refusal(errors: Sequence[Mapping[str, Any]], accepted: Sequence[str]) -> Problem:
    """400 when the address or a header is at fault, 422 when only the body is."""
    if any(error["type"] == "json_invalid" and error["loc"][0] == "body" for error in errors):
        return UnreadableBody("Le corps de la requête n'est pas du JSON valide.")
    outside = [error for error in errors if error["loc"][0] != "body"]
    total: dict[str, Any] = {"nombre_erreurs": len(outside or errors)}
    found = errors_fr((outside or errors)[:ERRORS_SHOWN], accepted if outside else ())
    if outside:
        named = [{"parametre": _name(loc), "detail": detail} for loc, detail in found]
        return InvalidParameter(named[0]["parametre"], erreurs=named, **total)
    pointed = [{"pointer": pointer(loc[1:]), "detail": detail} for loc, detail in found]
    text = " ".join(f"{erreur['pointer']} : {erreur['detail']}" for erreur in pointed[:3])
    return InvalidBody(text, erreurs=pointed, **total)


def pointer(loc: Loc) -> str:
    """A JSON pointer as a URI fragment (RFC 6901): what a body's error points at."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in loc)
    return "#" + "".join("/" + quote(part, safe="~", errors="replace") for part in parts)


def _name(loc: Loc) -> str:
    return str(loc[1]) if len(loc) > 1 else str(loc[0])


def _accepted(request: Request) -> list[str]:
    """The query parameters of the route that was asked for, those of its models included."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return []
    names: list[str] = []
    pending = [route.dependant]
    while pending:
        dependant = pending.pop(0)
        pending += dependant.dependencies
        for field in dependant.query_params:
            model = field.field_info.annotation
            if isinstance(model, type) and issubclass(model, BaseModel):
                names += [own.alias or name for name, own in model.model_fields.items()]
            else:
                names.append(field.alias)
    return names


async def _on_leaving(request: Request, _: Exception) -> Response:
    """Nobody is left to read this; the line of the request says it, and no error is logged."""
    return respond(request, UnreadableBody("Le client est parti avant la fin du corps."))


async def _on_crash(request: Request, exc: Exception) -> Response:
    """A bug: everything goes to the log, nothing to the caller."""
    logger.error("unhandled error", exc_info=exc, extra=named(request.scope))
    return respond(request, Internal(CATALOGUE["erreur-interne"].description))
