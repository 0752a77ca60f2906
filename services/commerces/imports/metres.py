"""Positions in metres, put in degrees WGS 84: Lambert 93, and Web Mercator around the Grand Paris.

There is no doubt between them: those of Web Mercator there would be, in Lambert 93, off the
Basque coast or in Spain.
"""

from math import atan, degrees, sinh
from typing import Final

from services.commerces.imports import lambert

_RADIUS: Final = 6_378_137.0
"""Of the sphere of Web Mercator (EPSG:3857)."""
_MERCATOR_X: Final = (222_639.0, 311_695.0)
_MERCATOR_Y: Final = (6_207_260.0, 6_291_846.0)
"""From 2.0° to 2.8° E, from 48.6° to 49.1° N: the Métropole and what is near."""
_LAMBERT_X: Final = (0.0, 1_300_000.0)
_LAMBERT_Y: Final = (6_000_000.0, 7_200_000.0)
"""Mainland France."""


def to_degrees(x: float, y: float) -> tuple[float, float] | None:
    """Longitude and latitude; None of what is no position in metres, as degrees never are."""
    if _MERCATOR_X[0] < x < _MERCATOR_X[1] and _MERCATOR_Y[0] < y < _MERCATOR_Y[1]:
        return degrees(x / _RADIUS), degrees(atan(sinh(y / _RADIUS)))
    if _LAMBERT_X[0] < x < _LAMBERT_X[1] and _LAMBERT_Y[0] < y < _LAMBERT_Y[1]:
        return lambert.to_degrees(x, y)
    return None
