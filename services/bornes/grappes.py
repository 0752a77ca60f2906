"""Clusters: stations of one cell of the map shown as one, the same in every process and version.

The cells of a zoom are those of the zoom before cut in four, so that a cluster holds whole
clusters of the zooms after, and splits at a zoom that its stations' positions alone decide.
"""

from typing import Final, NamedTuple

import numpy as np

from services.bornes.statuts.etats import Etats
from shared.columns import Ints
from shared.mercator import BITS, Cells, cells_of, unproject
from shared.segments import Search, Version
from shared.spatial import Box

ZOOM_STATIONS: Final = 14
"""From this zoom each station is alone: a screen then shows a neighbourhood."""
CELL_LEVEL: Final = 3
"""Cells along the side of a tile, as a power of two: 64 pixels each in a tile of 512."""


_COLUMN: Final = (1 << BITS) - 1


class Grappe(NamedTuple):
    """Several stations shown as one."""

    id: str
    """Zoom, column and row of its cell."""
    x: float
    """Centroid (shared.mercator)."""
    y: float
    stations: int
    points: int
    zoom_expansion: int
    libres: int
    """Free points; none when no state was given."""
    lon: float
    lat: float


def rows_in(version: Version, search: Search, cells: Cells) -> Ints:
    """Stations that a search keeps in whole cells."""
    rows = version.select(search, cells.box())
    kept: Ints = rows[cells.hold(version.column("x", rows), version.column("y", rows))]
    return kept


def cells_around(box: Box, zoom: int) -> Cells:
    """The cells of a zoom that a box touches: a cluster counts all of its own, box or not."""
    return cells_of(box, zoom + CELL_LEVEL)


def free_points(version: Version, rows: Ints, etats: Etats | None) -> Ints:
    """How many points of each station at `rows` are free; none when no state is given."""
    if etats is None:
        return np.zeros(rows.size, dtype=np.int64)
    numbers, owner = version.parts("numero", rows)
    free: Ints = np.bincount(owner[etats.free(numbers)], minlength=rows.size)
    return free


def group(
    version: Version, rows: Ints, zoom: int, etats: Etats | None = None
) -> tuple[Ints, list[Grappe]]:
    """The stations that stand alone at a zoom, and the clusters of the others."""
    if zoom >= ZOOM_STATIONS or not rows.size:
        return rows, []
    x, y = version.column("x", rows), version.column("y", rows)
    shift = BITS - zoom - CELL_LEVEL
    cell = ((y >> shift) << BITS) | (x >> shift)
    order = cell.argsort(kind="stable")
    cell = cell[order]
    starts = np.concatenate(((0,), (cell[1:] != cell[:-1]).nonzero()[0] + 1))
    counts = np.concatenate((starts[1:], (rows.size,))) - starts
    first = cell[starts]
    several = counts > 1
    alone = rows[np.sort(order[starts[~several]])]
    # From here on, only the stations of clusters.
    order, counts = order[several.repeat(counts)], counts[several]
    if not counts.size:
        return alone, []
    starts = counts.cumsum() - counts
    x, y, rows, cell = x[order], y[order], rows[order], first[several]
    mean_x, mean_y = (np.add.reduceat(side, starts) / counts for side in (x, y))
    columns = (
        cell & _COLUMN,
        cell >> BITS,
        mean_x,
        mean_y,
        counts,
        np.add.reduceat(version.column("points", rows), starts),
        _expansions(x, y, starts, counts),
        np.add.reduceat(free_points(version, rows, etats), starts),
        *unproject(mean_x, mean_y),
    )
    return alone, [
        Grappe(f"{zoom}-{column}-{row}", *rest)
        for column, row, *rest in zip(*(values.tolist() for values in columns), strict=True)
    ]


def _expansions(x: Ints, y: Ints, starts: Ints, counts: Ints) -> Ints:
    """First zoom at which each group of positions is in several cells."""
    apart = (x ^ x[starts].repeat(counts)) | (y ^ y[starts].repeat(counts))
    # The highest bit that differs within the group: frexp gives its place, 0 when none does.
    _, place = np.frexp(np.bitwise_or.reduceat(apart, starts).astype(np.float64))
    expansions: Ints = np.minimum(BITS + 1 - place - CELL_LEVEL, ZOOM_STATIONS)
    return expansions
