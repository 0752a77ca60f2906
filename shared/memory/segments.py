"""Versions of a read model: a large immutable base plus the few rows changed since."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from shared.memory.columns import Array, Ints, Table, firsts_of, gather, joined, merge, ranges
from shared.memory.spatial import Box, spans

RECENT_MIN = 4_000
"""Rows changed before a merge is worth its cost, however small the base: a change costs 5 ms at
that many; at 1,000 changes a second on 75,000 objects, fewer would mean a merge every second."""
Search = Callable[["Segment", Box | None], Ints]
"""Row numbers of a segment that a search keeps inside a box (None: everywhere), ascending."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Objects sorted by place, each with its parts (a station and its charging points)."""

    table: Table
    """Columns `key`, `lon`, `lat` (shared.memory.spatial) and what the service filters by."""
    parts: Table
    """The parts of object i are the rows bounds[i]:bounds[i+1]."""
    bounds: Ints

    @classmethod
    def of(cls, table: Table, parts: Table, counts: Sequence[int]) -> Self:
        """Sort objects by place; their parts come in the order of the objects given."""
        bounds = np.zeros(len(table) + 1, dtype=np.int64)
        np.cumsum(np.asarray(counts, dtype=np.int64), out=bounds[1:])
        given = np.arange(len(table), dtype=np.int64)
        if np.array_equal(place_order([table], given), given):
            return cls(table, parts, bounds)  # as it is: a copy would double the memory of a load
        return cls._sorted([cls(table, parts, bounds)], given)

    @classmethod
    def _sorted(cls, segments: Sequence["Segment"], rows: Ints) -> Self:
        """The rows of segments put end to end, as one segment."""
        rows = rows[place_order([segment.table for segment in segments], rows)]
        shifts = np.cumsum([0, *(len(segment.parts) for segment in segments)])
        starts = np.concatenate(
            [s.bounds[:-1] + shift for s, shift in zip(segments, shifts, strict=False)]
        )[rows]
        counts = np.concatenate([np.diff(s.bounds) for s in segments])[rows]
        bounds = np.zeros(rows.size + 1, dtype=np.int64)
        np.cumsum(counts, out=bounds[1:])
        return cls(
            merge([s.table for s in segments], rows),
            merge([s.parts for s in segments], ranges(starts, starts + counts)),
            bounds,
        )

    def __len__(self) -> int:
        return len(self.table)

    def without(self, dead: NDArray[np.bool_], other: "Segment") -> "Segment":
        """This segment less its dead rows, plus another."""
        alive = np.flatnonzero(~dead)
        extra = np.arange(len(self), len(self) + len(other), dtype=np.int64)
        return Segment._sorted([self, other], np.concatenate((alive, extra)))

    def owner_of(self, part: str) -> int | None:
        """Row of the object that owns a part."""
        row = self.parts.find(part)
        # Seen as memory, bounds are Python's own numbers.
        return None if row is None else bisect_right(self.bounds.data, row) - 1

    def any_part(self, rows: Ints, keep: Callable[[Ints], NDArray[np.bool_]]) -> Ints:
        """Those of `rows` with at least one part for which `keep` holds."""
        starts, ends = self.bounds[rows], self.bounds[rows + 1]
        kept = keep(ranges(starts, ends))
        owner = np.repeat(np.arange(rows.size), ends - starts)[kept]
        return rows[owner[firsts_of(owner)]]


def place_order(tables: Sequence[Table], rows: Ints) -> Ints:
    """The permutation that sorts rows of tables put end to end by place, then by id.

    Rows of tables come as runs that are in this order already: a stable sort of their keys only
    joins these, and what else tells rows apart is read where keys are the same.
    """
    key = gather([table.columns["key"] for table in tables], rows)
    order: Ints = key.argsort(kind="stable")
    key = key[order]
    same = key[1:] == key[:-1]
    if same.any():
        tied = np.zeros(key.size, dtype=np.bool_)
        tied[1:] = same
        tied[:-1] |= same
        places = np.flatnonzero(tied)
        chosen = rows[order[places]]
        by = (
            gather([table.ids for table in tables], chosen),
            gather([table.columns["lat"] for table in tables], chosen),
            key[places],
        )
        order[places] = order[places][np.lexsort(by)]
    return order


@dataclass(frozen=True, slots=True)
class Version:
    """One state of the read model. Rows past the base's are those of `recent`."""

    base: Segment
    recent: Segment
    dead: NDArray[np.bool_]
    """Rows of the base that were replaced or withdrawn since."""
    changed: bool
    """Whether any row is dead or recent: an unchanged base needs no masks."""

    @classmethod
    def of(cls, base: Segment) -> Self:
        nothing = Segment._sorted([base], np.empty(0, dtype=np.int64))  # noqa: SLF001 same module
        return cls(base, nothing, np.zeros(len(base), dtype=np.bool_), changed=False)

    def apply(self, ids: Sequence[str], renewed: Segment) -> "Version":
        """The version in which the objects `ids` are those of `renewed`, or gone.

        The cost follows the number of recent rows; of the base, only a byte a row is copied. Past
        a hundredth of the base the two are merged.
        """
        touched = np.asarray([key.encode() for key in ids], dtype=np.bytes_)
        dead = self.dead.copy()
        dead[self.base.table.find_many(touched)] = True
        stale = np.zeros(len(self.recent), dtype=np.bool_)
        stale[self.recent.table.find_many(touched)] = True
        recent = self.recent.without(stale, renewed)
        version = Version(self.base, recent, dead, changed=True)
        limit = max(RECENT_MIN, len(self.base) // 100)
        return version.merged() if len(recent) > limit else version

    def merged(self) -> "Version":
        """The same objects, all in the base."""
        return Version.of(self.base.without(self.dead, self.recent)) if self.changed else self

    def __len__(self) -> int:
        return len(self.base) - int(self.dead.sum()) + len(self.recent)

    @property
    def segments(self) -> list[Segment]:
        return [self.base, self.recent] if self.changed else [self.base]

    def select(self, search: Search, box: Box | None) -> Ints:
        """Rows kept by a search in a box, in the order of place."""
        rows = search(self.base, box)
        if not self.changed:
            return rows
        rows = rows[~self.dead[rows]]
        extra = search(self.recent, box)
        if not extra.size:
            return rows
        rows = np.concatenate((rows, extra + len(self.base)))
        return rows[place_order([self.base.table, self.recent.table], rows)]

    def column(self, name: str, rows: Ints) -> Array:
        """A column of the objects at `rows`."""
        return gather([segment.table.columns[name] for segment in self.segments], rows)

    def parts(self, name: str, rows: Ints) -> tuple[Array, Ints]:
        """A column of the parts of the objects at `rows`, and whose each is (place in `rows`)."""
        values, owners = [], []
        for segment, parts, owner in self.each_parts(rows):
            values.append(segment.parts.columns[name][parts])
            owners.append(owner)
        return np.concatenate(values), np.concatenate(owners)

    def each_parts(self, rows: Ints) -> Iterator[tuple[Segment, Ints, Ints]]:
        """By segment: the parts of the objects at `rows`, and whose each is (place in `rows`)."""
        shift = 0
        for segment in self.segments:
            here = rows - shift
            places = np.flatnonzero((here >= 0) & (here < len(segment)))
            here = here[places]
            starts, ends = segment.bounds[here], segment.bounds[here + 1]
            yield segment, ranges(starts, ends), np.repeat(places, ends - starts)
            shift += len(segment)

    def texts(self, name: str, rows: Ints) -> list[memoryview]:
        """A text of the objects at `rows`, joined in few slices."""
        return joined([segment.table.texts[name] for segment in self.segments], rows)

    def each_text(self, name: str, rows: Ints) -> list[memoryview]:
        """A text of the objects at `rows`, one slice each."""
        if not self.changed:
            return self.base.table.texts[name].each(rows)
        places = map(self.locate, rows.tolist())
        return [segment.table.texts[name][place] for segment, place in places]

    def id_at(self, row: int) -> bytes:
        segment, place = self.locate(row)
        found: bytes = segment.table.ids[place]
        return bytes(found)

    def locate(self, row: int) -> tuple[Segment, int]:
        if row < len(self.base):
            return self.base, row
        return self.recent, row - len(self.base)

    def find(self, key: str) -> tuple[Segment, int] | None:
        """Where an object is, by its id."""
        return self._living(lambda segment: segment.table.find(key))

    def row_of(self, key: str) -> int | None:
        """The row of an object, by its id."""
        found = self.find(key)
        return None if found is None else self.row_at(*found)

    def row_at(self, segment: Segment, place: int) -> int:
        """The row of the object at a place of a segment; `locate` is the way back."""
        return place if segment is self.base else place + len(self.base)

    def find_part(self, key: str) -> tuple[Segment, int] | None:
        """Where the object is that owns a part, by the part's id."""
        return self._living(lambda segment: segment.owner_of(key))

    def _living(self, search: Callable[[Segment], int | None]) -> tuple[Segment, int] | None:
        row = search(self.recent)
        if row is not None:
            return self.recent, row
        row = search(self.base)
        if row is None or self.dead[row]:
            return None
        return self.base, row

    def spans(self, box: Box) -> list[tuple[int, int]] | None:
        """The objects in a box as runs of rows, when nothing changed since the base.

        What a map asks for at each move: no array of rows is made, only slices are cut.
        """
        if self.changed:
            return None
        columns = self.base.table.columns
        return spans(columns["key"], columns["lat"], box)
