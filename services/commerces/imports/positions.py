"""Where a received line places a shop: every way to write a position, put on the ground."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

import orjson

from services.commerces.imports import colonnes, etendues, metres
from services.commerces.imports.constats import Constat
from services.commerces.imports.memoire import memo
from services.commerces.imports.nettoyage import en_texte, sans_tableur
from shared import territoire
from shared.schemas.geo import as_kept
from shared.territoire import Lieu
from shared.territoire.mesures import metres_apart

TOLERANCE_M: Final = 150.0
"""How far from the communes of its postcode a shop may stand, as for what agents write."""
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
_POSTCODE: Final = re.compile(r"[0-9]{5}")
_DRESSED: Final = re.compile(
    r"(?:F ?-? ?)?([0-9]{2})[ \u00a0\u202f]?([0-9]{3})(?:[.,]0)?"
    r"(?:[ ,-]+[^\d\s][^\d]{0,58}\d{0,2})?",
    re.IGNORECASE,
)
"""A postcode with what people and spreadsheets put around it."""
_IN_ADDRESS: Final = re.compile(
    r"(?<![\s,;–-])[\s,;–-]++(?:F-)?((?:7[578]|9[1-5])[0-9]{3})"
    r"(?:[\s,]++[^\d\s,][^\d,]{1,39}"
    r"(?:(?:(?<=paris\s)|(?<=cedex\s))\d{1,2}(?:e|er|[eè]me)?)?)?(?:[\s,]++france)?\s*+$",
    re.IGNORECASE,
)
_ARRONDISSEMENT: Final = re.compile(r"751(?:0[1-9]|1[0-9]|20)")
"""INSEE codes; 75116 alone is a postcode too."""
_SOME_POSTCODE: Final = re.compile(r"[79][0-9]{4}")
_CLE_BAN: Final = re.compile(
    r"[0-9][0-9ab][0-9]{3}_[0-9a-z]{4,6}(?:_[0-9]{5}(?:_[0-9a-z]{1,15}){0,3})?", re.IGNORECASE
)
"""A street, or a number in it: a commune or a hamlet alone is no address."""

Valeurs = Mapping[str, Any]


class Position(NamedTuple):
    """Degrees WGS 84, and the code of what was done to have them."""

    lon: float
    lat: float
    repare: str | None = None


class Place(NamedTuple):
    """Where a shop stands."""

    lon: float
    lat: float
    lieu: Lieu


class Situation(NamedTuple):
    """What is known of where a shop stands, and what had to be said of it."""

    place: Place | None
    adresse: str | None
    code_postal: str | None
    constats: list[Constat]


def position(valeurs: Valeurs) -> Position | None:
    """The position of a line, from the first of its columns that holds one."""
    for column, read in _READERS:
        if column in valeurs:
            found = read(valeurs)
            if found is not None:
                return found
    return None


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


def situer(valeurs: Valeurs, adresse: str | None, code_postal: str | None) -> Situation:
    """The place of a line: its position, its address and its postcode put together."""
    constats: list[Constat] = []
    if adresse is not None:
        adresse, code_postal = _split_address(adresse, code_postal, constats)
    place = _placed(valeurs, constats)
    if code_postal is not None:
        code_postal = _undressed(code_postal, constats)
    if code_postal is None or not _POSTCODE.fullmatch(code_postal) or _is_insee(code_postal, place):
        deduced = _postcode_of(place.lieu) if place else None
        code = "CPIL" if deduced is None else "CPDE"
        constats.append(Constat(code, "code_postal", code_postal, deduced))
        if place is not None and code_postal and not _is_in(place, code_postal):
            constats.append(Constat("CPOS", "code_postal", code_postal, place.lieu.code_commune))
        code_postal = deduced
    elif place is not None and not _agrees(place, code_postal):
        constats.append(Constat("CPOS", "code_postal", code_postal, place.lieu.code_commune))
        return Situation(place, adresse, code_postal, constats)
    if place is not None and valeurs.get("commune"):
        told = en_texte(valeurs["commune"])
        if not _is_in(place, told):
            constats.append(Constat("COMP", "commune", told, place.lieu.code_commune))
    return Situation(place, adresse, code_postal, constats)


def _is_insee(code_postal: str, place: Place | None) -> bool:
    """Whether a postcode is an INSEE code in the wrong column.

    That of where the shop stands, or of an arrondissement: others may be those of a cedex.
    """
    own = place.lieu[:2] if place else ()
    return not _areas(code_postal)[0] and (
        code_postal in own or _ARRONDISSEMENT.fullmatch(code_postal) is not None
    )


def _undressed(code_postal: str, constats: list[Constat]) -> str:
    """`94 210`, `94210.0`, `F-94210`, `94210 CEDEX`, `94210 La Varenne` → 94210."""
    if _POSTCODE.fullmatch(code_postal):
        return code_postal
    found = _DRESSED.fullmatch(code_postal)
    if found is None:
        return code_postal
    read = found[1] + found[2]
    constats.append(Constat("CPRE", "code_postal", code_postal, read))
    return read


def _split_address(
    adresse: str, code_postal: str | None, constats: list[Constat]
) -> tuple[str, str | None]:
    """The address without the postcode that ends it; it serves when there is no other."""
    # Few addresses have a postcode at all, and the pattern is dear.
    found = _IN_ADDRESS.search(adresse) if _SOME_POSTCODE.search(adresse) else None
    if found is None or found.start() == 0:
        return adresse, code_postal
    street = adresse[: found.start()]
    constats.append(Constat("ADCP", "adresse", adresse, street))
    if code_postal is None:
        constats.append(Constat("CPDE", "code_postal", None, found[1]))
    return street, code_postal or found[1]


def _placed(valeurs: Valeurs, constats: list[Constat]) -> Place | None:
    found = position(valeurs)
    if found is None:
        constats.append(Constat("POSA", "position", _shown(valeurs)))
        return None
    lon, lat, repare = found
    if repare is not None:
        received = f"{lat},{lon}" if repare == "COIN" else _shown(valeurs)
        constats.append(Constat(repare, "position", received, f"{lon},{lat}"))
    lieu = territoire.locate(lon, lat)
    if lieu is None:
        constats.append(Constat("PERI", "position", f"{lon},{lat}"))
        return None
    return Place(lon, lat, lieu)


def _shown(valeurs: Valeurs) -> str | None:
    """What a line tells of its position, as received."""
    told = (valeurs[column] for column in _POSITIONS if column in valeurs)
    return ", ".join(map(en_texte, told)) or None


def cle_ban(value: str, constats: list[Constat]) -> str | None:
    """The key of an address in the Base adresse nationale; another key is left out."""
    key = value.strip()
    if not key:
        return None
    if _CLE_BAN.fullmatch(key):
        return key
    constats.append(Constat("BANI", "cle_ban", value))
    return None


_of_postcode: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {}
"""Communes of a postcode, and where a position must be or be near; as many as postcodes asked."""
_POSTCODES_MAX: Final = 2_000


def _areas(code_postal: str) -> tuple[frozenset[str], tuple[str, ...]]:
    if code_postal not in _of_postcode:
        if len(_of_postcode) > _POSTCODES_MAX:
            _of_postcode.clear()
        communes = tuple(commune.code for commune in territoire.communes_of_postcode(code_postal))
        _of_postcode[code_postal] = frozenset(communes), communes
    return _of_postcode[code_postal]


def _agrees(place: Place, code_postal: str) -> bool:
    codes, communes = _areas(code_postal)
    if place.lieu.code_commune in codes:
        return True
    return any(territoire.within(code, place.lon, place.lat, TOLERANCE_M) for code in communes)


def _is_in(place: Place, told: str) -> bool:
    """Whether a place is in or near the commune that a name means; if it means none, it is."""
    codes = _communes_named(told[:CELLULE_MAX])
    own = {place.lieu.code_commune, place.lieu.code_arrondissement}
    return not (codes and own.isdisjoint(codes)) or any(
        territoire.within(code, place.lon, place.lat, TOLERANCE_M) for code in codes
    )


@memo
def _communes_named(told: str) -> frozenset[str]:
    found = etendues.communes(told) or {}
    return frozenset(found["codes"] if found.get("type") == "communes" else ())


def _postcode_of(lieu: Lieu) -> str | None:
    """The postcode of a place, when it can only be one."""
    if lieu.code_arrondissement is not None:
        return f"750{lieu.code_arrondissement[3:]}"
    found = territoire.resolve(lieu.code_commune)
    codes = found.commune.codes_postaux if found else ()
    return codes[0] if len(codes) == 1 else None
