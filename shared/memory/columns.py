"""Immutable in-memory columns, the building blocks of the read models."""

import threading
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Array = NDArray[Any]


def runs(indices: Ints, source: Ints | None = None) -> tuple[Ints, Ints]:
    """Starts and ends (exclusive) of the runs of consecutive numbers in `indices`.

    Neighbours on the map are neighbours in memory, so a search that selects 500 objects is a
    few dozen runs: one slice each instead of 500. A run also ends where `source` changes.
    """
    if not indices.size:
        return indices, indices
    split = indices[1:] - indices[:-1] != 1
    if source is not None:
        split |= source[1:] != source[:-1]
    breaks = split.nonzero()[0]
    starts = np.concatenate((indices[:1], indices[breaks + 1]))
    ends = np.concatenate((indices[breaks], indices[-1:])) + 1
    return starts, ends


def a_bit_each(values: Mapping[str, Sequence[str]]) -> Mapping[str, Mapping[str, int]]:
    """A bit of its own for each value of each name: a row says all it has in one number."""
    place = count()
    return {name: {value: 1 << next(place) for value in own} for name, own in values.items()}


def ranges(starts: Ints, ends: Ints) -> Ints:
    """All numbers of the half-open ranges [start, end), in order."""
    counts = ends - starts
    shifts = (starts - (counts.cumsum() - counts)).repeat(counts)
    numbers: Ints = np.arange(shifts.size, dtype=np.int64) + shifts
    return numbers


def are_first(ordered: Array) -> NDArray[np.bool_]:
    """Whether each value of an ordered column is the first of its kind."""
    first = np.ones(ordered.size, dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def firsts_of(ordered: Array) -> Ints:
    """Where each value of an ordered column comes first."""
    return are_first(ordered).nonzero()[0]


def picked(column: Array, chosen: Ints | slice) -> Array:
    """Values of a column: of some rows, or of a run of them without a copy."""
    # For rows by number, `take` is twice as fast as brackets.
    return column[chosen] if isinstance(chosen, slice) else column.take(chosen, axis=0)


def gather(arrays: Sequence[Array], rows: Ints) -> Array:
    """Values at `rows` of arrays put end to end, without putting them end to end."""
    if len(arrays) == 1:
        return arrays[0].take(rows, axis=0)
    first, second = arrays
    shape = (rows.size, *first.shape[1:])
    values = np.empty(shape, dtype=np.promote_types(first.dtype, second.dtype))
    here = rows < len(first)
    values[here] = first[rows[here]]
    values[~here] = second[rows[~here] - len(first)]
    return values


@dataclass(frozen=True, slots=True)
class Texts:
    """Byte strings end to end in one buffer: item i is buffer[offsets[i]:offsets[i + 1]]."""

    buffer: memoryview
    offsets: Ints

    def __getitem__(self, i: int) -> memoryview:
        return self.buffer[self.offsets[i] : self.offsets[i + 1]]

    def slices(self, indices: Ints) -> list[memoryview]:
        """The items at `indices`, in as few slices of the buffer as can be."""
        starts, ends = runs(indices)
        offsets, buffer = self.offsets, self.buffer
        return [
            buffer[a:b]
            for a, b in zip(offsets[starts].tolist(), offsets[ends].tolist(), strict=True)
        ]

    def each(self, indices: Ints) -> list[memoryview]:
        """The items at `indices`, one slice each."""
        starts, ends = self.offsets[indices].tolist(), self.offsets[indices + 1].tolist()
        buffer = self.buffer
        return [buffer[a:b] for a, b in zip(starts, ends, strict=True)]

    def cut(self, spans: Sequence[tuple[int, int]]) -> list[memoryview]:
        """The items of half-open runs of rows."""
        # Seen as memory, offsets are Python's own numbers: NumPy would make an object of each.
        offsets, buffer = self.offsets.data, self.buffer
        return [buffer[offsets[start] : offsets[end]] for start, end in spans]

    def lengths(self) -> Ints:
        return np.diff(self.offsets)


class Writer:
    """Texts while they grow: one buffer, and no object an item that the heap would keep."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._offsets = array("q", [0])

    def append(self, item: bytes) -> None:
        self._buffer += item
        self._offsets.append(len(self._buffer))

    def texts(self) -> Texts:
        """What was written, not copied: nothing more can be."""
        offsets: Ints = np.frombuffer(self._offsets, dtype=np.int64)
        return Texts(memoryview(self._buffer).toreadonly(), offsets)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as columns: unique ids, numbers, texts. Never changed once made."""

    ids: NDArray[np.bytes_]
    columns: Mapping[str, Array]
    texts: Mapping[str, Texts]
    by_id: Ints
    """Row numbers in the order of the ids."""

    @classmethod
    def of(
        cls, ids: Sequence[bytes] | Array, columns: Mapping[str, Array], texts: Mapping[str, Texts]
    ) -> Self:
        array = np.asarray(ids, dtype=np.bytes_)
        return cls(array, columns, texts, np.argsort(array, kind="stable"))

    def __len__(self) -> int:
        return int(self.ids.size)

    def find(self, key: str) -> int | None:
        """Row number of an id."""
        wanted = key.encode()
        # A longer needle would be cut to the column's width, and found where it is not.
        if not len(self) or len(wanted) > self.ids.dtype.itemsize:
            return None
        # The needle takes the column's type: otherwise NumPy copies the column to the needle's.
        needle = np.array(wanted, dtype=self.ids.dtype)
        place = int(self.ids.searchsorted(needle, sorter=self.by_id))
        if place == len(self):
            return None
        row: int = self.by_id.item(place)
        return row if self.ids.item(row) == wanted else None

    def find_many(self, ids: NDArray[np.bytes_]) -> Ints:
        """Row numbers of those of `ids` that are here."""
        if not len(self) or not ids.size:
            return np.empty(0, dtype=np.int64)
        places = np.searchsorted(self.ids, ids, sorter=self.by_id)
        places[places == len(self)] = 0
        rows = self.by_id[places]
        found: Ints = rows[self.ids[rows] == ids]
        return found


def joined(texts: Sequence[Texts], order: Ints) -> list[memoryview]:
    """The items `order` of texts put end to end, in as few slices as can be."""
    if len(texts) == 1:
        return texts[0].slices(order)
    borders = np.cumsum([0, *(text.offsets.size - 1 for text in texts)])
    source = np.searchsorted(borders, order, side="right") - 1
    starts, ends = runs(order, source)
    which = np.searchsorted(borders, starts, side="right") - 1
    # Texts have one offset more than items: in offsets put end to end, each begins one farther.
    offsets = [text.offsets for text in texts]
    firsts, lasts = (gather(offsets, place + which).tolist() for place in (starts, ends))
    buffers = [text.buffer for text in texts]
    return [
        buffers[one][first:last]
        for one, first, last in zip(which.tolist(), firsts, lasts, strict=True)
    ]


def merge(tables: Sequence[Table], order: Ints) -> Table:
    """The rows `order` of tables of one shape put end to end."""
    first = tables[0]
    ids = np.concatenate([table.ids for table in tables])[order]
    return Table(
        ids,
        {
            name: np.concatenate([table.columns[name] for table in tables])[order]
            for name in first.columns
        },
        {
            name: _merge_texts([table.texts[name] for table in tables], order)
            for name in first.texts
        },
        _merged_by_id(tables, order, ids),
    )


def _merged_by_id(tables: Sequence[Table], order: Ints, ids: NDArray[np.bytes_]) -> Ints:
    """Row numbers of a merged table in the order of its ids, from those of its tables.

    Each gives a run in order: a stable sort only joins these.
    """
    shifts = np.cumsum([0, *map(len, tables)])
    row_of = np.full(shifts[-1], -1, dtype=np.int64)
    row_of[order] = np.arange(order.size)
    runs_of = [row_of[table.by_id + shift] for table, shift in zip(tables, shifts, strict=False)]
    by_id = np.concatenate(runs_of)
    by_id = by_id[by_id >= 0]
    merged: Ints = by_id[ids[by_id].argsort(kind="stable")]
    return merged


def _merge_texts(texts: Sequence[Texts], order: Ints) -> Texts:
    offsets = np.zeros(order.size + 1, dtype=np.int64)
    np.cumsum(np.concatenate([text.lengths() for text in texts])[order], out=offsets[1:])
    return Texts(memoryview(b"".join(joined(texts, order))), offsets)


class Vocabulary:
    """Numbers for words, given in order of appearance and never taken back."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.words: list[str] = []
        self._lock = threading.Lock()

    def number(self, word: str) -> int:
        """The word's number, a new one when it is unknown."""
        found = self._numbers.get(word)
        return self._new(word) if found is None else found

    def _new(self, word: str) -> int:
        # Several threads read the same objects: two words must not get one number.
        with self._lock:
            found = self._numbers.get(word)
            if found is None:
                found = len(self.words)
                self.words.append(word)
                self._numbers[word] = found
            return found

    def find(self, word: str) -> int | None:
        return self._numbers.get(word)
