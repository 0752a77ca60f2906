"""Public contract common to all imports: what became of a file and of its lines."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

Gravite = Literal["erreur", "reparation", "avertissement", "doublon"]


class EtatImport(StrEnum):
    """Où en est un import."""

    ACCEPTE = "accepte"
    EN_ATTENTE = "en_attente"
    ABANDONNE = "abandonne"
    ESSAI = "essai"


Attendu = Annotated[
    str | None,
    Field(description="Ce que la colonne demande, quand la valeur reçue n'a pu être lue."),
]


class ExempleConstat(BaseModel):
    """Un constat, à sa place dans le fichier."""

    ligne: Annotated[
        int,
        Field(description="Ligne du fichier, l'en-tête étant la 1 ; rang dans une liste JSON."),
    ]
    colonne: str | None
    recu: str | None
    retenu: str | None
    attendu: Attendu = None


class BilanCode(BaseModel):
    """Tous les constats d'une même sorte."""

    code: str
    gravite: Gravite
    libelle: str
    nombre: int
    exemples: Annotated[list[ExempleConstat], Field(description="Les trois premiers.")]


class BilanLignes(BaseModel):
    """Les lignes du fichier, selon ce qu'elles sont devenues."""

    lues: int
    accepte: Annotated[int, Field(description="Prises telles quelles.")]
    repare: Annotated[int, Field(description="Prises après au moins une réparation.")]
    rejete: Annotated[
        int, Field(description="Refusées : ce qui était déjà connu reste ce qu'il était.")
    ]
    doublon: Annotated[int, Field(description="Écartées au profit d'une autre.")]


class Barriere(BaseModel):
    """La garde contre un fichier qui viderait les données d'un expéditeur."""

    connus: Annotated[int, Field(description="Ce qu'on tenait de lui avant l'import.")]
    perdus: Annotated[int, Field(description="Ce que le fichier en fait disparaître.")]
    seuil: float
    franchie: Annotated[
        bool,
        Field(description="Vrai : l'import attend une confirmation, rien de public n'a changé."),
    ]
