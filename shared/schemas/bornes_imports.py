"""Public contract of the registry's imports: what an operator sends and what becomes of it."""

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from shared.schemas.commun import CurseurDemande, Instant
from shared.schemas.formes import SANS_NUL
from shared.schemas.imports import (
    SEUIL_PERTE,
    Barriere,
    BilanCode,
    BilanLignes,
    EtatImport,
    ExempleConstat,
    Gravite,
    NomFichier,
)
from shared.schemas.modeles import Demande, Modele, Reponse


class SchemaDonnees(StrEnum):
    """Ce qu'un fichier décrit."""

    IRVE_STATIQUE = "irve-statique"
    AVITAILLEMENT = "avitaillement"


HorsPerimetreAccepte = Annotated[
    bool,
    Field(description="Accepter aussi les points hors des 131 communes de la Métropole."),
]


class OptionsImport(Demande):
    """Comment prendre un fichier."""

    essai: Annotated[
        bool,
        Field(description="Tout vérifier et tout compter, puis ne rien garder."),
    ] = False
    hors_perimetre: HorsPerimetreAccepte = False
    seuil_perte: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="Part des points connus du producteur que le fichier peut faire"
            " disparaître sans confirmation.",
        ),
    ] = SEUIL_PERTE


class BilanObjets(Reponse):
    """Ce que l'import change dans le registre."""

    crees: int
    """Objets nouveaux."""
    modifies: int
    """Objets déjà connus, qui changent."""
    retires: int
    """Objets qui ne sont plus en service."""


class Bilan(Reponse):
    """Ce qu'un import a constaté et fait."""

    encodage: str
    """Encodage reconnu dans le fichier."""
    separateur: str
    """Ce qui y sépare les colonnes."""
    colonnes_ignorees: list[str]
    """Colonnes du fichier que rien ne lit."""
    colonnes_ajoutees: list[str]
    """Colonnes attendues que le fichier n'a pas : lues comme vides."""
    lignes: BilanLignes
    points: BilanObjets
    stations: BilanObjets
    barriere: Barriere
    codes: list[BilanCode]
    oublie_le: Annotated[
        Instant | None,
        Field(description="Depuis quand le rapport n'est plus gardé ligne à ligne."),
    ] = None


class Import(Reponse):
    """Le fichier d'un producteur et ce qu'il est devenu."""

    model_config = ConfigDict(from_attributes=True)

    id: Annotated[int | None, Field(description="Nul pour un essai, dont rien n'est gardé.")]
    schema_donnees: SchemaDonnees
    producteur: str
    """Organisation dont viennent les données."""
    nom: str
    """Nom du fichier."""
    taille: Annotated[int, Field(description="Octets reçus.")]
    sha256: str
    """Empreinte du fichier reçu : le même fichier a la même."""
    etat: EtatImport
    acteur: str
    """Organisation qui l'a envoyé."""
    instant: Instant
    options: OptionsImport
    bilan: Bilan


class ConstatImport(ExempleConstat):
    """Un constat du rapport d'un import."""

    code: str
    """Code de la règle, expliqué dans `/qualite/regles`."""
    gravite: Gravite
    libelle: str
    """Ce que dit la règle, à montrer."""


Producteur = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=100,
        pattern=r"^\S(?:[^\x00-\x1f]*\S)?$",
        description="Producteur des données. Par défaut, l'organisation de la clé ; seule la"
        " Métropole peut en nommer une autre.",
    ),
]


class EssaiFichier(Demande):
    """Ce que dit l'adresse du rapport d'un essai ; le fichier est le corps."""

    hors_perimetre: HorsPerimetreAccepte = False
    producteur: Producteur = None


class EnvoiFichier(OptionsImport):
    """Ce que dit l'adresse d'un import ; le fichier est le corps."""

    producteur: Producteur = None
    nom: NomFichier = "irve-statique.csv"

    def options(self) -> OptionsImport:
        return OptionsImport(**self.model_dump(include=set(OptionsImport.model_fields)))


class RechercheImports(Modele):
    """Les imports à lister."""

    model_config = ConfigDict(extra="forbid")

    schema_donnees: Annotated[
        SchemaDonnees | None, Field(description="Fichiers de ce schéma seulement.")
    ] = None
    producteur: Annotated[
        str | None,
        Field(
            max_length=100,
            pattern=SANS_NUL,
            description="Fichiers de ce producteur seulement.",
        ),
    ] = None
    etat: Annotated[EtatImport | None, Field(description="Dans cet état seulement.")] = None
    limite: Annotated[int, Field(ge=1, le=100, description="Imports par page.")] = 20
    curseur: CurseurDemande = None
