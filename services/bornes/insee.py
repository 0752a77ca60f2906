"""The commune a point declares against the one that contains its position."""

from typing import NamedTuple

from shared.territoire import Lieu, locate, resolve, within

TOLERANCE_M = 100.0
"""Contours are drawn, entrances are on streets: a declared code this near is accepted."""


class Situation(NamedTuple):
    """Where a point stands, the INSEE code kept for it, and what was found (INSA, INSR, INSE)."""

    code_insee: str | None
    lieu: Lieu | None
    """None outside the Métropole."""
    constat: str | None


def situer(lon: float, lat: float, declare: str | None) -> Situation:
    """Keep the declared code unless it is missing, obsolete or more than 100 m away."""
    lieu = locate(lon, lat)
    found = resolve(declare) if declare else None
    near = declare is not None and found is not None and within(declare, lon, lat, TOLERANCE_M)
    if lieu is None:
        if found and near:
            commune = found.commune
            return Situation(
                declare, Lieu(commune.code, found.arrondissement, commune.territoire), None
            )
        return Situation(declare, None, "INSE" if found else None)
    if near and found and declare in (found.commune.code, found.arrondissement):
        return Situation(declare, lieu, None)
    return Situation(
        lieu.code_arrondissement or lieu.code_commune, lieu, "INSR" if declare else "INSA"
    )
