"""The directory as files."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse

from services.commerces.exports.fichiers import CSV, GEOJSON, JSONLD, NDJSON, Format
from shared.addresses import service_url
from shared.answering import shown
from shared.auth import PUBLIC
from shared.conditional import UNCHANGED
from shared.downloads import Download
from shared.parameters import RienDautre

router = APIRouter(prefix="/exports", dependencies=[PUBLIC])
IfNoneMatch = Annotated[str | None, Header()]
AcceptEncoding = Annotated[str, Header()]


def _documented(one: Format, kind: str = "object") -> dict[str, Any]:
    document: dict[int | str, dict[str, Any]] = {
        200: {"content": {one.media_type.partition(";")[0]: {"schema": {"type": kind}}}},
        **UNCHANGED,
    }
    return {"path": f"/{one.nom}", "response_class": StreamingResponse, "responses": document}


@router.get(**_documented(GEOJSON))
def commerces_geojson(
    request: Request,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """Toutes les fiches publiées, entières, en GeoJSON."""
    return _answer(GEOJSON, request, if_none_match, accept_encoding)


@router.get(**_documented(NDJSON, "string"))
def commerces_ndjson(
    request: Request,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """Toutes les fiches publiées, une par ligne : à lire sans tout garder en mémoire."""
    return _answer(NDJSON, request, if_none_match, accept_encoding)


@router.get(**_documented(JSONLD))
def commerces_jsonld(
    request: Request,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """Toutes les fiches publiées en JSON-LD (schema.org), dans un seul graphe."""
    return _answer(JSONLD, request, if_none_match, accept_encoding)


@router.get(**_documented(CSV, "string"))
def commerces_csv(
    request: Request,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """Toutes les fiches publiées, une par ligne, avec les colonnes de chaque modalité.

    Les listes sont séparées par `|`, les zones écrites en JSON. Ce qu'un tableur calculerait est
    précédé d'une apostrophe.
    """
    return _answer(CSV, request, if_none_match, accept_encoding)


def _answer(one: Format, request: Request, if_none_match: str | None, accept: str) -> Response:
    vue = shown(request.app.state.vitrine)
    address = service_url(request.scope)
    download = Download(
        one.nom, one.media_type, vue.curseur, vue.instant, lambda: one.write(vue.version, address)
    )
    return download.answer(if_none_match, accept, address)
