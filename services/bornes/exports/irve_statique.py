"""The registry as an IRVE statique 2.3.1 file, from memory: the official columns, in order."""

from collections.abc import Iterator
from typing import Any

import orjson

from services.bornes.fiches import FICHE_PDC
from services.bornes.irve import NOMS
from shared.memory.segments import Segment, Version
from shared.memory.walk import every
from shared.transfers.spreadsheets import ecrire

NOM = "irve-statique.csv"


def irve_statique(version: Version) -> Iterator[str]:
    """The file by pieces, all of one version; each row says what its producer's says."""
    places = map(version.locate, every(version).tolist())
    rows = (row for segment, place in places for row in _rows(segment, place))
    return ecrire(NOMS, rows)


_PLACE = {nom: place for place, nom in enumerate(NOMS)}
_OF_POINT = [(_PLACE[nom], nom) for nom in FICHE_PDC]


def _rows(segment: Segment, place: int) -> Iterator[list[str]]:
    """The rows of a station's points."""
    station = _station(segment, place)
    shared = _row(station)
    parts = segment.parts.texts
    for part in range(segment.bounds[place], segment.bounds[place + 1]):
        propre = parts["propre"][part]
        row = _row(station | orjson.loads(propre)) if propre else shared.copy()
        fiche = orjson.loads(parts["fiche"][part][:-1])
        for column, nom in _OF_POINT:
            row[column] = _text(fiche[nom])
        yield row


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
