"""OGC API Features, Part 1: the registry as QGIS and GDAL read it."""

from typing import Annotated, Final

import orjson
from fastapi import Query

from services.bornes.api.stations import (
    IdPoint,
    IdStation,
    etats_of,
    places,
    reads,
    written_either_way,
)
from services.bornes.ogc import (
    COLLECTIONS,
    POINTS,
    STATIONS,
    extent,
    point_features,
    select_points,
    select_stations,
)
from services.bornes.parcours import Point, first_points
from shared.hot.reads import Answer, UrlDep, VueDep
from shared.http.media import GEOJSON
from shared.memory.walk import after, mark
from shared.ogc.items import dated
from shared.ogc.reads import documents, item, items, items_page
from shared.pages import decode_cursor, encode_cursor
from shared.problems import NotFound
from shared.schemas.bornes import StationResume
from shared.schemas.bornes_ogc import PointAvecStation, RecherchePointsOgc, RechercheStationsOgc
from shared.schemas.ogc import ObjetOgc, ObjetsOgc

TITRE: Final = "Bornes de recharge de la Métropole du Grand Paris"
DESCRIPTION: Final = (
    "Stations et points de charge pour véhicules électriques, au standard OGC API Features."
)


documents(reads, COLLECTIONS, extent, titre=TITRE, texte=DESCRIPTION)


@reads.get("/ogc/collections/stations/items", model=ObjetsOgc[StationResume], media_type=GEOJSON)
def ogc_stations(
    vue: VueDep, recherche: Annotated[RechercheStationsOgc, Query()], url: UrlDep
) -> Answer:
    """Stations, page par page ; `datetime` porte sur leur `date_maj`."""
    version = vue.version
    rows = select_stations(version, recherche, places(recherche.criteres()), etats_of(vue))
    rows = dated(version, rows, "maj", recherche.datetime)
    return items(STATIONS, recherche, url, version, rows)


@reads.get(
    "/ogc/collections/stations/items/{id}", model=ObjetOgc[StationResume], media_type=GEOJSON
)
def ogc_station(vue: VueDep, id: IdStation, url: UrlDep) -> Answer:
    """Une station."""
    found = written_either_way(vue.version.find, id)
    if found is None:
        raise NotFound(f"Aucune station en service ne porte l'identifiant {id}.")
    segment, row = found
    feature = orjson.loads(segment.table.texts["resume"][row][:-1])
    return item(STATIONS, feature, url)


@reads.get(
    "/ogc/collections/points_de_charge/items", model=ObjetsOgc[PointAvecStation], media_type=GEOJSON
)
def ogc_points(
    vue: VueDep, recherche: Annotated[RecherchePointsOgc, Query()], url: UrlDep
) -> Answer:
    """Points de charge, page par page ; `datetime` porte sur leur `date_maj`."""
    version = vue.version
    etats = etats_of(vue)
    rows = select_stations(version, recherche, places(recherche.criteres()), etats)
    found = select_points(version, rows, recherche, etats)
    matched, past = found.parts.size, None
    if recherche.curseur is not None:
        key, lat, station_id, point_id = decode_cursor(recherche.curseur, (int, int, str, str))
        rows = after(version, rows, (key, lat, station_id), from_it=True)
        found, past = select_points(version, rows, recherche, etats), (station_id, point_id)
    page = first_points(version, rows, found, limit=recherche.limit + 1, past=past)
    curseur = None
    if len(page) > recherche.limit:
        page = page[: recherche.limit]
        curseur = encode_cursor(*mark(version, page[-1].row), page[-1].id.decode())
    features = [orjson.dumps(feature) + b"," for feature in point_features(page)]
    return items_page(
        POINTS, recherche, url, features, matched=matched, returned=len(page), next_=curseur
    )


@reads.get(
    "/ogc/collections/points_de_charge/items/{id}",
    model=ObjetOgc[PointAvecStation],
    media_type=GEOJSON,
)
def ogc_point(vue: VueDep, id: IdPoint, url: UrlDep) -> Answer:
    """Un point de charge."""
    found = written_either_way(vue.version.find_part, id)
    if found is None:
        raise NotFound(f"Aucun point de charge en service ne porte l'identifiant {id}.")
    segment, row = found
    part = written_either_way(segment.parts.find, id)
    assert part is not None
    feature = point_features([Point(segment, row, part, row)])[0]
    return item(POINTS, feature, url)
