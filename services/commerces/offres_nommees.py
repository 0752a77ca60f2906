"""What a question names of what shops offer: labels, ways to serve, days on which few open.

« Pizza livraison », « boucherie halal », « fleuriste ouvert dimanche ».
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Final

from services.commerces import mots_admis
from services.commerces.mots import VIDES, racine, words
from services.commerces.phrases import Names

OFFRE: Final = "#"
"""What begins the word of a label or modality in an index: nothing that is typed does."""
_LISTES: Final = ("modalites", "labels")
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
    roots = [*map(racine, full)]
    found: dict[str, frozenset[str]] = {}
    for run, offers in _names().runs(roots):
        if offers is not None:
            found |= dict.fromkeys(full[run], offers)
    return found


@cache
def _names() -> Names[frozenset[str]]:
    """The words of labels, modalities and days, by the roots of what they are called."""
    found = defaultdict[Phrase, set[str]](set)
    for jour, called in JOURS.items():
        for name in called:
            found[racine(name),].add(word_of(jour))
    for one in chain.from_iterable(mots_admis.mots_admis()[liste] for liste in _LISTES):
        for name in (one.nom, *one.synonymes):
            phrase = tuple(racine(word) for word in words(name) if word not in VIDES)
            found[phrase].add(word_of(one.code))
    return Names({phrase: frozenset(offers) for phrase, offers in found.items()})
