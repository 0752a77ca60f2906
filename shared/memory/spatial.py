"""Spatial search in memory: latitude bands for boxes, true distances for neighbours (WGS 84)."""

from math import cos, pi, radians, sin
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.memory.columns import Ints, ranges
from shared.territoire.mesures import EARTH_RADIUS_M, METRES_PER_DEGREE

DEGREE: Final = 10_000_000
"""Positions are kept as whole ten-millionths of a degree (about 1 cm)."""
BAND: Final = 20_000
"""Height of a band: 0.002°, about 220 m. Fixed, because page cursors rest on the order it gives.

Lower, an empty band costs more than it saves; higher, most of a box are rows of its edges, cut
one by one.
"""
_BANDS: Final = (np.arange(180 * DEGREE // BAND + 1, dtype=np.int64) << 32)[:, np.newaxis]
_HALF_RADIAN: Final = pi / 360 / DEGREE
"""Half of a ten-millionth of a degree, in radians."""

Box = tuple[float, float, float, float]
"""lon_min, lat_min, lon_max, lat_max, in degrees."""
Coordinates = NDArray[np.int32]
Measures = NDArray[np.float64]


def fixed(degrees: float) -> int:
    return round(degrees * DEGREE)


def keys(lon: Coordinates, lat: Coordinates) -> Ints:
    """Sort key of each position: its band of latitude, then its longitude."""
    band = (lat.astype(np.int64) + 90 * DEGREE) // BAND
    return (band << 32) | (lon.astype(np.int64) + 180 * DEGREE)


def candidates(key: Ints, box: Box) -> Ints:
    """Starts and ends, one pair a band, of the rows that the box's longitudes keep.

    Shape (bands, 2). In the first and last band, latitudes remain to be checked.
    """
    west, south, east, north = box
    first = (fixed(south) + 90 * DEGREE) // BAND
    last = (fixed(north) + 90 * DEGREE) // BAND
    if west > east or south > north:
        return np.empty((0, 2), dtype=np.int64)
    sides = np.array((fixed(west) + 180 * DEGREE, fixed(east) + 180 * DEGREE + 1), dtype=np.int64)
    bounds: Ints = key.searchsorted(_BANDS[first : last + 1] + sides)
    return bounds


def around(key: Ints, box: Box) -> Ints:
    """Row numbers of at least the positions in the box: for whoever measures distances itself."""
    bounds = candidates(key, box)
    return ranges(bounds[:, 0], bounds[:, 1])


def within(key: Ints, lat: Coordinates, box: Box) -> Ints:
    """Row numbers of the positions in the box (edges included), rows being sorted by `key`."""
    rows = around(key, box)
    latitudes = lat[rows]
    inside: Ints = rows[(latitudes >= fixed(box[1])) & (latitudes <= fixed(box[3]))]
    return inside


def spans(key: Ints, lat: Coordinates, box: Box) -> list[tuple[int, int]]:
    """The rows of `within` as half-open runs, in order."""
    pairs = candidates(key, box).tolist()
    south, north = fixed(box[1]), fixed(box[3])
    inner = [(start, end) for start, end in pairs[1:-1] if start < end]
    first = _rows_between(lat, pairs[0], south, north) if pairs else []
    last = _rows_between(lat, pairs[-1], south, north) if len(pairs) > 1 else []
    return [*first, *inner, *last]


def _rows_between(
    lat: Coordinates, pair: tuple[int, int], south: int, north: int
) -> list[tuple[int, int]]:
    start, end = pair
    # A few dozen rows at most: a list of numbers is compared sooner than six arrays are made.
    latitudes = enumerate(lat[start:end].tolist(), start)
    return [(row, row + 1) for row, at in latitudes if south <= at <= north]


def haversines(lon: Coordinates, lat: Coordinates, here: tuple[float, float]) -> Measures:
    """What great-circle distances from `here` (lon, lat) are measured by, and grow with.

    Comparing needs no more; `metres` makes distances of those that are kept.
    """
    across = np.sin(np.subtract(lon, fixed(here[0]), dtype=np.float64) * _HALF_RADIAN)
    along = np.sin(np.subtract(lat, fixed(here[1]), dtype=np.float64) * _HALF_RADIAN)
    shrink = np.cos(lat * (2 * _HALF_RADIAN)) * cos(radians(here[1]))
    found: Measures = along * along + shrink * (across * across)
    return found


def half_vectors(lon: Coordinates, lat: Coordinates) -> Measures:
    """Positions on a sphere of diameter 1, a row each: squares of their chords are `haversines`."""
    x, y = lon * (2 * _HALF_RADIAN), lat * (2 * _HALF_RADIAN)
    level = np.cos(y)
    return np.stack((level * np.cos(x), level * np.sin(x), np.sin(y)), axis=1) / 2


def half_vector(here: tuple[float, float]) -> Measures:
    """The same of one place, in degrees."""
    x, y = fixed(here[0]) * (2 * _HALF_RADIAN), fixed(here[1]) * (2 * _HALF_RADIAN)
    level = cos(y) / 2
    return np.array((level * cos(x), level * sin(x), sin(y) / 2))


def half_chords(vectors: Measures, centre: Measures) -> Measures:
    """`haversines` between a place and others, all as half vectors: no trigonometry is left."""
    across = vectors - centre
    found: Measures = np.vecdot(across, across)
    return found


def metres(haversine: Measures) -> Measures:
    """Distances on the ground."""
    found: Measures = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(haversine, 1.0)))
    return found


def haversine_of(distance_m: float) -> float:
    """The inverse of `metres`."""
    return sin(min(distance_m / (2 * EARTH_RADIUS_M), pi / 2)) ** 2


def haversines_of(distances_m: Measures) -> Measures:
    """The inverse of `metres`, of many."""
    found: Measures = np.sin(np.minimum(distances_m / (2 * EARTH_RADIUS_M), pi / 2)) ** 2
    return found


def box_around(here: tuple[float, float], metres: float) -> Box:
    """A box that holds every position at most `metres` from `here` (not across a pole or 180°)."""
    lon, lat = here
    dlat = metres / METRES_PER_DEGREE
    widest = min(89.9, max(abs(lat - dlat), abs(lat + dlat)))
    dlon = dlat / cos(radians(widest))
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
