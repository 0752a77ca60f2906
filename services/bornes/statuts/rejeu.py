"""Charging sessions told again as statuses: a living demonstration, and a load to measure.

A session makes its point taken from its start to its end; between sessions the point is free.
The past is moved so that its beginning is now, and told faster than it went.
"""

import heapq
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from services.bornes.statuts.dynamique import Statut
from shared.transfers.files import decompressed, gzip_errors

RAPPEL: Final = timedelta(minutes=4)
"""A state is told again so often, of the clock: well before it would expire."""

_ATTENDU: Final = (
    "une session est un objet JSON qui a id_pdc_itinerance, et start et end en millisecondes"
)


class SessionRecharge(NamedTuple):
    """A vehicle at a point, from an instant to another, in milliseconds since 1970."""

    point: str
    debut: int
    fin: int


class Changement(NamedTuple):
    """What a point becomes, so many seconds after the beginning of the sessions."""

    apres_s: float
    point: str
    occupe: bool


def lire_sessions(fichier: Path) -> list[SessionRecharge]:
    """Sessions of a JSON Lines file (`id_pdc_itinerance`, `start`, `end`), gzip or not."""
    with fichier.open("rb") as file, gzip_errors():
        lines = enumerate(decompressed(file), 1)
        found = [_session(line, number) for number, line in lines if line.strip()]
    if not found:
        raise ValueError("ce fichier n'a aucune session")
    return sorted(found, key=lambda session: (session.debut, session.point))


def _session(line: bytes, number: int) -> SessionRecharge:
    try:
        content = json.loads(line)
        session = SessionRecharge(
            str(content["id_pdc_itinerance"]), int(content["start"]), int(content["end"])
        )
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"ligne {number} : {_ATTENDU}") from error
    if session.fin < session.debut:
        raise ValueError(f"ligne {number} : la session finit avant de commencer")
    return session


def changements(sessions: Iterable[SessionRecharge]) -> Iterator[Changement]:
    """What becomes of the points in order of time; sessions that overlap are one.

    `sessions` come in the order of their beginnings.
    """
    ends: list[tuple[int, str]] = []
    under_way: dict[str, int] = {}
    origin: int | None = None
    for session in sessions:
        origin = session.debut if origin is None else origin
        yield from _ended(ends, under_way, session.debut, origin)
        if under_way.get(session.point, 0) == 0:
            yield Changement((session.debut - origin) / 1000, session.point, occupe=True)
        under_way[session.point] = under_way.get(session.point, 0) + 1
        heapq.heappush(ends, (session.fin, session.point))
    yield from _ended(ends, under_way, None, origin or 0)


def _ended(
    ends: list[tuple[int, str]], under_way: dict[str, int], until: int | None, origin: int
) -> Iterator[Changement]:
    """Points that are free again before an instant (None: all)."""
    while ends and (until is None or ends[0][0] <= until):
        instant, point = heapq.heappop(ends)
        under_way[point] -= 1
        if under_way[point] == 0:
            yield Changement((instant - origin) / 1000, point, occupe=False)


class Rejeu:
    """The points of some sessions as time goes by: what is to be told at each instant."""

    def __init__(
        self, sessions: Iterable[SessionRecharge], *, debut: datetime, vitesse: float
    ) -> None:
        told = list(sessions)
        last = max((session.fin for session in told), default=0)
        self.duree_s = (last - told[0].debut) / 1000 / vitesse if told else 0.0
        """Seconds that it takes."""
        self._debut = debut
        self._vitesse = vitesse
        self._occupe = dict.fromkeys(sorted({session.point for session in told}), False)
        self._dit: dict[str, datetime] = {}
        self._suite = changements(told)
        self._prochain = next(self._suite, None)

    @property
    def points(self) -> list[str]:
        """The points of the sessions."""
        return list(self._occupe)

    @property
    def fini(self) -> bool:
        """Whether every session is over."""
        return self._prochain is None

    def lot(self, maintenant: datetime) -> list[Statut]:
        """Statuses to tell now: what changed since the last time, and what must be told again."""
        elapsed = (maintenant - self._debut).total_seconds() * self._vitesse
        changed: set[str] = set()
        while self._prochain is not None and self._prochain.apres_s <= elapsed:
            self._occupe[self._prochain.point] = self._prochain.occupe
            changed.add(self._prochain.point)
            self._prochain = next(self._suite, None)
        due = [
            point
            for point in self._occupe
            if point in changed or self._dit.get(point, self._debut - RAPPEL) + RAPPEL <= maintenant
        ]
        self._dit |= dict.fromkeys(due, maintenant)
        return [
            Statut(point, "en_service", "occupe" if self._occupe[point] else "libre", maintenant)
            for point in due
        ]
