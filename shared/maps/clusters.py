"""Map clusters: objects of one grid cell shown as one, identical in every process and version.

The cells of a zoom are those of the zoom before cut in four, so that a cluster holds whole
clusters of the zooms after, and splits at a zoom that its objects' positions alone decide.
"""

from typing import Final, NamedTuple

import numpy as np

from shared.counts import figure
from shared.maps.mercator import BITS, Cells, cells_of, unproject
from shared.memory.columns import Ints
from shared.memory.segments import Search, Version
from shared.memory.spatial import Box
from shared.problems import InvalidParameter

OBJECTS_MAX: Final = 5_000
"""Clusters and objects of one answer."""
ZOOM_ALONE: Final = 14
"""From this zoom each object is alone: a screen then shows a neighbourhood."""
CELL_LEVEL: Final = 3
"""Cells along the side of a tile, as a power of two: 64 pixels each in a tile of 512."""
_COLUMN: Final = (1 << BITS) - 1


class Cluster(NamedTuple):
    """Several objects shown as one."""

    id: str
    """Zoom, column and row of its cell."""
    x: float
    """Centroid (shared.maps.mercator)."""
    y: float
    objects: int
    zoom_expansion: int
    position: tuple[float, float]
    """Longitude and latitude of the centroid."""
    sums: tuple[int, ...]
    """Of what was given of each object."""


def rows_in(version: Version, search: Search, cells: Cells) -> Ints:
    """Objects that a search keeps in whole cells."""
    rows = version.select(search, cells.box())
    kept: Ints = rows[cells.hold(version.column("x", rows), version.column("y", rows))]
    return kept


def rows_around(version: Version, search: Search, box: Box | None, zoom: int) -> Ints:
    """Those in the cells of a zoom that a box touches: a cluster counts all its own, box or not."""
    if box is None:
        return version.select(search, None)
    return rows_in(version, search, cells_of(box, zoom + CELL_LEVEL))


def group(version: Version, rows: Ints, zoom: int, *summed: Ints) -> tuple[Ints, list[Cluster]]:
    """The objects that stand alone at a zoom, and the clusters of the others.

    What is `summed` over a cluster has a number for each of `rows`.
    """
    if zoom >= ZOOM_ALONE or not rows.size:
        return rows, []
    x, y = version.column("x", rows), version.column("y", rows)
    shift = BITS - zoom - CELL_LEVEL
    cell = ((y >> shift) << BITS) | (x >> shift)
    order = cell.argsort(kind="stable")
    first, starts, counts = _runs(cell[order])
    several = counts > 1
    alone = rows[np.sort(order[starts[~several]])]
    # From here on, only the objects of clusters.
    order, counts, first = order[several.repeat(counts)], counts[several], first[several]
    if not counts.size:
        return alone, []
    starts = counts.cumsum() - counts
    x, y = x[order], y[order]
    mean_x, mean_y = (np.add.reduceat(side, starts) / counts for side in (x, y))
    columns = (
        first & _COLUMN,
        first >> BITS,
        mean_x,
        mean_y,
        counts,
        _expansions(x, y, starts, counts),
        # All at once: one call of NumPy for each cluster was half of the time.
        *unproject(mean_x, mean_y),
        *(np.add.reduceat(column[order], starts) for column in summed),
    )
    return alone, [
        Cluster(f"{zoom}-{column}-{row}", cx, cy, objects, expansion, (lon, lat), tuple(totals))
        for column, row, cx, cy, objects, expansion, lon, lat, *totals in zip(
            *(values.tolist() for values in columns), strict=True
        )
    ]


def check_count(returned: int) -> None:
    """Refuse a box that shows too much."""
    if returned > OBJECTS_MAX:
        raise InvalidParameter(
            "bbox",
            f"Ce rectangle contient {figure(returned)} objets à ce zoom, plus que "
            f"{figure(OBJECTS_MAX)} : réduisez-le, ou le zoom.",
        )


def feature(cluster: Cluster, counts: bytes) -> bytes:
    """A cluster as GeoJSON, closed by a comma; `counts`: JSON members without braces."""
    return (
        b'{"type":"Feature","id":"%b","geometry":{"type":"Point","coordinates":[%.6f,%.6f]},'
        b'"properties":{%b,"zoom_expansion":%d}},'
        % (cluster.id.encode(), *cluster.position, counts, cluster.zoom_expansion)
    )


def _runs(cell: Ints) -> tuple[Ints, Ints, Ints]:
    """Cells in order: each once, where it begins and how often it comes."""
    starts = np.concatenate(((0,), (cell[1:] != cell[:-1]).nonzero()[0] + 1))
    return cell[starts], starts, np.concatenate((starts[1:], (cell.size,))) - starts


def _expansions(x: Ints, y: Ints, starts: Ints, counts: Ints) -> Ints:
    """First zoom at which each group of positions is in several cells."""
    apart = (x ^ x[starts].repeat(counts)) | (y ^ y[starts].repeat(counts))
    # The highest bit that differs within the group: frexp gives its place, 0 when none does.
    _, place = np.frexp(np.bitwise_or.reduceat(apart, starts).astype(np.float64))
    expansions: Ints = np.minimum(BITS + 1 - place - CELL_LEVEL, ZOOM_ALONE)
    return expansions
