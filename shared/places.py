"""The commune and territory named in a query, checked against the reference data."""

from shared import territoire
from shared.problems import InvalidParameter


def asked_places(*, commune: str | None, ept: str | None) -> dict[str, str]:
    """Codes to look for in the columns `commune`, `arrondissement` and `ept`."""
    wanted: dict[str, str] = {}
    if commune is not None:
        found = territoire.resolve(commune)
        if found is None:
            raise InvalidParameter(
                "commune", f"{commune} n'est pas le code INSEE d'une commune de la Métropole."
            )
        if found.arrondissement is None:
            wanted["commune"] = found.commune.code
        else:
            wanted["arrondissement"] = found.arrondissement
    if ept is not None:
        wanted["ept"] = _ept(ept)
    return wanted


def _ept(asked: str) -> str:
    for ept in territoire.territoires():
        if asked in {ept.code, ept.siren}:
            return ept.code
    raise InvalidParameter(
        "ept", f"{asked} n'est ni un territoire (T1 à T12) ni le SIREN de l'un d'eux."
    )
