"""Downloads of the directory as files."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from services.commerces.exports.fichiers import CSV, GEOJSON, JSONLD, NDJSON, Format
from shared.auth import PUBLIC
from shared.conditional import UNCHANGED
from shared.hot.answering import freshness, shown
from shared.http.addresses import service_url
from shared.http.media import of_type
from shared.parameters import RienDautre
from shared.routing import service_router
from shared.schemas.commerces import FicheDetail
from shared.schemas.geo import FeatureCollection
from shared.transfers.downloads import Conditions, ConditionsDep, Download

router = service_router("/exports", dependencies=[PUBLIC])


def _documented(one: Format, kind: str = "object") -> dict[str, Any]:
    document: dict[int | str, dict[str, Any]] = {
        200: {"content": {one.media_type.partition(";")[0]: {"schema": {"type": kind}}}},
        **UNCHANGED,
    }
    return {"path": f"/{one.nom}", "response_class": StreamingResponse, "responses": document}


@router.get(
    f"/{GEOJSON.nom}",
    response_class=of_type(GEOJSON.media_type),
    responses={200: {"model": FeatureCollection[FicheDetail]}, **UNCHANGED},
)
def commerces_geojson(
    request: Request,
    _: RienDautre,
    conditions: ConditionsDep,
) -> Response:
    """Toutes les fiches publiées, entières, en GeoJSON."""
    return _answer(GEOJSON, request, conditions)


@router.get(**_documented(NDJSON, "string"))
def commerces_ndjson(
    request: Request,
    _: RienDautre,
    conditions: ConditionsDep,
) -> Response:
    """Toutes les fiches publiées, une par ligne : à lire sans tout garder en mémoire."""
    return _answer(NDJSON, request, conditions)


@router.get(**_documented(JSONLD))
def commerces_jsonld(
    request: Request,
    _: RienDautre,
    conditions: ConditionsDep,
) -> Response:
    """Toutes les fiches publiées en JSON-LD (schema.org), dans un seul graphe."""
    return _answer(JSONLD, request, conditions)


@router.get(**_documented(CSV, "string"))
def commerces_csv(
    request: Request,
    _: RienDautre,
    conditions: ConditionsDep,
) -> Response:
    """Toutes les fiches publiées, une par ligne, avec les colonnes de chaque modalité.

    Les listes sont séparées par `|`, les zones écrites en JSON. Ce qu'un tableur calculerait est
    précédé d'une apostrophe.
    """
    return _answer(CSV, request, conditions)


def _answer(one: Format, request: Request, conditions: Conditions) -> Response:
    vitrine = request.app.state.vitrine
    vue = shown(vitrine)
    address = service_url(request.scope)
    download = Download(
        one.nom,
        one.media_type,
        vue.curseur,
        vue.instant,
        lambda: one.write(vue.version, address),
        freshness(vitrine),
    )
    return download.answer(conditions, address)
