"""The registry as collections of OGC API Features: what is selected, and how items are written."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from services.bornes.filtres import PartFilter, number_of, parts_filter, search
from services.bornes.parcours import Point, Points, points_of
from services.bornes.statuts.etats import Etats
from shared.memory.columns import Ints
from shared.memory.segments import Segment, Version
from shared.ogc.description import Collection, Extent
from shared.ogc.items import during, extent_of, inside
from shared.schemas.bornes import PointDeCharge
from shared.schemas.bornes_ogc import (
    PointAvecStation,
    RecherchePointsOgc,
    RechercheStationsOgc,
)
from shared.schemas.commun import slug

STATIONS: Final = Collection(
    "stations",
    "Stations de recharge",
    "Un ou plusieurs points de charge en un même lieu, sous un même identifiant d'itinérance.",
    RechercheStationsOgc,
)
POINTS: Final = Collection(
    "points_de_charge",
    "Points de charge",
    "Un point recharge un véhicule à la fois ; sa position est celle de sa station.",
    RecherchePointsOgc,
)
COLLECTIONS: Final = (STATIONS, POINTS)
_WORDS: Final = {"nom_operateur": "operateur", "nom_enseigne": "enseigne"}
"""Properties that are words of a station, and their columns."""
_OF_STATION: Final = [
    name
    for name in PointAvecStation.model_fields
    if name not in PointDeCharge.model_fields and name != "station"
]


def select_stations(
    version: Version, recherche: RechercheStationsOgc, places: Mapping[str, int], etats: Etats
) -> Ints:
    """Stations that answer, in order."""
    words = {**places}
    for name, column in _WORDS.items():
        asked = getattr(recherche, name)
        if asked is not None:
            words[column] = number_of(slug(asked))
    return inside(version, search(recherche.criteres(), words, etats), recherche.bbox)


def select_points(
    version: Version, rows: Ints, recherche: RecherchePointsOgc, etats: Etats
) -> Points:
    """Points of the stations at `rows` that answer themselves."""
    asked = parts_filter(recherche.criteres(), etats), _own(recherche)
    filters = [keep for keep in asked if keep is not None]

    def keep_all(segment: Segment, parts: Ints) -> NDArray[np.bool_]:
        kept = np.ones(parts.size, dtype=np.bool_)
        for keep in filters:
            kept &= keep(segment, parts)
        return kept

    return points_of(version, rows, keep_all)


def _own(recherche: RecherchePointsOgc) -> PartFilter:
    """What is asked of a point and not of a station."""

    def keep(segment: Segment, parts: Ints) -> NDArray[np.bool_]:
        kept = np.ones(parts.size, dtype=np.bool_)
        if recherche.datetime is not None:
            kept &= during(segment.parts.columns["maj"][parts], recherche.datetime)
        if recherche.puissance_nominale is not None:
            power = np.float32(recherche.puissance_nominale)
            kept &= segment.parts.columns["puissance"][parts] == power
        return kept

    return keep


def extent(version: Version) -> Extent:
    """Where the stations are, and between which dates they were declared."""
    return extent_of(version, "maj")


def point_features(points: Iterable[Point]) -> list[dict[str, Any]]:
    """Charging points as GeoJSON; neighbours in the list often share their station."""
    row, station = -1, {}
    features = []
    for point in points:
        if point.row != row:
            row, station = point.row, orjson.loads(_resume(point)[:-1])
        features.append(_point(point, station))
    return features


def _resume(point: Point) -> memoryview:
    return point.segment.table.texts["resume"][point.station]


def _point(point: Point, station: dict[str, Any]) -> dict[str, Any]:
    properties = station["properties"]
    return {
        "type": "Feature",
        "id": point.id.decode(),
        "geometry": station["geometry"],
        "properties": {
            **orjson.loads(point.segment.parts.texts["fiche"][point.part][:-1]),
            "station": station["id"],
            **{name: properties[name] for name in _OF_STATION},
        },
    }
