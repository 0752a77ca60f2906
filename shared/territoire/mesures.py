"""The size of the Earth: the mean sphere of WGS 84."""

from math import pi
from typing import Final

EARTH_RADIUS_M: Final = 6_371_008.8
METRES_PER_DEGREE: Final = EARTH_RADIUS_M * pi / 180
"""Along a meridian."""
