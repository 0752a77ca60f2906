"""Public contract of the registry's imports: what an operator sends and what becomes of it."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.schemas.commun import Instant

SEUIL_PERTE = 0.2
"""A file that loses a larger share of its producer's living points waits for a confirmation."""


class EtatImport(StrEnum):
    ACCEPTE = "accepte"
    EN_ATTENTE = "en_attente"
    ABANDONNE = "abandonne"
    ESSAI = "essai"


class OptionsImport(BaseModel):
    """How a file is to be taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    essai: Annotated[
        bool,
        Field(description="Tout vérifier et tout compter, puis ne rien garder."),
    ] = False
    hors_perimetre: Annotated[
        bool,
        Field(description="Accepter aussi les points hors des 131 communes de la Métropole."),
    ] = False
    seuil_perte: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="Part des points connus du producteur que le fichier peut faire"
            " disparaître sans confirmation.",
        ),
    ] = SEUIL_PERTE


class ExempleConstat(BaseModel):
    """A finding at its place in the file."""

    ligne: Annotated[int, Field(description="Ligne du fichier ; l'en-tête est la ligne 1.")]
    colonne: str | None
    recu: str | None
    retenu: str | None


class BilanCode(BaseModel):
    """All the findings of one kind."""

    code: str
    gravite: Literal["erreur", "reparation", "avertissement", "doublon"]
    libelle: str
    nombre: int
    exemples: Annotated[list[ExempleConstat], Field(description="Les trois premiers.")]


class BilanLignes(BaseModel):
    """Rows of the file by what became of them."""

    lues: int
    accepte: Annotated[int, Field(description="Prises telles quelles.")]
    repare: Annotated[int, Field(description="Prises après au moins une réparation.")]
    rejete: Annotated[
        int,
        Field(description="Refusées : un point déjà connu garde sa dernière version valable."),
    ]
    doublon: Annotated[int, Field(description="Écartées au profit d'une autre ligne.")]


class BilanObjets(BaseModel):
    """What the import changes in the registry."""

    crees: int
    modifies: int
    retires: int


class Barriere(BaseModel):
    """The guard against a file that would empty the registry."""

    connus: Annotated[int, Field(description="Points en service du producteur avant l'import.")]
    perdus: Annotated[int, Field(description="Ceux que le fichier fait disparaître.")]
    seuil: float
    franchie: Annotated[
        bool,
        Field(description="Vrai : l'import attend une confirmation, rien de public n'a changé."),
    ]


class Bilan(BaseModel):
    """What an import found and did."""

    encodage: str
    separateur: str
    colonnes_ignorees: list[str]
    colonnes_ajoutees: list[str]
    lignes: BilanLignes
    points: BilanObjets
    stations: BilanObjets
    barriere: Barriere
    codes: list[BilanCode]


class ImportIrve(BaseModel):
    """A producer's file and what became of it."""

    model_config = ConfigDict(from_attributes=True)

    id: Annotated[int | None, Field(description="Absent d'un essai, dont rien n'est gardé.")]
    producteur: str
    nom: str
    taille: Annotated[int, Field(description="Octets reçus.")]
    sha256: str
    etat: EtatImport
    acteur: str
    instant: Instant
    options: OptionsImport
    bilan: Bilan
