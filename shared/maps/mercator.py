"""Web Mercator in integers: map cells, and the part of the earth each one covers.

The world is a square of 2**32 units a side, x to the east and y to the south; at level n it is
cut into 2**n by 2**n cells, so that a cell is what is left of a position without its last bits.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.memory.columns import Ints
from shared.memory.spatial import DEGREE, Box, Coordinates

BITS: Final = 32
SIDE: Final = 1 << BITS
LATITUDE_MAX: Final = 85.05112877980659
"""Where the square ends; what is beyond is drawn on its edge."""
_MARGIN: Final = 1e-6
"""Degrees added around cells: boxes of the index have edges of their own."""


class Cells(NamedTuple):
    """A rectangle of cells of one level, last ones included."""

    level: int
    west: int
    north: int
    east: int
    south: int

    def hold(self, x: Ints, y: Ints) -> NDArray[np.bool_]:
        """Which positions are in one of the cells."""
        shift = BITS - self.level
        column, row = x >> shift, y >> shift
        inside: NDArray[np.bool_] = (column >= self.west) & (column <= self.east)
        return inside & (row >= self.north) & (row <= self.south)

    def box(self) -> Box:
        """A box, in degrees, that holds all they hold."""
        shift = BITS - self.level
        lon, lat = unproject(
            np.array((self.west << shift, (self.east + 1) << shift), dtype=np.float64),
            np.array(((self.south + 1) << shift, self.north << shift), dtype=np.float64),
        )
        south = -90.0 if self.south == (1 << self.level) - 1 else float(lat[0]) - _MARGIN
        north = 90.0 if self.north == 0 else float(lat[1]) + _MARGIN
        return max(-180.0, float(lon[0]) - _MARGIN), south, min(180.0, lon[1] + _MARGIN), north


def project(lon: Coordinates, lat: Coordinates) -> tuple[Ints, Ints]:
    """x and y of positions kept as ten-millionths of a degree."""
    radians = np.radians(np.clip(lat / DEGREE, -LATITUDE_MAX, LATITUDE_MAX))
    x = (lon / DEGREE + 180) / 360
    y = (1 - np.arcsinh(np.tan(radians)) / np.pi) / 2
    return _whole(x), _whole(y)


def _whole(part: NDArray[np.float64]) -> Ints:
    return np.clip(np.floor(part * SIDE), 0, SIDE - 1).astype(np.int64)


def unproject(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes and latitudes, in degrees."""
    lon = x / SIDE * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y / SIDE))))
    return lon, lat


def cells_of(box: Box, level: int) -> Cells:
    """The cells of a level that a box touches."""
    shift = BITS - level
    lon = np.round(np.array((box[0], box[2])) * DEGREE).astype(np.int32)
    lat = np.round(np.array((box[3], box[1])) * DEGREE).astype(np.int32)
    x, y = project(lon, lat)
    (west, east), (north, south) = (x >> shift).tolist(), (y >> shift).tolist()
    return Cells(level, west=west, north=north, east=east, south=south)
