"""Where a modality is offered: what a zone must be, and whether it holds a place.

A contour is kept as the edges of all its rings, in whole ten-millionths of a degree: whether it
holds a position is then exact, without any tolerance. Its border belongs to it, that of its holes
included.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import cos, radians
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared import territoire
from shared.memory.columns import Ints
from shared.memory.places import written_commune
from shared.memory.spatial import DEGREE, Box, fixed
from shared.problems import InvalidBody
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commerces_zones import (
    SOMMETS_ZONE_MAX,
    Polygon,
    Zone,
    ZoneCodesPostaux,
    ZoneCommunes,
    ZonePolygone,
)
from shared.territoire.mesures import METRES_PER_DEGREE

CHEZ_LE_CLIENT: Final = frozenset({Modalite.LIVRAISON, Modalite.DEPANNAGE_URGENCE})
"""Modalities that come to the customer: where they go is not known unless it is said."""
SURFACE_MIN_M2: Final = 1_000
SURFACE_MAX_KM2: Final = 20_000
"""The whole of Île-de-France is 12,000 km²."""
COTE_MAX_DEG: Final = 3.0
WEST, SOUTH, EAST, NORTH = 1.4, 48.1, 3.6, 49.3
"""Degrees around Île-de-France: no shop serves nothing of it."""

Positions = Sequence[tuple[float, float]]
Edges = NDArray[np.int32]
"""Shape (edges, 4): x and y of one end, x and y of the other."""


def normalised(zone: Zone, pointer: str) -> Zone:
    """The zone as it is kept; a problem that points at what is wrong with it.

    Codes are those of today, contours turn as RFC 7946 asks.
    """
    if isinstance(zone, ZoneCommunes):
        codes = [
            written_commune(code, pointer=f"{pointer}/codes/{n}")
            for n, code in enumerate(zone.codes)
        ]
        return ZoneCommunes(type="communes", codes=sorted(set(codes)))
    if isinstance(zone, ZoneCodesPostaux):
        for n, code in enumerate(zone.codes):
            if not territoire.communes_of_postcode(code):
                raise InvalidBody.at(
                    f"{pointer}/codes/{n}", f"{code} n'est pas un code postal du Grand Paris."
                )
        return ZoneCodesPostaux(type="codes_postaux", codes=sorted(set(zone.codes)))
    if isinstance(zone, ZonePolygone):
        return _contour(zone, f"{pointer}/geometrie/coordinates")
    return zone


def codes_served(zone: Zone | None) -> frozenset[str]:
    """Communes and arrondissements that a zone names, itself or by their postcodes."""
    if isinstance(zone, ZoneCommunes):
        return frozenset(zone.codes)
    if isinstance(zone, ZoneCodesPostaux):
        served = map(territoire.places_of_postcode, zone.codes)
        return frozenset(place.code for places in served for place in places)
    return frozenset()


def _box(zone: ZonePolygone) -> Box:
    lons, lats = zip(*(place for ring in _rings(zone) for place in ring), strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def _edges(rings: Sequence[Positions]) -> Edges:
    found = [
        (fixed(a[0]), fixed(a[1]), fixed(b[0]), fixed(b[1]))
        for ring in rings
        for a, b in pairwise(ring)
    ]
    return np.array(found, dtype=np.int32).reshape(-1, 4)


def _rings(zone: ZonePolygone) -> Iterator[Positions]:
    for polygon in _polygons(zone):
        yield from polygon


def _polygons(zone: ZonePolygone) -> Sequence[Sequence[Positions]]:
    geometry = zone.geometrie
    return [geometry.coordinates] if isinstance(geometry, Polygon) else geometry.coordinates


def edges_of(geometry: Mapping[str, Any]) -> Edges:
    """The edges of a contour's rings, from its geometry as JSON has it, for `hold`."""
    coordinates = geometry["coordinates"]
    polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
    rings = [np.rint(np.array(ring) * DEGREE) for polygon in polygons for ring in polygon]
    edges = [np.concatenate((ring[:-1], ring[1:]), axis=1) for ring in rings]
    return _upward(np.concatenate(edges).astype(np.int32))


def _upward(edges: Edges) -> Edges:
    """The same edges, none of which ends lower than it begins."""
    return np.where(edges[:, 1:2] <= edges[:, 3:], edges, edges[:, [2, 3, 0, 1]])


def hold(edges: Edges, counts: Ints, x: int, y: int) -> NDArray[np.bool_]:
    """Which contours hold a position, each being `counts` consecutive edges (at least one).

    No edge ends lower than it begins (`edges_of`).
    """
    # Few edges are as high as the position: nothing else is worked out of the others.
    near = np.flatnonzero((edges[:, 1] <= y) & (edges[:, 3] >= y))
    x1, y1, x2, y2 = edges[near].T.astype(np.int64)
    # Twice the area of the triangle that the position makes with the edge: exact in 64 bits.
    side = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
    owner = np.searchsorted(np.cumsum(counts), near, side="right")
    crossed = owner[(side > 0) & (y < y2)]
    held: NDArray[np.bool_] = (np.bincount(crossed, minlength=counts.size) & 1) == 1
    on = np.flatnonzero(side == 0)
    on = on[(np.minimum(x1[on], x2[on]) <= x) & (x <= np.maximum(x1[on], x2[on]))]
    held[owner[on]] = True
    return held


def _contour(zone: ZonePolygone, pointer: str) -> ZonePolygone:
    """The contour, checked, its outer rings counterclockwise and its holes clockwise."""
    single = isinstance(zone.geometrie, Polygon)
    polygons = []
    for n, polygon in enumerate(_polygons(zone)):
        at = pointer if single else f"{pointer}/{n}"
        for rank, ring in enumerate(polygon):
            _check_ring(ring, f"{at}/{rank}")
        polygons.append([_turned(ring, hole=rank > 0) for rank, ring in enumerate(polygon)])
    _check_size(zone, pointer)
    _check_crossings(zone, pointer)
    _check_nesting(zone, pointer)
    kept: Any = {
        "type": zone.geometrie.type,
        "coordinates": polygons[0] if single else polygons,
    }
    return ZonePolygone(type="polygone", geometrie=kept)


def _check_ring(ring: Positions, pointer: str) -> None:
    if ring[0] != ring[-1]:
        raise InvalidBody.at(
            pointer, "Le contour n'est pas fermé : sa dernière position doit être la première."
        )
    fixed_ring = [(fixed(lon), fixed(lat)) for lon, lat in ring]
    if any(a == b for a, b in pairwise(fixed_ring)):
        raise InvalidBody.at(pointer, "Deux positions qui se suivent sont la même, à 10 cm près.")


def _check_size(zone: ZonePolygone, pointer: str) -> None:
    vertices = sum(len(ring) - 1 for ring in _rings(zone))
    if vertices > SOMMETS_ZONE_MAX:
        raise InvalidBody.at(
            pointer,
            f"Le contour a {vertices} sommets, plus que {SOMMETS_ZONE_MAX} : simplifiez-le.",
        )
    west, south, east, north = _box(zone)
    if max(east - west, north - south) > COTE_MAX_DEG:
        raise InvalidBody.at(
            pointer, f"Le contour mesure plus de {COTE_MAX_DEG:.0f} degrés de côté."
        )
    if east < WEST or west > EAST or north < SOUTH or south > NORTH:
        raise InvalidBody.at(
            pointer,
            "Le contour est hors d'Île-de-France : une position s'écrit longitude puis latitude.",
        )
    area = sum(
        abs(_area_m2(ring)) * (-1 if rank else 1)
        for polygon in _polygons(zone)
        for rank, ring in enumerate(polygon)
    )
    if area < 0:
        raise InvalidBody.at(pointer, "Les trous de ce contour couvrent plus que lui.")
    if not SURFACE_MIN_M2 <= area <= SURFACE_MAX_KM2 * 1_000_000:
        raise InvalidBody.at(
            pointer,
            f"Le contour couvre {_decimal(area / 1_000_000)} km² : entre 0,001 et "
            f"{SURFACE_MAX_KM2} sont attendus. Un contour qui se croise peut n'en couvrir aucun.",
        )


def _decimal(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")


def _area_m2(ring: Positions) -> float:
    """Signed area on the plane tangent at the ring's first position; positive counterclockwise."""
    lon, lat = ring[0]
    east = METRES_PER_DEGREE * cos(radians(lat))
    points = [((x - lon) * east, (y - lat) * METRES_PER_DEGREE) for x, y in ring]
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise(points)) / 2


def _turned(ring: Positions, *, hole: bool) -> Positions:
    return ring if (_area_m2(ring) < 0) is hole else ring[::-1]


def _check_crossings(zone: ZonePolygone, pointer: str) -> None:
    """Edges meet only where one ends and the next of its ring begins."""
    edges = _edges(list(_rings(zone))).astype(np.int64)
    sizes = np.array([len(ring) - 1 for ring in _rings(zone)])
    ring = np.repeat(np.arange(sizes.size), sizes)
    last = np.repeat(sizes - 1, sizes)
    first, second = np.triu_indices(len(edges), k=1)
    gap = second - first
    follow = (ring[first] == ring[second]) & ((gap == 1) | (gap == last[second]))
    one, other = edges[first], edges[second]
    bad = np.where(follow, _fold(one, other), _touch(one, other))
    if bad.any():
        x, y = edges[first[int(np.argmax(bad))], :2] / DEGREE
        raise InvalidBody.at(
            pointer, f"Le contour se croise ou se touche lui-même près de {x:.5f},{y:.5f}."
        )


def _side(edges: Ints, x: Ints, y: Ints) -> Ints:
    x1, y1, x2, y2 = edges.T
    side: Ints = np.sign((x2 - x1) * (y - y1) - (x - x1) * (y2 - y1))
    return side


def _on(edges: Ints, x: Ints, y: Ints) -> NDArray[np.bool_]:
    x1, y1, x2, y2 = edges.T
    on: NDArray[np.bool_] = _side(edges, x, y) == 0
    on &= (np.minimum(x1, x2) <= x) & (x <= np.maximum(x1, x2))
    on &= (np.minimum(y1, y2) <= y) & (y <= np.maximum(y1, y2))
    return on


def _touch(one: Ints, other: Ints) -> NDArray[np.bool_]:
    """Whether pairs of edges have a position in common, ends included."""
    across = (_side(one, other[:, 0], other[:, 1]) * _side(one, other[:, 2], other[:, 3]) < 0) & (
        _side(other, one[:, 0], one[:, 1]) * _side(other, one[:, 2], one[:, 3]) < 0
    )
    ends = _on(one, other[:, 0], other[:, 1]) | _on(one, other[:, 2], other[:, 3])
    touching: NDArray[np.bool_] = across | ends
    return touching | _on(other, one[:, 0], one[:, 1]) | _on(other, one[:, 2], one[:, 3])


def _fold(one: Ints, other: Ints) -> NDArray[np.bool_]:
    """Whether one of two edges that share an end goes back over the other.

    In a ring of four edges or more others touch there too; a triangle is then flat.
    """
    folded = _inner(one, other[:, 0], other[:, 1]) | _inner(one, other[:, 2], other[:, 3])
    return folded | _inner(other, one[:, 0], one[:, 1]) | _inner(other, one[:, 2], one[:, 3])


def _inner(edges: Ints, x: Ints, y: Ints) -> NDArray[np.bool_]:
    return _on(edges, x, y) & ~_end(edges, x, y)


def _end(edges: Ints, x: Ints, y: Ints) -> NDArray[np.bool_]:
    x1, y1, x2, y2 = edges.T
    end: NDArray[np.bool_] = ((x == x1) & (y == y1)) | ((x == x2) & (y == y2))
    return end


def _check_nesting(zone: ZonePolygone, pointer: str) -> None:
    """Holes are inside their outer ring and outside each other; so are polygons of each other."""
    single = isinstance(zone.geometrie, Polygon)
    seen: list[Sequence[Positions]] = []
    for n, polygon in enumerate(_polygons(zone)):
        at = pointer if single else f"{pointer}/{n}"
        outer, *holes = polygon
        for rank, hole in enumerate(holes, 1):
            # What is left of the contour so far: a hole in a hole is outside it.
            left = [outer, *holes[: rank - 1]]
            if not _within(hole[0], left) or any(_within(h[0], [hole]) for h in left[1:]):
                raise InvalidBody.at(
                    f"{at}/{rank}", "Ce trou n'est pas dans son contour, ou en recouvre un."
                )
        if any(_within(outer[0], other) or _within(other[0][0], polygon) for other in seen):
            raise InvalidBody.at(at, "Ce contour en recouvre un autre.")
        seen.append(polygon)


def _within(place: tuple[float, float], rings: Sequence[Positions]) -> bool:
    """Whether rings that do not touch each other hold a position, holes taken off."""
    edges = _upward(_edges(rings))
    held = hold(edges, np.array([len(edges)]), fixed(place[0]), fixed(place[1]))
    return bool(held[0])
