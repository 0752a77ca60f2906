"""Filters of the public searches: criteria on a listing, and on one modality at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.commerces import desserte, taxonomie, tournees
from services.commerces.desserte import Chosen, Lieu, Mask, Pick
from services.commerces.fiches import LigneFiche, LigneModalite
from services.commerces.ouvertures import INCONNU, OUVERT, Ouvertures
from services.commerces.regimes.restrictions import AUCUN, Regimes, Restrictions
from services.commerces.texte.plein_texte import Mots
from shared.memory.columns import Array, Ints, Vocabulary, a_bit_each, picked
from shared.memory.segments import Segment, Version
from shared.memory.spatial import Box, within
from shared.schemas.commerces import CriteresFiches
from shared.schemas.commerces_valeurs import (
    AccessibiliteCommerce,
    LabelCommerce,
    Modalite,
    Paiement,
)
from shared.schemas.commun import PARIS

_VALEURS: Final[Mapping[str, tuple[str, ...]]] = {
    "modalite": tuple(Modalite),
    "label": tuple(LabelCommerce),
    "paiement": tuple(Paiement),
    "accessibilite": tuple(AccessibiliteCommerce),
}


BITS: Final[Mapping[str, Mapping[str, int]]] = a_bit_each(_VALEURS)
"""Filter → value → bit."""
_MODALITE, _LABEL, _PAIEMENT, _ACCESSIBILITE = BITS.values()
MOTS: Final = Vocabulary()
"""Communes and territories as numbers, for the whole process: numbers never change meaning."""
CATEGORIES: Final = Vocabulary()
"""The categories of a listing as one word: `boulangerie|traiteur`."""
OUVERTURES: Final = Ouvertures()
"""All hours, for the whole process."""
FEW: Final = 4
"""How many times fewer hours to ask of than there are, for that to be less work."""
AILLEURS: Final = -1
"""A word that no listing has."""
PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "commune": ("commune", "arrondissement"),
    "ept": ("ept",),
}
"""Filter → columns that it asks."""


def bits(fiche: LigneFiche, modalites: list[LigneModalite]) -> int:
    """All that the filters ask of a listing, in one number."""
    found = 0
    for modalite in modalites:
        found |= _MODALITE[modalite.genre]
    for value in fiche.labels:
        found |= _LABEL[value]
    for value in fiche.paiements:
        found |= _PAIEMENT[value]
    for value in fiche.accessibilites:
        found |= _ACCESSIBILITE[value]
    return found


@dataclass(frozen=True)
class Question:
    """Criteria, ready to be asked of segments."""

    masks: Mapping[str, int]
    """By filter: a listing has a bit of each."""
    places: Mapping[str, int]
    categories: Mask | None
    """By number of CATEGORIES."""
    mots: Mots | None
    genres: int | None
    """Modalities of which one must answer; None when nothing is asked of a modality."""
    lieu: Lieu | None
    moment: datetime | None
    jour: int
    """Day on which the modality is offered, since year 1."""
    inclure_inconnus: bool
    inclure_fermes: bool = False
    """Whether what is closed at `moment`, by its hours or by a rule, answers too."""
    regimes: Regimes = AUCUN
    restrictions: Restrictions | None = None
    """The crisis rules in force at that instant."""
    a_venir: bool = False
    """Also modalities that are offered from a later day on."""
    answers: dict[int, Ints] = field(default_factory=dict, init=False, compare=False)
    """The modalities of a segment that answer, ascending, where all were asked: by its identity."""

    def without(self, name: str) -> "Question":
        """The same with nothing asked of a listing by a filter; itself if nothing was."""
        if name == "categorie":
            return self if self.categories is None else replace(self, categories=None)
        columns = PLACES.get(name, ())
        if name not in self.masks and self.places.keys().isdisjoint(columns):
            return self
        masks = {filtre: mask for filtre, mask in self.masks.items() if filtre != name}
        places = {column: word for column, word in self.places.items() if column not in columns}
        return replace(self, masks=masks, places=places)

    @property
    def restricted(self) -> bool:
        """Whether crisis rules change what answers: they are about modalities."""
        return self.restrictions is not None and self.genres is not None

    @property
    def plain(self) -> bool:
        """Whether nothing is asked of modalities but their kind, and that they are offered."""
        return self.lieu is None and self.moment is None and self.restrictions is None

    def search(self, segment: Segment, box: Box | None) -> Ints:
        """Listings that answer, in a box (shared.memory.segments.Search)."""
        if box is None and self.lieu is not None:
            return self._served(segment, self.lieu)
        columns = segment.table.columns
        chosen: Chosen = slice(None)
        if box is not None:
            chosen = within(columns["key"], columns["lat"], box)
        elif self.mots is not None:
            chosen = self.mots.rows(segment)
        fits = self._fits(segment, chosen)
        rows = np.flatnonzero(fits) if isinstance(chosen, slice) else chosen[fits]
        if self.genres is None:
            return rows
        if self.plain:
            parts_answer = partial(self.serves, segment)
            return tournees.offering(segment, rows, self.genres, parts_answer)
        if rows.size * 2 < len(segment):
            return segment.any_part(rows, lambda parts: self.serves(segment, parts))
        # Whole columns: no copy of them is made, and few answer.
        parts = np.flatnonzero(self.serves(segment, slice(None)))
        answers = np.zeros(len(segment), dtype=np.bool_)
        answers[tournees.owners(segment, parts)] = True
        return rows[answers[rows]]

    def _served(self, segment: Segment, lieu: Lieu) -> Ints:
        """The same everywhere, from the modalities that serve a place: few do."""
        assert self.genres is not None, "a place is served by some modality"
        parts = tournees.serving(
            segment,
            self.genres,
            lieu,
            unknown=self.inclure_inconnus,
            offered=self._offered,
        )
        self.answers[id(segment)] = parts
        rows = tournees.owners(segment, parts)
        return rows[self._fits(segment, rows)]

    def _fits(self, segment: Segment, chosen: Chosen) -> Mask:
        """What is asked of a listing itself."""
        columns = segment.table.columns
        fits = np.ones(columns["lat"][chosen].size, dtype=np.bool_)
        for column, word in self.places.items():
            fits &= columns[column][chosen] == word
        for mask in self.masks.values():
            fits &= (columns["bits"][chosen] & np.uint64(mask)) != 0
        if self.categories is not None:
            fits &= self.categories[columns["categories"][chosen]]
        if self.mots is not None and chosen is not self.mots.rows(segment):
            fits &= self.mots.scores(segment)[chosen] > 0
        return fits

    def serves(self, segment: Segment, chosen: Chosen) -> Mask:
        """What is asked of a modality: all of it holds of the same one."""
        known = self.answers.get(id(segment))
        if known is not None and not isinstance(chosen, slice):
            ends = (known.searchsorted(chosen, side) for side in ("left", "right"))
            return np.not_equal(*ends)
        answers: Mask = self._offered(lambda name: picked(segment.parts.columns[name], chosen))
        answers &= (segment.parts.columns["genre"][chosen] & np.uint8(self.genres or 0)) != 0
        if self.lieu is not None:
            answers &= desserte.served(segment.parts, chosen, self.lieu) >= self._least
        return answers

    @property
    def _least(self) -> int:
        return INCONNU if self.inclure_inconnus else OUVERT

    def _offered(self, pick: Pick) -> Mask:
        """What is asked of modalities, less their kind and where they go."""
        answers: Mask = pick("au") >= self.jour
        if not self.a_venir:
            answers &= pick("du") <= self.jour
        if self.inclure_fermes:
            return answers
        if self.moment is not None:
            answers &= self._open(self.moment, pick("horaires"))
        if self.restrictions is not None:
            answers &= (self.restrictions.allowed()[pick("secteur")] & pick("genre")) != 0
        return answers

    def _open(self, moment: datetime, numbers: Array) -> Mask:
        """Whether hours answer at an instant: these are asked only, unless they are most of all."""
        if numbers.size * FEW >= OUVERTURES.count:
            states = OUVERTURES.states(moment)[numbers]
        elif self._least == OUVERT:
            return OUVERTURES.surely_open(moment, numbers)
        else:
            states = OUVERTURES.open_at(moment, numbers)
        answers: Mask = states >= self._least
        return answers


def question(
    criteres: CriteresFiches,
    version: Version,
    *,
    places: Mapping[str, int],
    instant: datetime,
    regimes: Regimes,
) -> Question:
    """The question that criteria ask of a version; modalities and rules are of an instant."""
    lieu = None if criteres.livre_a is None else Lieu.of(criteres.livre_a)
    return Question(
        masks=_masks(criteres),
        places=places,
        categories=_categories(criteres.categorie),
        mots=None if criteres.q is None else Mots(criteres.q, version),
        genres=_genres(criteres),
        lieu=lieu,
        moment=criteres.a,
        jour=instant.astimezone(PARIS).toordinal(),
        inclure_inconnus=criteres.inclure_inconnus,
        inclure_fermes=criteres.inclure_fermes and criteres.a is not None,
        regimes=regimes,
        restrictions=regimes.at(instant),
    )


def _masks(criteres: CriteresFiches) -> dict[str, int]:
    asked = {name: getattr(criteres, name) for name in ("label", "paiement", "accessibilite")}
    return {
        name: sum(BITS[name][value] for value in set(values))
        for name, values in asked.items()
        if values
    }


def _genres(criteres: CriteresFiches) -> int | None:
    if criteres.modalite:
        return sum(desserte.BITS[genre] for genre in set(criteres.modalite))
    if criteres.livre_a is not None:
        return desserte.BITS[Modalite.LIVRAISON]
    return desserte.TOUTES if criteres.a is not None else None


def _categories(asked: list[str] | None) -> Mask | None:
    if not asked:
        return None
    return _holding(frozenset(map(taxonomie.asked, asked)), len(CATEGORIES.words))


@lru_cache(maxsize=256)
def _holding(asked: frozenset[str], known: int) -> NDArray[np.bool_]:
    """Which of the first `known` sets of categories have one of those asked, or one under it."""
    wanted = {code for category in asked for code in taxonomie.within(category)}
    holding = (not wanted.isdisjoint(word.split("|")) for word in CATEGORIES.words[:known])
    return np.fromiter(holding, dtype=np.bool_, count=known)
