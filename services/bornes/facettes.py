"""Counts of stations and points for each value of each filter."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from services.bornes.bandes import BANDES_KW, bands
from services.bornes.fiches import nom_commune
from services.bornes.filtres import BITS, LIBELLES, MOTS
from services.bornes.statuts.etats import Etats
from shared import territoire
from shared.columns import Array, Ints
from shared.schemas.bornes_carte import Facette, Facettes
from shared.segments import Version

EN_CLAIR = {
    "ef": "Prise domestique (E/F)",
    "2": "Type 2",
    "combo_ccs": "Combo CCS",
    "chademo": "CHAdeMO",
    "autre": "Autre prise",
    "oui": "Oui",
    "non": "Non",
    "aucune": "Aucune restriction de gabarit",
    "restreint": "Gabarit restreint",
    "inconnu": "Gabarit non précisé",
}
"""Values that are codes; the others are already words."""


def count_facettes(version: Version, rows: Ints, etats: Etats | None = None) -> Facettes:
    """Facets of the stations at `rows`; with the states, of free points too."""
    bits, owner = version.parts("bits", rows)
    power, _ = version.parts("puissance", rows)
    facettes: dict[str, list[Facette]] = {}
    for name, values in BITS.items():
        facettes[name] = [
            _facette(value, EN_CLAIR.get(value, value), (bits & np.uint64(bit)) != 0, owner)
            for value, bit in values.items()
        ]
    facettes["puissance"] = list(_bandes(power, owner))
    points = np.bincount(owner, minlength=rows.size)
    for name in ("operateur", "commune", "ept"):
        facettes[name] = list(_words(version.column(name, rows), points))
    libres = None
    if etats is not None:
        numbers, _ = version.parts("numero", rows)
        free = etats.free(numbers)
        libres = int(free.sum())
        facettes["disponible"] = [
            _facette("true", "Libre en ce moment", free, owner),
            _facette("false", "Occupé, réservé ou hors service", etats.taken(numbers), owner),
        ]
    return Facettes(
        stations=rows.size,
        points_de_charge=owner.size,
        points_libres=libres,
        facettes=facettes,
    )


def _facette(value: str, libelle: str, there: NDArray[np.bool_], owner: Ints) -> Facette:
    return Facette(
        valeur=value,
        libelle=libelle,
        stations=int(np.unique(owner[there]).size),
        points_de_charge=int(there.sum()),
    )


def _bandes(power: Array, owner: Ints) -> Iterator[Facette]:
    ranks = bands(power)
    for rank, (label, _) in enumerate(BANDES_KW):
        yield _facette(label, f"{label} kW", ranks == rank, owner)


def _words(column: Array, points: Ints) -> Iterator[Facette]:
    """Facets of a column of words, the most frequent first."""
    stations = np.bincount(column)
    weights = np.bincount(column, weights=points)
    for number in np.argsort(-stations, kind="stable").tolist():
        word = MOTS.words[number]
        if stations[number] and word:
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
