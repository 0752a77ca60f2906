"""A planned site through time: which states follow which, and what it was on a given day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

from shared.schemas.bornes_sites import EtatSite, VueSite
from shared.transfers.tables import rows

T = TypeVar("T")


class Etat(NamedTuple):
    """A row of the table of states."""

    libelle: str
    vue: VueSite
    suivants: frozenset[EtatSite]


def _read() -> Mapping[EtatSite, Etat]:
    return {
        EtatSite(row["etat"]): Etat(
            row["libelle"],
            VueSite(row["vue"]),
            frozenset(map(EtatSite, row["suivants"].split())),
        )
        for row in rows(Path(__file__).with_name("etats_site.csv"))
    }


ETATS = _read()


@dataclass(frozen=True, slots=True)
class Fait:
    """An event: a state reached, or announced for a day to come."""

    statut: EtatSite
    date_reelle: date | None
    date_prevue: date | None
    recu_le: date
    pdc: Sequence[int] | None = None
    bornes: int | None = None
    station: str | None = None

    @property
    def vaut_des(self) -> date:
        """The day from which it says something of the site."""
        return self.date_reelle or self.recu_le


@dataclass(frozen=True, slots=True)
class Site:
    """What was planned when the site was declared, and all that happened to it."""

    id: int
    prefixe: str
    commune: str
    """INSEE code, as declared."""
    pdc: Sequence[int]
    """Points planned, by band."""
    bornes: int | None
    places: int | None
    station: str | None
    faits: Sequence[Fait]
    """In the order of reception."""


class Situation(NamedTuple):
    """A site as it was at the end of a day."""

    statut: EtatSite
    depuis: date
    pdc: Sequence[int]
    """Points by band: planned, or there once it is in service."""
    bornes: int | None
    station: str | None
    mise_en_service_prevue: date | None
    glissement_jours: int | None

    @property
    def vue(self) -> VueSite:
        return ETATS[self.statut].vue


def situation(site: Site, au: date) -> Situation | None:
    """None before the site was identified."""
    known = [fait for fait in site.faits if fait.vaut_des <= au]
    reached = [fait for fait in known if fait.date_reelle is not None]
    if not reached:
        return None
    last = reached[-1]
    assert last.date_reelle is not None
    announced = [
        fait.date_prevue
        for fait in known
        if fait.date_prevue is not None and fait.statut is EtatSite.EN_SERVICE
    ]
    opened = next(
        (fait.date_reelle for fait in reached if fait.statut is EtatSite.EN_SERVICE), None
    )
    ends = opened or (announced[-1] if announced else None)
    return Situation(
        statut=last.statut,
        depuis=last.date_reelle,
        pdc=_last([fait.pdc for fait in known]) or site.pdc,
        bornes=_last([fait.bornes for fait in known], site.bornes),
        station=_last([fait.station for fait in known]) or site.station,
        mise_en_service_prevue=announced[-1] if announced and opened is None else None,
        glissement_jours=(ends - announced[0]).days if announced and ends else None,
    )


def _last(values: Sequence[T | None], default: T | None = None) -> T | None:
    return next((value for value in reversed(values) if value is not None), default)


@cache
def reachable(statut: EtatSite) -> frozenset[EtatSite]:
    """The states that may still come, whatever the road."""
    found: set[EtatSite] = set()
    waiting = [statut]
    while waiting:
        for suivant in ETATS[waiting.pop()].suivants - found:
            found.add(suivant)
            waiting.append(suivant)
    return frozenset(found)
