"""Iterates over the charging points of stations, and finds those of one station."""

from typing import NamedTuple

import numpy as np

from services.bornes.filtres import PartFilter
from shared.memory.columns import Ints
from shared.memory.segments import Segment, Version


class Point(NamedTuple):
    """A charging point and its station."""

    segment: Segment
    station: int
    """Row of the station in the segment."""
    part: int
    """Row of the point among the parts of the segment."""
    row: int
    """Row of the station in the version."""

    @property
    def id(self) -> bytes:
        return bytes(self.segment.parts.ids[self.part])


class Points(NamedTuple):
    """Charging points of stations: the place of the station in the list, and its part's row."""

    owners: Ints
    parts: Ints


def points_of(version: Version, rows: Ints, keep: PartFilter | None) -> Points:
    """The points of the stations at `rows` that a filter keeps, station by station."""
    owners, parts = [], []
    for segment, part, owner in version.each_parts(rows):
        kept = slice(None) if keep is None else keep(segment, part)
        owners.append(owner[kept])
        parts.append(part[kept])
    owner, part = np.concatenate(owners), np.concatenate(parts)
    order = np.argsort(owner, kind="stable")
    return Points(owner[order], part[order])


def first_points(
    version: Version, rows: Ints, points: Points, *, limit: int, past: tuple[str, str] | None
) -> list[Point]:
    """The first `limit` points in order; `past` names a station and its last point already read."""
    found: list[Point] = []
    start = 0
    while start < points.owners.size and len(found) < limit:
        end = int(np.searchsorted(points.owners, points.owners[start], side="right"))
        row = int(rows[points.owners[start]])
        segment, station = version.locate(row)
        group = [Point(segment, station, part, row) for part in points.parts[start:end].tolist()]
        group.sort(key=lambda point: point.id)
        if past is not None and version.id_at(row) == past[0].encode():
            group = [point for point in group if point.id > past[1].encode()]
        found += group
        start = end
    return found[:limit]
