"""Positions in memory: bands of latitude for boxes, true distances for neighbours (WGS 84)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.columns import Ints, ranges

DEGREE: Final = 10_000_000
"""Positions are kept as whole ten-millionths of a degree (about 1 cm)."""
BAND: Final = 40_000
"""Height of a band: 0.004°, about 445 m. Fixed, because page cursors rest on the order it gives."""
EARTH_RADIUS_M: Final = 6_371_008.8
METRES_PER_DEGREE: Final = EARTH_RADIUS_M * np.pi / 180

Box = tuple[float, float, float, float]
"""lon_min, lat_min, lon_max, lat_max, in degrees."""
Coordinates = NDArray[np.int32]


def fixed(degrees: float) -> int:
    return round(degrees * DEGREE)


def keys(lon: Coordinates, lat: Coordinates) -> Ints:
    """Sort key of each position: its band of latitude, then its longitude."""
    band = (lat.astype(np.int64) + 90 * DEGREE) // BAND
    return (band << 32) | (lon.astype(np.int64) + 180 * DEGREE)


def within(key: Ints, lat: Coordinates, box: Box) -> Ints:
    """Row numbers of the positions in the box (edges included), rows being sorted by `key`."""
    west, south, east, north = (fixed(side) for side in box)
    first, last = (south + 90 * DEGREE) // BAND, (north + 90 * DEGREE) // BAND
    if west > east or south > north:
        return np.empty(0, dtype=np.int64)
    bands = np.arange(first, last + 1, dtype=np.int64) << 32
    rows = ranges(
        np.searchsorted(key, bands | (west + 180 * DEGREE), side="left"),
        np.searchsorted(key, bands | (east + 180 * DEGREE), side="right"),
    )
    latitudes = lat[rows]
    inside: Ints = rows[(latitudes >= south) & (latitudes <= north)]
    return inside


def distances(lon: Coordinates, lat: Coordinates, here: tuple[float, float]) -> NDArray[np.float64]:
    """Great-circle distances in metres from `here` (lon, lat)."""
    rlon, rlat = np.radians(lon / DEGREE), np.radians(lat / DEGREE)
    hlon, hlat = np.radians(here[0]), np.radians(here[1])
    half: NDArray[np.float64] = (
        np.sin((rlat - hlat) / 2) ** 2
        + np.cos(rlat) * np.cos(hlat) * np.sin((rlon - hlon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))


def box_around(here: tuple[float, float], metres: float) -> Box:
    """A box that holds every position at most `metres` from `here` (not across a pole or 180°)."""
    lon, lat = here
    dlat = metres / METRES_PER_DEGREE
    widest = min(89.9, max(abs(lat - dlat), abs(lat + dlat)))
    dlon = dlat / float(np.cos(np.radians(widest)))
    return (
        max(-180.0, lon - dlon),
        max(-90.0, lat - dlat),
        min(180.0, lon + dlon),
        min(90.0, lat + dlat),
    )


def overlap(one: Box, other: Box) -> Box:
    """What two boxes share; where they share nothing, a box that holds no position."""
    return (
        max(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        min(one[3], other[3]),
    )
