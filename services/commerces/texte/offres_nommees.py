"""What a question names of what shops offer: labels, ways to serve, days on which few open.

« Pizza livraison », « boucherie halal », « fleuriste ouvert dimanche ».
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Final

from rapidfuzz.distance import OSA

from services.commerces import mots_admis
from services.commerces.mots import VIDES, forme, sans_pluriel, words
from services.commerces.phrases import Names
from services.commerces.texte.lexique import ONE_EDIT

OFFRE: Final = "#"
"""What begins the word of a label or modality in an index: nothing that is typed does."""
_LISTES: Final = ("modalites", "labels")
BEGUN_MIN: Final = 3
"""Letters from which a word may be the start of a label."""
JOURS: Final[Mapping[str, tuple[str, ...]]] = {
    "dimanche": ("dimanche", "sunday"),
    "lundi": ("lundi", "monday"),
}
"""Days on which most shops are closed, as hours name them, and what people call them."""
Phrase = tuple[str, ...]


def word_of(code: str) -> str:
    """The word of a listing that has a label, offers a modality, or opens on a day of JOURS."""
    return OFFRE + code


def named(asked: Sequence[str]) -> dict[str, frozenset[str]]:
    """What each word of a question may name, for the words of a name; the longest name wins.

    A whole name is needed, in any form: « vélo » asks for bicycles, « livraison à vélo » does not.
    """
    full = [word for word in asked if word not in VIDES]
    forms = [*map(forme, full)]
    found: dict[str, frozenset[str]] = {}
    for run, offers in _names().runs(forms):
        if offers is not None:
            found |= dict.fromkeys(full[run], offers)
    return found


def begun(word: str) -> Iterable[str]:
    """The labels that a word begins: one may be typing it."""
    if len(word) < BEGUN_MIN:
        return ()
    return chain.from_iterable(
        offers for name, offers in _single("labels").items() if name.startswith(word)
    )


def misspelt(word: str) -> Iterable[str]:
    """The labels, modalities and days that a word that nobody has is one mistake away from."""
    single = sans_pluriel(word)
    if len(single) < ONE_EDIT:
        return ()
    return chain.from_iterable(
        offers
        for name, offers in _single(*_LISTES).items()
        if len(name) >= ONE_EDIT and OSA.distance(single, name, score_cutoff=1) == 1
    )


@cache
def _single(*listes: str) -> Mapping[str, frozenset[str]]:
    """The words of what has a name of one word, by this name; days among modalities."""
    found = defaultdict[str, set[str]](set)
    for code, name in _called(*listes):
        if len(name) == 1:
            found[sans_pluriel(name[0])].add(word_of(code))
    return {name: frozenset(offers) for name, offers in found.items()}


@cache
def _names() -> Names[frozenset[str]]:
    """The words of labels, modalities and days, by the forms of what they are called."""
    found = defaultdict[Phrase, set[str]](set)
    for code, name in _called(*_LISTES):
        found[tuple(forme(word) for word in name if word not in VIDES)].add(word_of(code))
    return Names({phrase: frozenset(offers) for phrase, offers in found.items()})


def _called(*listes: str) -> Iterator[tuple[str, list[str]]]:
    """The code of each label or modality, and of each day among the latter, by name: its words."""
    for one in chain.from_iterable(mots_admis.mots_admis()[liste] for liste in listes):
        for name in (one.nom, *one.synonymes):
            yield one.code, words(name)
    for jour, called in JOURS.items() if "modalites" in listes else ():
        for name in called:
            yield jour, words(name)
