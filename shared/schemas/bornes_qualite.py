"""Public contract of the data quality: the rules, and what they find with each producer."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.schemas.bornes_imports import BilanLignes, ExempleConstat
from shared.schemas.commun import Instant

Gravite = Literal["erreur", "reparation", "avertissement", "doublon"]
CodeRegle = Annotated[str, Field(pattern=r"^[A-Z0-9]{4}$", examples=["PDCL"])]
Producteur = Annotated[str, Field(min_length=1, max_length=200)]


class SourceRegle(BaseModel):
    """Qui publie la règle."""

    nom: str
    url: str | None


class Regle(BaseModel):
    """Une règle appliquée à chaque fichier reçu."""

    code: CodeRegle
    libelle: str
    gravite: Annotated[
        Gravite,
        Field(
            description="erreur : la ligne est rejetée ; réparation : la valeur est corrigée et "
            "celle reçue gardée ; avertissement : la valeur est gardée telle quelle ; doublon : "
            "une autre ligne est retenue."
        ),
    ]
    source: SourceRegle


class Regles(BaseModel):
    regles: list[Regle]


class Evolution(StrEnum):
    """Les deux derniers imports comparés, en part des lignes."""

    HAUSSE = "hausse"
    BAISSE = "baisse"
    STABLE = "stable"


class PointTendance(BaseModel):
    """Un import passé."""

    import_id: int
    instant: Instant
    nombre: int
    part_pct: Annotated[float, Field(description="Constats pour cent lignes lues.")]


class ConstatProducteur(BaseModel):
    """Ce qu'une règle trouve dans le dernier fichier d'un producteur."""

    code: CodeRegle
    gravite: Gravite
    libelle: str
    nombre: int
    part_pct: Annotated[float, Field(description="Constats pour cent lignes lues.")]
    exemples: list[ExempleConstat]
    evolution: Annotated[
        Evolution | None, Field(description="Depuis l'import d'avant ; absente au premier.")
    ]
    tendance: Annotated[
        list[PointTendance], Field(description="Les derniers imports, du plus ancien au dernier.")
    ]


class QualiteProducteur(BaseModel):
    """Le dernier fichier accepté d'un producteur."""

    producteur: str
    import_id: int
    fichier: str
    instant: Instant
    lignes: BilanLignes
    constats: list[ConstatProducteur]


class QualiteRegle(BaseModel):
    """Une règle, dans le dernier fichier de tous les producteurs."""

    code: CodeRegle
    gravite: Gravite
    libelle: str
    nombre: int
    part_pct: float
    producteurs: Annotated[int, Field(description="Nombre de producteurs concernés.")]


class Qualite(BaseModel):
    """La qualité des données : par règle pour tous, puis producteur par producteur."""

    lignes_lues: int
    regles: list[QualiteRegle]
    producteurs: list[QualiteProducteur]
    curseur_suivant: str | None = None


class PointsConcernes(BaseModel):
    code: CodeRegle
    gravite: Gravite
    libelle: str
    points: int
    part_pct: Annotated[float, Field(description="Part des points de l'opérateur.")]


class QualiteOperateur(BaseModel):
    """Les points en service d'un opérateur."""

    prefixe: Annotated[str, Field(description="Préfixe AFIREV ; « NC » sans identifiant.")]
    operateur: Annotated[str, Field(description="Nom le plus fréquent sous ce préfixe.")]
    points_de_charge: int
    constats: list[PointsConcernes]


class QualiteOperateurs(BaseModel):
    """Les constats sur les points en service, opérateur par opérateur, les plus grands d'abord."""

    operateurs: list[QualiteOperateur]
    note: str


class RechercheQualite(BaseModel):
    """Ce qu'il faut montrer de la qualité."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    producteur: Producteur | None = None
    code: CodeRegle | None = None
    gravite: Gravite | None = None
    limite: Annotated[int, Field(ge=1, le=100, description="Producteurs par page.")] = 20
    curseur: Annotated[str | None, Field(max_length=1_024)] = None


class DemandeAnomalies(BaseModel):
    """Whose faults, and of which kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    producteur: Producteur
    code: CodeRegle | None = None
