"""Boxes and distances against a naive reading of the same question."""

from math import asin, cos, radians, sin, sqrt

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.memory import spatial
from shared.territoire.mesures import EARTH_RADIUS_M

degrees = st.integers(-30_000_000, 30_000_000).map(lambda n: n / 1e7)
places = st.lists(st.tuples(degrees, degrees), max_size=60)
steps = st.integers(-5 * spatial.BAND, 5 * spatial.BAND).map(lambda n: n / 1e7)
neighbours = st.lists(st.tuples(steps, steps), max_size=60)
"""In the same bands, or in some that touch."""
BOXES = st.tuples(steps, steps, steps, steps).map(
    lambda at: (min(at[0], at[2]), min(at[1], at[3]), max(at[0], at[2]), max(at[1], at[3]))
)


def columns(positions: list[tuple[float, float]]):
    lon = np.array([spatial.fixed(x) for x, _ in positions], dtype=np.int32)
    lat = np.array([spatial.fixed(y) for _, y in positions], dtype=np.int32)
    key = spatial.keys(lon, lat)
    order = np.argsort(key, kind="stable")
    return key[order], lon[order], lat[order]


@given(places, degrees, degrees, degrees, degrees)
def test_a_box_keeps_what_is_inside_it(positions, x1, y1, x2, y2) -> None:
    box = (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    keeps_what_is_inside(positions, box)


@given(neighbours, BOXES)
def test_a_small_box_keeps_what_is_inside_it(positions, box) -> None:
    keeps_what_is_inside(positions, box)


def keeps_what_is_inside(positions, box) -> None:
    key, lon, lat = columns(positions)
    found = spatial.within(key, lat, box)
    inside = [
        row
        for row in range(len(positions))
        if spatial.fixed(box[0]) <= lon[row] <= spatial.fixed(box[2])
        and spatial.fixed(box[1]) <= lat[row] <= spatial.fixed(box[3])
    ]
    assert found.tolist() == inside
    runs = spatial.spans(key, lat, box)
    assert [row for start, end in runs for row in range(start, end)] == inside


def test_edges_belong_to_the_box() -> None:
    key, _, lat = columns([(2.35, 48.85)])
    assert spatial.within(key, lat, (2.35, 48.85, 2.35, 48.85)).tolist() == [0]


def test_the_ends_of_the_earth_fit_in_a_key() -> None:
    key, _, lat = columns([(-180, -90), (180, 90), (180, -90), (-180, 90)])
    assert key.min() >= 0
    assert spatial.within(key, lat, (-180, -90, 180, 90)).size == 4


def haversine(one: tuple[float, float], other: tuple[float, float]) -> float:
    (x1, y1), (x2, y2) = (tuple(map(radians, place)) for place in (one, other))
    half = sin((y2 - y1) / 2) ** 2 + cos(y1) * cos(y2) * sin((x2 - x1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(half))


@given(degrees, degrees, degrees, degrees)
def test_distances_are_great_circles(x1, y1, x2, y2) -> None:
    lon, lat = np.array([spatial.fixed(x1)]), np.array([spatial.fixed(y1)])
    found = float(spatial.metres(spatial.haversines(lon, lat, (x2, y2)))[0])
    assert found == pytest.approx(haversine((x1, y1), (x2, y2)), abs=0.02, rel=1e-9)


@given(degrees, degrees, degrees, degrees)
def test_chords_say_the_same(x1, y1, x2, y2) -> None:
    lon, lat = np.array([spatial.fixed(x1)]), np.array([spatial.fixed(y1)])
    chords = spatial.half_chords(spatial.half_vectors(lon, lat), spatial.half_vector((x2, y2)))
    exact = float(spatial.metres(spatial.haversines(lon, lat, (x2, y2)))[0])
    assert float(spatial.metres(chords)[0]) == pytest.approx(exact, abs=1e-6)


def test_a_known_distance() -> None:
    # Notre-Dame to the Arc de Triomphe is about 4.7 km; a degree of longitude is not one of
    # latitude: in degrees, the second place is nearer; in metres, it is farther.
    notre_dame = (2.3499, 48.8530)
    assert haversine(notre_dame, (2.2950, 48.8738)) == pytest.approx(4_640, abs=30)
    assert haversine(notre_dame, (2.3599, 48.8530)) < haversine(notre_dame, (2.3499, 48.8620))


@given(
    st.floats(-179, 179),
    st.floats(-80, 80),
    st.floats(1, 50_000),
    st.floats(0, 360),
    st.floats(0, 1),
)
@example(2.3, 80, 50_000, 90, 1)
@example(2.3, -80, 50_000, 90, 1)
def test_the_box_around_holds_the_circle(lon, lat, metres, bearing, share) -> None:
    west, south, east, north = spatial.box_around((lon, lat), metres)
    # A place at `share` of the radius, by the destination formula.
    angle, course = metres * share / EARTH_RADIUS_M, radians(bearing)
    here = radians(lat)
    there = asin(sin(here) * cos(angle) + cos(here) * sin(angle) * cos(course))
    shift = np.arctan2(sin(course) * sin(angle) * cos(here), cos(angle) - sin(here) * sin(there))
    x, y = lon + np.degrees(shift), np.degrees(there)
    if -180 <= x <= 180:
        assert west - 1e-9 <= x <= east + 1e-9
        assert south - 1e-9 <= y <= north + 1e-9


@pytest.mark.parametrize("here", [(179.99, 89.99), (-179.99, -89.99)])
def test_the_box_around_stays_on_the_earth(here) -> None:
    west, south, east, north = spatial.box_around(here, 50_000)
    assert -180 <= west <= here[0] <= east <= 180
    assert -90 <= south <= here[1] <= north <= 90


@given(neighbours, BOXES, BOXES)
def test_what_two_boxes_share_is_what_is_in_both(positions, one, other) -> None:
    key, _, lat = columns(positions)
    both = set(spatial.within(key, lat, one)) & set(spatial.within(key, lat, other))
    assert set(spatial.within(key, lat, spatial.overlap(one, other))) == both


def test_boxes_that_share_nothing_hold_nothing() -> None:
    key, _, lat = columns([(2.0, 48.0), (3.0, 49.0)])
    nothing = spatial.overlap((1, 47, 2, 48), (3, 49, 4, 50))
    assert spatial.within(key, lat, nothing).size == 0


@given(st.floats(0, 20_000_000))
def test_a_distance_and_its_haversine_are_each_other_s_inverse(away) -> None:
    back = float(spatial.metres(np.array([spatial.haversine_of(away)]))[0])
    assert back == pytest.approx(away, rel=1e-6, abs=1)


def test_far_longitudes_are_not_mistaken_for_near_ones() -> None:
    lon, lat = np.array([1_799_999_999], dtype=np.int32), np.array([0], dtype=np.int32)
    away = float(spatial.metres(spatial.haversines(lon, lat, (-90.0, 0.0)))[0])
    assert away == pytest.approx(haversine((179.9999999, 0), (-90, 0)))
