"""Public contract common to all imports: what became of a file and of its lines."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from shared.schemas.modeles import Reponse

SEUIL_PERTE = 0.2
"""A file that loses a larger share of what its sender told before waits for a confirmation."""
Gravite = Annotated[
    Literal["erreur", "reparation", "avertissement", "doublon"],
    Field(
        description="erreur : la ligne est rejetée ; réparation : la valeur est corrigée et celle "
        "reçue gardée ; avertissement : la valeur est gardée telle quelle ; doublon : une autre "
        "ligne est retenue."
    ),
]
"""Ce que fait une règle de ce qu'elle trouve."""


class EtatImport(StrEnum):
    """Où en est un import."""

    ACCEPTE = "accepte"
    EN_ATTENTE = "en_attente"
    ABANDONNE = "abandonne"
    ESSAI = "essai"


NomFichier = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f]+$",
        description="Nom du fichier, pour s'y retrouver.",
    ),
]
Attendu = Annotated[
    str | None,
    Field(description="Ce que la colonne demande, quand la valeur reçue n'a pu être lue."),
]


class ExempleConstat(Reponse):
    """Un constat, à sa place dans le fichier."""

    ligne: Annotated[
        int,
        Field(description="Ligne du fichier, l'en-tête étant la 1 ; rang dans une liste JSON."),
    ]
    colonne: str | None
    """Colonne en cause ; nulle si c'est toute la ligne."""
    recu: str | None
    """La valeur reçue ; nulle si elle manque."""
    retenu: str | None
    """La valeur gardée à sa place ; nulle si rien n'est gardé."""
    attendu: Attendu = None


class BilanCode(Reponse):
    """Tous les constats d'une même sorte."""

    code: str
    """Code de la règle."""
    gravite: Gravite
    libelle: str
    """Ce que dit la règle, à montrer."""
    nombre: int
    """Combien de fois, dans tout le fichier."""
    exemples: Annotated[list[ExempleConstat], Field(description="Les trois premiers.")]


class BilanLignes(Reponse):
    """Les lignes du fichier, selon ce qu'elles sont devenues."""

    lues: int
    """Lignes lues, l'en-tête à part."""
    accepte: Annotated[int, Field(description="Prises telles quelles.")]
    repare: Annotated[int, Field(description="Prises après au moins une réparation.")]
    rejete: Annotated[
        int,
        Field(
            description="Refusées : ce qui était déjà connu reste ce qu'il était, sauf si un code "
            "dit le contraire."
        ),
    ]
    doublon: Annotated[int, Field(description="Écartées au profit d'une autre.")]


class Barriere(Reponse):
    """La garde contre un fichier qui viderait les données d'un expéditeur."""

    connus: Annotated[int, Field(description="Ce qu'on tenait de lui avant l'import.")]
    perdus: Annotated[int, Field(description="Ce que le fichier en fait disparaître.")]
    seuil: float
    """Part de ce qui était connu que le fichier pouvait faire disparaître, de 0 à 1."""
    franchie: Annotated[
        bool,
        Field(description="Vrai : l'import attend une confirmation, rien de public n'a changé."),
    ]
