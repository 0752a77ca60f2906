"""The registry as collections of OGC API Features: what is selected, and how items are written."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from services.bornes.filtres import MOTS, PartFilter, parts_filter, search
from services.bornes.parcours import Point, Points, points_of
from services.bornes.statuts.etats import AUCUN, Etats
from shared.columns import Array, Ints
from shared.ogc import Collection, Extent
from shared.schemas.bornes import Criteres, PointDeCharge
from shared.schemas.bornes_ogc import (
    PointAvecStation,
    RecherchePointsOgc,
    RechercheStationsOgc,
)
from shared.schemas.commun import slug
from shared.schemas.ogc import Intervalle, Rectangle
from shared.segments import Search, Segment, Version
from shared.spatial import DEGREE, fixed

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
_EVERYTHING: Final = search(Criteres(), {})


def select_stations(
    version: Version,
    recherche: RechercheStationsOgc,
    places: Mapping[str, int],
    etats: Etats = AUCUN,
) -> Ints:
    """Stations that answer, in order."""
    words = {**places}
    for name, column in _WORDS.items():
        asked = getattr(recherche, name)
        if asked is not None:
            found = MOTS.find(slug(asked))
            words[column] = -1 if found is None else found
    return _inside(version, search(recherche.criteres(), words, etats), recherche.bbox)


def dated(version: Version, rows: Ints, when: Intervalle | None) -> Ints:
    """Those of the stations at `rows` last declared within an interval."""
    if when is None:
        return rows
    kept: Ints = rows[_during(version.column("maj", rows), when)]
    return kept


def select_points(
    version: Version, rows: Ints, recherche: RecherchePointsOgc, etats: Etats = AUCUN
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
            kept &= _during(segment.parts.columns["maj"][parts], recherche.datetime)
        if recherche.puissance_nominale is not None:
            power = np.float32(recherche.puissance_nominale)
            kept &= segment.parts.columns["puissance"][parts] == power
        return kept

    return keep


def _inside(version: Version, wanted: Search, box: Rectangle | None) -> Ints:
    if box is None:
        return version.select(wanted, None)
    if box.lon_min <= box.lon_max:
        return version.select(wanted, box)
    rows = version.select(wanted, (-180.0, box.lat_min, 180.0, box.lat_max))
    lon = version.column("lon", rows)
    kept: Ints = rows[(lon >= fixed(box.lon_min)) | (lon <= fixed(box.lon_max))]
    return kept


def _during(days: Array, when: Intervalle) -> NDArray[np.bool_]:
    first = when.debut.toordinal() if when.debut else 0
    last = when.fin.toordinal() if when.fin else date.max.toordinal()
    kept: NDArray[np.bool_] = (days >= first) & (days <= last)
    return kept


def extent(version: Version) -> Extent:
    """Where the stations are, and between which dates they were declared."""
    rows = version.select(_EVERYTHING, None)
    if not rows.size:
        return Extent((-180.0, -90.0, 180.0, 90.0), None, None)
    lon, lat, maj = (version.column(name, rows) for name in ("lon", "lat", "maj"))
    west, south, east, north = (
        float(side) / DEGREE for side in (lon.min(), lat.min(), lon.max(), lat.max())
    )
    first, last = (f"{date.fromordinal(int(day))}T00:00:00Z" for day in (maj.min(), maj.max()))
    return Extent((west, south, east, north), first, last)


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
