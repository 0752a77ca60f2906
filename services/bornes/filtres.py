"""Filters of the public searches, as bit masks over charging points."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.bornes.fiches import LignePdc, prises
from services.bornes.irve import sans_separateurs
from services.bornes.statuts.etats import AUCUN, Etats
from shared import horaires
from shared.memory.columns import Ints, Vocabulary, a_bit_each
from shared.memory.segments import Search, Segment
from shared.memory.spatial import Box, within
from shared.schemas.bornes import (
    AccessibilitePmr,
    ConditionAcces,
    Criteres,
    Gabarit,
    Implantation,
    Prise,
)
from shared.schemas.commun import Ouverture, slug

PartFilter = Callable[[Segment, Ints], NDArray[np.bool_]]
"""Which charging points (rows of a segment's parts) are kept."""
_OUI_NON = ("true", "false")
_ANSWERED = ("gratuit", "paiement_acte", "paiement_cb", "reservation", "deux_roues")
_VALEURS: dict[str, tuple[str, ...]] = {
    "prise": tuple(Prise),
    "accessibilite_pmr": tuple(AccessibilitePmr),
    "condition_acces": tuple(ConditionAcces),
    "implantation": tuple(Implantation),
    "gabarit": tuple(Gabarit),
    **dict.fromkeys(_ANSWERED, _OUI_NON),
}


BITS: Mapping[str, Mapping[str, int]] = a_bit_each(_VALEURS)
"""Filter → value → bit. Neither `true` nor `false` is set where the producer says nothing."""

MOTS = Vocabulary()
"""Communes, operators… as numbers, for the whole process: numbers never change meaning."""
HORAIRES = Vocabulary()
"""Opening hours as declared: a few hundred texts for all stations."""
NOWHERE = -1
"""A word that no station has."""
LIBELLES: dict[str, str] = {}
"""How an operator writes its own name, by its slug."""


_SANS = frozenset({"", "non", "no", "none", "neant", "sans", "false", "faux", "0"})
_SANS_RIEN = ("aucun", "pas_de", "pas_d_", "sans_", "no_restriction")
"""How the texts that deny any restriction begin."""
_INCONNU = re.compile(
    "inconnu|unknown|non_(?:precise|renseigne|specifie|communique|defini|determine|concerne)"
)


@lru_cache(maxsize=4096)
def gabarit(restriction: str) -> Gabarit:
    """What the free text of `restriction_gabarit` says."""
    words = slug(restriction)
    if _INCONNU.search(words):
        return Gabarit.INCONNU
    if words in _SANS or words.startswith(_SANS_RIEN):
        return Gabarit.AUCUNE
    return Gabarit.RESTREINT


def bits(point: LignePdc) -> int:
    """All that the filters ask of a charging point, in one number."""
    return _bits(
        prises(point),
        (
            point.accessibilite_pmr,
            point.condition_acces,
            point.implantation_station,
            point.restriction_gabarit,
        ),
        (
            point.gratuit,
            point.paiement_acte,
            point.paiement_cb,
            point.reservation,
            point.station_deux_roues,
        ),
    )


@lru_cache(maxsize=4096)
def _bits(
    prises: tuple[str, ...],
    words: tuple[str, str, str, str],
    answers: tuple[bool | None, ...],
) -> int:
    """The same for many points: a few hundred numbers for all of them."""
    accessibilite, acces, implantation, restriction = words
    found = sum(BITS["prise"][prise] for prise in prises)
    found |= BITS["accessibilite_pmr"][accessibilite]
    found |= BITS["condition_acces"][acces]
    found |= BITS["implantation"][implantation]
    found |= BITS["gabarit"][gabarit(restriction)]
    for name, answer in zip(_ANSWERED, answers, strict=True):
        if answer is not None:
            found |= BITS[name]["true" if answer else "false"]
    return found


def masks(filtres: Criteres) -> list[int]:
    """One mask a filter: a point is kept when it has a bit of each."""
    wanted: list[int] = []
    for name in filtres.model_fields_set & BITS.keys():
        value = getattr(filtres, name)
        if isinstance(value, bool):
            wanted.append(BITS[name]["true" if value else "false"])
        elif value:
            wanted.append(sum(BITS[name][item] for item in set(value)))
    return wanted


def number_of(word: str) -> int:
    """The number of a word, NOWHERE when no station ever had it, or when there is none."""
    number = MOTS.find(word) if word else None  # the empty one is kept where nothing is said
    return NOWHERE if number is None else number


def parts_filter(filtres: Criteres, etats: Etats) -> PartFilter | None:
    """What the filters ask of a charging point; None when they ask nothing."""
    wanted = masks(filtres)
    low, high = filtres.puissance_min, filtres.puissance_max
    disponible = filtres.disponible
    if not wanted and low is None and high is None and disponible is None:
        return None

    def keep(segment: Segment, parts: Ints) -> NDArray[np.bool_]:
        flags = segment.parts.columns["bits"][parts]
        fits = np.ones(parts.size, dtype=np.bool_)
        for mask in wanted:
            fits &= (flags & np.uint64(mask)) != 0
        if low is not None or high is not None:
            power = segment.parts.columns["puissance"][parts]
            fits &= (power >= (low or 0)) & (power <= (high if high is not None else np.inf))
        if disponible is not None:
            numbers = segment.parts.columns["numero"][parts]
            fits &= etats.free(numbers) if disponible else etats.taken(numbers)
        return fits

    return keep


class CriteresStation(Protocol):
    """What the filters of any kind of station ask of the station."""

    @property
    def ouvert_a(self) -> datetime | None: ...
    @property
    def operateur(self) -> str | None: ...


def search(filtres: Criteres, places: Mapping[str, int], etats: Etats = AUCUN) -> Search:
    """The search that these filters describe; `places` gives wanted words by station column."""
    return search_by(filtres, places, parts_filter(filtres, etats))


def search_by(
    filtres: CriteresStation, places: Mapping[str, int], fits: PartFilter | None
) -> Search:
    """A search of stations of any kind, of which one part at least is kept by `fits`."""

    def keep(segment: Segment, box: Box | None) -> Ints:
        table = segment.table
        if box is None:
            rows = np.arange(len(table), dtype=np.int64)
        else:
            rows = within(table.columns["key"], table.columns["lat"], box)
        for column, word in places.items():
            rows = rows[table.columns[column][rows] == word]
        if filtres.ouvert_a is not None:
            opened = open_at(filtres.ouvert_a, len(HORAIRES.words))
            rows = rows[opened[table.columns["horaires"][rows]]]
        if filtres.operateur is not None:
            rows = rows[_of_operator(segment, rows, filtres.operateur)]
        if fits is not None:
            rows = segment.any_part(rows, lambda parts: fits(segment, parts))
        return rows

    return keep


@lru_cache(maxsize=64)
def open_at(moment: datetime, known: int) -> NDArray[np.bool_]:
    """Which of the first `known` opening hours are surely open at an instant."""
    states = (horaires.state(text, moment) for text in HORAIRES.words[:known])
    return np.fromiter((state is Ouverture.OUVERT for state in states), dtype=np.bool_, count=known)


def _of_operator(segment: Segment, rows: Ints, name: str) -> NDArray[np.bool_]:
    number = number_of(slug(name))
    columns = segment.table.columns
    # A prefix may be written as on the bornes (FR*MGP), and as the names of operators end.
    kept: NDArray[np.bool_] = columns["prefixe"][rows] == number_of(slug(sans_separateurs(name)))
    for column in ("operateur", "enseigne"):
        kept |= columns[column][rows] == number
    return kept
