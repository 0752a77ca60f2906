"""The vocabulary of the text search: each word ever indexed, its stem family, near spellings."""

import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from services.commerces.mots import groups, racine, split
from shared.memory.columns import Vocabulary

POIDS_MAX: Final = 255
POIDS_BITS: Final = 8
MEMO_MAX: Final = 50_000
"""Groups of words whose numbers are remembered."""
ONE_EDIT: Final = 5
"""Letters from which a word may be one edit away from what was meant; written, one less will do."""
TWO_EDITS: Final = 8
"""Letters from which both may be two edits apart."""
TRAITS: Final = 6
"""Traits that one edit changes at most: two letters swapped change three pairs for three others."""
LAST: Final = "\U0010ffff"

Champ = tuple[int, str]
"""How much the words of a text weigh, 1 to 255, and the text."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The first words of the lexicon, laid out for two questions: what starts so, what is near."""

    count: int
    ordered: list[str]
    sizes: NDArray[np.uint8]
    """Letters of each word, less its mark; 0 when something else is in it: nothing is near it."""
    marks: NDArray[np.uint32]
    """What tells the words of an address or of a label from those of texts; 0 of the latter."""
    traits: NDArray[np.uint64]
    """What tells most words apart before they are compared letter by letter."""


class Lexique:
    """Numbers for words, given in order of appearance and never taken back.

    Segments of the vitrine share it, so that their words have the same number and a merge touches
    numbers only. One thread adds words, others may look them up meanwhile.
    """

    def __init__(self) -> None:
        self._words = Vocabulary()
        self._families: dict[str, list[int]] = {}
        self._known = _Known(
            0, [], np.empty(0, np.uint8), np.empty(0, np.uint32), np.empty(0, np.uint64)
        )
        self._lock = threading.Lock()
        # Nearly all words of a listing were in another before.
        memo = lru_cache(maxsize=MEMO_MAX)
        self._parts = memo(lambda group: self._packed(split(group)[0]))
        self._wholes = memo(lambda group: self._packed(chain.from_iterable(split(group))))

    def encode(self, champs: Sequence[Champ]) -> bytes:
        """The words of each text of a document with what they weigh in it, as an index reads them.

        The first text is its name: what is written without a space there is found as one word.
        A word weighs more in a short text, up to twice as much.
        """
        weighed = [poids for poids, _ in champs]
        if min(weighed, default=1) < 1 or sum(weighed) > POIDS_MAX:
            raise ValueError("each text of a document weighs something, and all 255 at most")
        entries = array("I")
        memo = self._wholes
        for poids, texte in champs:
            found = set(chain.from_iterable(map(memo, groups(texte))))
            memo = self._parts
            if found:
                share = (poids * (len(found) + 1) + len(found)) // (2 * len(found))
                entries.fromlist([packed | share for packed in found])
        return entries.tobytes()

    def encode_word(self, word: str, poids: int) -> bytes:
        """One word of a document, as it is: with its mark, it is near those of its kind only."""
        return array("I", [self._number(word) << POIDS_BITS | poids]).tobytes()

    def _packed(self, words: Iterable[str]) -> list[int]:
        """The numbers of words, with room for what they weigh."""
        return [self._number(word) << POIDS_BITS for word in words]

    def _number(self, word: str) -> int:
        number = self._words.find(word)
        if number is None:
            with self._lock:
                number = self._words.number(word)
                self._families.setdefault(racine(word), []).append(number)
        return number

    def settle(self) -> None:
        """Make the words added since the last time findable by their start and by likeness."""
        known = self._known
        with self._lock:
            new = self._words.words[known.count :]
            if not new:
                return
            # Two runs already in order: sorting joins them in one pass.
            ordered = sorted(known.ordered + sorted(new))
            marks, letters = zip(*map(_parted, new), strict=True)
            self._known = _Known(
                known.count + len(new),
                ordered,
                np.concatenate((known.sizes, np.array(list(map(len, letters)), np.uint8))),
                np.concatenate((known.marks, np.array(marks, np.uint32))),
                np.concatenate((known.traits, np.array(list(map(_traits, new)), np.uint64))),
            )

    def find(self, word: str) -> int | None:
        return self._words.find(word)

    def family(self, word: str) -> list[int]:
        """The words that share a word's root."""
        return self.family_of(racine(word))

    def family_of(self, root: str) -> list[int]:
        return list(self._families.get(root, ()))

    def word(self, number: int) -> str:
        return self._words.words[number]

    def starting(self, prefix: str) -> list[int]:
        """The words that start so."""
        ordered = self._known.ordered
        first, end = bisect_left(ordered, prefix), bisect_left(ordered, prefix + LAST)
        return [number for word in ordered[first:end] if (number := self.find(word)) is not None]

    def near(self, word: str) -> list[tuple[int, int]]:
        """The other words one or two edits away, as their size allows, with that distance."""
        mark, letters = _parted(word)
        size = len(letters)
        if size < ONE_EDIT - 1:
            return []
        most = 2 if size >= TWO_EDITS else 1
        known = self._known
        shortest = max(size - most, ONE_EDIT - 1 if size >= ONE_EDIT else ONE_EDIT)
        likely = known.sizes - np.uint8(shortest) <= size + most - shortest
        likely &= known.marks == mark
        likely &= np.bitwise_count(known.traits ^ np.uint64(_traits(word))) <= TRAITS * most
        numbers = np.flatnonzero(likely)
        spelled = list(map(self._words.words.__getitem__, numbers.tolist()))
        away = cdist([word], spelled, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8)[0]
        close = np.flatnonzero((away > 0) & (away <= most))
        pairs = zip(numbers[close].tolist(), away[close].tolist(), strict=True)
        return [
            (number, distance)
            for number, distance in pairs
            if distance == 1 or known.sizes[number] >= TWO_EDITS
        ]


def _parted(word: str) -> tuple[int, str]:
    """The mark that begins a word which is of no text, 0 without, and its letters if all are."""
    mark, letters = (0, word) if word[0].isalnum() else (ord(word[0]), word[1:])
    return mark, letters if letters.isalpha() else ""


def _traits(word: str) -> int:
    """Which letters and pairs of letters a word has, hashed to a bit each."""
    bits, before = 0, 0
    for letter in word:
        code = ord(letter)
        bits |= 1 << (code & 31) | 1 << (32 + ((before * 7 + code) & 31))
        before = code
    return bits | 1 << (32 + (before * 7 & 31))
