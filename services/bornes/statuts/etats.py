"""The current state of every charging point, in memory columns indexed by point number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple, Self

import numpy as np
import orjson
from numpy.typing import NDArray

from services.bornes.statuts.dynamique import ETATS, ETATS_PRISE, OCCUPATIONS, PRISES
from shared.memory.columns import Array, Ints, Vocabulary

PDC: Final = Vocabulary()
"""Numbers of the charging points, for the whole process: a new version of the vitrine keeps them,
so that states need no other link with it."""
SECOND: Final = 1_000_000
"""In the unit of instants: microseconds since 1970."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
INCONNU: Final = "inconnu"

# Zero is what was never told.
_ETAT: Final = {mot: rang for rang, mot in enumerate(ETATS, 1)}
_OCCUPATION: Final = {mot: rang for rang, mot in enumerate(OCCUPATIONS, 1)}
_PRISE: Final = {None: 0} | {mot: rang for rang, mot in enumerate(ETATS_PRISE, 1)}
_ETAT_DE: Final = (INCONNU, *ETATS)
_OCCUPATION_DE: Final = (INCONNU, *OCCUPATIONS)
_PRISE_DE: Final = (None, *ETATS_PRISE)
_EN_SERVICE: Final = _ETAT["en_service"]
_HORS_SERVICE: Final = _ETAT["hors_service"]
_LIBRE: Final = _OCCUPATION["libre"]
_PRISE_PAR_UN_AUTRE: Final = (_OCCUPATION["occupe"], _OCCUPATION["reserve"])
Flags = NDArray[np.bool_]


def microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)


class Etat(NamedTuple):
    """The state of one point."""

    json: bytes
    """In the words of the standard."""
    libre: bool
    """Whether a vehicle may use it now."""


@dataclass(frozen=True, slots=True)
class Etats:
    """One state of all points, as of one second: what is older than `peremption_s` is unknown.

    Each column ends with a zero: a number past the end is a point of which nothing was told.
    """

    etat: NDArray[np.uint8]
    occupation: NDArray[np.uint8]
    prises: NDArray[np.uint8]
    """Two bits a connector, in the order of the columns of the standard."""
    horodatage: Ints
    peremption_s: int
    instant: int
    """In seconds since 1970."""

    @classmethod
    def none(cls, peremption_s: int = 600) -> Self:
        """Nothing was ever told."""
        small = np.zeros(1, dtype=np.uint8)
        return cls(small, small, small, np.zeros(1, dtype=np.int64), peremption_s, 0)

    def apply(self, rows: Sequence[tuple[Any, ...]], instant: int) -> "Etats":
        """With the latest statuses of some points, as `queries.since` reads them."""
        numbers = np.fromiter((PDC.number(row[0]) for row in rows), np.int64, len(rows))
        size = max(len(PDC.words) + 1, self.etat.size)
        told = (
            ("etat", (_ETAT[row[1]] for row in rows)),
            ("occupation", (_OCCUPATION[row[2]] for row in rows)),
            ("horodatage", (microseconds(row[3]) for row in rows)),
            ("prises", (_packed(row[4:]) for row in rows)),
        )
        columns: dict[str, Any] = {}
        for name, values in told:
            before: Array = getattr(self, name)
            after = np.zeros(size, dtype=before.dtype)
            after[: before.size] = before
            after[numbers] = np.fromiter(values, before.dtype, len(rows))
            columns[name] = after
        return replace(self, **columns, instant=instant)

    def at(self, instant: int) -> "Etats":
        """The same states, later."""
        return replace(self, instant=instant)

    @property
    def holds_until(self) -> int:
        """The first second at which a state that holds will not."""
        held = self.horodatage[self.horodatage >= self._oldest]
        return int(held.min()) // SECOND + self.peremption_s + 1 if held.size else _NEVER

    @property
    def _oldest(self) -> int:
        return max((self.instant - self.peremption_s) * SECOND, 1)

    def known(self, numbers: Ints) -> Flags:
        """Which points have a state that holds."""
        held: Flags = _at(self.horodatage, numbers) >= self._oldest
        return held

    def free(self, numbers: Ints) -> Flags:
        """Which points a vehicle may use now."""
        libre: Flags = _at(self.occupation, numbers) == _LIBRE
        libre &= _at(self.etat, numbers) == _EN_SERVICE
        libre &= self.known(numbers)
        return libre

    def taken(self, numbers: Ints) -> Flags:
        """Which points are surely not free: of the others nothing is known."""
        etat, occupation = _at(self.etat, numbers), _at(self.occupation, numbers)
        taken: Flags = np.isin(occupation, _PRISE_PAR_UN_AUTRE)
        taken &= etat == _EN_SERVICE
        taken |= etat == _HORS_SERVICE
        taken &= self.known(numbers)
        return taken

    def told(self, numbers: Ints) -> Flags:
        """Which points ever had a status."""
        ever: Flags = _at(self.horodatage, numbers) > 0
        return ever

    def of(self, number: int) -> Etat:
        """The state of a point."""
        place = min(number, self.etat.size - 1)
        told = self.horodatage.item(place)
        holds = told >= self._oldest
        occupation, etat = self.occupation.item(place), self.etat.item(place)
        return _etat(etat, occupation, self.prises.item(place), told, holds)


@lru_cache(maxsize=4096)
def _etat(etat: int, occupation: int, prises: int, told: int, holds: bool) -> Etat:
    """Most points were never told of, and a state is asked for again until it changes."""
    words = {
        "etat_pdc": _ETAT_DE[etat] if holds else INCONNU,
        "occupation_pdc": _OCCUPATION_DE[occupation] if holds else INCONNU,
        "horodatage": EPOCH + timedelta(microseconds=told) if told else None,
        "perime": bool(told) and not holds,
        **{
            name: state if holds or state is None else INCONNU
            for name, state in zip(PRISES, _unpacked(prises), strict=True)
        },
    }
    libre = holds and occupation == _LIBRE and etat == _EN_SERVICE
    return Etat(orjson.dumps(words, option=orjson.OPT_UTC_Z), libre)


_NEVER: Final = 1 << 62
AUCUN: Final = Etats.none()


def _at(column: Array, numbers: Ints) -> Array:
    return np.take(column, numbers, mode="clip")


def _packed(prises: Iterable[str | None]) -> int:
    found = 0
    for rang, prise in enumerate(prises):
        found |= _PRISE[prise] << 2 * rang
    return found


def _unpacked(packed: int) -> list[str | None]:
    return [_PRISE_DE[packed >> 2 * rang & 3] for rang in range(len(PRISES))]
