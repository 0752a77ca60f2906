"""The registry as files."""

from collections.abc import Callable, Iterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from services.bornes.avitaillement.vitrine import GENRE
from services.bornes.exports import avitaillement, geojson, irve_statique
from services.bornes.models import JOURNAL
from shared import journal
from shared.answering import freshness, shown
from shared.auth import PUBLIC
from shared.conditional import UNCHANGED
from shared.downloads import CSV, ConditionsDep, Download
from shared.parameters import RienDautre
from shared.segments import Version
from shared.vitrine import Vue
from shared.waiting import whole

router = APIRouter(prefix="/exports", dependencies=[PUBLIC])
GEOJSON = "application/geo+json"


@router.get(
    "/irve-statique.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **UNCHANGED},
)
def irve_statique_csv(
    request: Request,
    _: RienDautre,
    conditions: ConditionsDep,
) -> Response:
    """Tous les points de charge en service, au schéma IRVE statique 2.3.1."""
    vue = shown(request.app.state.vitrine)
    pieces = map(str.encode, irve_statique.irve_statique(vue.version))
    return Download(irve_statique.NOM, CSV, vue.curseur, vue.instant, lambda: pieces).answer(
        conditions
    )


@router.get(
    "/stations.geojson",
    response_class=StreamingResponse,
    responses={200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}, **UNCHANGED},
)
def stations_geojson(
    request: Request,
    _: RienDautre,
    conditions: ConditionsDep,
) -> Response:
    """Toutes les stations en service, en GeoJSON : le fond d'une carte en un téléchargement."""
    vue = shown(request.app.state.vitrine)
    return _geojson(request, geojson.NOM, vue, vue.version).answer(conditions)


@router.get(
    "/avitaillement.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **UNCHANGED},
)
def avitaillement_csv(
    request: Request,
    _: RienDautre,
    conditions: ConditionsDep,
) -> Response:
    """Tous les points d'avitaillement, au schéma `/avitaillement/schema.json`."""
    return _csv(request, avitaillement.NOM_CSV, avitaillement.avitaillement).answer(conditions)


@router.get(
    "/avitaillement.geojson",
    response_class=StreamingResponse,
    responses={200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}, **UNCHANGED},
)
def avitaillement_geojson(
    request: Request,
    _: RienDautre,
    conditions: ConditionsDep,
) -> Response:
    """Toutes les stations d'avitaillement, en GeoJSON."""
    vue = shown(request.app.state.vitrine)
    export = _geojson(request, avitaillement.NOM_GEOJSON, vue, vue.autres[GENRE])
    return export.answer(conditions)


def _csv(request: Request, nom: str, write: Callable[[Session], Iterator[str]]) -> Download:
    """A file read from the database."""
    engine: Engine = request.app.state.engine
    with engine.connect() as connection:
        curseur, instant = journal.head(connection, JOURNAL)
    return Download(nom, CSV, curseur, instant, lambda: _content(engine, write))


def _geojson(request: Request, nom: str, vue: Vue, version: Version) -> Download:
    """A file written from memory."""
    return Download(
        nom,
        GEOJSON,
        vue.curseur,
        vue.instant,
        lambda: geojson.stations_geojson(version),
        freshness(request.app.state.vitrine),
    )


def _content(engine: Engine, write: Callable[[Session], Iterator[str]]) -> Iterator[bytes]:
    """The file, on a connection that is free again before the first byte leaves."""
    with Session(engine) as session:
        return whole(write(session))
