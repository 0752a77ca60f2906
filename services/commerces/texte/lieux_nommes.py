"""The places that a question names: a commune, an arrondissement of Paris, a postcode."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import product, takewhile
from typing import Final

from services.commerces.mots import ABREGES, words
from services.commerces.phrases import Names
from shared import territoire

PLACE: Final = "@"
"""What begins the word of a place in an index: nothing that is typed does."""
_ARTICLES: Final = frozenset({"le", "la", "les", "l"})
_LINKS: Final = _ARTICLES | {"sur", "sous", "aux", "en", "des"}
_ARRONDISSEMENTS: Final = range(1, 21)
_BEFORE: Final = date(2020, 1, 1)
"""A day when communes that have merged since still had their names."""
_USUELS: Final = {
    "boulogne": "92012",
    "levallois": "92044",
    "rueil": "92063",
    "le kremlin": "94043",
    "kremlin": "94043",
    "bicetre": "94043",
    "plessis robinson": "92060",
}
"""What people call communes whose name begins so, where nothing else of the Métropole does."""

Phrase = tuple[str, ...]


def word_of(code: str) -> str:
    """The word of a listing that stands in a commune, or in an arrondissement."""
    return PLACE + code


def named(asked: Sequence[str]) -> dict[str, frozenset[str]]:
    """The places that each word of a question may mean, for the words that name some.

    The longest name wins: in « paris 15 », paris is the fifteenth arrondissement.
    """
    written = [ABREGES.get(word, word) for word in asked]
    found: dict[str, frozenset[str]] = {}
    for run, places in _names().runs(written):
        if places is not None:
            found |= dict.fromkeys(asked[run], places)
    return found


def communes_called(name: str) -> tuple[str, ...]:
    """The communes of today that a name stands for, whole or in its usual short form."""
    return _communes().get(tuple(ABREGES.get(word, word) for word in words(name)), ())


@cache
def _communes() -> Mapping[Phrase, tuple[str, ...]]:
    found = defaultdict[Phrase, tuple[str, ...]](tuple)
    for commune in territoire.communes():
        for name in _called(commune.nom):
            found[name] += (commune.code,)
    for usual, code in _USUELS.items():
        found[tuple(words(usual))] += (code,)
    return dict(found)


@cache
def _names() -> Names[frozenset[str]]:
    """The words of places by what they are called."""
    found = defaultdict[Phrase, set[str]](set)
    for commune in (*territoire.communes(), *territoire.communes(_BEFORE)):
        today = territoire.resolve(commune.code)
        assert today is not None, "a commune of the reference"
        for name in _called(commune.nom):
            found[name].add(word_of(today.commune.code))
        for postcode in commune.codes_postaux:
            found[postcode,] |= {
                word_of(place.code) for place in territoire.places_of_postcode(postcode)
            }
    for usual, code in _USUELS.items():
        found[tuple(words(usual))].add(word_of(code))
    for number in _ARRONDISSEMENTS:
        code = f"751{number:02}"
        found["paris",].add(word_of(code))
        for name in _arrondissement(number):
            found[name] = {word_of(code)}
    return Names({name: frozenset(places) for name, places in found.items()})


def _called(name: str) -> Collection[Phrase]:
    """How a commune is called: its name, without its article, and what comes before « sur »."""
    whole = tuple(words(name))
    first = whole[1:] if whole[0] in _ARTICLES else whole
    short = tuple(takewhile(lambda word: word not in _LINKS, first))
    # « Les Lilas » without its article is a flower, « saint » alone is no commune.
    alone = len(first) == len(whole) or len(first) > 1
    shorter = {first, short} if alone and short not in {("saint",), ("sainte",)} else set()
    return {whole, *shorter}


def _arrondissement(number: int) -> Iterator[Phrase]:
    """« paris 15 », « 15e », « 15eme »."""
    ordinals = ("1er",) if number == 1 else (f"{number}e", f"{number}eme", f"{number}ieme")
    for ordinal in ordinals:
        for before, after in product(((), ("paris",)), ((), ("arrondissement",))):
            yield (*before, ordinal, *after)
    yield ("paris", str(number))
