"""The streets that a question names: « fromagerie rue Mouffetard », « 12 bd St-Michel »."""

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Final

from services.commerces.mots import ABREGES, VIDES, words

VOIE: Final = "~"
"""What begins a word of an address in an index: nothing that is typed does."""
_GENRES: Final = {
    "allee": ("allees", "all"),
    "avenue": ("av", "ave"),
    "boulevard": ("bd", "bld", "blvd", "boul"),
    "chaussee": (),
    "chemin": ("che",),
    "cite": (),
    "cour": (),
    "cours": (),
    "esplanade": ("esp",),
    "faubourg": ("fbg", "fg"),
    "impasse": ("imp",),
    "passage": ("psg",),
    "place": ("pl",),
    "quai": (),
    "route": ("rte",),
    "rue": (),
    "ruelle": (),
    "sentier": (),
    "square": ("sq",),
    "villa": (),
}
"""Kinds of ways, and how they are written short."""
_WHOLE: Final = ABREGES | {short: whole for whole, shorts in _GENRES.items() for short in shorts}
_REPETITIONS: Final = frozenset({"bis", "ter", "quater"})


def word_of(word: str) -> str:
    """The word of a listing whose address has a word."""
    return VOIE + _WHOLE.get(word, word)


def unheard(word: str) -> Iterable[str]:
    """The word of an address, of one that listings have nowhere else: « fromagerie Mouffetard »."""
    return (word_of(word),)


def words_of(adresse: str) -> list[str]:
    """The words of a listing by its address, each once."""
    return list(dict.fromkeys(word_of(word) for word in words(adresse) if word not in VIDES))


def named(asked: Sequence[str]) -> dict[str, frozenset[str]]:
    """The words of an address that each word of a question may be.

    They begin by the kind of way, or the house number before it, and go on to the end. Elsewhere
    the name of a street is a word like others: « boulangerie Paris » asks for no « rue de Paris ».
    """
    full = [word for word in asked if word not in VIDES]
    kinds = (n for n, word in enumerate(full[:-1]) if _WHOLE.get(word, word) in _GENRES)
    first = next(kinds, None)
    if first is None:
        return {}
    number = takewhile(_in_number, reversed(full[:first]))
    return {word: frozenset({word_of(word)}) for word in (*number, *full[first:])}


def _in_number(word: str) -> bool:
    """Whether a word may be of a house number: « 12 », « 8bis », « bis »."""
    return word[0].isdecimal() or word in _REPETITIONS
