"""What SIRENE says of an establishment: its names, and whether it is open, closed or hidden."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.commerces.imports.constats import Constat
from services.commerces.imports.nettoyage import is_absent
from shared.schemas.commun import slug

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
_OUVERT: Final = frozenset({"", "a", "actif", "active"})
_FERME: Final = frozenset({"f", "ferme", "fermee", "c", "cesse", "cessee"})
"""States of an establishment and of its company, as INSEE and those who republish it write them."""
_OF_SEARCH: Final = {
    "etat_administratif": "etatAdministratifEtablissement",
    "date_creation": "dateCreationEtablissement",
    "activite_principale": "activitePrincipaleEtablissement",
    "nom_complet": "nomUniteLegale",
    "nom_raison_sociale": "denominationUniteLegale",
}
"""What the search of companies names in words that mean something else in other files. Who has no
company name is a person."""
_FLOAT: Final = re.compile(r"(?<=[0-9])[.,]0$")
"""What a spreadsheet adds to a number."""

Valeurs = Mapping[str, Any]


def establishments(element: Any) -> Iterator[Any]:
    """The establishments that an element of JSON tells, each with all its columns at one level.

    As the API Sirene has them (`adresseEtablissement`, `periodesEtablissement`…), and the search of
    companies of annuaire-entreprises (`matching_etablissements`, else `siege`). Others pass as is.
    """
    if not isinstance(element, dict):
        yield element
        return
    if isinstance(element.get("adresseEtablissement"), dict):
        yield element | _of_api(element)
        return
    matching = element.get("matching_etablissements") or [element.get("siege")]
    if isinstance(matching, list) and all(isinstance(one, dict) for one in matching):
        yield from (_of_search(element | one) for one in matching)
    else:
        yield element


def _of_api(element: Valeurs) -> dict[str, Any]:
    periods = element.get("periodesEtablissement")
    known = [one for one in periods if isinstance(one, dict)] if isinstance(periods, list) else []
    now = [one for one in known if one.get("dateFin") is None]
    parts = [element.get("uniteLegale"), element["adresseEtablissement"], *now[:1]]
    return {name: value for one in parts if isinstance(one, dict) for name, value in one.items()}


def _of_search(found: Valeurs) -> dict[str, Any]:
    told = {_OF_SEARCH.get(name, name): value for name, value in found.items() if value}
    signs = found.get("liste_enseignes")
    return told | (
        {"enseigne1Etablissement": signs[0]} if isinstance(signs, list) and signs else {}
    )


def named(valeurs: Valeurs) -> dict[str, Any]:
    """The name and the address that an establishment's columns make; « [ND] » is neither."""
    found: dict[str, Any] = {}
    name = _name(valeurs) or person(valeurs)
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


def person(valeurs: Valeurs) -> str:
    """The name of who trades alone under no other name."""
    family = _said(valeurs, "nom_usage") or _said(valeurs, "nom_personne")
    return f"{_said(valeurs, 'prenom')} {family}".strip() if family else ""


def _said(valeurs: Valeurs, column: str) -> str:
    text = str(valeurs.get(column, "")).strip()
    return "" if is_absent(text) else text


def judge(valeurs: Valeurs) -> tuple[str | None, tuple[Constat, ...]]:
    """What a line does to the listing of its establishment beside bringing it, and why."""
    diffusion = str(valeurs.get("statut_diffusion", "O")).strip().upper()
    etat = slug(str(valeurs.get("etat_administratif", "")))
    number = str(valeurs.get("siret", ""))
    if diffusion not in {"O", ""}:
        return MASQUER, (Constat("DIFP", "statut_diffusion", number),)
    if etat in _FERME:
        return FERMER, (Constat("FERS", "etat_administratif", number),)
    found = []
    if etat not in _OUVERT:
        found.append(Constat("VALI", "etat_administratif", str(valeurs["etat_administratif"])))
    if not _name(valeurs) and (alone := person(valeurs)):
        found.append(Constat("NOMP", "nom", None, alone))
    return None, tuple(found)
