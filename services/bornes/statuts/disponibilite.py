"""How long a charging point was in each state, from its changes of state."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

ZERO = timedelta()


class Ligne(NamedTuple):
    """A change of state of a point, and when the state before was last told."""

    etat_pdc: str
    occupation_pdc: str
    horodatage: datetime
    vu_avant: datetime | None


class Temps(NamedTuple):
    """A period, split: its three parts make the whole."""

    en_service: timedelta
    hors_service: timedelta
    inconnu: timedelta

    @property
    def connu(self) -> timedelta:
        return self.en_service + self.hors_service

    @property
    def taux(self) -> float | None:
        """Share of the known time in service; nothing known is not a failure."""
        return self.en_service / self.connu if self.connu else None


def temps(
    lignes: Sequence[Ligne],
    *,
    vu: datetime | None,
    debut: datetime,
    fin: datetime,
    peremption: timedelta,
) -> Temps:
    """Time spent in each state between `debut` and `fin`.

    `lignes` are the changes in the order of their instants, from the last one before `debut` to
    the first one after `fin`; `vu` is when the last of them was last told. A state holds until
    the next one, but never longer than `peremption` after it was last told.
    """
    known = {"en_service": ZERO, "hors_service": ZERO}
    for ligne, until in _held(lignes, vu, peremption):
        if ligne.etat_pdc in known:
            inside = min(until, fin) - max(ligne.horodatage, debut)
            known[ligne.etat_pdc] += max(inside, ZERO)
    whole = max(fin - debut, ZERO)
    return Temps(known["en_service"], known["hors_service"], whole - sum(known.values(), ZERO))


def _held(
    lignes: Sequence[Ligne], vu: datetime | None, peremption: timedelta
) -> list[tuple[Ligne, datetime]]:
    """Each state with the instant it stopped holding."""
    held = [
        (ligne, min(later.horodatage, (later.vu_avant or ligne.horodatage) + peremption))
        for ligne, later in pairwise(lignes)
    ]
    if lignes:
        last = lignes[-1]
        held.append((last, max(vu or last.horodatage, last.horodatage) + peremption))
    return held
