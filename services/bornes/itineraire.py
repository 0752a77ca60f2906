"""Stations along a route: how far from it, and how far along it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.memory.columns import Ints
from shared.memory.segments import Search, Version
from shared.memory.spatial import DEGREE, Box, box_around, within
from shared.territoire.mesures import METRES_PER_DEGREE

Floats = NDArray[np.float64]


class Trouvees(NamedTuple):
    """The stations found, in the order of place."""

    rows: Ints
    distances: Floats
    """To the route, in metres."""
    abscisses: Floats
    """Along the route, from its beginning to the place nearest to the station, in metres.

    To the decimetre, as they are told: whoever asks for what follows one of them misses nothing.
    """

    def where(self, kept: Ints | NDArray[np.bool_]) -> "Trouvees":
        """Some of them."""
        return Trouvees(self.rows[kept], self.distances[kept], self.abscisses[kept])

    @property
    def ranks(self) -> Ints:
        """The order they are met in: abscissas as whole decimetres."""
        ranks: Ints = np.rint(self.abscisses * 10).astype(np.int64)
        return ranks


@dataclass(frozen=True, slots=True)
class Route:
    """A line of straight legs (in degrees, as GeoJSON has it), with its length so far."""

    lon: Floats
    lat: Floats
    starts: Floats
    """Metres from the beginning, at each vertex."""

    @classmethod
    def of(cls, positions: Sequence[Sequence[float]]) -> "Route":
        lon, lat = np.array([position[:2] for position in positions], dtype=np.float64).T
        middle = np.radians((lat[1:] + lat[:-1]) / 2)
        legs = METRES_PER_DEGREE * np.hypot(np.diff(lon) * np.cos(middle), np.diff(lat))
        return cls(lon, lat, np.concatenate(([0.0], legs.cumsum())))

    @property
    def length(self) -> float:
        """In metres."""
        return float(self.starts[-1])

    def leg_box(self, leg: int, metres: float) -> Box:
        """A box that holds all that is at most `metres` from a leg."""
        a = box_around((self.lon[leg], self.lat[leg]), metres)
        b = box_around((self.lon[leg + 1], self.lat[leg + 1]), metres)
        return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])

    def box(self, metres: float) -> Box:
        """A box that holds all that is at most `metres` from the route."""
        boxes = np.array([self.leg_box(leg, metres) for leg in range(self.lon.size - 1)])
        west, south = boxes[:, :2].min(axis=0).tolist()
        east, north = boxes[:, 2:].max(axis=0).tolist()
        return west, south, east, north

    def measure(self, leg: int, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Distances of positions to a leg, and how far along the route their nearest place is.

        Each position has a plane of its own, true around it: what is near it is measured right,
        however long the leg.
        """
        east = METRES_PER_DEGREE * np.cos(np.radians(lat))
        ax, ay = (self.lon[leg] - lon) * east, (self.lat[leg] - lat) * METRES_PER_DEGREE
        dx = (self.lon[leg + 1] - self.lon[leg]) * east
        dy = (self.lat[leg + 1] - self.lat[leg]) * METRES_PER_DEGREE
        square = dx * dx + dy * dy
        # A leg of no length has one place, its beginning.
        part = np.clip(-(ax * dx + ay * dy) / np.where(square > 0, square, 1.0), 0.0, 1.0)
        away = np.hypot(ax + part * dx, ay + part * dy)
        return away, self.starts[leg] + part * (self.starts[leg + 1] - self.starts[leg])


def along(version: Version, search: Search, route: Route, metres: float) -> Trouvees:
    """The stations that a search keeps at most `metres` from a route."""
    rows = version.select(search, route.box(metres))
    key, lon, lat = (version.column(name, rows) for name in ("key", "lon", "lat"))
    nearest = np.full(rows.size, np.inf)
    abscisses = np.zeros(rows.size)
    for leg in range(route.lon.size - 1):
        near = within(key, lat, route.leg_box(leg, metres))
        away, place = route.measure(leg, lon[near] / DEGREE, lat[near] / DEGREE)
        closer = away < nearest[near]
        nearest[near[closer]] = away[closer]
        abscisses[near[closer]] = place[closer]
    abscisses = abscisses.round(1)
    found = np.flatnonzero(nearest <= metres)
    return Trouvees(rows[found], nearest[found], abscisses[found])
