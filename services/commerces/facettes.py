"""Counts of listings for each value of each filter."""

from functools import lru_cache
from itertools import chain
from typing import Final

import numpy as np
import orjson

from services.commerces import mots_admis, taxonomie
from services.commerces.fiches import nom_commune
from services.commerces.filtres import BITS, CATEGORIES, MOTS
from shared import territoire
from shared.columns import Array, Ints
from shared.segments import Version

_BYTE: Final = 8
_BYTES: Final = -(-sum(map(len, BITS.values())) // _BYTE)
"""Those of a listing's number that may have a bit."""
_SET: Final = np.array(
    [[value >> bit & 1 for bit in range(_BYTE)] for value in range(256)], dtype=np.float64
)
"""Bits of each value of a byte; as floats, which count exactly and multiply fast."""
_MOTS: Final = ("commune", "arrondissement", "ept")
"""Columns of words."""


def count_facettes(version: Version, rows: Ints) -> bytes:
    """Facets of the listings at `rows`, as the JSON of `FacettesFiches`."""
    counts = _bit_counts(version.column("bits", rows))
    facettes = {
        name: [
            _facette(value, libelle(value), counts[bit.bit_length() - 1])
            for value, bit in values.items()
        ]
        for name, values in BITS.items()
    }
    facettes["categorie"] = _categories(version.column("categories", rows))
    for name in _MOTS:
        facettes[name] = _words(version.column(name, rows))
    written = b",".join([b'"%b":[%b]' % (k.encode(), b",".join(v)) for k, v in facettes.items()])
    return b'{"fiches":%d,"facettes":{%b}}' % (rows.size, written)


def _facette(valeur: str, libelle: str, fiches: int) -> bytes:
    """A `FacetteFiches`."""
    return b"%b%d}" % (_start(valeur, libelle), fiches)


@lru_cache(maxsize=1024)
def _start(valeur: str, libelle: str) -> bytes:
    return orjson.dumps({"valeur": valeur, "libelle": libelle})[:-1] + b',"fiches":'


def _bit_counts(bits: Array) -> list[int]:
    """How many numbers have each bit: by byte, whose values are few."""
    octets = np.ascontiguousarray(bits).astype("<u8", copy=False).view(np.uint8).reshape(-1, _BYTE)
    each = [np.bincount(octets[:, place], minlength=256) for place in range(_BYTES)]
    counts: list[float] = (np.array(each) @ _SET).ravel().tolist()
    return list(map(int, counts))


@lru_cache(maxsize=1024)
def libelle(value: str) -> str:
    """`point_collecte` → `Point de collecte`."""
    return mots_admis.noms().get(value) or value.replace("_", " ").capitalize()


def _categories(column: Array) -> list[bytes]:
    """Every category that has a listing, with those under it; each listing counts once in each."""
    known = len(CATEGORIES.words)
    counts = np.bincount(column, minlength=known) @ _lineages(known)
    found = zip(taxonomie.categories().items(), counts.tolist(), strict=True)
    return [_facette(code, one.nom, int(count)) for (code, one), count in found if count]


@lru_cache(maxsize=4)
def _lineages(known: int) -> Array:
    """1 where a set of categories, of the first `known`, has a category or one under it."""
    places = {code: place for place, code in enumerate(taxonomie.categories())}
    lineages = np.zeros((known, len(places)))
    for number, word in enumerate(CATEGORIES.words[:known]):
        for code in chain.from_iterable(map(taxonomie.lineage, word.split("|"))):
            lineages[number, places[code]] = 1
    return lineages


def _words(column: Array) -> list[bytes]:
    """Facets of a column of words, the most frequent first."""
    counts = np.bincount(column)
    found = np.flatnonzero(counts)
    found = found[np.argsort(-counts[found], kind="stable")]
    words = map(MOTS.words.__getitem__, found.tolist())
    return [
        _facette(word, nom_lieu(word), count)
        for word, count in zip(words, counts[found].tolist(), strict=True)
        if word
    ]


@lru_cache(maxsize=1024)
def nom_lieu(word: str) -> str:
    """The name of a commune, arrondissement or territory, by its code."""
    for ept in territoire.territoires():
        if ept.code == word:
            return ept.nom
    found = territoire.resolve(word)
    if found is not None and found.arrondissement is not None:
        return f"Paris {int(word[3:])}e" if word != "75101" else "Paris 1er"
    return nom_commune(word)
