"""How far around to look, and that wherever one looks the nearest are found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.memory import neighbours, spatial
from shared.memory.columns import Table, Writer
from shared.memory.neighbours import Crowds, nearest
from shared.memory.segments import Segment, Version

near = st.integers(-400_000, 400_000).map(lambda n: n / 1e7)
positions = st.lists(st.tuples(near, near).map(lambda at: (2.3 + at[0], 48.8 + at[1])), max_size=60)


def things(places) -> Segment:
    lon = np.array([spatial.fixed(x) for x, _ in places], dtype=np.int32)
    lat = np.array([spatial.fixed(y) for _, y in places], dtype=np.int32)
    ids = np.array([b"%05d" % n for n in range(len(places))], dtype="S5")
    table = Table.of(ids, {"key": spatial.keys(lon, lat), "lon": lon, "lat": lat}, {})
    nothing = Table.of(np.empty(0, dtype="S1"), {}, {"name": Writer().texts()})
    return Segment.of(table, nothing, [0] * len(places))


def by_hand(version: Version, here, metres: float, most: int) -> list[float]:
    columns = version.base.table.columns
    away = spatial.metres(spatial.haversines(columns["lon"], columns["lat"], here))
    return sorted(away[away <= metres].tolist())[:most]


@given(positions, near, near, st.integers(1, 12), st.sampled_from((50.0, 800.0, 5_000.0, 50_000.0)))
def test_the_nearest_are_found_wherever_one_looks(places, x, y, most, metres) -> None:
    version, here = Version.of(things(places)), (2.3 + x, 48.8 + y)
    rows, away = nearest(version, here, metres=metres, most=most)
    assert away.tolist() == pytest.approx(by_hand(version, here, metres, most), abs=1e-3)
    assert len(set(rows.tolist())) == rows.size


@pytest.mark.parametrize("most", [12, 60])
@pytest.mark.parametrize("per_side", [10, 60])
def test_a_first_look_holds_about_what_is_wanted(most, per_side) -> None:
    """Objects about 900 m or 150 m from each other: the circle is neither empty nor everything."""
    side = np.linspace(-0.04, 0.04, per_side)
    version = Version.of(things([(2.3 + x * 1.5, 48.8 + y) for x in side for y in side]))
    radius = Crowds.of(version.base).radius((2.3, 48.8), most)
    held = len(by_hand(version, (2.3, 48.8), radius, 10_000))
    assert most / 3 <= held <= 3 * most + 4


def test_where_nothing_is_near_one_looks_far() -> None:
    crowds = Crowds.of(things([(2.3, 48.8)] * 20))
    assert crowds.radius((2.3, 48.8), 20) < 5_000
    assert crowds.radius((3.3, 48.8), 20) == neighbours.FAR_M
    assert Crowds.of(things([])).radius((2.3, 48.8), 20) == neighbours.FAR_M


def test_equals_come_in_the_order_of_places() -> None:
    version = Version.of(things([(2.3, 48.8)] * 5))
    rows, away = nearest(version, (2.3, 48.8), metres=10, most=3)
    assert rows.tolist() == [0, 1, 2]
    assert away.tolist() == [0, 0, 0]


@pytest.mark.parametrize("around", [20, 0])
def test_too_few_at_the_first_look_makes_one_look_farther(around) -> None:
    """About 33 km away, behind a crowd or a void: only what is past the limit is left out."""
    far, too_far = [(2.3, 49.1)] * 5, [(2.3, 50.1)]
    version = Version.of(things([(2.3, 48.8)] * around + far + too_far))
    _, away = nearest(version, (2.3, 48.8), metres=50_000, most=30)
    assert away.tolist() == pytest.approx([0] * around + [33_359] * 5, abs=10)
