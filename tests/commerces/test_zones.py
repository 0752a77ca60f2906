"""Zones: what is refused and where it points, and which places a contour holds."""

from itertools import pairwise
from math import cos, pi, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.commerces import zones
from shared.memory.spatial import fixed
from shared.problems import InvalidBody
from shared.schemas.commerces_zones import Zone

ZONE = TypeAdapter(Zone)
SQUARE = [[2.30, 48.80], [2.40, 48.80], [2.40, 48.90], [2.30, 48.90], [2.30, 48.80]]
HOLE = [[2.34, 48.84], [2.34, 48.86], [2.36, 48.86], [2.36, 48.84], [2.34, 48.84]]


def polygon(*rings):
    return ZONE.validate_python(
        {"type": "polygone", "geometrie": {"type": "Polygon", "coordinates": list(rings)}}
    )


def multi(*polygons):
    return ZONE.validate_python(
        {"type": "polygone", "geometrie": {"type": "MultiPolygon", "coordinates": list(polygons)}}
    )


def moved(ring, lon=0.0, lat=0.0):
    return [[x + lon, y + lat] for x, y in ring]


def edges_of(zone):
    return zones.edges_of(zone.model_dump(mode="json")["geometrie"])


def holds(zone, lon, lat):
    edges = edges_of(zone)
    return bool(zones.hold(edges, np.array([len(edges)]), fixed(lon), fixed(lat))[0])


def pointer_of(zone):
    with pytest.raises(InvalidBody) as refused:
        zones.normalised(zone, "#/zone")
    return refused.value.members["erreurs"][0]["pointer"]


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        (2.31, 48.81, True),  # inside
        (2.29, 48.85, False),  # west of it
        (2.35, 48.95, False),  # north of it
        (2.30, 48.85, True),  # on an edge
        (2.40, 48.90, True),  # on a corner
        (2.35, 48.85, False),  # in the hole
        (2.34, 48.85, True),  # on the edge of the hole
        (2.36, 48.86, True),  # on a corner of the hole
        (2.20, 48.84, False),  # level with a side of the hole
        (2.20, 48.90, False),  # level with a side of the square
    ],
)
def test_a_border_belongs_to_the_zone_and_a_hole_does_not(lon, lat, expected):
    assert holds(polygon(SQUARE, HOLE), lon, lat) is expected


def test_a_contour_elsewhere_was_written_the_other_way_round():
    with pytest.raises(InvalidBody, match="longitude puis latitude"):
        zones.normalised(polygon([[lat, lon] for lon, lat in SQUARE]), "#/zone")


def test_positions_that_are_one_once_kept_are_said_to_be_near():
    with pytest.raises(InvalidBody, match="à 10 cm près"):
        zones.normalised(polygon([SQUARE[0], [2.3000003, 48.8], *SQUARE[1:]]), "#/zone")


def test_contours_are_asked_together():
    one, other = edges_of(polygon(SQUARE)), edges_of(polygon(moved(SQUARE, lon=1)))
    held = zones.hold(
        np.concatenate((one, other)), np.array([len(one), len(other)]), fixed(2.35), fixed(48.85)
    )
    assert held.tolist() == [True, False]


def test_several_polygons_and_an_island_in_a_hole():
    island = [[2.345, 48.845], [2.355, 48.845], [2.355, 48.855], [2.345, 48.855], [2.345, 48.845]]
    zone = zones.normalised(multi([SQUARE, HOLE], [island], [moved(SQUARE, lon=0.5)]), "#")
    assert holds(zone, 2.35, 48.85)
    assert not holds(zone, 2.342, 48.842)
    assert holds(zone, 2.85, 48.85)


@st.composite
def star(draw):
    """A contour without crossings around a centre, its rays of any length."""
    count = draw(st.integers(3, 40))
    rays = draw(st.lists(st.floats(0.01, 0.1), min_size=count, max_size=count))
    places = [
        [
            round(2.35 + ray * cos(2 * pi * n / count), 6),
            round(48.85 + ray * sin(2 * pi * n / count), 6),
        ]
        for n, ray in enumerate(rays)
    ]
    return [*places, places[0]]


def plain_holds(ring, lon, lat):
    """The textbook's ray, in floating point."""
    inside = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


@given(star(), st.floats(2.2, 2.5), st.floats(48.7, 49.0))
def test_a_contour_holds_what_a_plain_ray_says(ring, lon, lat):
    lon, lat = round(lon, 7), round(lat, 7)
    zone = polygon(ring)
    nearest = min(
        abs((x2 - x1) * (lat - y1) - (lon - x1) * (y2 - y1))
        for (x1, y1), (x2, y2) in pairwise(ring)
    )
    if nearest > 1e-9:  # on a border the two may differ: ours is exact
        assert holds(zone, lon, lat) is plain_holds(ring, lon, lat)
    assert all(holds(zone, x, y) for x, y in ring)


@given(star())
def test_a_star_is_a_good_contour_whichever_way_it_turns(ring):
    kept = zones.normalised(polygon(ring), "#")
    assert kept == zones.normalised(polygon(ring[::-1]), "#")


def test_contours_turn_as_the_standard_asks():
    kept = zones.normalised(polygon(SQUARE[::-1], HOLE[::-1]), "#")
    outer, hole = kept.geometrie.coordinates
    assert [list(place) for place in outer] == SQUARE
    assert [list(place) for place in hole] == HOLE


def smaller(ring):
    """Half as wide, about the middle of its corners."""
    lon, lat = (sum(place[axis] for place in ring[:-1]) / (len(ring) - 1) for axis in (0, 1))
    return [[(x + lon) / 2, (y + lat) / 2] for x, y in ring]


BOW = [[2.30, 48.80], [2.40, 48.90], [2.40, 48.80], [2.30, 48.90], [2.30, 48.80]]
SPIKE = [[2.30, 48.80], [2.40, 48.80], [2.50, 48.80], [2.40, 48.80], [2.40, 48.90], [2.30, 48.80]]
TOUCHING = [
    [2.30, 48.80], [2.40, 48.80], [2.40, 48.90], [2.35, 48.80], [2.30, 48.90], [2.30, 48.80],
]  # fmt: skip
BACK = [[2.30, 48.80], [2.40, 48.80], [2.40, 48.90], [2.40, 48.80], [2.30, 48.80]]
FLAT = [[2.34, 48.84], [2.35, 48.84], [2.36, 48.84]]
MANY = [[2.35 + 0.1 * cos(n * pi / 300), 48.85 + 0.1 * sin(n * pi / 300)] for n in range(600)]


@pytest.mark.parametrize(
    ("zone", "pointer"),
    [
        (polygon(SQUARE[:-1]), "#/zone/geometrie/coordinates/0"),
        (polygon([SQUARE[0], *SQUARE]), "#/zone/geometrie/coordinates/0"),
        (polygon(BOW), "#/zone/geometrie/coordinates"),
        (polygon(SPIKE), "#/zone/geometrie/coordinates"),
        (polygon(TOUCHING), "#/zone/geometrie/coordinates"),
        (polygon(TOUCHING[1:] + TOUCHING[1:2]), "#/zone/geometrie/coordinates"),
        (polygon(BACK), "#/zone/geometrie/coordinates"),
        *((polygon(SQUARE, [*FLAT[n:], *FLAT[: n + 1]]), "#/zone/geometrie/coordinates")
          for n in range(3)),
        (polygon(SQUARE, moved(HOLE, lon=1)), "#/zone/geometrie/coordinates/1"),
        (polygon(SQUARE, moved(HOLE, lon=0.05)), "#/zone/geometrie/coordinates"),
        (polygon(SQUARE, HOLE, HOLE), "#/zone/geometrie/coordinates"),
        (polygon(SQUARE, HOLE, smaller(HOLE)), "#/zone/geometrie/coordinates/2"),
        (polygon(SQUARE, smaller(HOLE), HOLE), "#/zone/geometrie/coordinates/2"),
        (multi([SQUARE], [SQUARE]), "#/zone/geometrie/coordinates"),
        (multi([SQUARE], [moved(HOLE)]), "#/zone/geometrie/coordinates/1"),
        (multi([HOLE], [SQUARE]), "#/zone/geometrie/coordinates/1"),
        (multi([MANY[:300] + MANY[:1]], [moved(MANY[300:] + MANY[300:301], lon=1)]),
         "#/zone/geometrie/coordinates"),
        (polygon([[2, 48], [6, 48], [6, 48.01], [2, 48.01], [2, 48]]),
         "#/zone/geometrie/coordinates"),
        (polygon([[2, 48], [2.0001, 48], [2.0001, 48.0001], [2, 48]]),
         "#/zone/geometrie/coordinates"),
        (ZONE.validate_python({"type": "communes", "codes": ["92012", "13055"]}), "#/zone/codes/1"),
        (ZONE.validate_python({"type": "codes_postaux", "codes": ["13001"]}), "#/zone/codes/0"),
    ],
)  # fmt: skip
def test_a_zone_that_cannot_be_is_refused_where_it_is_wrong(zone, pointer):
    assert pointer_of(zone) == pointer


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        (polygon(SQUARE[:-1]), "sa dernière position doit être la première"),
        (polygon(HOLE, SQUARE), "Les trous de ce contour couvrent plus que lui"),
        (polygon([[2, 48], [6, 48], [6, 48.01], [2, 48.01], [2, 48]]), "degrés de côté"),
        (polygon([[2, 48], [2.01, 48], [2.01, 52], [2, 52], [2, 48]]), "degrés de côté"),
    ],
)
def test_a_contour_is_refused_in_words_that_are_true(zone, words):
    with pytest.raises(InvalidBody, match=words):
        zones.normalised(zone, "#/zone")


def test_codes_are_those_of_today():
    zone = ZONE.validate_python({"type": "communes", "codes": ["93059", "93066", "75116", "75056"]})
    kept = zones.normalised(zone, "#")
    assert kept.codes == ["75056", "75116", "93066"]
    assert zones.codes_served(kept) == {"75056", "75116", "93066"}


def test_a_postcode_serves_all_its_communes():
    zone = ZONE.validate_python({"type": "codes_postaux", "codes": ["94440", "75016", "75003"]})
    kept = zones.normalised(zone, "#")
    assert zones.codes_served(kept) == {"94048", "94070", "94075", "75116", "75103"}


def test_a_radius_and_no_zone_name_no_commune():
    radius = ZONE.validate_python({"type": "rayon", "rayon_m": 500})
    assert zones.normalised(radius, "#") == radius
    assert zones.codes_served(radius) == zones.codes_served(None) == frozenset()


@pytest.mark.parametrize(
    "zone",
    [
        {"type": "polygone", "geometrie": {"type": "Polygon", "coordinates": [MANY * 20]}},
        {"type": "polygone", "geometrie": {"type": "Polygon", "coordinates": [SQUARE[:3]]}},
        {"type": "polygone", "geometrie": {"type": "Point", "coordinates": [2, 48]}},
        {"type": "rayon", "rayon_m": 10},
        {"type": "rayon", "rayon_m": 1_000_000},
        {"type": "communes", "codes": []},
        {"type": "partout"},
    ],
)
def test_a_zone_of_no_known_shape_is_refused(zone):
    with pytest.raises(ValueError, match="validation error"):
        ZONE.validate_python(zone)
