"""Public contract of the directory: positions in an address, longitude first."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.schemas.formes import CODE_INSEE
from shared.schemas.geo import LAT_MAX, LON_MAX, TURNED, is_turned

_NUMBER = r"-?[0-9]{1,3}(?:\.[0-9]{1,20})?"
_LON_LAT = re.compile(rf"({_NUMBER}),({_NUMBER})")
_INSEE = re.compile(CODE_INSEE)


def lon_lat(text: str) -> tuple[float, float] | None:
    """The position that a text `lon,lat` gives; None when it gives none."""
    found = _LON_LAT.fullmatch(text)
    if found is None:
        return None
    lon, lat = float(found[1]), float(found[2])
    return (lon, lat) if abs(lon) <= LON_MAX and abs(lat) <= LAT_MAX else None


def _position(text: str) -> str:
    position = lon_lat(text)
    if position is None:
        raise ValueError("une position lon,lat est attendue, en degrés WGS 84 : 2.3522,48.8566")
    lon, lat = position
    if is_turned(lon, lat):
        raise ValueError(f"{TURNED} : {lat},{lon}")
    return text


def position_or_commune(text: str) -> str:
    """A text that gives a position or a code; ValueError (in French) when it gives neither."""
    if _INSEE.fullmatch(text) is not None:
        return text
    if lon_lat(text) is None:
        raise ValueError(
            "une position lon,lat (2.3522,48.8566) ou un code INSEE de commune est attendu"
        )
    return _position(text)


LonLat = Annotated[
    str, Field(max_length=60, examples=["2.3522,48.8566"]), AfterValidator(_position)
]
"""A position in an address."""
