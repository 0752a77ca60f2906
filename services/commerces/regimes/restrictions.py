"""Crisis rules as columns: what each category in each place may do, for searches."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.commerces import desserte, taxonomie
from services.commerces.fiches import LigneFiche
from services.commerces.regimes import regles
from services.commerces.regimes.regles import (
    Regime,
    applicables,
    grounds,
    permises,
    prevaut,
)
from shared.columns import Ints, Vocabulary

LIEUX: Final = Vocabulary()
"""Grounds of shops as one word: `metropole|93|T6|93066`."""

Allowed = NDArray[np.uint8]


def secteur(fiche: LigneFiche) -> int:
    """A number for the main category of a listing and its place: shops that share their rules."""
    where = _lieu(fiche.code_commune, fiche.code_arrondissement, fiche.territoire)
    numbers = taxonomie.numbers()
    return where * len(numbers) + numbers[fiche.categories[0]]


@lru_cache(maxsize=1024)
def _lieu(commune: str, arrondissement: str | None, ept: str) -> int:
    return LIEUX.number("|".join(grounds(commune, arrondissement, ept)))


def bits(regimes: Iterable[Regime]) -> int:
    """What rules that all apply leave allowed, as bits."""
    return sum(desserte.BITS[genre] for genre in permises(regimes))


class Restrictions:
    """The rules in force together."""

    def __init__(self, regimes: Sequence[Regime]) -> None:
        self.regimes = regimes
        self._allowed: Allowed = np.empty(0, dtype=np.uint8)
        self._deciding: dict[int, list[Regime]] = {}
        self._grounds = {code for regime in regimes for code in regime.territoires}
        self._by_ground: dict[str, Allowed] = {}

    def allowed(self) -> Allowed:
        """Bits of the modalities allowed, by sector."""
        places = LIEUX.words[:]
        if self._allowed.size < len(places) * len(taxonomie.numbers()):
            self._allowed = np.concatenate([self._of_place(word.split("|")) for word in places])
        return self._allowed

    def deciding(self, number: int) -> list[Regime]:
        """The rules that decide for a sector and forbid it something."""
        found = self._deciding.get(number)
        if found is None:
            where, categorie = _described(number)
            every = applicables(self.regimes, categorie, where)
            found = [regime for regime in every if regime.modalites != regles.TOUTES]
            self._deciding[number] = found
        return found

    def limiting(self, secteurs: Ints) -> list[Regime]:
        """The rules that forbid something to any of these sectors, by number."""
        found = {
            regime.id: regime
            for number in np.unique(secteurs).tolist()
            for regime in self.deciding(number)
        }
        return [found[key] for key in sorted(found)]

    def _of_place(self, where: Sequence[str]) -> Allowed:
        """By category: what all grounds of a place allow."""
        found = np.full(len(taxonomie.numbers()), desserte.TOUTES, dtype=np.uint8)
        for ground in where:
            if ground in self._grounds:
                found &= self._of_ground(ground)
        return found

    def _of_ground(self, ground: str) -> Allowed:
        found = self._by_ground.get(ground)
        if found is None:
            own = [regime for regime in self.regimes if ground in regime.territoires]
            deciding = [prevaut(own, code) for code in taxonomie.numbers()]
            found = np.array([bits([one] if one else ()) for one in deciding], dtype=np.uint8)
            self._by_ground[ground] = found
        return found


def _described(number: int) -> tuple[list[str], str]:
    """The grounds and the category of a sector."""
    categories = tuple(taxonomie.numbers())
    place, categorie = divmod(number, len(categories))
    return LIEUX.words[place].split("|"), categories[categorie]


class Regimes:
    """All rules, and which are in force at an instant."""

    def __init__(self, regimes: Iterable[Regime]) -> None:
        self.tous = tuple(regimes)
        ends = {end for regime in self.tous for end in (regime.debut, regime.fin) if end}
        self._bornes = sorted(ends)
        self._between: dict[int, Restrictions | None] = {}
        """By how many boundaries are past."""

    def at(self, moment: datetime) -> Restrictions | None:
        """What is in force at an instant; None when nothing is."""
        past = bisect_right(self._bornes, moment)
        if past not in self._between:
            found = [regime for regime in self.tous if regime.en_vigueur(moment)]
            self._between[past] = Restrictions(found) if found else None
        return self._between[past]

    def now(self) -> Restrictions | None:
        return self.at(datetime.now(UTC)) if self.tous else None

    def next_after(self, moment: datetime) -> datetime | None:
        """The first boundary after an instant; None when rules change no more."""
        past = bisect_right(self._bornes, moment)
        return self._bornes[past] if past < len(self._bornes) else None

    def forbidding(self, secteur: int, genre: int, moment: datetime) -> Regime | None:
        """The widest rule that forbids a sector a modality, by its bit, at an instant."""
        restrictions = self.at(moment)
        deciding = [] if restrictions is None else restrictions.deciding(secteur)
        return next((one for one in deciding if not bits([one]) & genre), None)


AUCUN: Final = Regimes(())
