"""Public contract of what webhooks send: a message for each change of a public listing."""

from enum import StrEnum
from typing import Literal

from shared.schemas.commerces import FicheDetail
from shared.schemas.commun import Instant
from shared.schemas.geo import Feature
from shared.schemas.modeles import Reponse


class RaisonRetrait(StrEnum):
    """Pourquoi une fiche n'est plus montrée dans le territoire suivi."""

    SUSPENDUE = "suspendue"
    FERMEE = "fermee"
    ARCHIVEE = "archivee"
    FUSIONNEE = "fusionnee"
    EFFACEE = "effacee"
    HORS_TERRITOIRE = "hors_territoire"


class FicheAnnoncee(Reponse):
    """Une fiche qui paraît ou qui change."""

    id: str
    """Identifiant de la fiche."""
    fiche: Feature[FicheDetail]
    """La fiche publique, comme `GET /v1/commerces/fiches/{id}` la rend."""


class FicheRetiree(Reponse):
    """Une fiche qui n'est plus montrée : effacez la vôtre."""

    id: str
    """Identifiant de la fiche."""
    fiche: None
    """Toujours nulle."""
    raison: RaisonRetrait


class TexteEssai(Reponse):
    """Ce que dit un essai."""

    texte: str
    """Une phrase, à ne pas lire par un programme."""


class MessagePublication(Reponse):
    """Une fiche paraît, ou reparaît, dans le territoire suivi."""

    type: Literal["fiche.publiee"]
    timestamp: Instant
    """Quand elle a changé."""
    data: FicheAnnoncee


class MessageModification(Reponse):
    """Une fiche déjà annoncée change."""

    type: Literal["fiche.modifiee"]
    timestamp: Instant
    """Quand elle a changé."""
    data: FicheAnnoncee


class MessageRetrait(Reponse):
    """Une fiche annoncée n'est plus montrée dans le territoire suivi."""

    type: Literal["fiche.retiree"]
    timestamp: Instant
    """Quand elle a changé."""
    data: FicheRetiree


class MessageEssai(Reponse):
    """Un message demandé pour essayer, qui n'annonce rien."""

    type: Literal["essai"]
    timestamp: Instant
    """Quand il a été demandé."""
    data: TexteEssai
