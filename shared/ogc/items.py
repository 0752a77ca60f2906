"""OGC API Features, Part 1: selecting the objects of a page of items."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from shared.memory.columns import Array, Ints
from shared.memory.segments import Search, Version
from shared.memory.spatial import DEGREE, fixed
from shared.memory.walk import every
from shared.ogc.description import Extent
from shared.schemas.ogc import Intervalle, Rectangle


def inside(version: Version, wanted: Search, box: Rectangle | None) -> Ints:
    """Objects that a search keeps in a box, which may cross the 180th meridian."""
    if box is None:
        return version.select(wanted, None)
    if box.lon_min <= box.lon_max:
        return version.select(wanted, box)
    rows = version.select(wanted, (-180.0, box.lat_min, 180.0, box.lat_max))
    lon = version.column("lon", rows)
    kept: Ints = rows[(lon >= fixed(box.lon_min)) | (lon <= fixed(box.lon_max))]
    return kept


def dated(version: Version, rows: Ints, column: str, when: Intervalle | None) -> Ints:
    """Those of some objects whose day in a column is within an interval."""
    if when is None:
        return rows
    kept: Ints = rows[during(version.column(column, rows), when)]
    return kept


def during(days: Array, when: Intervalle) -> NDArray[np.bool_]:
    """Which days, counted since year 1, are within an interval."""
    first = when.debut.toordinal() if when.debut else 0
    last = when.fin.toordinal() if when.fin else date.max.toordinal()
    kept: NDArray[np.bool_] = (days >= first) & (days <= last)
    return kept


def extent_of(version: Version, column: str) -> Extent:
    """Where all objects are, and between which days of a column."""
    rows = every(version)
    if not rows.size:
        return Extent((-180.0, -90.0, 180.0, 90.0), None, None)
    lon, lat, days = (version.column(name, rows) for name in ("lon", "lat", column))
    west, south, east, north = (
        float(side) / DEGREE for side in (lon.min(), lat.min(), lon.max(), lat.max())
    )
    first, last = (f"{date.fromordinal(int(day))}T00:00:00Z" for day in (days.min(), days.max()))
    return Extent((west, south, east, north), first, last)
