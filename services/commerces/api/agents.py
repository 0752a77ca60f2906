"""Agents of the directory: their role, and the territory they answer for."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends

from services.commerces.commands import Auteur
from services.commerces.models import Fiche
from shared import territoire
from shared.auth import Acteur, require
from shared.memory.places import asked_places
from shared.problems import Forbidden
from shared.schemas.commerces_valeurs import VerifiePar

QUALITES: Final[Mapping[str, VerifiePar]] = {
    "metropole": VerifiePar.METROPOLE,
    "cci": VerifiePar.CCI,
    "commune": VerifiePar.COMMUNE,
}
"""Roles that manage listings, and in what capacity they confirm them."""
PARTOUT: Final = frozenset({"metropole", "cci"})


def auteur_of(acteur: Acteur) -> Auteur:
    qualite = QUALITES.get(acteur.role)
    if qualite is None:
        raise Forbidden("Ce rôle ne gère pas de fiches : metropole, cci ou commune.")
    return Auteur(acteur.organisation, qualite)


def agent(droit: str) -> Any:
    """Access of a route kept for those who manage listings, as their role says, and have a right.

    As a parameter it gives the caller, as `shared.auth.require` does.
    """

    async def managing(acteur: Annotated[Acteur, require(droit)]) -> Acteur:
        auteur_of(acteur)
        return acteur

    return Depends(managing)


def ground_of(acteur: Acteur) -> set[str] | None:
    """Today's codes that the agent answers for; None when it answers for all."""
    if acteur.role in PARTOUT:
        return None
    found = filter(None, map(territoire.resolve, acteur.territoire))
    return {place.code for place in found}


def _inside(codes: set[str], ground: set[str]) -> set[str]:
    """Those of some codes that a ground holds: themselves, or the Paris they are part of."""
    return {code for code in codes if code in ground or _commune_of(code) in ground}


def _commune_of(code: str) -> str | None:
    found = territoire.resolve(code)
    return None if found is None else found.commune.code


def answers_for(acteur: Acteur, fiche: Fiche) -> bool:
    ground = ground_of(acteur)
    lieu = fiche.exploitation.lieu
    return ground is None or bool({lieu.code_commune, lieu.code_arrondissement} & ground)


def within(acteur: Acteur, commune: str | None) -> list[str] | None:
    """The codes to search among: the agent's, or what is in both these and the commune asked.

    None for all.
    """
    codes = ground_of(acteur)
    if commune is not None:
        wanted = set(asked_places(commune=commune, ept=None).values())
        codes = wanted if codes is None else _inside(wanted, codes) | _inside(codes, wanted)
    return None if codes is None else sorted(codes)
