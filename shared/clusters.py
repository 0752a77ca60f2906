"""Clusters: objects of one cell of the map shown as one, the same in every process and version.

The cells of a zoom are those of the zoom before cut in four, so that a cluster holds whole
clusters of the zooms after, and splits at a zoom that its objects' positions alone decide.
"""

from typing import Final, NamedTuple

import numpy as np

from shared.columns import Ints
from shared.mercator import BITS, Cells, cells_of, unproject
from shared.segments import Search, Version
from shared.spatial import Box

ZOOM_ALONE: Final = 14
"""From this zoom each object is alone: a screen then shows a neighbourhood."""
CELL_LEVEL: Final = 3
"""Cells along the side of a tile, as a power of two: 64 pixels each in a tile of 512."""


class Cluster(NamedTuple):
    """Several objects shown as one."""

    id: str
    """Zoom, column and row of its cell."""
    x: float
    """Centroid (shared.mercator)."""
    y: float
    objects: int
    zoom_expansion: int
    sums: tuple[int, ...]
    """Of what was given of each object."""

    @property
    def position(self) -> tuple[float, float]:
        """Longitude and latitude of the centroid."""
        lon, lat = unproject(np.array([self.x]), np.array([self.y]))
        return float(lon[0]), float(lat[0])


def rows_in(version: Version, search: Search, cells: Cells) -> Ints:
    """Objects that a search keeps in whole cells."""
    rows = version.select(search, cells.box())
    kept: Ints = rows[cells.hold(version.column("x", rows), version.column("y", rows))]
    return kept


def cells_around(box: Box, zoom: int) -> Cells:
    """The cells of a zoom that a box touches: a cluster counts all of its own, box or not."""
    return cells_of(box, zoom + CELL_LEVEL)


def group(version: Version, rows: Ints, zoom: int, *summed: Ints) -> tuple[Ints, list[Cluster]]:
    """The objects that stand alone at a zoom, and the clusters of the others.

    What is `summed` over a cluster has a number for each of `rows`.
    """
    if zoom >= ZOOM_ALONE or not rows.size:
        return rows, []
    x, y = version.column("x", rows), version.column("y", rows)
    shift = BITS - zoom - CELL_LEVEL
    cell = ((y >> shift) << BITS) | (x >> shift)
    order = np.argsort(cell, kind="stable")
    starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
    counts = np.diff(starts, append=rows.size)
    several = counts > 1
    alone = np.sort(order[starts[~several]])
    x, y = x[order], y[order]
    sums = [np.add.reduceat(column[order], starts)[several].tolist() for column in summed]
    return rows[alone], [
        Cluster(f"{zoom}-{column}-{row}", mean_x, mean_y, objects, expansion, tuple(totals))
        for column, row, mean_x, mean_y, objects, expansion, *totals in zip(
            (x[starts] >> shift)[several].tolist(),
            (y[starts] >> shift)[several].tolist(),
            (np.add.reduceat(x, starts) / counts)[several].tolist(),
            (np.add.reduceat(y, starts) / counts)[several].tolist(),
            counts[several].tolist(),
            _expansions(x, y, starts)[several].tolist(),
            *sums,
            strict=True,
        )
    ]


def _expansions(x: Ints, y: Ints, starts: Ints) -> Ints:
    """First zoom at which each group of positions is in several cells."""
    sizes = np.diff(starts, append=x.size)
    apart = (x ^ np.repeat(x[starts], sizes)) | (y ^ np.repeat(y[starts], sizes))
    # The highest bit that differs within the group: frexp gives its place, 0 when none does.
    _, place = np.frexp(np.bitwise_or.reduceat(apart, starts).astype(np.float64))
    expansions: Ints = np.minimum(BITS + 1 - place - CELL_LEVEL, ZOOM_ALONE)
    return expansions
