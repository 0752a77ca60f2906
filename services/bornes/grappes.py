"""Clusters of stations: their counts of points, and of free points."""

import numpy as np

from services.bornes.statuts.etats import Etats
from shared.maps import clusters
from shared.maps.clusters import Cluster
from shared.memory.columns import Ints
from shared.memory.segments import Version


def free_points(version: Version, rows: Ints, etats: Etats | None) -> Ints:
    """How many points of each station at `rows` are free; none when no state is given."""
    if etats is None:
        return np.zeros(rows.size, dtype=np.int64)
    numbers, owner = version.parts("numero", rows)
    free: Ints = np.bincount(owner[etats.free(numbers)], minlength=rows.size)
    return free


def group(
    version: Version, rows: Ints, zoom: int, etats: Etats | None = None
) -> tuple[Ints, list[Cluster]]:
    """The stations that stand alone at a zoom, and the clusters of the others."""
    points, free = version.column("points", rows), free_points(version, rows, etats)
    return clusters.group(version, rows, zoom, points, free)


def points_of(grappe: Cluster) -> int:
    return grappe.sums[0]


def libres(grappe: Cluster) -> int:
    """Its free points; none when no state was given."""
    return grappe.sums[1]
