"""What a cell that could not be read should have held, in French, for its sender to mend it."""

from collections.abc import Mapping
from typing import Final

from services.bornes import irve
from services.bornes.avitaillement import schema
from services.bornes.cellules import MAX_INTEGER, MAX_TEXT, Colonne
from services.bornes.statuts import dynamique
from shared.counts import figure

_ILLISIBLES: Final = frozenset({"OBLI", "ILLI", "OPTI", "COOR", "POWU", "DATM"})
"""Findings about a cell that has no value of its column; others show the value kept, or tell."""
_DE_TYPE: Final = {
    "boolean": "true ou false",
    "date": "une date AAAA-MM-JJ, comme 2026-01-31",
    "datetime": "un instant et son décalage, comme 2026-01-31T08:00:00+01:00",
    "geopoint": "[longitude,latitude] en degrés décimaux, comme [2.3522,48.8566]",
}


def attendu(code: str, colonne: str | None) -> str | None:
    """What was expected in the column of a file; None where the code of the finding says it all."""
    return _ATTENDUS.get(colonne) if colonne and code in _ILLISIBLES else None


def attendu_statut(code: str, colonne: str | None) -> str | None:
    """The same of the column of a status."""
    return _ATTENDUS_STATUT.get(colonne) if colonne and code in _ILLISIBLES else None


def _of(colonne: Colonne) -> str:
    if colonne.attendu:
        return colonne.attendu
    if colonne.enum:
        return "une de ces valeurs : " + ", ".join(f"« {valeur} »" for valeur in colonne.enum)
    if colonne.type in {"integer", "number"}:
        kind = "un nombre entier" if colonne.type == "integer" else "un nombre"
        return f"{kind} de {colonne.minimum or 0} à {colonne.maximum or MAX_INTEGER}"
    if colonne.format == "email":
        return "une seule adresse de courriel, comme contact@exemple.fr"
    return _DE_TYPE.get(colonne.type, f"un texte de {figure(MAX_TEXT)} caractères au plus")


_ATTENDUS_STATUT: Final[Mapping[str, str]] = {
    colonne.name: _of(colonne) for colonne in dynamique.COLONNES
}
_ATTENDUS: Final[Mapping[str, str]] = {
    colonne.name: _of(colonne)
    for colonnes in (schema.COLONNES, irve.COLONNES)
    for colonne in colonnes
}
"""By column: those of both schemas of files are IRVE's own."""
