"""OCPI over HTTP: token authentication, response envelopes, echoed headers."""

import re
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

import orjson
from fastapi import Depends, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.security.http import HTTPBase
from pydantic import ValidationError
from sqlalchemy.orm import Session

from services.bornes.ocpi import commands, jetons, queries
from services.bornes.ocpi.ecriture import moment
from services.bornes.ocpi.erreurs import (
    CLIENT,
    PARAMETERS,
    ErreurOcpi,
    not_found,
    told,
    unauthorized,
)
from services.bornes.ocpi.partie import Partie, presented_by
from shared.auth import OwnToken
from shared.conditional import NO_STORE, etag, matches
from shared.http.bodies import body_of
from shared.parameters import IllFormed
from shared.problems import Problem
from shared.schemas.ocpi import Credentials, EnveloppeOcpi, VersionOcpi

SUCCESS: Final = 1000
BODY_MAX: Final = 65_536
"""Bytes of the longest credentials object read."""
ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": EnveloppeOcpi[None], "description": description}
    for status, description in (
        (400, "La requête n'est pas lisible : paramètre d'adresse ou corps qui n'est pas du JSON."),
        (401, "Jeton OCPI absent, inconnu, ou sans droit ici."),
        (404, "Version ou objet inconnu."),
    )
}
NOT_ALLOWED: Final[dict[int | str, dict[str, Any]]] = {
    405: {"model": EnveloppeOcpi[None], "description": "Déjà inscrit, ou pas encore."}
}

_SCHEME = HTTPBase(
    scheme="Token",
    scheme_name="ocpi",
    description="Jeton OCPI en base64, dans l'en-tête `Authorization: Token`.",
    auto_error=False,
)
_CORRELATION = re.compile(r"[\x21-\x7e]{1,128}")
_ROUTING = {
    "country-code": re.compile(r"[A-Za-z]{2}"),
    "party-id": re.compile(r"[A-Za-z0-9]{3}"),
}
PAYS: Final = "FR"


class JetonOcpi(OwnToken):
    """Access of a route kept for partners."""

    acces = "ocpi"

    def __init__(self, *, inscrite: bool) -> None:
        self._inscrite = inscrite

    def __call__(
        self,
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_SCHEME)],
    ) -> Partie:
        if credentials is None or credentials.scheme.lower() != "token":
            raise unauthorized()
        tokens = {jetons.digest(one): one for one in jetons.presented(credentials.credentials)}
        # A session of its own: the partner may be called before anything is written.
        with Session(request.app.state.engine) as session:
            partie = presented_by(queries.find_party(session, list(tokens)), tokens)
            if partie is None or (self._inscrite and (partie.reprise or not partie.inscrite)):
                raise unauthorized()
            if partie.echange_ouvert:
                commands.close_exchange(session, partie)
                session.commit()
        return partie


PartieDep = Annotated[Partie, Depends(JetonOcpi(inscrite=False))]
"""Any partner: invited or registered."""
InscriteDep = Annotated[Partie, Depends(JetonOcpi(inscrite=True))]
"""A registered partner."""


def known_version(
    version: Annotated[VersionOcpi, Path(description="Version d'OCPI.", examples=["2.2.1"])],
) -> VersionOcpi:
    """The version that the address names."""
    return version


async def credentials_body(request: Request, _partie: PartieDep) -> Credentials:
    """The credentials in the body, read once the caller is known."""
    content = await body_of(request, BODY_MAX)
    try:
        orjson.loads(content)
        return Credentials.model_validate_json(content)
    except orjson.JSONDecodeError as error:
        message = "Le corps n'est pas du JSON."
        raise ErreurOcpi(CLIENT, message, http=HTTPStatus.BAD_REQUEST) from error
    except ValidationError as error:
        raise ErreurOcpi(PARAMETERS, told(error.errors())) from error


def success(data: Any = None) -> Response:
    """HTTP 200 around OCPI 1000, kept by no one: it may bear a token."""
    content = None if data is None else orjson.dumps(data)
    return _enveloped(SUCCESS, "Success", content, headers=NO_STORE)


def read(request: Request, data: Any, headers: dict[str, str] | None = None) -> Response:
    """What was asked for, or 304 when the client has it already."""
    content = orjson.dumps(data)
    tag = etag(content.decode(), weak=True)
    common = {"ETag": tag, "Cache-Control": "private, no-cache", **(headers or {})}
    if matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=common)
    return _enveloped(SUCCESS, "Success", content, headers=common)


class RouteOcpi(APIRoute):
    """A route that refuses in OCPI's words, and gives a request's own headers back."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                response = await handler(request)
            except ErreurOcpi as error:
                response = _refused(error)
            except RequestValidationError as error:
                response = _refused(_invalid(error))
            except IllFormed as problem:  # 200 would tell a stranger that it may come in
                response = _refused(ErreurOcpi(PARAMETERS, problem.detail, http=problem.status))
            except Problem as problem:
                if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise
                response = _refused(ErreurOcpi(PARAMETERS, problem.detail))
            response.headers.update(_returned(request))
            return response

        return answered


def _enveloped(
    code: int,
    message: str,
    data: bytes | None,
    *,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str],
) -> Response:
    around = {
        "status_code": code,
        "status_message": message,
        "timestamp": moment(datetime.now(UTC)),
    }
    content = orjson.dumps(around)
    if data is not None:
        content = b'{"data":' + data + b"," + content[1:]
    return Response(content, status, headers, media_type="application/json")


def _refused(error: ErreurOcpi) -> Response:
    headers = dict(NO_STORE)
    if error.http == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Token"
    if error.http == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = error.allow
    return _enveloped(error.code, error.message, None, status=error.http, headers=headers)


def _invalid(error: RequestValidationError) -> ErreurOcpi:
    """An unknown version or an impossible id exists nowhere; a parameter is OCPI's business."""
    errors = error.errors()
    if any(one["loc"][0] == "path" for one in errors):
        return not_found("Cette adresse ne mène à rien.")
    return ErreurOcpi(PARAMETERS, told(errors))


def _returned(request: Request) -> dict[str, str]:
    """Correlation and routing, as they came; the request id is the business of every service."""
    found = {}
    correlation = request.headers.get("x-correlation-id", "")
    if _CORRELATION.fullmatch(correlation):
        found["X-Correlation-ID"] = correlation
    for name, form in _ROUTING.items():
        sender = request.headers.get(f"ocpi-from-{name}", "")
        if form.fullmatch(sender):
            found[f"OCPI-to-{name}"] = sender
    if "OCPI-to-party-id" in found:
        found["OCPI-from-country-code"] = PAYS
        found["OCPI-from-party-id"] = request.app.state.settings.bornes_ocpi_partie
    return found
