"""The labels and ways to serve that a question names: « pizza livraison », « boucherie halal »."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from services.commerces import mots_admis
from services.commerces.mots import VIDES, racine, words

OFFRE: Final = "#"
"""What begins the word of a label or modality in an index: nothing that is typed does."""
_LISTES: Final = ("modalites", "labels")


def word_of(code: str) -> str:
    """The word of a listing that has a label, or offers a modality."""
    return OFFRE + code


def named(asked: Sequence[str]) -> dict[str, frozenset[str]]:
    """What each word of a question may name, for the words that name something.

    One word of a name is enough, in any form: « livrée », « à emporter ».
    """
    found = {word: _by_root().get(racine(word)) for word in asked}
    return {word: offers for word, offers in found.items() if offers is not None}


@cache
def _by_root() -> Mapping[str, frozenset[str]]:
    """The words of labels and modalities, by the root of each word of their names."""
    found = defaultdict[str, set[str]](set)
    for liste in _LISTES:
        for one in mots_admis.mots_admis()[liste]:
            for word in words(" ".join((one.nom, *one.synonymes))):
                if word not in VIDES:
                    found[racine(word)].add(word_of(one.code))
    return {root: frozenset(offers) for root, offers in found.items()}
