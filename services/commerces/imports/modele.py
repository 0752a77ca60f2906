"""The template of a file of shops: its columns for a machine, and an example to fill in."""

from collections.abc import Iterator

from services.commerces.imports.colonnes import Colonne, du_modele, liste_de
from services.commerces.mots_admis import mots_admis
from shared.schemas.commerces_imports import ColonneModele, ModeleImport
from shared.transfers.spreadsheets import ecrire

TABLE_SCHEMA = "https://datapackage.org/profiles/2.0/tableschema.json"
_TYPES = {"nombre": "number", "oui_non": "boolean", "date": "date", "entier": "integer"}
_REQUIRED = frozenset({"nom", "adresse"})


def schema() -> ModeleImport:
    """The columns as a Table Schema."""
    return ModeleImport.model_validate(
        {
            "$schema": TABLE_SCHEMA,
            "name": "commerces-a-domicile",
            "title": "Mes commerces à domicile : modèle d'import",
            "fields": [_field(colonne) for colonne in du_modele()],
        }
    )


def _field(colonne: Colonne) -> ColonneModele:
    return ColonneModele(
        name=colonne.nom,
        type=_TYPES.get(colonne.genre, "string"),
        description=colonne.description,
        example=colonne.exemple or None,
        valeurs=[one.code for one in mots_admis().get(liste_de(colonne), [])] or None,
        constraints={"required": True} if colonne.nom in _REQUIRED else None,
    )


def exemple() -> str:
    """A CSV of one fictive shop, with the columns that an ordinary list fills."""
    return "".join(_lines())


def _lines() -> Iterator[str]:
    filled = [colonne for colonne in du_modele() if colonne.exemple]
    return ecrire([colonne.nom for colonne in filled], [[colonne.exemple for colonne in filled]])
