"""Counts of listings for each value of each filter."""

from dataclasses import replace
from functools import lru_cache, partial
from itertools import chain
from typing import Final

import numpy as np
import orjson

from services.commerces import desserte, mots_admis, taxonomie, tournees
from services.commerces.filtres import BITS, CATEGORIES, MOTS, PLACES, Question
from shared import territoire
from shared.memory.columns import Array, Ints
from shared.memory.segments import Version
from shared.memory.spatial import Box

_BYTE: Final = 8
_BYTES: Final = -(-sum(map(len, BITS.values())) // _BYTE)
"""Those of a listing's number that may have a bit."""
_SET: Final = np.array(
    [[value >> bit & 1 for bit in range(_BYTE)] for value in range(256)], dtype=np.float64
)
"""Bits of each value of a byte; as floats, which count exactly and multiply fast."""


def count_facettes(version: Version, asked: Question, box: Box | None) -> bytes:
    """Facets of a question, as the JSON of `FacettesFiches`.

    A value counts what the search answers with it instead of what was asked of its filter: the
    listings are looked for again without that filter, for those few filters that were asked.
    """
    rows = version.select(asked.search, box)
    counts = _bit_counts(version.column("bits", rows))

    def free(name: str) -> Ints:
        other = asked.without(name)
        return rows if other is asked else version.select(other.search, box)

    facettes = {}
    for name, values in BITS.items():
        if name == "modalite":
            kinds = _kinds(version, asked, box, rows)
        else:
            found = free(name)
            kinds = counts if found is rows else _bit_counts(version.column("bits", found))
        facettes[name] = [
            _facette(value, libelle(value), kinds[bit.bit_length() - 1])
            for value, bit in values.items()
        ]
    facettes["categorie"] = _categories(version.column("categories", free("categorie")))
    for name, columns in PLACES.items():
        found = free(name)
        facettes |= {column: _words(version.column(column, found)) for column in columns}
    written = b",".join([b'"%b":[%b]' % (k.encode(), b",".join(v)) for k, v in facettes.items()])
    return b'{"fiches":%d,"facettes":{%b}}' % (rows.size, written)


def _kinds(version: Version, asked: Question, box: Box | None, rows: Ints) -> list[int]:
    """How many listings answer by each kind of modality; `rows` answer as it was asked."""
    every = replace(asked, genres=desserte.TOUTES)
    if asked.genres is not None:
        # Where nothing more is asked of modalities, they are counted without being looked for.
        wide = replace(asked, genres=None) if asked.plain else every
        rows = version.select(wide.search, box)
    found = np.zeros(desserte.TOUTES + 1, dtype=np.int64)
    shift = 0
    for segment in version.segments:
        here = rows[(rows >= shift) & (rows < shift + len(segment))] - shift
        found += tournees.offered(segment, here, partial(every.serves, segment), plain=every.plain)
        shift += len(segment)
    return [int(found[bit]) for bit in desserte.BITS.values()]


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
    return word if found is None else found.nom
