"""Downloads of the registry as files."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from services.bornes.avitaillement.vitrine import GENRE
from services.bornes.exports import avitaillement, geojson, irve_statique
from services.bornes.models import JOURNAL
from shared import journal
from shared.auth import PUBLIC
from shared.conditional import UNCHANGED
from shared.hot.answering import freshness, shown
from shared.http.media import BINARY, CSV, CSV_DOCUMENT, GEOJSON, of_type
from shared.parameters import RienDautre
from shared.routing import service_router
from shared.schemas.bornes import StationResume
from shared.schemas.bornes_avitaillement import StationAvitaillement
from shared.schemas.bornes_exports import LigneIrve
from shared.schemas.geo import FeatureCollection
from shared.transfers.downloads import ConditionsDep, Download
from shared.transfers.waiting import whole
from shared.vitrine import Vue

PARQUET: Final = "application/vnd.apache.parquet"

router = service_router("/exports", dependencies=[PUBLIC])


@router.get(
    "/irve-statique.csv",
    response_class=StreamingResponse,
    responses={200: CSV_DOCUMENT, **UNCHANGED},
)
def irve_statique_csv(
    request: Request,
    _: RienDautre,
    conditions: ConditionsDep,
) -> Response:
    """Tous les points de charge en service, au schéma IRVE statique 2.3.1."""
    vue = shown(request.app.state.vitrine)
    return _shown(
        request,
        irve_statique.NOM,
        CSV,
        vue,
        lambda: map(str.encode, irve_statique.irve_statique(vue.version)),
    ).answer(conditions)


@router.get(
    "/irve-statique.geojson",
    response_class=of_type(GEOJSON),
    responses={200: {"model": FeatureCollection[LigneIrve]}, **UNCHANGED},
)
def irve_statique_geojson(
    request: Request,
    _: RienDautre,
    conditions: ConditionsDep,
) -> Response:
    """Les mêmes lignes en GeoJSON : un objet par point de charge, là où sa ligne le dit."""
    vue = shown(request.app.state.vitrine)
    content = partial(irve_statique.irve_statique_geojson, vue.version)
    return _shown(request, irve_statique.NOM_GEOJSON, GEOJSON, vue, content).answer(conditions)


@router.get(
    "/irve-statique.parquet",
    response_class=StreamingResponse,
    responses={200: {"content": {PARQUET: BINARY}}, **UNCHANGED},
)
def irve_statique_parquet(
    request: Request,
    _: RienDautre,
    conditions: ConditionsDep,
) -> Response:
    """Les mêmes lignes en Apache Parquet, chaque valeur dans le type de sa colonne."""
    vue = shown(request.app.state.vitrine)
    content = partial(irve_statique.irve_statique_parquet, vue.version)
    return _shown(request, irve_statique.NOM_PARQUET, PARQUET, vue, content).answer(conditions)


@router.get(
    "/stations.geojson",
    response_class=of_type(GEOJSON),
    responses={200: {"model": FeatureCollection[StationResume]}, **UNCHANGED},
)
def stations_geojson(
    request: Request,
    _: RienDautre,
    conditions: ConditionsDep,
) -> Response:
    """Toutes les stations en service, en GeoJSON : le fond d'une carte en un téléchargement."""
    vue = shown(request.app.state.vitrine)
    content = partial(geojson.stations_geojson, vue.version)
    return _shown(request, geojson.NOM, GEOJSON, vue, content).answer(conditions)


@router.get(
    "/avitaillement.csv",
    response_class=StreamingResponse,
    responses={200: CSV_DOCUMENT, **UNCHANGED},
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
    response_class=of_type(GEOJSON),
    responses={200: {"model": FeatureCollection[StationAvitaillement]}, **UNCHANGED},
)
def avitaillement_geojson(
    request: Request,
    _: RienDautre,
    conditions: ConditionsDep,
) -> Response:
    """Toutes les stations d'avitaillement, en GeoJSON."""
    vue = shown(request.app.state.vitrine)
    content = partial(geojson.stations_geojson, vue.autres[GENRE])
    return _shown(request, avitaillement.NOM_GEOJSON, GEOJSON, vue, content).answer(conditions)


def _csv(request: Request, nom: str, write: Callable[[Session], Iterator[str]]) -> Download:
    """A file read from the database."""
    engine: Engine = request.app.state.engine
    with engine.connect() as connection:
        curseur, instant = journal.head(connection, JOURNAL)
    return Download(nom, CSV, curseur, instant, lambda: _content(engine, write))


def _shown(
    request: Request, nom: str, media_type: str, vue: Vue, content: Callable[[], Iterable[bytes]]
) -> Download:
    """A file written from memory."""
    fraicheur = freshness(request.app.state.vitrine)
    return Download(nom, media_type, vue.curseur, vue.instant, content, fraicheur)


def _content(engine: Engine, write: Callable[[Session], Iterator[str]]) -> Iterator[bytes]:
    """The file, on a connection that is free again before the first byte leaves."""
    with Session(engine) as session:
        return whole(write(session))
