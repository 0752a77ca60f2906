"""Compares the commune that a point declares with the one that contains its position."""

from typing import NamedTuple

from shared.territoire import Lieu, locate, resolve, within

TOLERANCE_M = 100.0
"""Contours are drawn, entrances are on streets: a declared code this near is accepted."""


class Situation(NamedTuple):
    """Where a point stands, the INSEE code kept for it, and what was found (INSA, INSR, INSE)."""

    code_insee: str | None
    lieu: Lieu | None
    """That of the code kept; None outside the Métropole."""
    constat: str | None


def situer(lon: float, lat: float, declare: str | None) -> Situation:
    """Keep the declared code unless it is missing, obsolete or more than 100 m away."""
    lieu = locate(lon, lat)
    found = resolve(declare) if declare else None
    near = declare is not None and found is not None and within(declare, lon, lat, TOLERANCE_M)
    if found is None or not near:
        if lieu is None:
            return Situation(declare, None, "INSE" if found else None)
        kept = lieu.code_arrondissement or lieu.code_commune
        return Situation(kept, lieu, "INSR" if declare else "INSA")
    if found.arrondissement or lieu is None or lieu.code_commune != found.commune.code:
        commune = found.commune
        lieu = Lieu(commune.code, found.arrondissement, commune.territoire)
    known = declare in (found.commune.code, found.arrondissement)
    return Situation(declare, lieu, None) if known else Situation(found.commune.code, lieu, "INSR")
