"""Counts of listings for each value of each filter."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

import numpy as np
import orjson

from services.commerces import taxonomie
from services.commerces.fiches import nom_commune
from services.commerces.filtres import BITS, CATEGORIES, MOTS
from shared import territoire
from shared.columns import Array, Ints
from shared.segments import Version

_BYTE = 8
_BYTES = -(-sum(map(len, BITS.values())) // _BYTE)
"""Those of a listing's number that may have a bit."""
_SET = np.array(
    [[value >> bit & 1 for bit in range(_BYTE)] for value in range(256)], dtype=np.int64
)
"""Bits of each value of a byte."""


Facette = dict[str, str | int]
"""A `FacetteFiches`, as JSON has it."""


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
    facettes["categorie"] = list(_categories(version.column("categories", rows)))
    for name in ("commune", "arrondissement", "ept"):
        facettes[name] = list(_words(version.column(name, rows)))
    return orjson.dumps({"fiches": rows.size, "facettes": facettes})


def _facette(valeur: str, libelle: str, fiches: int) -> Facette:
    return {"valeur": valeur, "libelle": libelle, "fiches": fiches}


def _bit_counts(bits: Array) -> list[int]:
    """How many numbers have each bit: by byte, whose values are few."""
    octets = np.ascontiguousarray(bits).astype("<u8", copy=False).view(np.uint8).reshape(-1, _BYTE)
    counts = [np.bincount(octets[:, place], minlength=256) @ _SET for place in range(_BYTES)]
    return list(chain.from_iterable(count.tolist() for count in counts))


def libelle(value: str) -> str:
    """`point_collecte` → `Point collecte`."""
    return LIBELLES.get(value) or value.replace("_", " ").capitalize()


LIBELLES = {
    "point_collecte": "Point de collecte",
    "depannage_urgence": "Dépannage d'urgence",
    "comptoir": "Vente au comptoir",
    "livraison": "Livraison à domicile",
    "maitre_artisan": "Maître artisan",
    "maitre_restaurateur": "Maître restaurateur",
    "commerce_equitable": "Commerce équitable",
    "reemploi": "Réemploi",
    "livraison_decarbonee": "Livraison décarbonée",
    "vegetarien": "Végétarien",
    "especes": "Espèces",
    "cheque": "Chèque",
    "cheque_vacances": "Chèque-vacances",
    "titre_restaurant": "Titre-restaurant",
    "fauteuil": "Accès en fauteuil roulant",
    "fauteuil_avec_aide": "Accès en fauteuil roulant avec aide",
    "fauteuil_impossible": "Pas d'accès en fauteuil roulant",
    "sanitaires_adaptes": "Sanitaires adaptés",
    "stationnement_adapte": "Stationnement adapté",
    "boucle_magnetique": "Boucle magnétique",
    "langue_des_signes": "Langue des signes",
    "balise_sonore": "Balise sonore",
}


def _categories(column: Array) -> Iterator[Facette]:
    """Every category that has a listing, with those under it; each listing counts once in each."""
    counts = dict.fromkeys(taxonomie.categories(), 0)
    for number, listings in enumerate(np.bincount(column).tolist()):
        if listings:
            own = CATEGORIES.words[number].split("|")
            for code in set(chain.from_iterable(map(taxonomie.lineage, own))):
                counts[code] += listings
    for code, listings in counts.items():
        if listings:
            nom = taxonomie.categories()[code].nom
            yield _facette(code, nom, listings)


def _words(column: Array) -> Iterator[Facette]:
    """Facets of a column of words, the most frequent first."""
    counts = np.bincount(column)
    found = np.flatnonzero(counts)
    for number in found[np.argsort(-counts[found], kind="stable")].tolist():
        word = MOTS.words[number]
        if word:
            yield _facette(word, _place(word), int(counts[number]))


@lru_cache(maxsize=1024)
def _place(word: str) -> str:
    for ept in territoire.territoires():
        if ept.code == word:
            return ept.nom
    found = territoire.resolve(word)
    if found is not None and found.arrondissement is not None:
        return f"Paris {int(word[3:])}e" if word != "75101" else "Paris 1er"
    return nom_commune(word)
