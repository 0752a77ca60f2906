"""The words of listings: what is indexed of each, and the indexes of the versions in use."""

from functools import lru_cache
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.commerces import taxonomie
from services.commerces.fiches import LigneFiche
from services.commerces.lexique import Lexique
from services.commerces.texte import Index, ask
from shared.columns import Table, Texts
from shared.segments import Segment, Version

LEXIQUE: Final = Lexique()
"""All words, for the whole process: numbers never change meaning."""
NOM, CATEGORIE, PARENTS, DESCRIPTION = 120, 60, 25, 30
"""What a word weighs by where it is found."""
KEPT: Final = 6
"""Indexes kept: those of a version, of the one that replaces it, and of readers in between."""

Scores = NDArray[np.float32]


def encode(fiche: LigneFiche) -> bytes:
    """The words of a listing, as an index reads them."""
    own = LEXIQUE.encode(((NOM, fiche.nom), (DESCRIPTION, fiche.description or "")))
    return own + _of_categories(tuple(fiche.categories))


@lru_cache(maxsize=4096)
def _of_categories(codes: tuple[str, ...]) -> bytes:
    """The words of categories: the same for many listings, and more than their own."""
    own = " ".join(word for code in codes for word in taxonomie.words(code))
    parents = {parent for code in codes for parent in taxonomie.lineage(code)[1:]}
    above = " ".join(word for code in sorted(parents) for word in taxonomie.words(code))
    return LEXIQUE.encode(((CATEGORIE, own), (PARENTS, above)))


class _Indexes:
    """The index of each table, made once; the oldest are forgotten."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Texts, Index]] = {}
        """By the identity of the texts, which are kept so that it stays theirs."""
        self._lock = Lock()

    def of(self, table: Table) -> Index:
        texts = table.texts["mots"]
        found = self._made.get(id(texts))
        if found is not None:
            return found[1]
        with self._lock:
            found = self._made.get(id(texts))
            if found is None:
                found = (texts, Index.of(texts, LEXIQUE))
                while len(self._made) >= KEPT:
                    self._made.pop(next(iter(self._made)))
                self._made[id(texts)] = found
        return found[1]


_INDEXES: Final = _Indexes()


def prepare(version: Version) -> None:
    """Make the indexes of a version before readers see it."""
    for segment in version.segments:
        _INDEXES.of(segment.table)


class Mots:
    """What a text asks of one version: the score of each listing, 0 where it does not answer."""

    def __init__(self, texte: str, version: Version) -> None:
        indexes = [_INDEXES.of(segment.table) for segment in version.segments]
        self._question = ask(texte, LEXIQUE, indexes)
        self._scores: dict[int, Scores] = {}

    def scores(self, segment: Segment) -> Scores:
        found = self._scores.get(id(segment))
        if found is None:
            rows, values = _INDEXES.of(segment.table).search(self._question)
            found = np.zeros(len(segment), dtype=np.float32)
            found[rows] = values
            self._scores[id(segment)] = found
        return found
