"""Presence of charging points over time: how many were in service on any day."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from services.bornes.imports.sql import CONNECTEUR, SERVICE
from shared.schemas.bornes_deploiement import Unite

PREFIXE = 5
"""Length of an AFIREV prefix: country and operator."""
_CONNECTEUR, _SERVICE = re.compile(CONNECTEUR), re.compile(SERVICE)


class Presence(NamedTuple):
    """A charging point between its commissioning and its withdrawal."""

    point: str
    station: str
    commune: str | None
    """Today's commune: the declared one when it was accepted, else that of the position."""
    operateur: str
    bande: int
    """Rank in BANDES_KW."""
    debut: date | None
    """date_mise_en_service; None is counted on no day."""
    fin: date | None
    """First day without it."""
    absences: Sequence[tuple[date, date]] = ()
    """Days [from, to) when it was withdrawn, then came back."""

    def intervals(self) -> Iterator[tuple[date, date]]:
        """Days [from, to) when it was there."""
        if self.debut is None:
            return
        debut, end = self.debut, self.fin or date.max
        for gone, back in sorted(self.absences):
            if debut < min(gone, end):
                yield debut, min(gone, end)
            debut = max(debut, back)
        if debut < end:
            yield debut, end

    def is_there(self, au: date) -> bool:
        """At the end of that day."""
        return any(debut <= au < fin for debut, fin in self.intervals())


def count(presences: Iterable[Presence], days: Sequence[date], unite: Unite) -> list[int]:
    """How many points, or stations that have one, at the end of each of `days` (in order)."""
    steps: dict[str, list[int]] = {}
    for presence in presences:
        owner = presence.station if unite is Unite.STATION else ""
        own = steps.setdefault(owner, [0] * (len(days) + 1))
        for debut, fin in presence.intervals():
            own[bisect_left(days, debut)] += 1
            own[bisect_left(days, fin)] -= 1
    totals = [0] * len(days)
    for own in steps.values():
        for place, there in enumerate(accumulate(own[:-1])):
            totals[place] += min(there, 1) if unite is Unite.STATION else there
    return totals


def redeclared(presences: Iterable[Presence], au: date) -> int:
    """Points that day that seem to be another one again, by connector or by service.

    The import reports them under CONN, by the same endings; they stay counted, because each has an
    id of its own.
    """
    points = {(p.station, p.point) for p in presences if p.is_there(au)}
    connectors: Counter[tuple[str, str]] = Counter()
    services = 0
    for station, point in points:
        root = station, _CONNECTEUR.sub("", point)
        if root[1] != point:
            connectors[root] += 1
        else:
            shorter = _SERVICE.sub("", point)
            services += shorter != point and (station, shorter) in points
    spare = (number if root in points else number - 1 for root, number in connectors.items())
    return services + sum(spare)
