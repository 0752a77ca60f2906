"""From Lambert 93, in which SIRENE places establishments, to degrees WGS 84 (IGN, note NTG 71)."""

from math import asin, atan, atan2, degrees, exp, hypot, log, pi, radians, sin, tanh
from typing import Final

_N: Final = 0.7256077650532670
_C: Final = 11_754_255.426096
_XS: Final = 700_000.0
_YS: Final = 12_655_612.049876
_E: Final = 0.08181919104281579
_LON0: Final = radians(3)
_ROUNDS: Final = 8
"""Enough for a tenth of a millimetre."""


def to_degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a Lambert 93 position."""
    radius = hypot(x - _XS, y - _YS)
    lon = atan2(x - _XS, _YS - y) / _N + _LON0
    isometric = log(_C / radius) / _N
    lat = 2 * atan(exp(isometric)) - pi / 2
    for _ in range(_ROUNDS):
        # The isometric latitude is atanh(sin φ) - e atanh(e sin φ).
        lat = asin(tanh(isometric + _E * _atanh(_E * sin(lat))))
    return degrees(lon), degrees(lat)


def _atanh(value: float) -> float:
    return log((1 + value) / (1 - value)) / 2
