"""Which commune a position is in, and how far it may be from one (contours of 2025).

The arrondissements tile Paris exactly and the communes tile the Métropole: neighbours share their
edges, so a position inside is in exactly one of them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise, starmap
from math import cos, floor, hypot, radians
from typing import Any, NamedTuple

from shared.territoire.donnees import read
from shared.territoire.mesures import METRES_PER_DEGREE
from shared.territoire.referentiel import PARIS, resolve

_CELLS = 100
"""Squares a degree: about a kilometre each."""

Edge = tuple[float, float, float, float]
"""Lowest latitude, highest latitude, longitude at the lowest, degrees of longitude per degree."""


class Lieu(NamedTuple):
    """Where a position is."""

    code_commune: str
    code_arrondissement: str | None
    territoire: str


class _Contour(NamedTuple):
    west: float
    south: float
    east: float
    north: float
    edges: tuple[Edge, ...]
    ring: tuple[tuple[float, float], ...]
    lieu: Lieu

    def contains(self, lon: float, lat: float) -> bool:
        """Count the edges east of the position; its south end belongs to an edge, not its north."""
        inside = False
        for low, high, lon_low, slope in self.edges:
            if low <= lat < high and lon < lon_low + (lat - low) * slope:
                inside = not inside
        return inside

    def distance_m(self, lon: float, lat: float) -> float:
        """From the position to the nearest edge, on the plane tangent there."""
        east, north = METRES_PER_DEGREE * cos(radians(lat)), METRES_PER_DEGREE
        points = [((x - lon) * east, (y - lat) * north) for x, y in self.ring]
        return min(starmap(_distance_to_origin, pairwise(points)))


def _distance_to_origin(a: tuple[float, float], b: tuple[float, float]) -> float:
    (ax, ay), (bx, by) = a, b
    dx, dy = bx - ax, by - ay
    along = min(1.0, max(0.0, -(ax * dx + ay * dy) / (dx * dx + dy * dy)))
    return hypot(ax + along * dx, ay + along * dy)


def locate(lon: float, lat: float) -> Lieu | None:
    """The commune (and arrondissement, and territory) of a position; None outside the Métropole."""
    west, south, east, north = _extent()
    if not (west <= lon <= east and south <= lat <= north):
        return None
    for contour in _grid().get((floor(lon * _CELLS), floor(lat * _CELLS)), ()):
        if (
            contour.west <= lon <= contour.east
            and contour.south <= lat <= contour.north
            and contour.contains(lon, lat)
        ):
            return contour.lieu
    return None


def within(code_commune: str, lon: float, lat: float, metres: float) -> bool:
    """Whether a position is in the commune or arrondissement, or at most `metres` from it.

    A code the reference does not know contains nothing; a merged commune's stands for the whole.
    """
    found = resolve(code_commune)
    if found is None:
        return False
    contour = _contours()[found.code]
    margin = metres / METRES_PER_DEGREE  # of latitude: refuses most far positions at once
    if not contour.south - margin <= lat <= contour.north + margin:
        return False
    return contour.contains(lon, lat) or contour.distance_m(lon, lat) <= metres


def neighbours(code: str) -> tuple[str, ...]:
    """What shares an edge with a commune of today or an arrondissement, in the order of codes.

    Of Paris, its arrondissements that do; nothing that is outside the Métropole.
    """
    contour = _contours()[code]
    touching = {one for side in _sides(contour) for one in _tiles_by_side().get(side, ())}
    return tuple(sorted(one for one in touching if not _is_of(one, code)))


def _is_of(tile: str, code: str) -> bool:
    return code in {tile, _contours()[tile].lieu.code_commune}


def _sides(contour: _Contour) -> Iterator[frozenset[tuple[float, float]]]:
    """The edges of a contour, whichever way it walks them."""
    return map(frozenset, pairwise(contour.ring))


@cache
def _tiles_by_side() -> Mapping[frozenset[tuple[float, float]], list[str]]:
    found = defaultdict[frozenset[tuple[float, float]], list[str]](list)
    for code, contour in _contours().items():
        for side in _sides(contour) if code != PARIS else ():
            found[side].append(code)
    return found


def outline(code_commune: str) -> tuple[tuple[float, float], ...]:
    """The contour of a commune of today, or of an arrondissement: positions lon, lat."""
    return _contours()[code_commune].ring


@cache
def _contours() -> dict[str, _Contour]:
    features = [
        *read("arrondissements-paris.geojson")["features"],
        *read("communes.geojson")["features"],
    ]
    return {feature["id"]: _contour(feature) for feature in features}


@cache
def _tiles() -> tuple[_Contour, ...]:
    """Every contour but that of Paris, which its arrondissements cover."""
    return tuple(contour for code, contour in _contours().items() if code != PARIS)


@cache
def _extent() -> tuple[float, float, float, float]:
    tiles = _tiles()
    return (
        min(contour.west for contour in tiles),
        min(contour.south for contour in tiles),
        max(contour.east for contour in tiles),
        max(contour.north for contour in tiles),
    )


@cache
def _grid() -> dict[tuple[int, int], list[_Contour]]:
    """The tiles that may hold a position, by the square where it is."""
    found: dict[tuple[int, int], list[_Contour]] = {}
    for contour in _tiles():
        for x in range(floor(contour.west * _CELLS), floor(contour.east * _CELLS) + 1):
            for y in range(floor(contour.south * _CELLS), floor(contour.north * _CELLS) + 1):
                found.setdefault((x, y), []).append(contour)
    return found


def _contour(feature: dict[str, Any]) -> _Contour:
    ((ring),) = (tuple(map(tuple, line)) for line in feature["geometry"]["coordinates"])
    properties = feature["properties"]
    commune = properties.get("commune")
    lons, lats = zip(*ring, strict=True)
    return _Contour(
        west=min(lons),
        south=min(lats),
        east=max(lons),
        north=max(lats),
        edges=tuple(_edge(a, b) for a, b in pairwise(ring) if a[1] != b[1]),
        ring=ring,
        lieu=Lieu(commune or feature["id"], commune and feature["id"], properties["territoire"]),
    )


def _edge(a: tuple[float, float], b: tuple[float, float]) -> Edge:
    """The same numbers whichever way neighbours walk their common edge."""
    (lon_low, low), (lon_high, high) = sorted((a, b), key=lambda point: point[1])
    return low, high, lon_low, (lon_high - lon_low) / (high - low)
