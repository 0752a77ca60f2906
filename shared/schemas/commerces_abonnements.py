"""Public contract of the webhooks: subscriptions and their deliveries."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.schemas.commerces_gestion import Libelle
from shared.schemas.commun import CurseurDemande, Instant, UnePage
from shared.schemas.formes import CODE_TERRITOIRE
from shared.schemas.modeles import Demande, Reponse

URL_MAX = 500
TERRITOIRES_MAX = 150


class GenreMessage(StrEnum):
    """Ce qu'un message annonce d'une fiche publique."""

    PUBLIEE = "fiche.publiee"
    MODIFIEE = "fiche.modifiee"
    RETIREE = "fiche.retiree"


class EtatAbonnement(StrEnum):
    """Un abonnement suspendu l'est par son titulaire ; désactivé, par le service."""

    ACTIF = "actif"
    SUSPENDU = "suspendu"
    DESACTIVE = "desactive"


class EtatLivraison(StrEnum):
    """Où en est un message."""

    EN_ATTENTE = "en_attente"
    LIVREE = "livree"
    ABANDONNEE = "abandonnee"


def _without_repeats(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


CodeTerritoire = Annotated[
    str,
    Field(
        pattern=CODE_TERRITOIRE,
        description="Code INSEE de commune ou d'arrondissement, ou territoire de T1 à T12.",
        examples=["92012"],
    ),
]


class AbonnementSaisie(Demande):
    """Un abonnement tel que son titulaire l'écrit, entier à chaque fois."""

    url: Annotated[
        str,
        Field(
            min_length=1,
            max_length=URL_MAX,
            description="Adresse https publique qui recevra les messages, par POST.",
            examples=["https://exemple.fr/webhooks/commerces"],
        ),
    ]
    genres: Annotated[
        list[GenreMessage],
        Field(min_length=1, max_length=3, description="Messages voulus ; tous par défaut."),
        AfterValidator(_without_repeats),
    ] = list(GenreMessage)
    territoires: Annotated[
        list[CodeTerritoire],
        Field(max_length=TERRITOIRES_MAX, description="Vide : toute la Métropole."),
        AfterValidator(_without_repeats),
    ] = []
    description: Libelle | None = None
    """Pour vous y retrouver ; personne d'autre ne la lit."""
    etat: Annotated[
        Literal[EtatAbonnement.ACTIF, EtatAbonnement.SUSPENDU],
        Field(
            description="`suspendu` : rien n'est envoyé. De retour à `actif`, les messages "
            "reprennent où ils en étaient, sans rien perdre."
        ),
    ] = EtatAbonnement.ACTIF


class Abonnement(Reponse):
    """Un abonnement et son état ; son secret n'y est jamais."""

    id: int
    """Numéro de l'abonnement."""
    organisation: str
    """Celle des clés qui le voient."""
    url: str
    """Adresse qui reçoit les messages."""
    genres: list[GenreMessage]
    territoires: list[str]
    """Codes INSEE et territoires suivis ; vide : toute la Métropole."""
    description: str | None
    """Ce que l'organisation en a écrit pour s'y retrouver."""
    etat: EtatAbonnement
    motif_etat: str | None
    """Pourquoi le service l'a désactivé."""
    secret_precedent_fin: Instant | None
    """Jusqu'à quand l'ancien secret signe aussi."""
    echecs: int
    """Essais manqués depuis le dernier succès."""
    echec_depuis: Instant | None
    dernier_succes_le: Instant | None
    version: int
    """Change à chaque écriture ; l'`ETag` en dépend."""
    cree_le: Instant
    modifie_le: Instant


class AbonnementCree(Abonnement):
    """Un abonnement avec son secret, montré cette seule fois."""

    secret: str | None
    """`whsec_…` ; nul dans une réponse rejouée (`Idempotency-Key`) : faites-le alors tourner."""


class Abonnements(Reponse):
    """Les abonnements de l'organisation."""

    elements: list[Abonnement]


class Livraison(Reponse):
    """Un message et son sort."""

    id: int
    """Numéro de la livraison, à rejouer."""
    message: str
    """Son `webhook-id`, le même à chaque essai."""
    genre: str
    """Ce que le message annonce : `fiche.publiee`, `fiche.modifiee`, `fiche.retiree` ou `essai`."""
    sujet: str
    """Identifiant de la fiche, ou `essai`."""
    etat: EtatLivraison
    essais: int
    """Combien de fois il a été envoyé."""
    prochain_essai_le: Instant | None
    statut_http: int | None
    """Du dernier essai ; nul si rien n'a répondu."""
    erreur: str | None
    """Pourquoi le dernier essai a échoué ; nulle s'il a réussi."""
    creee_le: Instant
    terminee_le: Instant | None


class Livraisons(UnePage):
    """Une page de messages, du plus récent au plus ancien."""

    elements: list[Livraison]


class RechercheLivraisons(Demande):
    """Les messages d'un abonnement."""

    etat: Annotated[
        EtatLivraison | None, Field(description="Messages dans cet état seulement.")
    ] = None
    limite: Annotated[int, Field(ge=1, le=200, description="Messages par page.")] = 50
    curseur: CurseurDemande = None


class Rejouees(Reponse):
    """Combien de messages abandonnés repartent."""

    livraisons: int
    """Leur nombre."""
