"""Versions of a read model against a plain dictionary that lives through the same changes."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.memory import neighbours, segments, spatial
from shared.memory.columns import (
    Table,
    Texts,
    Vocabulary,
    Writer,
    firsts_of,
    gather,
    joined,
    ranges,
    runs,
)
from shared.memory.segments import Segment, Version
from tests.examples import tried_on


@dataclass(frozen=True)
class Thing:
    lon: float
    lat: float
    parts: tuple[int, ...]


def texts(items: list[bytes]) -> Texts:
    writer = Writer()
    for item in items:
        writer.append(item)
    return writer.texts()


def segment(things: dict[str, Thing]) -> Segment:
    lon = np.array([spatial.fixed(t.lon) for t in things.values()], dtype=np.int32)
    lat = np.array([spatial.fixed(t.lat) for t in things.values()], dtype=np.int32)
    parts = [(f"{key}.{n}", n) for key, t in things.items() for n in t.parts]
    return Segment.of(
        Table.of(
            np.array([key.encode() for key in things], dtype=np.bytes_),
            {"key": spatial.keys(lon, lat), "lon": lon, "lat": lat},
            {"name": texts([f"<{key}>".encode() for key in things])},
        ),
        Table.of(
            np.array([name.encode() for name, _ in parts], dtype=np.bytes_),
            {"n": np.array([n for _, n in parts], dtype=np.int64)},
            {"name": texts([f"({name})".encode() for name, _ in parts])},
        ),
        [len(t.parts) for t in things.values()],
    )


def everything(part: Segment, box: spatial.Box | None):
    if box is None:
        return np.arange(len(part), dtype=np.int64)
    return spatial.within(part.table.columns["key"], part.table.columns["lat"], box)


def names(version: Version, rows) -> list[str]:
    found = b"".join(version.texts("name", rows)).decode()
    return [name[1:] for name in found.split(">")[:-1]]


ids = st.text("abcdefgh", min_size=1, max_size=3)
things = st.builds(
    Thing,
    st.integers(0, 40).map(lambda n: 2 + n / 100),
    st.integers(0, 40).map(lambda n: 48 + n / 100),
    st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True).map(tuple),
)
world = st.dictionaries(ids, things, max_size=25)
changes = st.lists(st.dictionaries(ids, st.none() | things, min_size=1, max_size=6), max_size=6)


@tried_on(150)
@given(world, changes, st.integers(0, 4))
def test_versions_follow_a_dictionary(start, batches, limit) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "RECENT_MIN", limit)
        model, version = dict(start), Version.of(segment(start))
        for batch in batches:
            renewed = {key: thing for key, thing in batch.items() if thing is not None}
            model = {k: t for k, t in model.items() if k not in batch} | renewed
            version = version.apply(sorted(batch), segment(renewed))
            check(version, model)
        check(version.merged(), model)
        assert not version.merged().changed


def check(version: Version, model: dict[str, Thing]) -> None:
    assert len(version) == len(model)
    rows = version.select(everything, None)
    expected = sorted(model, key=lambda k: sort_key(k, model[k]))
    assert names(version, rows) == expected
    box = (2.1, 48.1, 2.3, 48.3)
    assert names(version, version.select(everything, box)) == [
        k for k in expected if 2.1 <= model[k].lon <= 2.3 and 48.1 <= model[k].lat <= 48.3
    ]
    for key, thing in model.items():
        found = version.find(key)
        assert found is not None
        part, row = found
        assert bytes(part.table.texts["name"][row]) == f"<{key}>".encode()
        first, last = part.bounds[row], part.bounds[row + 1]
        assert part.parts.columns["n"][first:last].tolist() == list(thing.parts)
        assert version.find_part(f"{key}.{thing.parts[0]}") is not None
    values, owners = version.parts("n", rows)
    counted = [(expected[o], n) for o, n in zip(owners.tolist(), values.tolist(), strict=True)]
    assert sorted(counted) == sorted((k, n) for k, t in model.items() for n in t.parts)
    nearest(version, model)


def sort_key(key: str, thing: Thing):
    lon, lat = spatial.fixed(thing.lon), spatial.fixed(thing.lat)
    place = int(spatial.keys(np.array([lon], np.int32), np.array([lat], np.int32))[0])
    return place, lat, key.encode()


def nearest(version: Version, model: dict[str, Thing]) -> None:
    here = (2.2, 48.2)
    rows, away = neighbours.nearest(version, here, metres=15_000, most=5)
    exact = neighbours.nearest(version, here, metres=15_000, most=5, search=everything)
    assert (rows.tolist(), away.tolist()) == (exact[0].tolist(), exact[1].tolist())
    brute = sorted(
        float(d)
        for d in spatial.metres(
            spatial.haversines(
                np.array([spatial.fixed(t.lon) for t in model.values()]),
                np.array([spatial.fixed(t.lat) for t in model.values()]),
                here,
            )
        )
        if d <= 15_000
    )[:5]
    assert away.tolist() == pytest.approx(brute)
    assert len(rows) == len(brute)


crowded = st.builds(
    Thing,
    st.sampled_from((2.3, 2.3001)),
    st.sampled_from((48.1, 48.1001, 48.1002)),
    st.just((1,)),
)
"""Few places: most have the same key as others, some the same position."""


@tried_on(60)
@given(
    st.dictionaries(ids, crowded, max_size=12),
    st.dictionaries(ids, crowded, max_size=6),
    st.data(),
)
def test_rows_of_two_tables_are_put_in_order_by_place_then_id(one, other, data) -> None:
    base, recent = segment(one), segment({k: t for k, t in other.items() if k not in one})
    dead = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(base), max_size=len(base))), dtype=np.bool_
    )
    both = base.without(dead, recent)
    columns = both.table.columns
    by_place = np.lexsort((both.table.ids, columns["lat"], columns["key"]))
    assert by_place.tolist() == list(range(len(both)))
    for table in (both.table, both.parts):
        assert table.by_id.tolist() == np.argsort(table.ids).tolist()
    assert len(both) == len(base) - dead.sum() + len(recent)


def test_what_is_not_there_is_not_found() -> None:
    version = Version.of(segment({"ab": Thing(2, 48, (1,))}))
    for key in ("", "a", "abc", "zz", "ab ", "é"):
        assert version.find(key) is None
        assert version.find_part(key) is None
    assert version.find("ab") is not None
    assert Version.of(segment({})).find("ab") is None


def test_a_withdrawn_object_is_gone_from_every_door() -> None:
    version = Version.of(segment({"a": Thing(2, 48, (1,)), "b": Thing(2, 48, (2,))}))
    version = version.apply(["a"], segment({}))
    assert version.find("a") is None
    assert version.find_part("a.1") is None
    assert names(version, version.select(everything, None)) == ["b"]
    for search in (neighbours.nearby, everything):
        found = neighbours.nearest(version, (2, 48), metres=10, most=5, search=search)
        assert found[0].size == 1


def test_any_part() -> None:
    part = segment(
        {"a": Thing(2, 48, (1, 2)), "b": Thing(2.1, 48, (3,)), "c": Thing(2.2, 48, (2,))}
    )
    values = part.parts.columns["n"]
    kept = part.any_part(np.arange(3), lambda rows: values[rows] == 2)
    assert kept.tolist() == [0, 2]
    assert part.any_part(np.arange(3), lambda rows: values[rows] > 9).size == 0
    assert part.any_part(np.array([], dtype=np.int64), lambda rows: values[rows] > 0).size == 0


@given(st.lists(st.integers(0, 30), unique=True).map(sorted))
def test_runs_and_ranges_are_inverse(numbers) -> None:
    starts, ends = runs(np.array(numbers, dtype=np.int64))
    assert ranges(starts, ends).tolist() == numbers


def test_runs_break_where_the_source_changes() -> None:
    starts, ends = runs(np.array([0, 1, 2, 3]), np.array([0, 0, 1, 1]))
    assert (starts.tolist(), ends.tolist()) == ([0, 2], [2, 4])


def test_joined_and_gather_read_across_tables() -> None:
    one, two = texts([b"a", b"bb"]), texts([b"ccc", b"d"])
    assert b"".join(joined([one, two], np.array([3, 0, 1, 2]))) == b"dabbccc"
    values = gather([np.array([1, 2]), np.array([3, 4])], np.array([3, 0]))
    assert values.tolist() == [4, 1]


def test_a_vocabulary_never_forgets() -> None:
    words = Vocabulary()
    assert [words.number(word) for word in ("x", "y", "x")] == [0, 1, 0]
    assert words.find("z") is None
    assert words.words == ["x", "y"]


@given(st.lists(st.integers(-3, 3)).map(sorted))
def test_the_first_place_of_each_value(values) -> None:
    places = firsts_of(np.array(values, dtype=np.int64))
    assert places.tolist() == [values.index(one) for one in sorted(set(values))]
