"""Nearest-neighbour search: picks a search radius, then sorts by true distance."""

from dataclasses import dataclass
from itertools import product
from math import cos, pi, radians, sqrt
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from shared.memory.columns import Array, Ints, gather
from shared.memory.made import Made
from shared.memory.segments import Search, Segment, Version
from shared.memory.spatial import (
    DEGREE,
    Box,
    around,
    box_around,
    fixed,
    half_chords,
    half_vector,
    half_vectors,
    haversine_of,
    overlap,
)
from shared.memory.spatial import metres as in_metres
from shared.territoire.mesures import METRES_PER_DEGREE

CELLS: Final = (15, 18)
"""Sides of the cells that objects are counted in, as powers of two of 10⁻⁷ degrees: 360 m of
latitude where there are many, 2.9 km where there are few."""
ENOUGH: Final = 12
"""Objects in a cell and the eight around it that tell how dense they are."""
MARGIN: Final = 12
"""Objects aimed at beyond those wanted: most first looks then suffice."""
GROWTH: Final = 1.7
"""How much farther to look when too few were near."""
FAR_M: Final = 10_000.0
"""The first look where nothing is near."""
_ROW: Final = 32
"""Bits of a cell's number for its place in its row of cells."""


@dataclass(frozen=True, slots=True)
class Crowds:
    """How many objects there are about a place, at two scales. Never changed once made."""

    counts: tuple[dict[int, int], ...]
    """By cell: those of the cell and of the eight around it."""

    @classmethod
    def of(cls, segment: Segment) -> Self:
        columns = segment.table.columns
        return cls(tuple(_counts(columns["lon"], columns["lat"], side) for side in CELLS))

    def radius(self, here: tuple[float, float], wanted: int) -> float:
        """A radius in metres likely to hold so many objects."""
        x, y = fixed(here[0]), fixed(here[1])
        for counts, side in zip(self.counts, CELLS, strict=True):
            count = counts.get((y >> side << _ROW) + (x >> side), 0)
            if count >= ENOUGH:
                area = 9 * ((1 << side) * METRES_PER_DEGREE / DEGREE) ** 2 * cos(radians(here[1]))
                return sqrt(wanted * area / (count * pi))
        return FAR_M


def _counts(lon: Array, lat: Array, side: int) -> dict[int, int]:
    cells = ((lat.astype(np.int64) >> side) << _ROW) + (lon.astype(np.int64) >> side)
    cells, counts = np.unique(cells, return_counts=True)
    moves = [(down << _ROW) + across for down, across in product((-1, 0, 1), repeat=2)]
    near, place = np.unique(np.add.outer(moves, cells), return_inverse=True)
    sums = np.bincount(place.ravel(), weights=np.tile(counts, len(moves))).astype(np.int64)
    return dict(zip(near.tolist(), sums.tolist(), strict=True))


def _vectors(segment: Segment) -> Array:
    return half_vectors(segment.table.columns["lon"], segment.table.columns["lat"])


_CROWDS: Final = Made(Crowds.of)
_VECTORS: Final = Made(_vectors)


def prepare(version: Version) -> None:
    """Make what searches of neighbours need, before readers see a version."""
    _CROWDS.of(version.base)
    for segment in version.segments:
        _VECTORS.of(segment)


def nearby(segment: Segment, box: Box | None) -> Ints:
    """The search without criteria, in a circle's box: distances tell what is out of it."""
    assert box is not None, "a distance has a bound"
    return around(segment.table.columns["key"], box)


def nearest(
    version: Version,
    here: tuple[float, float],
    *,
    metres: float,
    most: int,
    search: Search = nearby,
    box: Box | None = None,
) -> tuple[Ints, NDArray[np.float64]]:
    """The `most` nearest objects at most `metres` away: rows and distances in metres.

    With a box, only those inside it; `search` is then another than `nearby`.
    """
    radius = min(_CROWDS.of(version.base).radius(here, most + MARGIN), metres)
    vectors = [_VECTORS.of(segment) for segment in version.segments]
    centre = half_vector(here)
    while True:
        reach = box_around(here, radius)
        rows = version.select(search, reach if box is None else overlap(reach, box))
        away = half_chords(gather(vectors, rows), centre)
        near = (away <= haversine_of(radius)).nonzero()[0]
        if near.size >= most or radius >= metres:
            # A stable sort: at equal distance, the order of place, the same in every process.
            order = near[away[near].argsort(kind="stable")][:most]
            return rows[order], in_metres(away[order])
        radius = min(radius * GROWTH, metres)
