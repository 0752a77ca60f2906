"""The words of listings: what is indexed of each, and the indexes of the versions in use."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final
from zlib import crc32

import numpy as np
import orjson
from numpy.typing import NDArray

from services.commerces import taxonomie
from services.commerces.fiches import LigneFiche
from services.commerces.mots import fold
from services.commerces.texte import lieux_nommes, offres_nommees, voies_nommees
from services.commerces.texte.index import Index, Indexes
from services.commerces.texte.lexique import Lexique
from services.commerces.texte.questions import Noms, Reader
from shared.anonymat import MASQUE
from shared.memory.columns import Ints
from shared.memory.made import Made
from shared.memory.segments import Segment, Version

LEXIQUE: Final = Lexique()
"""All words, for the whole process: numbers never change meaning."""
NOM, CATEGORIE, PARENTS, DESCRIPTION, LIEU, OFFRE = 120, 60, 25, 30, 20, 20
"""What a word weighs by where it is found."""
NOMME: Final = np.float32(1 << 22)
"""What the whole name of a listing counts for: more than all the words of a question, in whole
numbers that this type holds."""

Scores = NDArray[np.float32]


def encode(fiche: LigneFiche, genres: Iterable[str], horaires: Iterable[str]) -> bytes:
    """The words of a listing that offers some modalities at some hours, as an index reads them."""
    nom, description = _seen(fiche.nom), _seen(fiche.description or "")
    own = LEXIQUE.encode(((NOM, nom), (DESCRIPTION, description)))
    where = fiche.code_arrondissement or fiche.code_commune
    kinds = _of_categories(tuple(fiche.categories))
    days = dict.fromkeys(chain.from_iterable(map(_open_days, horaires)))
    offers = _of_offers((*fiche.labels, *genres, *days))
    return own + kinds + offers + _of_place(where) + _of_address(fiche.adresse)


def cle(nom: str) -> int:
    """One number for the ways to write a name: accents, case, apostrophes and spaces aside.

    Words alone do not tell « C'Bio » from any shop that is « bio ».
    """
    return crc32("".join(filter(str.isalnum, fold(nom))).encode())


def _seen(text: str) -> str:
    """A text without what stands for what was masked: nobody looks for it."""
    return text.replace(MASQUE, " ")


@lru_cache(maxsize=1024)
def _open_days(horaires: str) -> tuple[str, ...]:
    """The days of `offres_nommees.JOURS` on which hours, as JSON, open every week."""
    week = orjson.loads(horaires).get("semaine", {}) if horaires else {}
    return tuple(jour for jour in offres_nommees.JOURS if week.get(jour))


@lru_cache(maxsize=8192)
def _of_offers(codes: tuple[str, ...]) -> bytes:
    """One word for each label, modality and day, not those of their names: memory counts here."""
    return b"".join(LEXIQUE.encode_word(offres_nommees.word_of(code), OFFRE) for code in codes)


@lru_cache(maxsize=1024)
def _of_place(code: str) -> bytes:
    return LEXIQUE.encode_word(lieux_nommes.word_of(code), LIEU)


def _of_address(adresse: str) -> bytes:
    return b"".join(LEXIQUE.encode_word(word, LIEU) for word in voies_nommees.words_of(adresse))


@lru_cache(maxsize=4096)
def _of_categories(codes: tuple[str, ...]) -> bytes:
    """The words of categories: the same for many listings, and more than their own."""
    own = " ".join(word for code in codes for word in taxonomie.words(code))
    parents = {parent for code in codes for parent in taxonomie.lineage(code)[1:]}
    above = " ".join(word for code in sorted(parents) for word in taxonomie.words(code))
    return LEXIQUE.encode(((CATEGORIE, own), (PARENTS, above)))


_INDEXES: Final = Indexes(LEXIQUE)


def _index(segment: Segment) -> Index:
    return _INDEXES.of(segment.table.texts["mots"])


def _named(asked: Sequence[str]) -> dict[str, frozenset[str]]:
    """The places, streets, labels, modalities and days that each word of a question may mean."""
    found = defaultdict[str, frozenset[str]](frozenset)
    for names in (lieux_nommes, voies_nommees, offres_nommees):
        for word, meant in names.named(asked).items():
            found[word] |= meant
    return dict(found)


_NOMS: Final = Noms(_named, offres_nommees.begun, offres_nommees.misspelt, voies_nommees.unheard)
_READERS: Final[Made[Version, Reader]] = Made(
    lambda version: Reader(LEXIQUE, list(map(_index, version.segments)), _NOMS)
)


def prepare(version: Version) -> None:
    """Make the indexes of a version before readers see it."""
    for segment in version.segments:
        _index(segment)


class Mots:
    """What a text asks of one version: the score of each listing, 0 where it does not answer."""

    def __init__(self, texte: str, version: Version) -> None:
        self._question = _READERS.of(version).ask(texte)
        self._cle = cle(texte)
        self._found: dict[int, tuple[Ints, Scores]] = {}
        self._scores: dict[int, Scores] = {}

    def rows(self, segment: Segment) -> Ints:
        """The listings that answer, ascending; the same array each time."""
        return self._search(segment)[0]

    def scores(self, segment: Segment) -> Scores:
        scores = self._scores.get(id(segment))
        if scores is None:
            rows, values = self._search(segment)
            scores = self._scores[id(segment)] = np.zeros(len(segment), dtype=np.float32)
            scores[rows] = values
            scores[rows[segment.table.columns["nom"][rows] == self._cle]] += NOMME
        return scores

    def _search(self, segment: Segment) -> tuple[Ints, Scores]:
        found = self._found.get(id(segment))
        if found is None:
            found = self._found[id(segment)] = _index(segment).search(self._question)
        return found
