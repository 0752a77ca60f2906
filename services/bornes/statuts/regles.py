"""Rules that accept or refuse each status of a call, with the published reason codes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.bornes.cellules import CODES
from services.bornes.statuts.dynamique import Constat, Lu, Statut

TOLERANCE: Final = timedelta(minutes=5)
"""FTRT, FRET: how far from now an instant may be."""
PAR_JOUR_MAX: Final = 1_440
"""OVRT: one a minute."""
REFUS: Final = frozenset({"erreur", "doublon"})
"""How serious a finding must be to refuse a status."""


@dataclass(slots=True)
class Verdict:
    """What becomes of one status."""

    recu: str | None
    """The identifier as received."""
    statut: Statut | None
    constats: list[Constat] = field(default_factory=list)

    @property
    def accepte(self) -> bool:
        return not any(CODES[constat.code].gravite in REFUS for constat in self.constats)

    def add(self, code: str) -> None:
        self.constats.append(Constat(code))


def juger(
    lus: Iterable[Lu], *, maintenant: datetime, prefixes: Collection[str] | None
) -> list[Verdict]:
    """Judge each status alone, then those of one point at one instant together.

    `prefixes` are those of the sender (None: any). What depends on the registry (INCO, ANTE,
    OVRT) is for who writes.
    """
    verdicts = []
    own = None if prefixes is None else tuple(prefixes)
    for lu in lus:
        verdict = Verdict(lu.recu, lu.statut, list(lu.constats))
        if lu.statut is not None:
            verdict.constats += map(Constat, _findings(lu.statut, maintenant, own))
        verdicts.append(verdict)
    _keep_the_last_sent(verdicts)
    return verdicts


def _findings(
    statut: Statut, maintenant: datetime, prefixes: tuple[str, ...] | None
) -> Sequence[str]:
    found = []
    if prefixes is not None and not statut.id_pdc_itinerance.startswith(prefixes):
        found.append("PRIN")
    if statut.occupation_pdc == "occupe" and statut.etat_pdc != "en_service":
        found.append("ERRT")
    if statut.horodatage > maintenant + TOLERANCE:
        found.append("FTRT")
    elif statut.horodatage < maintenant - TOLERANCE:
        found.append("FRET")
    return found


def _keep_the_last_sent(verdicts: Sequence[Verdict]) -> None:
    """DUPT: of the good statuses of a point at one instant, the last one sent."""
    kept: set[tuple[str, datetime]] = set()
    for verdict in reversed(verdicts):
        if verdict.statut is None or not verdict.accepte:
            continue
        told = (verdict.statut.id_pdc_itinerance, verdict.statut.horodatage)
        if told in kept:
            verdict.add("DUPT")
        kept.add(told)
