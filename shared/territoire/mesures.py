"""The size of the Earth, the mean sphere of WGS 84, and what a degree is worth around Paris."""

from math import cos, hypot, pi, radians
from typing import Final

EARTH_RADIUS_M: Final = 6_371_008.8
METRES_PER_DEGREE: Final = EARTH_RADIUS_M * pi / 180
"""Along a meridian."""
COS_PARIS: Final = cos(radians(48.85))
"""What a degree of longitude is to one of latitude in the middle of the Métropole."""


def metres_apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Between two positions (longitude, latitude) of the Métropole, as on a plane: within 1 %."""
    return METRES_PER_DEGREE * hypot((one[0] - other[0]) * COS_PARIS, one[1] - other[1])
