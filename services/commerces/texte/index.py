"""The words of listings: which of them hold every word of a question, and how well."""

from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from services.commerces.texte.lexique import POIDS_BITS, POIDS_MAX, Lexique
from shared.memory.columns import Ints, Texts, are_first, firsts_of, ranges
from shared.memory.made import Made

COLONNES_MAX: Final = 32
"""Words of which an index keeps what each document brings: 14 MB of 107,000 listings."""
ROW_BITS: Final = 32
_ROOM: Final = np.uint64((1 << ROW_BITS + POIDS_BITS) - (1 << POIDS_BITS))
"""What makes room for a row between a word's number and its weight, times the number."""

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Variantes:
    """The words, ascending, that one word of a question may stand for, and what each counts for."""

    numbers: Ints
    qualities: Scores


Question = tuple[Variantes, ...]
"""A question as indexes take it: a listing must have one variant of each word."""


@dataclass(frozen=True, slots=True)
class Index:
    """The words of a segment's documents. Never changed once made."""

    size: int
    """How many documents."""
    numbers: Ints
    """The words they have, ascending."""
    bounds: Ints
    """The documents of word i are rows[bounds[i]:bounds[i + 1]]."""
    rows: NDArray[np.uint32]
    weights: NDArray[np.uint16]
    """What its texts weigh together."""
    columns: dict[Variantes, Scores] = field(default_factory=dict, repr=False)
    """How well each document answers the words last asked beside rarer ones."""

    @classmethod
    def of(cls, documents: Texts, lexique: Lexique) -> Self:
        """The index of documents that `lexique` encoded, in their order."""
        lexique.settle()
        buffer = documents.buffer[documents.offsets[0] : documents.offsets[-1]]
        counts = documents.lengths() // np.dtype(np.uint32).itemsize
        # One sort of whole numbers: word, then row, then weight. There are millions of them, and
        # this is when a service that starts holds most: in place, and two such columns at once.
        entries = np.frombuffer(buffer, dtype=np.uint32).astype(np.uint64)
        room = entries >> POIDS_BITS
        room *= _ROOM
        entries += room
        del room
        entries += np.repeat(np.arange(counts.size, dtype=np.uint64) << POIDS_BITS, counts)
        entries.sort()
        weights = (entries & POIDS_MAX).astype(np.uint16)
        entries >>= POIDS_BITS
        first = are_first(entries)
        if first.size:
            weights = np.add.reduceat(weights, first.nonzero()[0], dtype=np.uint16)
        entries = entries[first]
        rows = entries.astype(np.uint32)  # its last bits
        entries >>= ROW_BITS
        firsts = firsts_of(entries)
        return cls(
            counts.size,
            entries[firsts].astype(np.int64),
            np.append(firsts, entries.size),
            rows,
            weights,
        )

    def frequencies(self, numbers: Ints) -> Ints:
        """In how many documents each of these words is."""
        places, known = self._places(numbers)
        counts = np.zeros(numbers.size, dtype=np.int64)
        counts[known] = self.bounds[places + 1] - self.bounds[places]
        return counts

    def search(self, question: Question) -> tuple[Ints, Scores]:
        """The documents that answer a question, ascending, and how well each does."""
        if not question:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        rarest, *others = sorted(question, key=self._size_of)
        rows, scores = self._found(rarest)
        for word in others:
            more = self._column(word).take(rows)
            both = (more > 0).nonzero()[0]
            rows, scores = rows.take(both), scores.take(both) + more.take(both)
        return rows, scores

    def _size_of(self, word: Variantes) -> int:
        """How many documents have a variant of a word, at most."""
        return int(self.frequencies(word.numbers).sum())

    def _column(self, word: Variantes) -> Scores:
        """How well each document answers a word, 0 for those that do not.

        The words that people add to others are the same few.
        """
        column = self.columns.get(word)
        if column is None:
            column = np.zeros(self.size, dtype=np.float32)
            rows, scores = self._found(word)
            column[rows] = scores
            if len(self.columns) >= COLONNES_MAX:
                self.columns.clear()
            self.columns[word] = column
        return column

    def _places(self, numbers: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """Where words are in `numbers`, and which of them are."""
        places = self.numbers.searchsorted(numbers)
        known = places < self.numbers.size
        known[known] = self.numbers[places[known]] == numbers[known]
        return places[known], known

    def _found(self, word: Variantes) -> tuple[Ints, Scores]:
        """The documents that have a variant of a word, ascending, with the best it brings."""
        places, known = self._places(word.numbers)
        starts, ends = self.bounds[places], self.bounds[places + 1]
        qualities = word.qualities[known]
        if places.size == 1:
            only = slice(int(starts[0]), int(ends[0]))
            return self.rows[only].astype(np.int64), self.weights[only] * qualities[0]
        at = ranges(starts, ends)
        found = self.rows.take(at)
        values = self.weights.take(at) * np.repeat(qualities, ends - starts)
        best = np.zeros(self.size, dtype=np.float32)
        np.maximum.at(best, found, values)
        marks = np.zeros(self.size, dtype=np.bool_)
        marks[found] = True
        rows = np.flatnonzero(marks)
        return rows, best[rows]


class Indexes:
    """The indexes of the segments in use."""

    def __init__(self, lexique: Lexique) -> None:
        self.lexique = lexique
        self._made: Made[Texts, Index] = Made(lambda documents: Index.of(documents, lexique))

    def of(self, documents: Texts) -> Index:
        """The index of the documents of a segment, which `lexique` encoded."""
        return self._made.of(documents)
