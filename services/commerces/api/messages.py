"""What webhooks send, for the contract: these are calls to subscribers, not to this service."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header

from shared.schemas.commerces_messages import (
    MessageEssai,
    MessageModification,
    MessagePublication,
    MessageRetrait,
)

Identifiant = Annotated[
    str,
    Header(
        alias="webhook-id",
        description="Le même à chaque essai : un message déjà vu est à passer.",
    ),
]
Instant = Annotated[
    int, Header(alias="webhook-timestamp", description="Heure de l'envoi, en secondes Unix.")
]
Signature = Annotated[
    str,
    Header(
        alias="webhook-signature",
        description="`v1,` et le HMAC-SHA256 en base64 ; deux, séparées par une espace, quand le "
        "secret vient de changer.",
    ),
]
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    204: {"description": "Reçu ; tout autre `2xx` convient, et le corps n'est pas lu."},
    "410": {"description": "Plus aucun message n'est voulu : l'abonnement est désactivé."},
    "default": {"description": "Le message est envoyé de nouveau plus tard."},
}
router = APIRouter(tags=["abonnements"], generate_unique_id_function=lambda route: route.name)


@router.post("fiche.publiee", status_code=204, responses=ANSWERS)
def message_publication(
    message: MessagePublication, identifiant: Identifiant, instant: Instant, signature: Signature
) -> None:
    """Une fiche paraît, ou reparaît, dans le territoire suivi."""


@router.post("fiche.modifiee", status_code=204, responses=ANSWERS)
def message_modification(
    message: MessageModification, identifiant: Identifiant, instant: Instant, signature: Signature
) -> None:
    """Une fiche déjà annoncée change."""


@router.post("fiche.retiree", status_code=204, responses=ANSWERS)
def message_retrait(
    message: MessageRetrait, identifiant: Identifiant, instant: Instant, signature: Signature
) -> None:
    """Une fiche annoncée n'est plus montrée dans le territoire suivi : effacez la vôtre."""


@router.post("essai", status_code=204, responses=ANSWERS)
def message_essai(
    message: MessageEssai, identifiant: Identifiant, instant: Instant, signature: Signature
) -> None:
    """Un message demandé pour essayer, qui n'annonce rien."""
