"""Public contract of duplicates: pairs of listings that may be one shop, and what is decided."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.schemas.commerces_gestion import FicheGeree, Ligne
from shared.schemas.commun import CurseurDemande, Instant, Numero
from shared.schemas.formes import about
from shared.schemas.geo import Feature
from shared.schemas.lieux import CommuneDemandee
from shared.schemas.modeles import Demande, Reponse


class EtatDoublon(StrEnum):
    """Où en est une paire de fiches qui se ressemblent."""

    PROPOSE = "propose"
    NON_DOUBLON = "non_doublon"
    FUSION = "fusion"


class RaisonsDoublon(Reponse):
    """Ce que deux fiches ont en commun."""

    meme_siret: Annotated[
        bool | None, Field(description="Nul quand l'un des deux n'est pas connu.")
    ]
    distance_m: int
    """Entre les deux positions, en mètres."""
    ressemblance_nom: Annotated[float, Field(description="De 0 à 1.")]
    meme_telephone: bool
    """Un numéro en commun."""
    meme_domaine: Annotated[bool, Field(description="Le même site internet.")]
    meme_categorie: bool
    """La même catégorie principale."""


class DoublonPropose(Reponse):
    """Deux fiches qui pourraient être un même commerce."""

    id: int
    """Numéro de la paire."""
    score: Annotated[float, Field(description="De 0 à 1 ; 1 : le même SIRET.")]
    raisons: RaisonsDoublon
    etat: EtatDoublon
    fiches: Annotated[list[Feature[FicheGeree]], Field(description="La plus ancienne d'abord.")]
    decide_par: str | None
    """Organisation qui a décidé ; nul tant que rien ne l'est."""
    decide_le: Instant | None
    motif: str | None
    """Ce qu'elle en a écrit."""
    version: int
    """Change à chaque écriture ; l'`ETag` en dépend."""


class DecisionDoublon(Demande):
    """Ce qu'un agent décide de deux fiches."""

    decision: Literal[EtatDoublon.NON_DOUBLON, EtatDoublon.FUSION]
    """Deux commerces distincts, ou un seul."""
    garde: Numero | None = None
    """La fiche gardée, pour une fusion."""
    motif: Ligne | None = None
    """Pourquoi, pour les agents."""

    @model_validator(mode="after")
    def _one_is_kept(self) -> Self:
        if (self.decision is EtatDoublon.FUSION) != (self.garde is not None):
            raise about("garde", "`garde` dit la fiche gardée par une fusion, et seulement alors")
        return self


class RechercheDoublons(Demande):
    """Les paires à lister, de la plus probable à la moins probable."""

    etat: Annotated[EtatDoublon, Field(description="Paires dans cet état.")] = EtatDoublon.PROPOSE
    score_min: Annotated[
        float, Field(ge=0, le=1, description="Ressemblance minimale, de 0 à 1.")
    ] = 0.0
    commune: CommuneDemandee = None
    limite: Annotated[int, Field(ge=1, le=100, description="Paires par page.")] = 20
    curseur: CurseurDemande = None
