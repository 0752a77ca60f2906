"""The communes and territories that a caller names, checked against the reference data."""

from shared import territoire
from shared.problems import InvalidBody, InvalidParameter, NotFound
from shared.territoire import Resolution


def asked_commune(code: str, *, parametre: str = "commune") -> Resolution:
    """The commune or arrondissement that a query names; InvalidParameter for any other code."""
    found = territoire.resolve(code)
    if found is None:
        raise InvalidParameter(parametre, _unknown_commune(code))
    return found


def found_commune(code: str) -> Resolution:
    """The commune or arrondissement that an address is about; NotFound for any other code."""
    found = territoire.resolve(code)
    if found is None:
        raise NotFound(_unknown_commune(code))
    return found


def written_commune(code: str, *, pointer: str) -> str:
    """Today's code of what a body names at `pointer`; InvalidBody for any other code."""
    found = territoire.resolve(code)
    if found is None:
        raise InvalidBody.at(pointer, _unknown_commune(code))
    return found.code


def _unknown_commune(code: str) -> str:
    served = territoire.places_of_postcode(code)
    if served:
        named = [f"{place.code} ({place.nom})" for place in served]
        return f"{code} est un code postal, pas un code INSEE : demandez {' ou '.join(named)}."
    return f"{code} n'est pas le code INSEE d'une commune de la Métropole."


def asked_places(*, commune: str | None, ept: str | None) -> dict[str, str]:
    """Codes to look for in the columns `commune`, `arrondissement` and `ept`."""
    wanted: dict[str, str] = {}
    if commune is not None:
        found = asked_commune(commune)
        wanted["commune" if found.arrondissement is None else "arrondissement"] = found.code
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
