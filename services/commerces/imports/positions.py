"""The position of a line, in any of the ways in which lists write one."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

import orjson

from services.commerces.imports import colonnes, metres
from services.commerces.imports.nettoyage import en_texte, sans_tableur
from shared.schemas.geo import as_kept
from shared.territoire.mesures import metres_apart

CONTOUR_MAX_M: Final = 500.0
"""Corner to corner, the largest outline whose middle is where a shop stands: a shopping mall."""
CELLULE_MAX: Final = 200
"""Characters of the longest text that may be a position."""
# One way to match each text: a repeat that has several takes seconds on a long run of spaces.
_PAIR: Final = re.compile(
    r"[\s(\[]*(-?\d{1,3}(?:[.,]\d+)?)(?:\s*[,;/]\s*|\s+)(-?\d{1,3}(?:[.,]\d+)?)[\s)\]]*"
)
_NAMED: Final = re.compile(r"\b(?:lat(?:itude)?|lon(?:g(?:itude)?)?|lng)\s*[:=]\s*", re.IGNORECASE)
"""« lat : 48.85, lon : 2.35 »."""
_SEXAGESIMAL: Final = re.compile(
    r"\s*(\d{1,2})\s*°\s*(\d{1,2})\s*['’′]\s*(\d{1,2}(?:[.,]\d+)?)\s*(?:[\"”″]|''|’’)\s*N\s*[,;]?"
    r"\s*(\d{1,2})\s*°\s*(\d{1,2})\s*['’′]\s*(\d{1,2}(?:[.,]\d+)?)\s*(?:[\"”″]|''|’’)\s*E\s*",
    re.IGNORECASE,
)
"""« 48°51'24.0"N 2°21'08.0"E », as maps show a place to those who copy it."""
_WKT: Final = re.compile(
    r"\s*(?:SRID=\d{4,6};\s*)?POINT\s*(?:Z\s*)?\(\s*(-?\d{1,7}(?:\.\d+)?)\s+(-?\d{1,7}(?:\.\d+)?)"
    r"(?:\s+-?\d{1,4}(?:\.\d+)?)?\s*\)\s*",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(
    r"\s*[+-]?(?:\d{1,8}|\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,2})(?:[.,]\d+)?(?:[eE][+-]?\d{1,2})?\s*"
)
_BLANK: Final = re.compile(r"\s")

Valeurs = Mapping[str, Any]


class Position(NamedTuple):
    """Degrees WGS 84, and the code of what was done to have them."""

    lon: float
    lat: float
    repare: str | None = None


def position(valeurs: Valeurs) -> Position | None:
    """The position of a line, from the first of its columns that holds one."""
    for column, read in _READERS:
        if column in valeurs:
            found = read(valeurs)
            if found is not None:
                return found
    return None


def shown(valeurs: Valeurs) -> str | None:
    """What a line tells of its position, as received."""
    told = (valeurs[column] for column in _POSITIONS if column in valeurs)
    return ", ".join(map(en_texte, told)) or None


def _of_columns(valeurs: Valeurs) -> Position | None:
    return _of_xy(_number(valeurs["longitude"]), _number(valeurs.get("latitude")))


def _of_pair(valeurs: Valeurs) -> Position | None:
    """« lat,lon » as Opendatasoft writes it; a space, a bracket, an object do no harm."""
    value = valeurs["position"]
    if isinstance(value, list) and len(value) in {2, 3}:  # a height may follow
        return _position(_number(value[1]), _number(value[0]))
    if isinstance(value, str):
        found = _PAIR.fullmatch(_NAMED.sub("", value)) if len(value) <= CELLULE_MAX else None
        if found:
            return _position(_decimal(found[2]), _decimal(found[1]))
        if "°" in value:
            return _of_sexagesimal(value)
    return _of_shape(value)


def _of_sexagesimal(text: str) -> Position | None:
    found = _SEXAGESIMAL.fullmatch(text) if len(text) <= CELLULE_MAX else None
    if found is None:
        return None
    parts = [_decimal(part) for part in found.groups()]
    lat, lon = (d + m / 60 + s / 3600 for d, m, s in (parts[:3], parts[3:]))
    return _position(lon, lat)


def _of_wkt(text: str) -> Position | None:
    found = _WKT.fullmatch(text) if len(text) <= CELLULE_MAX else None
    return _of_xy(_decimal(found[1]), _decimal(found[2])) if found else None


def _of_geometry(valeurs: Valeurs) -> Position | None:
    return _of_shape(valeurs["geometrie"])


def _of_shape(value: Any) -> Position | None:
    """A point as an object, or the text of one: GeoJSON, WKT, the dict of Python, two names."""
    if isinstance(value, str):
        text = value.strip()
        if not text.startswith("{"):
            return _of_wkt(text)
        with suppress(orjson.JSONDecodeError):
            return _of_object(orjson.loads(text if '"' in text else text.replace("'", '"')))
        return None
    return _of_object(value)


def _of_object(value: Any) -> Position | None:
    """Opendatasoft puts a geometry in a feature, other makers one point in a MultiPoint."""
    if isinstance(value, Mapping) and value.get("type") == "Feature":
        value = value.get("geometry")
    if not isinstance(value, Mapping):
        return None
    pair = value.get("coordinates")
    match value.get("type", "Point"), pair:
        case "Point", _:
            pass
        case "MultiPoint", [alone]:
            pair = alone
        case "Polygon", [outer, *_]:
            return _middle(outer)
        case "MultiPolygon", [[outer, *_]]:
            return _middle(outer)
        case _:
            return None
    if _is_pair(pair):
        return _of_numbers(pair)
    named = {colonnes.nom(name): number for name, number in value.items()}
    return _position(_number(named.get("longitude")), _number(named.get("latitude")))


def _of_numbers(pair: Any) -> Position | None:
    return _of_xy(_number(pair[0]), _number(pair[1])) if _is_pair(pair) else None


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1


def _middle(ring: Any) -> Position | None:
    """The middle of what an outline spans, as Overpass gives it; a large one is no shop's."""
    corners = [_of_numbers(pair) for pair in ring] if isinstance(ring, list) else []
    known = [corner for corner in corners if corner is not None]
    if not known or len(known) < len(corners):
        return None
    lons, lats = [corner.lon for corner in known], [corner.lat for corner in known]
    low, high = (min(lons), min(lats)), (max(lons), max(lats))
    if metres_apart(low, high) > CONTOUR_MAX_M:
        return None
    lon, lat = ((one + other) / 2 for one, other in zip(low, high, strict=True))
    return Position(as_kept(lon), as_kept(lat), "POSC")


def _of_lambert(valeurs: Valeurs) -> Position | None:
    place = _of_metres(_number(valeurs["lambert_x"]), _number(valeurs.get("lambert_y")))
    return place and place._replace(repare=None)  # its column says so


def _of_xy(x: float | None, y: float | None) -> Position | None:
    return _of_metres(x, y) or _position(x, y)


def _of_metres(x: float | None, y: float | None) -> Position | None:
    """A position in metres, which nobody can take for degrees; what was told was not said so."""
    found = None if x is None or y is None else metres.to_degrees(x, y)
    if found is None:
        return None
    return Position(as_kept(found[0]), as_kept(found[1]), "POSM")


_READERS: Final[tuple[tuple[str, Callable[[Valeurs], Position | None]], ...]] = (
    ("longitude", _of_columns),
    ("position", _of_pair),
    ("geometrie", _of_geometry),
    ("lambert_x", _of_lambert),
)


_POSITIONS: Final = ("longitude", "latitude", "position", "geometrie", "lambert_x", "lambert_y")
"""Columns that tell where a shop stands."""


def _decimal(digits: str) -> float:
    return float(_BLANK.sub("", digits).replace(",", "."))


def _number(value: Any) -> float | None:
    if isinstance(value, str) and len(value) <= CELLULE_MAX:
        text = value if _NUMBER.fullmatch(value) else sans_tableur(value)
        value = _decimal(text) if _NUMBER.fullmatch(text) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e8:  # noqa: PLR2004 metres at most
        return float(value)
    return None


def _position(lon: float | None, lat: float | None) -> Position | None:
    if lon is None or lat is None or not (lon or lat):
        return None
    # Around Paris a latitude is 48 to 49 and a longitude 1 to 4: no doubt can be.
    if 48 <= lon <= 50 and 1 <= lat <= 4:  # noqa: PLR2004 the same
        return Position(as_kept(lat), as_kept(lon), "COIN")
    if abs(lon) > 180 or abs(lat) > 90:  # noqa: PLR2004 degrees
        return None
    return Position(as_kept(lon), as_kept(lat))
