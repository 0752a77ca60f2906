"""Opening slots of one day, for many schedules at once, as arrays to compare with a minute."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from shared.memory.columns import Array, Ints, firsts_of, picked

if TYPE_CHECKING:
    from array import array

LEVELS: Final = 2
"""Spans of a day that are laid out for all hours at once."""
LATER: Final = -1
"""Instead of a minute: farther, or not surely."""

Chosen = Ints | slice
"""Some hours by number, or all of them."""


def in_columns(numbers: "array[int]", width: int) -> Array:
    return np.ascontiguousarray(np.array(numbers, dtype=np.int32).reshape(-1, width).T)


class Spans(NamedTuple):
    """Spans of a day as columns: whose, minutes, and the state they give."""

    owner: Array
    start: Array
    end: Array
    state: Array

    @classmethod
    def of(cls, numbers: "array[int]") -> Self:
        columns = in_columns(numbers, 4)
        return cls(columns[0], *(column.astype(np.int16) for column in columns[1:]))

    def where(self, kept: Array) -> "Spans":
        return Spans(*(column[kept] for column in self))

    def shift(self, *, owner: int = 0, minutes: int = 0) -> "Spans":
        return Spans(self.owner + owner, self.start + minutes, self.end + minutes, self.state)


def join(parts: Sequence[Spans]) -> Spans:
    return Spans(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


class Day(NamedTuple):
    """Spans of one day, laid out to be compared with a minute: few hours have more than two."""

    sides: NDArray[np.int16]
    """By hours: start and end of its first span, then of the second, side by side as they are
    read together; 0 and 0 for none. No column where few have any."""
    rest: Spans
    """What is left: third spans, and all of them where few have any."""
    several: NDArray[np.bool_]
    """Which hours have any of those left."""

    @classmethod
    def of(cls, spans: Spans, size: int) -> Self:
        spans = spans.where(np.argsort(spans.owner, kind="stable"))
        firsts = firsts_of(spans.owner)
        counts = np.diff(firsts, append=spans.owner.size)
        rank = np.arange(spans.owner.size) - np.repeat(firsts, counts)
        levels = 0
        while levels < LEVELS and 4 * np.count_nonzero(rank == levels) > size:
            levels += 1
        sides = np.zeros((size, 2 * levels), dtype=np.int16)
        for level in range(levels):
            here = spans.where(rank == level)
            sides[here.owner, 2 * level], sides[here.owner, 2 * level + 1] = here.start, here.end
        rest = spans.where(rank >= levels)
        several = np.zeros(size, dtype=np.bool_)
        several[rest.owner] = True
        return cls(sides, rest, several)

    @property
    def empty(self) -> bool:
        return not self.sides.size and not self.rest.owner.size

    def holds(self, minute: int, chosen: Chosen) -> NDArray[np.bool_]:
        """Which of the hours chosen have a span that holds a minute."""
        marks, rest = np.zeros(self.several.size, dtype=np.bool_), self.rest
        if rest.owner.size:
            marks[rest.owner[(rest.start <= minute) & (minute < rest.end)]] = True
        held: NDArray[np.bool_] = picked(marks, chosen)
        for start, end in self._levels(chosen):
            held |= (start <= minute) & (minute < end)
        return held

    def ends(self, minute: int, chosen: Ints) -> Ints:
        """When the span ends that began this day and holds a minute, maybe in the night after it.

        LATER where that is not so simple: another span of this day follows it at once.
        """
        levels = self._levels(chosen)
        found = np.full(chosen.size, LATER, dtype=np.int64)
        for start, end in levels:
            here = (start >= 0) & (start <= minute) & (minute < end)
            found[here] = np.maximum(found, end)[here]
        for start, end in levels:
            found[(start <= found) & (found < end)] = LATER
        found[self.several.take(chosen)] = LATER
        return found

    def open_then(self, minutes: Ints, chosen: Ints) -> NDArray[np.bool_]:
        """Which of the hours chosen have a span that holds a minute, each its own.

        Also true of those that have more spans than are laid out.
        """
        found: NDArray[np.bool_] = self.several.take(chosen)
        for start, end in self._levels(chosen):
            found |= (start <= minutes) & (minutes < end)
        return found

    def _levels(self, chosen: Chosen) -> Sequence[tuple[Array, Array]]:
        """Starts and ends of the first spans of the hours chosen, then of the second."""
        sides = picked(self.sides, chosen)
        return [(sides[:, n], sides[:, n + 1]) for n in range(0, sides.shape[1], 2)]
