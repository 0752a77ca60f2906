"""What a question means: the words that each of its words may stand for, what each counts for."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from math import log1p
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np

from services.commerces.mots import (
    GENERIQUES,
    JUMEAUX,
    VIDES,
    forme,
    groups,
    is_derived,
    racine,
    sans_pluriel,
    split,
)
from services.commerces.texte.index import Index, Question, Variantes
from services.commerces.texte.lexique import Lexique

QUESTION_MAX: Final = 200
"""Characters of a question that are read."""
MOTS_MAX: Final = 8
"""Words of a question that count."""
DEBUT_MIN: Final = 2
"""Letters from which the last word may be only the start of one."""
RARETE: Final = 10
"""How many times more listings a corrected word must have than the word as it was written."""
ENTIER: Final = 3
"""The same of a word that begins by one that many listings have."""
CONNUS_MAX: Final = 4_000
"""Words whose reading is kept."""
COURANT: Final = 1_000
"""A word that more than one listing in so many has is not looked at as misspelt."""
EXACT, FORME, DEBUT, RACINE, FAUTE_LOIN, FAUTE_RARE = 1.0, 0.9, 0.7, 0.6, 0.15, 0.05
FAUTES: Final = {1: 0.5, 2: 0.35}
"""What a word counts for by how it was found: as written, in another form, and so on; misspelt,
by the edits between, less when a nearer correction is there, and next to nothing when another as
near is far more frequent."""
UNIT: Final = 100
RIEN: Final[Collection[str]] = frozenset()


class Noms(NamedTuple):
    """What a question names that listings have a word of their own for; by default, nothing."""

    named: Callable[[Sequence[str]], Mapping[str, Collection[str]]] = lambda _: {}
    """Those words of a listing, by the words of the question that name it.

    The last word may be the start of what it names: « rue mouf ».
    """
    begun: Callable[[str], Iterable[str]] = lambda _: RIEN
    """Those of what a word may be the start of."""
    misspelt: Callable[[str], Iterable[str]] = lambda _: RIEN
    """Those of what a word that listings hardly have may mean."""
    unheard: Callable[[str], Iterable[str]] = lambda _: RIEN
    """Those of what a word that no listing has as it is written may mean."""


RIEN_DE_NOMME: Final = Noms()


def _telling(asked: Iterable[str]) -> list[str]:
    """The words of a question that say what is looked for; all of them when none does.

    « Magasin de jouets » asks for toys; « la boutique » may be a name.
    """
    words = list(asked)
    full = [word for word in words if word not in VIDES]
    return [word for word in full if word not in GENERIQUES] or full or words


class _Lu(NamedTuple):
    """A word that was read."""

    variantes: Variantes
    sure: bool
    """Whether listings have it as it is written, or a correction; its root alone is a guess."""


class Reader:
    """Finds what questions ask of some indexes together.

    Each gets the same question, so that one listing counts the same in a large base and in the
    few rows changed since. What a word stands for is kept: people ask the same words, and indexes
    never change.
    """

    def __init__(
        self, lexique: Lexique, indexes: Sequence[Index], noms: Noms = RIEN_DE_NOMME
    ) -> None:
        self._lexique = lexique
        self._indexes = indexes
        self._noms = noms
        self._size = sum(index.size for index in indexes)
        self._known: dict[tuple[str, bool, Collection[str]], _Lu] = {}

    def ask(self, texte: str, *, completer: bool = True) -> Question:
        """What a text asks; `completer`: the last word may be the start of one, as it is typed."""
        written = list(map(split, groups(texte[:QUESTION_MAX])))
        said = list(chain.from_iterable(parts for parts, _ in written))
        asked, named = dict.fromkeys(said), self._noms.named(said)
        # « boucherie de » is still being typed; « La » may be all there is.
        full = _telling(asked)
        last = full[-1] if completer and full else None
        found = {
            word: self._word(word, start=word == last, named=named.get(word, RIEN))
            for word in full[:MOTS_MAX]
        }
        for parts, wholes in written:
            if any(word in found and not found[word].sure for word in parts):
                # « beaux-ats »: « ats » is too short to be corrected, « beauxats » is not.
                for whole in wholes:
                    other = self._word(whole, start=parts[-1] == last)
                    if other.sure:
                        found = {word: found[word] for word in found if word not in parts}
                        found[whole] = other
        return tuple(one.variantes for one in found.values())

    def _word(self, word: str, *, start: bool, named: Collection[str] = RIEN) -> _Lu:
        known = self._known.get((word, start, named))
        if known is None:
            if len(self._known) >= CONNUS_MAX:
                self._known.clear()
            read = self._read(word, start=start, named=named)
            known = self._known[word, start, named] = read
        return known

    def _read(self, word: str, *, start: bool, named: Collection[str]) -> _Lu:
        found: dict[int, float] = {}
        self._add(found, self._found(word, *named), EXACT)
        self._add(found, self._found(JUMEAUX.get(word, word)), FORME)
        family, same = self._lexique.family(word), forme(word)
        forms = [one for one in family if forme(self._lexique.word(one)) == same]
        self._add(found, forms, FORME)
        if start and len(word) >= DEBUT_MIN:
            begun = chain.from_iterable(map(self._lexique.starting, named))
            begun = chain(self._starting(word), begun, self._found(*self._noms.begun(word)))
            self._add(found, begun, DEBUT)
        if not self._frequency(found):
            self._add(found, self._found(*self._noms.unheard(word)), EXACT)
        self._correct_named(found, named)
        sure = True
        if not self._common(found):
            self._correct(found, word, self._frequency(found))
            self._add(found, self._found(*self._noms.misspelt(word)), FAUTES[1])
            if not self._frequency(found):
                self._correct_named(found, self._noms.unheard(word))
            sure = self._frequency(found) > 0
            # What only shares its root is another word: it counts where the word hardly does.
            self._add(found, family, RACINE)
        return _Lu(self._weighed(found), sure)

    def _found(self, *words: str) -> Iterable[int]:
        """The numbers of words, of those that have one."""
        return (number for word in words if (number := self._lexique.find(word)) is not None)

    def _starting(self, word: str) -> Iterable[int]:
        """The words that a word begins: a plural finds what its singular does.

        One that many listings have is whole: « vin » asks for no vinyl records, but for what is
        made of it (« boucher », « boucherie ») or has far more listings.
        """
        single = sans_pluriel(word)
        start = word if self._lexique.find(single) is None else single
        begun = self._lexique.starting(start)
        written = [one for one in begun if sans_pluriel(self._lexique.word(one)) == single]
        # « Par » is where a perfume begins: as a word, nobody looks for it.
        if word in VIDES or word in GENERIQUES or not self._common(written):
            return begun
        likely = ENTIER * self._frequency(written)
        return [
            number
            for number, frequency in zip(begun, self._frequencies(begun), strict=True)
            if frequency >= likely or is_derived(self._lexique.word(number), start)
        ]

    def _weighed(self, found: Mapping[int, float]) -> Variantes:
        numbers = np.array(sorted(found), dtype=np.int64)
        qualities = np.array([found[number] for number in numbers.tolist()], dtype=np.float32)
        # Whole numbers, so that their sums do not depend on the order of addition.
        whole = np.rint(qualities * np.float32(UNIT * self._rarity(numbers)))
        return Variantes(numbers, np.maximum(whole, np.float32(1)))

    @staticmethod
    def _add(found: dict[int, float], numbers: Iterable[int], quality: float) -> None:
        for number in numbers:
            found.setdefault(number, quality)

    def _common(self, numbers: Iterable[int]) -> bool:
        """Whether so many listings have these words that they are not misspelt."""
        return self._frequency(numbers) * COURANT > self._size

    def _rarity(self, numbers: Iterable[int]) -> float:
        """More for a word that few listings have: in « resto japonais », the second."""
        return log1p(self._size / (1 + self._frequency(numbers)))

    def _correct(self, found: dict[int, float], word: str, written: int) -> None:
        """Add what was likely meant by a word that `written` listings have, which are few."""
        for number, quality in self._corrections(word, written):
            found.setdefault(number, quality)

    def _correct_named(self, found: dict[int, float], named: Iterable[str]) -> None:
        """The same of what is named: a shop that bears the name of a street is not that street."""
        for one in named:
            own = list(self._found(one))
            if not self._common(own):
                self._correct(found, one, self._frequency(own))

    def _corrections(self, word: str, written: int) -> Iterator[tuple[int, float]]:
        """The words that were likely meant by one that `written` listings have."""
        families = {
            racine(self._lexique.word(number)): distance
            for number, distance in sorted(
                self._lexique.near(word), key=itemgetter(1), reverse=True
            )
        }
        members = {root: self._lexique.family_of(root) for root in families}
        counts = iter(self._frequencies(chain.from_iterable(members.values())))
        frequencies = {root: sum(islice(counts, len(m))) for root, m in members.items()}
        nearer = False
        for distance in (1, 2):
            kept = [
                root
                for root, away in families.items()
                if away == distance and frequencies[root] >= max(1, RARETE * written)
            ]
            best = max((frequencies[root] for root in kept), default=0)
            for root in kept:
                likely = frequencies[root] * RARETE >= best
                quality = FAUTE_LOIN if nearer else FAUTES[distance]
                quality = quality if likely else FAUTE_RARE
                yield from ((number, quality) for number in members[root])
            written += sum(frequencies[root] for root in kept)
            nearer = bool(kept)

    def _frequency(self, numbers: Iterable[int]) -> int:
        """How often these words are in a listing."""
        return sum(self._frequencies(numbers))

    def _frequencies(self, numbers: Iterable[int]) -> list[int]:
        asked = np.array(list(numbers), dtype=np.int64)
        counts = np.zeros(asked.size, dtype=np.int64)
        for index in self._indexes:
            counts += index.frequencies(asked)
        return counts.tolist()
