"""What the SIRENE directory says of an establishment: its names, whether it lives or hides."""

from collections.abc import Mapping
from typing import Any, Final

from services.commerces.imports.constats import Constat
from services.commerces.imports.nettoyage import VIDES

FERMER: Final = "fermer"
MASQUER: Final = "masquer"
ACTIONS: Final = frozenset({FERMER, MASQUER})
"""What a line that is not kept does to the listing of its SIRET."""
_NAMES: Final = ("enseigne", "enseigne_2", "enseigne_3", "nom", "denomination")
_STREET: Final = ("numero_voie", "indice_voie", "type_voie", "libelle_voie")

Valeurs = Mapping[str, Any]


def named(valeurs: Valeurs) -> dict[str, Any]:
    """The name and the address that an establishment's columns make; « [ND] » is neither."""
    found: dict[str, Any] = {}
    name = next(filter(None, (_said(valeurs, column) for column in _NAMES)), "")
    if name:
        found["nom"] = name
    street = " ".join(filter(None, (_said(valeurs, column) for column in _STREET)))
    if street:
        found["adresse"] = street
    return found


def _said(valeurs: Valeurs, column: str) -> str:
    text = str(valeurs.get(column, "")).strip()
    return "" if text.casefold() in VIDES else text


def judge(valeurs: Valeurs) -> tuple[str, tuple[Constat, ...]]:
    """What becomes of an establishment's listing, and why."""
    diffusion = str(valeurs.get("diffusion", "O")).strip().upper()
    etat = str(valeurs.get("etat", "A")).strip().upper()
    number = str(valeurs.get("siret", ""))
    if diffusion not in {"O", ""}:
        return MASQUER, (Constat("DIFP", "diffusion", number),)
    if etat == "F":
        return FERMER, (Constat("FERS", "etat", number),)
    return "garder", ()
