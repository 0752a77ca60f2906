"""Public contract of the reports: a charging point that someone on the street found faulty."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.schemas.commun import CurseurDemande, Instant, Leurre, UnePage
from shared.schemas.geo import Feature
from shared.schemas.lieux import BboxDemandee, CommuneDemandee
from shared.schemas.modeles import Demande, Reponse

COMMENTAIRE_MAX = 500
_NO_CONTROL = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
"""A person's text: lines and tabulations, no other control character."""
_ID = r"^[^\x00-\x1f]+$"

Texte = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=COMMENTAIRE_MAX, pattern=_NO_CONTROL),
]
"""What a person wrote: a text and never markup, whatever it looks like."""


class MotifSignalement(StrEnum):
    """Ce qui ne va pas."""

    HORS_SERVICE = "hors_service"
    BLOQUE_VEHICULE = "bloque_vehicule"
    CABLE_ENDOMMAGE = "cable_endommage"
    PAIEMENT_REFUSE = "paiement_refuse"
    ACCES_IMPOSSIBLE = "acces_impossible"
    DONNEES_ERRONEES = "donnees_erronees"
    AUTRE = "autre"


class EtatSignalement(StrEnum):
    """Où en est un signalement : deux états sont en cours, puis deux sont des fins."""

    OUVERT = "ouvert"
    CONFIRME = "confirme"
    REJETE = "rejete"
    CLOS = "clos"


class CauseCloture(StrEnum):
    """Ce qui a clos un signalement."""

    STATUT = "statut"
    AGENT = "agent"
    EXPIRATION = "expiration"
    RETRAIT = "retrait"


class SignalementNouveau(Demande):
    """Un point de charge en défaut, dit par n'importe qui, sans compte."""

    id_pdc_itinerance: Annotated[
        str,
        Field(
            min_length=1,
            max_length=64,
            pattern=_ID,
            description="Le point : son `id_pdc_itinerance`, avec ou sans séparateurs, ou "
            "l'identifiant que lui donne le registre quand il n'en a pas.",
            examples=["FRMGPE750010101"],
        ),
    ]
    motif: MotifSignalement
    commentaire: Annotated[
        Texte | None,
        Field(
            description="Facultatif et privé : lu par les agents seuls, qui décident de ce qui "
            "est publié. Adresses électroniques, numéros de téléphone et plaques "
            "d'immatriculation sont masqués à la réception."
        ),
    ] = None
    site_web: Leurre = None


class Signalement(Reponse):
    """Ce que tout le monde peut lire d'un signalement : rien n'y désigne une personne."""

    id: int
    """Numéro du signalement."""
    id_pdc_itinerance: str
    """Le point, tel que rendu par les recherches."""
    id_station_itinerance: str
    """Sa station, de même."""
    motif: MotifSignalement
    etat: EtatSignalement
    nombre: int
    """Combien de fois il a été fait ; une même origine ne compte qu'une fois par jour."""
    premier_le: Instant
    dernier_le: Instant
    commentaire: str | None
    """Ce qu'un agent a publié."""


class CommentaireRecu(Reponse):
    """Un commentaire tel que reçu, moins ce qui est masqué."""

    texte: str
    """Ce qu'une personne a écrit."""
    recu_le: Instant


class EvenementSignalement(Reponse):
    """Un état atteint : rien ne s'efface."""

    etat: EtatSignalement
    cause: CauseCloture | None
    raison: str | None
    """Ce qu'en a dit qui a décidé ; nulle si personne n'a décidé."""
    auteur: str
    """Une organisation, `public`, ou ce qui l'a clos de soi-même."""
    instant: Instant


class SignalementSuivi(Signalement):
    """Un signalement pour qui le traite."""

    nom_station: str
    """Nom de la station."""
    adresse_station: str
    """Adresse de la station."""
    nom_operateur: str | None
    """Opérateur de la station ; nul s'il n'est pas dit."""
    code_commune: str | None
    """Code INSEE ; celui de l'arrondissement à Paris."""
    fini_le: Instant | None
    """Quand il a été rejeté ou clos."""
    cause: CauseCloture | None
    """Ce qui l'a clos."""
    commentaires: list[CommentaireRecu]
    """Les derniers reçus, pour les agents seuls : toujours vide pour un opérateur."""
    evenements: list[EvenementSignalement]


class DecisionSignalement(Demande):
    """Ce qu'un agent, ou l'opérateur du point, décide d'un signalement."""

    etat: Annotated[
        Literal[EtatSignalement.CONFIRME, EtatSignalement.REJETE, EtatSignalement.CLOS],
        Field(description="Un opérateur confirme ou clôt ; seul un agent rejette."),
    ]
    raison: Annotated[Texte, Field(min_length=1, description="Gardée dans l'historique.")]
    commentaire_public: Annotated[
        Texte | None,
        Field(
            description="Ce que le public lira, repris ou non des commentaires reçus ; réservé "
            "aux agents."
        ),
    ] = None


class RechercheSignalements(Demande):
    """Which reports to handle."""

    etat: Annotated[
        EtatSignalement | None, Field(description="Signalements dans cet état seulement.")
    ] = None
    motif: Annotated[
        MotifSignalement | None, Field(description="Signalements de ce motif seulement.")
    ] = None
    commune: CommuneDemandee = None
    station: Annotated[
        str | None, Field(max_length=64, pattern=_ID, description="Identifiant de la station.")
    ] = None
    limite: Annotated[int, Field(ge=1, le=100, description="Signalements par page.")] = 20
    curseur: CurseurDemande = None


class RechercheSignalees(Demande):
    """Which stations with a report under way to show."""

    bbox: BboxDemandee = None
    station: Annotated[
        str | None, Field(max_length=64, pattern=_ID, description="Identifiant de la station.")
    ] = None
    commune: CommuneDemandee = None
    limite: Annotated[int, Field(ge=1, le=1_000, description="Stations par page.")] = 500
    curseur: CurseurDemande = None


class StationSignalee(Reponse):
    """Les signalements en cours d'une station."""

    nom_station: str
    """Nom de la station."""
    signalements: int
    """Combien sont en cours."""
    confirmes: int
    """Combien d'entre eux ont été vérifiés."""
    detail: list[Signalement]


class StationsSignalees(UnePage):
    """Stations qui ont un signalement en cours (GeoJSON), page par page."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    numberReturned: int
    """Combien sont dans cette page."""
    features: list[Feature[StationSignalee]]
    """Les stations de cette page."""
