"""The data from which questions about a programme are answered: points, sites and a day."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.bornes import programmes
from services.bornes.deploiement.presences import Presence
from services.bornes.sites.regles import Site, Situation, situation
from shared.schemas.bornes_deploiement import Objectif, Programme, Unite
from shared.schemas.bornes_sites import VueSite


class Au(NamedTuple):
    """A site on the day asked about."""

    site: Site
    situation: Situation


@dataclass(frozen=True)
class Releve:
    """All that a question about a programme is answered from."""

    programme: Programme
    presences: Sequence[Presence]
    sites: Sequence[Site]
    au: date

    @property
    def perimetre(self) -> frozenset[str]:
        return programmes.communes_today(self.programme.code)

    @property
    def objectif(self) -> Objectif | None:
        """The target in force that day."""
        known = programmes.known_on(self.programme.objectifs, self.au)
        return known[-1] if known else None

    def is_retained(self, presence: Presence) -> bool:
        """Whether the point belongs to the operator that the call chose."""
        return presence.point.startswith(tuple(self.programme.reseau_retenu.prefixes))

    def inside(self, *, retained: bool) -> list[Presence]:
        """Points of the perimeter, of the chosen operator or of all."""
        return [
            presence
            for presence in self.presences
            if presence.commune in self.perimetre and (not retained or self.is_retained(presence))
        ]

    def sites_on(self, au: date) -> list[Au]:
        """The sites known that day."""
        states = ((site, situation(site, au)) for site in self.sites)
        return [Au(site, state) for site, state in states if state is not None]


def declared(sites: Iterable[Au], unite: Unite) -> tuple[int | None, int]:
    """What the sites in service add up to, and how many of them do not say.

    None when none of them says: what is unknown is not 0.
    """
    tell: Callable[[Au], int | None] = _TELLS[unite]
    numbers = [tell(one) for one in sites if one.situation.vue is VueSite.EN_SERVICE]
    told = [number for number in numbers if number is not None]
    return None if numbers and not told else sum(told), len(numbers) - len(told)


_TELLS: dict[Unite, Callable[[Au], int | None]] = {
    Unite.PDC: lambda one: sum(one.situation.pdc),
    Unite.STATION: lambda _: 1,
    Unite.BORNE: lambda one: one.situation.bornes,
    Unite.PLACE: lambda one: one.site.places,
}
