"""Public contract of the reports: what anybody may say is wrong with a listing, and decisions."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from shared.schemas.commerces_contribution import Message
from shared.schemas.commerces_gestion import Ligne
from shared.schemas.commun import CurseurDemande, Instant, Leurre
from shared.schemas.lieux import CommuneDemandee
from shared.schemas.modeles import Demande, Reponse


class MotifFiche(StrEnum):
    """Ce qui ne va pas sur une fiche."""

    FERME = "ferme"
    HORAIRES = "horaires"
    ADRESSE = "adresse"
    CONTACT = "contact"
    MODALITES = "modalites"
    DOUBLON = "doublon"
    CONTENU = "contenu"
    AUTRE = "autre"


class EtatSignalementFiche(StrEnum):
    """Un signalement ouvert est à traiter ; les deux autres états sont des fins."""

    OUVERT = "ouvert"
    TRAITE = "traite"
    REJETE = "rejete"


class SignalementFicheNouveau(Demande):
    """Ce qui ne va pas sur une fiche publiée, dit par n'importe qui, sans compte."""

    motif: MotifFiche
    commentaire: Annotated[
        Message | None,
        Field(
            description="Facultatif et privé : lu par les agents seuls. Adresses électroniques, "
            "numéros de téléphone et plaques sont masqués à la réception."
        ),
    ] = None
    site_web: Leurre = None


class SignalementFicheRecu(Reponse):
    """Ce que tout le monde peut lire d'un signalement."""

    fiche_id: int
    """La fiche signalée."""
    motif: MotifFiche
    etat: EtatSignalementFiche
    nombre: int
    """Combien de fois il a été fait ; une même origine ne compte qu'une fois par jour."""
    premier_le: Instant
    dernier_le: Instant


class CommentaireFiche(Reponse):
    """Un commentaire tel que reçu, moins ce qui est masqué."""

    texte: str
    """Ce qu'une personne a écrit."""
    recu_le: Instant


class SignalementFicheSuivi(SignalementFicheRecu):
    """Un signalement pour qui le traite."""

    id: int
    """Numéro du signalement."""
    nom: str
    """Nom du commerce."""
    code_commune: str
    """Code INSEE ; celui de l'arrondissement à Paris."""
    commentaires: list[CommentaireFiche]
    raison: str | None
    """Ce qu'en a écrit qui a décidé."""
    decide_par: str | None
    """Organisation qui a décidé ; nul tant que rien ne l'est."""
    decide_le: Instant | None


class DecisionSignalementFiche(Demande):
    """Ce qu'un agent fait d'un signalement ; la fiche, elle, se change à part."""

    etat: Literal[EtatSignalementFiche.TRAITE, EtatSignalementFiche.REJETE]
    """`traite` : la fiche a été vue ; `rejete` : il n'y avait rien à y faire."""
    raison: Annotated[Ligne, Field(description="Gardée avec le signalement.")]


class RechercheSignalementsFiches(Demande):
    """Les signalements dont l'agent répond."""

    etat: Annotated[
        EtatSignalementFiche | None, Field(description="Signalements dans cet état seulement.")
    ] = None
    motif: Annotated[
        MotifFiche | None, Field(description="Signalements de ce motif seulement.")
    ] = None
    commune: CommuneDemandee = None
    limite: Annotated[int, Field(ge=1, le=100, description="Signalements par page.")] = 20
    curseur: CurseurDemande = None
