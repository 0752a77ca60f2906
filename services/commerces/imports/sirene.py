"""What SIRENE says of an establishment: its names, and whether it is open, closed or hidden."""

import re
from collections.abc import Mapping
from typing import Any, Final

from services.commerces.imports.constats import Constat
from services.commerces.imports.nettoyage import VIDES

FERMER: Final = "fermer"
MASQUER: Final = "masquer"
"""What a line that is not kept does to the listing of its SIRET."""
_NAMES: Final = (
    "enseigne",
    "enseigne_2",
    "enseigne_3",
    "nom",
    "denomination_usuelle",
    "denomination",
)
VOIE: Final = ("numero_voie", "indice_voie", "type_voie", "libelle_voie")
"""Parts of an address."""
_BEGINS_WITH_NUMBER: Final = re.compile(r"\d+(?:\s?(?:bis|ter|quater|[a-d]))?[\s,]", re.IGNORECASE)
_FLOAT: Final = re.compile(r"(?<=[0-9])[.,]0$")
"""What a spreadsheet adds to a number."""

Valeurs = Mapping[str, Any]


def named(valeurs: Valeurs) -> dict[str, Any]:
    """The name and the address that an establishment's columns make; « [ND] » is neither."""
    found: dict[str, Any] = {}
    name = _name(valeurs) or _person(valeurs)
    if name:
        found["nom"] = name
    told = street(valeurs)
    if told:
        found["adresse"] = told
    return found


def street(valeurs: Valeurs) -> str:
    """The address that its parts make; the name of a street may begin with the number."""
    number, index, kind, label = (_said(valeurs, column) for column in VOIE)
    if not kind and _BEGINS_WITH_NUMBER.match(label):
        return label
    return " ".join(filter(None, (_FLOAT.sub("", number), index, kind, label)))


def _name(valeurs: Valeurs) -> str:
    return next(filter(None, (_said(valeurs, column) for column in _NAMES)), "")


def _person(valeurs: Valeurs) -> str:
    """The name of who trades alone under no other name."""
    family = _said(valeurs, "nom_usage") or _said(valeurs, "nom_personne")
    return f"{_said(valeurs, 'prenom')} {family}".strip() if family else ""


def _said(valeurs: Valeurs, column: str) -> str:
    text = str(valeurs.get(column, "")).strip()
    return "" if text.casefold() in VIDES else text


def judge(valeurs: Valeurs) -> tuple[str | None, tuple[Constat, ...]]:
    """What a line does to the listing of its establishment beside bringing it, and why."""
    diffusion = str(valeurs.get("diffusion", "O")).strip().upper()
    etat = str(valeurs.get("etat", "A")).strip().upper()
    number = str(valeurs.get("siret", ""))
    if diffusion not in {"O", ""}:
        return MASQUER, (Constat("DIFP", "diffusion", number),)
    if etat == "F":
        return FERMER, (Constat("FERS", "etat", number),)
    if not _name(valeurs) and (person := _person(valeurs)):
        return None, (Constat("NOMP", "nom", None, person),)
    return None, ()
