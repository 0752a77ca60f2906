"""Counts of stations and points for each value of each filter."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.bornes.bandes import BANDES_KW, LIBELLES_KW, bands
from services.bornes.fiches import nom_commune
from services.bornes.filtres import BITS, LIBELLES, MOTS, parts_filter
from services.bornes.statuts.etats import Etats
from shared import territoire
from shared.memory.columns import Array, Ints
from shared.memory.segments import Search, Version
from shared.schemas.bornes import Filtres
from shared.schemas.bornes_carte import Facette, Facettes

EN_CLAIR = {
    "ef": "Prise domestique (E/F)",
    "2": "Type 2",
    "combo_ccs": "Combo CCS",
    "chademo": "CHAdeMO",
    "autre": "Autre prise",
    "true": "Oui",
    "false": "Non",
    "aucune": "Aucune restriction de gabarit",
    "restreint": "Gabarit restreint",
    "inconnu": "Gabarit non précisé",
}
"""Values that are codes; the others are already words."""


Cherche = Callable[[Filtres], Search]
"""The search that filters describe."""
_FILTRES = {"puissance": ("puissance_min", "puissance_max")}
"""The filters that a facet stands for, where they are not the one of its name."""
_NOMS = ("operateur", "enseigne", "prefixe")
"""Columns that the filter `operateur` looks in; its facet names the words of the first."""


class Retenus(NamedTuple):
    """What a question keeps: stations, and those of their points that answer."""

    rows: Ints
    bits: NDArray[np.uint64]
    puissance: Array
    numero: Ints
    owner: Ints
    """Whose each point is (place in `rows`)."""


def count_facettes(
    version: Version, filtres: Filtres, cherche: Cherche, etats: Etats, *, with_states: bool
) -> Facettes:
    """Facets of a question; with the states, of free points too.

    A value counts what the searches answer with it instead of what was asked of its filter: the
    stations are looked for again without that filter, for those few filters that were asked.
    """
    asked = _retenus(version, filtres, cherche, etats)

    def free(name: str) -> Retenus:
        names = _FILTRES.get(name, (name,))
        if all(getattr(filtres, one) is None for one in names):
            return asked
        return _retenus(version, filtres.model_copy(update=dict.fromkeys(names)), cherche, etats)

    facettes: dict[str, list[Facette]] = {}
    for name, values in BITS.items():
        found = free(name)
        facettes[name] = [
            _facette(value, EN_CLAIR.get(value, value), (found.bits & np.uint64(bit)) != 0, found)
            for value, bit in values.items()
        ]
    facettes["puissance"] = list(_bandes(free("puissance")))
    facettes["operateur"] = list(_words(version, free("operateur"), *_NOMS))
    for name in ("commune", "ept"):
        facettes[name] = list(_words(version, free(name), name))
    numbers, _ = version.parts("numero", asked.rows)
    libres = None
    if with_states:
        libres = int(etats.free(numbers).sum())
        facettes["disponible"] = list(_disponible(free("disponible"), etats))
    return Facettes(
        stations=asked.rows.size,
        points_de_charge=numbers.size,
        points_libres=libres,
        facettes=facettes,
    )


def _retenus(version: Version, filtres: Filtres, cherche: Cherche, etats: Etats) -> Retenus:
    rows = version.select(cherche(filtres), filtres.bbox)
    fits = parts_filter(filtres, etats)
    bits, owner = version.parts("bits", rows)
    columns = (bits, *(version.parts(name, rows)[0] for name in ("puissance", "numero")), owner)
    if fits is not None:
        kept = np.concatenate(
            [fits(segment, parts) for segment, parts, _ in version.each_parts(rows)]
        )
        columns = tuple(column[kept] for column in columns)
    return Retenus(rows, *columns)


def _facette(value: str, libelle: str, there: NDArray[np.bool_], found: Retenus) -> Facette:
    return Facette(
        valeur=value,
        libelle=libelle,
        stations=int(np.unique(found.owner[there]).size),
        points_de_charge=int(there.sum()),
    )


def _bandes(found: Retenus) -> Iterator[Facette]:
    ranks = bands(found.puissance)
    for rank, (code, _) in enumerate(BANDES_KW):
        yield _facette(code, LIBELLES_KW[code], ranks == rank, found)


def _disponible(found: Retenus, etats: Etats) -> Iterator[Facette]:
    yield _facette("true", "Libre en ce moment", etats.free(found.numero), found)
    yield _facette("false", "Occupé, réservé ou hors service", etats.taken(found.numero), found)


def _words(version: Version, found: Retenus, column: str, *others: str) -> Iterator[Facette]:
    """Facets of the words of a column, the most frequent first; in `others` they count too."""
    words = [version.column(name, found.rows) for name in (column, *others)]
    points = np.bincount(found.owner, minlength=found.rows.size)
    stations, weights = np.zeros((2, len(MOTS.words)), dtype=np.int64)
    for place, here in enumerate(words):
        new = np.ones(here.size, dtype=np.bool_)
        for before in words[:place]:
            new &= here != before
        stations += np.bincount(here[new], minlength=stations.size)
        weights += np.bincount(here[new], points[new], stations.size).astype(np.int64)
    named = np.unique(words[0])
    for number in named[np.argsort(-stations[named], kind="stable")].tolist():
        word = MOTS.words[number]
        if word:
            yield Facette(
                valeur=word,
                libelle=_libelle(word),
                stations=int(stations[number]),
                points_de_charge=int(weights[number]),
            )


def _libelle(word: str) -> str:
    for ept in territoire.territoires():
        if ept.code == word:
            return ept.nom
    return LIBELLES.get(word) or nom_commune(word) or word
