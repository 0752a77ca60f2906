"""Public contract of the live status: what operators send, what became of it, what is known."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import (
    AwareDatetime,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from shared.schemas.commun import Instant, JourDuSiecle
from shared.schemas.modeles import Demande, Modele, Reponse, of_standard

STATUTS_MAX = 10_000
"""Statuses a call."""
DUREE_MAX_JOURS = 400
"""Longest period of an availability rate."""


class EtatPdc(StrEnum):
    """Fonctionnement d'un point de charge (IRVE dynamique)."""

    EN_SERVICE = "en_service"
    HORS_SERVICE = "hors_service"
    INCONNU = "inconnu"


class OccupationPdc(StrEnum):
    """Occupation d'un point de charge (IRVE dynamique)."""

    LIBRE = "libre"
    OCCUPE = "occupe"
    RESERVE = "reserve"
    INCONNU = "inconnu"


class EtatPrise(StrEnum):
    """Fonctionnement d'une prise (IRVE dynamique)."""

    FONCTIONNEL = "fonctionnel"
    HORS_SERVICE = "hors_service"
    INCONNU = "inconnu"


class StatutEnvoye(Modele):
    """Ce qu'un opérateur dit d'un point de charge à un instant.

    Un statut d'une autre forme ne fait pas refuser l'envoi : il est réparé ou refusé seul, et la
    réponse dit pourquoi.
    """

    model_config = ConfigDict(
        json_schema_extra=of_standard(
            "IRVE dynamique 2.3.1", "https://schema.data.gouv.fr/etalab/schema-irve-dynamique"
        ),
    )

    id_pdc_itinerance: str
    """Identifiant AFIREV du point de charge, sans `*`."""
    etat_pdc: EtatPdc
    occupation_pdc: OccupationPdc
    horodatage: AwareDatetime
    """Instant ISO 8601, avec son fuseau."""
    etat_prise_type_2: EtatPrise | None = None
    etat_prise_type_combo_ccs: EtatPrise | None = None
    etat_prise_type_chademo: EtatPrise | None = None
    etat_prise_type_ef: EtatPrise | None = None


class StatutsEnvoyes(Demande):
    """Un envoi de statuts."""

    statuts: Annotated[list[StatutEnvoye], Field(max_length=STATUTS_MAX)]


class EtatDynamique(Reponse):
    """Ce que l'on sait d'un point de charge en ce moment."""

    etat_pdc: EtatPdc
    """`inconnu` quand rien n'a été reçu, ou rien d'assez récent."""
    occupation_pdc: OccupationPdc
    """`libre` : utilisable maintenant, si le point est en service."""
    horodatage: Instant | None
    """Du dernier statut accepté ; nul quand rien n'a été reçu."""
    perime: bool
    """Vrai quand ce statut est trop ancien pour être cru."""
    etat_prise_type_2: EtatPrise | None
    """Nul si l'opérateur ne le dit pas ; de même pour les autres prises."""
    etat_prise_type_combo_ccs: EtatPrise | None
    etat_prise_type_chademo: EtatPrise | None
    etat_prise_type_ef: EtatPrise | None


class ConstatStatut(Reponse):
    """Une remarque sur un statut, sous le code d'une règle de `/qualite/regles`."""

    code: str
    """Code de la règle."""
    colonne: str | None
    """La colonne en cause, s'il y en a une."""
    attendu: str | None
    """Ce que la colonne demande, quand sa valeur n'a pu être lue."""


class SortStatut(Reponse):
    """Ce qu'est devenu un statut de l'envoi."""

    rang: int
    """Place dans l'envoi, à partir de 1."""
    id_pdc_itinerance: str | None
    """Tel que reçu."""
    accepte: bool
    """Vrai : le statut est pris, ou redit ce qu'on savait."""
    constats: list[ConstatStatut]


class BilanStatuts(Reponse):
    """Combien de statuts portent un code."""

    code: str
    """Code d'une règle de `/qualite/regles`."""
    libelle: str
    """Ce que dit la règle, à montrer."""
    nombre: int
    """Combien de statuts le portent."""


class EnvoiStatuts(Reponse):
    """Ce qu'est devenu un envoi : un mauvais statut n'arrête jamais les autres."""

    recus: int
    """Statuts lus dans l'envoi."""
    acceptes: int
    """Statuts acceptés."""
    refuses: int
    """Statuts refusés : `statuts` dit pourquoi."""
    codes: list[BilanStatuts]
    statuts: list[SortStatut]
    """Dans l'ordre de l'envoi."""


class EtatPoint(EtatDynamique):
    """L'état d'un point, avec sa station."""

    id: str
    """Identifiant du point de charge dans le registre."""
    station: str
    """Identifiant de la station dans le registre."""


class EtatsPoints(Reponse):
    """Les états des points trouvés ; un point dont rien n'a jamais été reçu n'y est pas."""

    points_de_charge: int
    """Points trouvés, avec ou sans état."""
    libres: int
    """Points libres et en service en ce moment."""
    etats: list[EtatPoint]


class PeriodeDisponibilite(Demande):
    """Une période en jours de Paris, premier et dernier compris."""

    du: Annotated[
        JourDuSiecle | None,
        Field(description="Premier jour ; 29 jours avant le dernier par défaut."),
    ] = None
    au: Annotated[
        JourDuSiecle | None, Field(description="Dernier jour ; par défaut, le jour en cours.")
    ] = None

    @field_validator("au")
    @classmethod
    def _in_order(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("du")
        if value is not None and first is not None:
            if value < first:
                raise ValueError("le dernier jour précède le premier")
            if (value - first).days >= DUREE_MAX_JOURS:
                raise ValueError(f"la période dépasse {DUREE_MAX_JOURS} jours")
        return value


class Disponibilite(Reponse):
    """Le temps passé par un point dans chaque état, en secondes."""

    id: str
    """Identifiant du point de charge dans le registre."""
    du: Instant
    au: Instant
    """Maintenant, quand la période n'est pas finie."""
    en_service_s: int
    """Temps passé en service, en secondes."""
    hors_service_s: int
    """Temps passé hors service, en secondes."""
    inconnu_s: int
    """Rien reçu, ou `inconnu` : compté à part, jamais comme une panne."""
    taux_disponibilite: float | None
    """Part en service du temps connu, de 0 à 1 ; nul quand rien n'est connu."""
    taux_connu: float
    """Part de la période dont l'état est connu."""
