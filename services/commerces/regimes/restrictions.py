"""Crisis rules as columns: what each category in each place may do, for searches."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.commerces import desserte, taxonomie
from services.commerces.fiches import LigneFiche
from services.commerces.regimes import regles
from services.commerces.regimes.calendrier import Calendrier, par_valeur
from services.commerces.regimes.interdits import about, interdits
from services.commerces.regimes.regles import (
    Regime,
    decidant,
    decidants,
    grounds,
    par_territoire,
    permises,
)
from shared.memory.columns import Ints, Vocabulary
from shared.schemas.commerces_valeurs import Modalite

LIEUX: Final = Vocabulary()
"""Grounds of shops as one word: `metropole|93|T6|93066`."""

_BY_BIT: Final = {bit: Modalite(genre) for genre, bit in desserte.BITS.items()}
SETS_KEPT: Final = 128
"""Sets of rules in force together that are kept ready."""
SECTORS_KEPT: Final = 256
"""Sectors and modalities of which it is kept ready when they are forbidden."""

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
        self._tetes = par_territoire(regimes)
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
            every = decidants(self._tetes, categorie, where)
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
            if ground in self._tetes:
                found &= self._of_ground(ground)
        return found

    def _of_ground(self, ground: str) -> Allowed:
        found = self._by_ground.get(ground)
        if found is None:
            deciding = [decidant(self._tetes[ground], code) for code in taxonomie.numbers()]
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
        self._numbers = {regime.id: number for number, regime in enumerate(self.tous)}
        self._calendrier = Calendrier(self.tous, par_valeur(self._numbers_of))
        self._restrictions = lru_cache(maxsize=SETS_KEPT)(self._restrictions_of)
        self._interdits = lru_cache(maxsize=SECTORS_KEPT)(self._interdits_of)
        self._concerning = lru_cache(maxsize=SECTORS_KEPT)(self._concerning_of)

    def at(self, moment: datetime) -> Restrictions | None:
        """What is in force at an instant; None when nothing is."""
        numbers = self._calendrier.at(moment)
        return self._restrictions(numbers) if numbers else None

    def now(self) -> Restrictions | None:
        return self.at(datetime.now(UTC)) if self.tous else None

    def next_after(self, moment: datetime) -> datetime | None:
        """The first instant after one at which a rule begins or ceases; None when none does."""
        return self._calendrier.after(moment)

    def forbidding(self, secteur: int, genre: int, moment: datetime) -> Regime | None:
        """The widest rule that forbids a sector a modality, by its bit, at an instant."""
        restrictions = self.at(moment)
        deciding = [] if restrictions is None else restrictions.deciding(secteur)
        return next((one for one in deciding if not bits([one]) & genre), None)

    def turn(self, secteur: int, genre: int, moment: datetime) -> datetime | None:
        """The first instant after one at which a sector becomes forbidden a modality, or no more.

        None when that changes no more.
        """
        return self._interdits(secteur, genre).after(moment) if self.tous else None

    def concerning(self, secteur: int) -> "Regimes":
        """Those that may decide for a sector: the others turn nothing there."""
        return self._concerning(secteur) if self.tous else self

    def _concerning_of(self, secteur: int) -> "Regimes":
        where, categorie = _described(secteur)
        return Regimes(about(self.tous, categorie, where))

    def _numbers_of(self, regimes: Iterable[Regime]) -> tuple[int, ...]:
        """Rules as something small to be compared and known by."""
        return tuple(sorted(self._numbers[regime.id] for regime in regimes))

    def _restrictions_of(self, numbers: tuple[int, ...]) -> Restrictions:
        return Restrictions([self.tous[number] for number in numbers])

    def _interdits_of(self, secteur: int, genre: int) -> Calendrier[bool]:
        where, categorie = _described(secteur)
        return interdits(self.tous, categorie, where, _BY_BIT[genre])


AUCUN: Final = Regimes(())
