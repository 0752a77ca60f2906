"""The registry as IRVE statique 2.3.1 files, from memory: the official columns, in order."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import starmap
from typing import Any, Final

import orjson

from services.bornes.exports import parquet
from services.bornes.fiches import FICHE_PDC
from services.bornes.irve import COLONNES, NOMS
from shared.memory.segments import Segment, Version
from shared.memory.walk import every
from shared.transfers.lists import COLLECTION, joined
from shared.transfers.spreadsheets import ecrire

NOM = "irve-statique.csv"
NOM_GEOJSON = "irve-statique.geojson"
NOM_PARQUET = "irve-statique.parquet"
_TYPES: Final[dict[str, tuple[parquet.Sorte, Callable[[str], Any]]]] = {
    "boolean": (parquet.BOOLEEN, "true".__eq__),
    "integer": (parquet.ENTIER, int),
    "number": (parquet.NOMBRE, float),
    "date": (parquet.JOUR, date.fromisoformat),
}
"""What a value is in Parquet, and how it is made of its text, by the type of its column."""
_SORTES: Final = [_TYPES.get(colonne.type, (parquet.TEXTE, str)) for colonne in COLONNES]
_MADE: Final = [make for _, make in _SORTES]


def irve_statique(version: Version) -> Iterator[str]:
    """The file by pieces, all of one version; each row says what its producer's says."""
    return ecrire(NOMS, _lignes(version))


def irve_statique_parquet(version: Version) -> Iterator[bytes]:
    """The same rows in Parquet, each value of the type of its column."""
    columns = [(nom, sorte) for nom, (sorte, _) in zip(NOMS, _SORTES, strict=True)]
    return parquet.ecrire(columns, map(_typed, _lignes(version)))


def irve_statique_geojson(version: Version) -> Iterator[bytes]:
    """The same rows in GeoJSON, where each says it is, under the id of its point."""
    return joined(starmap(_feature, _points(version)), *COLLECTION)


def _feature(point: str, row: list[str]) -> bytes:
    properties = dict(zip(NOMS, _typed(row), strict=True))
    position = orjson.loads(properties["coordonneesXY"])
    geometry = {"type": "Point", "coordinates": position}
    feature = {"type": "Feature", "id": point, "geometry": geometry, "properties": properties}
    return orjson.dumps(feature)


def _typed(row: list[str]) -> list[Any]:
    return [make(cell) if cell else None for make, cell in zip(_MADE, row, strict=True)]


def _lignes(version: Version) -> Iterator[list[str]]:
    return (row for _, row in _points(version))


def _points(version: Version) -> Iterator[tuple[str, list[str]]]:
    """The id that each living point has here, and its row."""
    places = map(version.locate, every(version).tolist())
    return (point for segment, place in places for point in _rows(segment, place))


_PLACE = {nom: place for place, nom in enumerate(NOMS)}
_OF_POINT = [(_PLACE[nom], nom) for nom in FICHE_PDC]


def _rows(segment: Segment, place: int) -> Iterator[tuple[str, list[str]]]:
    """The points of a station: the id of each, and its row."""
    station = _station(segment, place)
    shared = _row(station)
    parts = segment.parts.texts
    for part in range(segment.bounds[place], segment.bounds[place + 1]):
        propre = parts["propre"][part]
        row = _row(station | orjson.loads(propre)) if propre else shared.copy()
        fiche = orjson.loads(parts["fiche"][part][:-1])
        for column, nom in _OF_POINT:
            row[column] = _text(fiche[nom])
        yield segment.parts.ids[part].decode(), row


def _station(segment: Segment, place: int) -> dict[str, Any]:
    texts = segment.table.texts
    resume = orjson.loads(texts["resume"][place][:-1])
    complement: dict[str, Any] = orjson.loads(b"".join((b"{", texts["complement"][place], b"}")))
    lon, lat = resume["geometry"]["coordinates"]
    return {**resume["properties"], **complement, "lon": lon, "lat": lat}


def _row(station: dict[str, Any]) -> list[str]:
    """What a row says of its station; the rest is to be replaced."""
    position = {"coordonneesXY": f"[{_text(station['lon'])},{_text(station['lat'])}]"}
    return list(map(_text, map((station | position).get, NOMS)))


def _text(value: str | float | bool | None) -> str:
    """A value as the standard writes it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    return str(int(value)) if float(value).is_integer() else repr(value)
