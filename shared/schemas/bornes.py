"""Public contract of the charging registry: what may be asked and what is answered.

Field names and enumerated values are those of IRVE statique 2.3.1 (schema.data.gouv.fr).
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from shared.schemas.bornes_lieux import OuvertA
from shared.schemas.bornes_statuts import EtatDynamique
from shared.schemas.champs import FieldOf, chosen
from shared.schemas.commun import CurseurDeLien, slug, split_values
from shared.schemas.geo import Feature, PageGeoJSON
from shared.schemas.lieux import (
    BboxDemandee,
    CommuneDemandee,
    EptDemande,
    LatDemandee,
    LonDemandee,
)
from shared.schemas.modeles import Demande, Reponse


class Valeur(StrEnum):
    """A value of the standard, also accepted as its slug."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        wanted = slug(str(value))
        return next((member for member in cls if slug(member.value) == wanted), None)


class Prise(Valeur):
    """Type de prise : la fin du nom de sa colonne IRVE `prise_type_…`."""

    EF = "ef"
    TYPE_2 = "2"
    COMBO_CCS = "combo_ccs"
    CHADEMO = "chademo"
    AUTRE = "autre"


class Implantation(Valeur):
    """Où se trouve la station (schéma IRVE)."""

    VOIRIE = "Voirie"
    PARKING_PUBLIC = "Parking public"
    PARKING_PRIVE_PUBLIC = "Parking privé à usage public"
    PARKING_CLIENTELE = "Parking privé réservé à la clientèle"
    STATION_RAPIDE = "Station dédiée à la recharge rapide"


class ConditionAcces(Valeur):
    """À qui la station est ouverte (schéma IRVE)."""

    LIBRE = "Accès libre"
    RESERVE = "Accès réservé"


class AccessibilitePmr(Valeur):
    """Accessibilité aux personnes à mobilité réduite (schéma IRVE)."""

    RESERVE = "Réservé PMR"
    ACCESSIBLE = "Accessible mais non réservé PMR"
    NON_ACCESSIBLE = "Non accessible"
    INCONNUE = "Accessibilité inconnue"


class Gabarit(StrEnum):
    """Ce que dit en un mot le texte libre `restriction_gabarit`."""

    AUCUNE = "aucune"
    RESTREINT = "restreint"
    INCONNU = "inconnu"


def _at_most(most: int) -> Any:
    return Field(max_length=most)


Nom = Annotated[str, Field(min_length=1, max_length=200)]


Champs = Annotated[
    list[Annotated[str, FieldOf(lambda: StationResume)]] | None,
    Field(
        min_length=1,
        max_length=40,
        description="Propriétés à rendre, toutes sans ce paramètre ; l'identifiant, la position "
        "et les distances restent.",
        examples=[["nom_station", "puissance_max", "prises"]],
    ),
    BeforeValidator(split_values),
]
"""Names of the properties that a search returns."""


class CriteresLieu(Demande):
    """Où : une commune, un établissement public territorial."""

    commune: CommuneDemandee = None
    ept: EptDemande = None


class Criteres(CriteresLieu):
    """Critères des recherches : tous se combinent par « et », les valeurs d'un même par « ou ».

    Les filtres d'un point de charge valent ensemble pour un même point :
    `prise=combo_ccs&puissance_min=50` garde une station qui a un point CCS de 50 kW, pas celle
    qui a un CCS lent à côté d'un Type 2 rapide.
    """

    operateur: Annotated[
        Nom | None,
        Field(
            description="Nom de l'opérateur ou de l'enseigne, ou préfixe AFIREV (FRxxx).",
            examples=["FRMGP"],
        ),
    ] = None
    prise: Annotated[
        list[Prise] | None,
        _at_most(5),
        BeforeValidator(split_values),
        Field(description="Type de prise ; plusieurs valeurs possibles."),
    ] = None
    puissance_min: Annotated[
        float | None, Field(ge=0, le=4000, description="Puissance nominale minimale, en kW.")
    ] = None
    puissance_max: Annotated[
        float | None, Field(ge=0, le=4000, description="Puissance nominale maximale, en kW.")
    ] = None
    gratuit: Annotated[bool | None, Field(description="Recharge déclarée gratuite.")] = None
    paiement_acte: Annotated[bool | None, Field(description="Paiement à l'acte possible.")] = None
    paiement_cb: Annotated[bool | None, Field(description="Paiement par carte bancaire.")] = None
    reservation: Annotated[bool | None, Field(description="Réservation possible.")] = None
    deux_roues: Annotated[
        bool | None, Field(description="Station réservée aux deux-roues (station_deux_roues).")
    ] = None
    accessibilite_pmr: Annotated[
        list[AccessibilitePmr] | None,
        _at_most(4),
        BeforeValidator(split_values),
        Field(description="Accessibilité ; la valeur du schéma ou sa forme `reserve_pmr`."),
    ] = None
    condition_acces: Annotated[
        list[ConditionAcces] | None,
        _at_most(2),
        BeforeValidator(split_values),
        Field(description="Condition d'accès ; la valeur du schéma ou sa forme `acces_libre`."),
    ] = None
    implantation: Annotated[
        list[Implantation] | None,
        _at_most(5),
        BeforeValidator(split_values),
        Field(description="Implantation ; la valeur du schéma ou sa forme `voirie`."),
    ] = None
    gabarit: Annotated[
        list[Gabarit] | None,
        _at_most(3),
        BeforeValidator(split_values),
        Field(description="Restriction de gabarit : aucune, restreint ou inconnu."),
    ] = None

    ouvert_a: OuvertA = None

    disponible: Annotated[
        bool | None,
        Field(
            description="Point libre et en service en ce moment (true), ou que l'on sait ne pas "
            "l'être (false) ; un point d'état inconnu n'est ni l'un ni l'autre."
        ),
    ] = None

    @field_validator("puissance_max")
    @classmethod
    def _not_under_the_minimum(cls, value: float | None, info: ValidationInfo) -> float | None:
        low = info.data.get("puissance_min")
        if value is not None and low is not None and value < low:
            raise ValueError("la puissance maximale est inférieure à puissance_min")
        return value


class Filtres(Criteres):
    """Critères, et un rectangle."""

    bbox: BboxDemandee = None


class RechercheStations(Filtres):
    """Recherche de stations, page par page."""

    limite: Annotated[int, Field(ge=1, le=1000, description="Stations par page.")] = 500
    curseur: CurseurDeLien = None
    champs: Champs = None


class RechercheProches(Filtres):
    """Recherche des stations les plus proches d'un lieu."""

    lon: LonDemandee
    lat: LatDemandee
    rayon_m: Annotated[int, Field(ge=1, le=50_000, description="Rayon, en mètres.")] = 5_000
    limite: Annotated[int, Field(ge=1, le=100, description="Stations rendues au plus.")] = 20
    champs: Champs = None


class StationResume(Reponse):
    """Une station sur une carte."""

    model_config = ConfigDict(json_schema_extra=chosen(lambda: StationResume))

    id_station_itinerance: str
    """Identifiant d'itinérance, ou « Non concerné » hors itinérance."""
    nom_station: str
    """Nom de la station."""
    nom_enseigne: str
    """Nom du réseau, tel que montré sur place."""
    nom_operateur: str | None
    """Qui exploite la station."""
    adresse_station: str
    """Adresse entière, telle que déclarée."""
    code_insee_commune: str | None
    """Code INSEE de la commune retenue."""
    commune: str | None
    """Nom de la commune du code INSEE retenu : le déclaré à 100 mètres près, sinon la position."""
    implantation_station: Implantation
    """Genre de lieu : voirie, parking, station dédiée."""
    nbre_pdc: int
    """Nombre de points de charge déclaré par le producteur."""
    nbre_pdc_recenses: int
    """Nombre de points de charge que contient le registre : il peut différer du déclaré."""
    puissance_max: float
    """Puissance du point le plus puissant, en kW."""
    prises: list[Prise]
    """Types de prise qu'offre au moins un point."""
    gratuit: bool | None
    """Recharge gratuite ; nul si le producteur ne le dit pas."""
    paiement_acte: bool
    """Payable sans abonnement."""
    paiement_cb: bool | None
    """Payable par carte bancaire ; nul si le producteur ne le dit pas."""
    condition_acces: ConditionAcces
    """Ouvert à tous, ou à certains usagers."""
    reservation: bool
    """Réservable à l'avance."""
    horaires: str
    """Horaires d'ouverture, au format `opening_hours` d'OpenStreetMap."""
    accessibilite_pmr: AccessibilitePmr
    """Accès des personnes à mobilité réduite, tel que déclaré."""
    restriction_gabarit: str
    """Hauteur ou taille limite des véhicules : texte libre du producteur."""
    station_deux_roues: bool
    """Réservée aux deux-roues."""
    date_maj: date
    """Jour de la dernière mise à jour par le producteur."""


class PointDeCharge(Reponse):
    """Un point de charge : un véhicule à la fois."""

    id_pdc_itinerance: str
    """Identifiant d'itinérance, ou « Non concerné » hors itinérance."""
    id_pdc_local: str | None
    """Identifiant que le producteur donne au point."""
    puissance_nominale: float
    """En kW."""
    prise_type_ef: bool
    """Prise domestique (E/F)."""
    prise_type_2: bool
    """Prise de type 2."""
    prise_type_combo_ccs: bool
    """Prise Combo CCS."""
    prise_type_chademo: bool
    """Prise CHAdeMO."""
    prise_type_autre: bool
    """Une autre prise."""
    cable_t2_attache: bool | None
    """Le câble de type 2 est attaché à la borne ; nul si ce n'est pas dit."""
    gratuit: bool | None
    """Recharge gratuite ; nul si le producteur ne le dit pas."""
    paiement_acte: bool
    """Payable sans abonnement."""
    paiement_cb: bool | None
    """Payable par carte bancaire ; nul si le producteur ne le dit pas."""
    paiement_autre: bool | None
    """Payable autrement ; nul si ce n'est pas dit."""
    tarification: str | None
    """Prix : texte libre du producteur, ou adresse d'une page."""
    condition_acces: ConditionAcces
    """Ouvert à tous, ou à certains usagers."""
    reservation: bool
    """Réservable à l'avance."""
    accessibilite_pmr: AccessibilitePmr
    """Accès des personnes à mobilité réduite, tel que déclaré."""
    restriction_gabarit: str
    """Hauteur ou taille limite des véhicules : texte libre du producteur."""
    date_mise_en_service: date | None
    """Jour de mise en service."""
    observations: str | None
    """Remarques du producteur : texte libre."""
    date_maj: date
    """Jour de la dernière mise à jour par le producteur."""


class PointDeChargeEtat(PointDeCharge):
    """Un point de charge et son état en ce moment."""

    etat: EtatDynamique
    """Son état en ce moment, d'après le dernier statut reçu."""


class StationInscrite(StationResume):
    """Ce qu'une station déclare, moins ses points de charge."""

    model_config = ConfigDict(json_schema_extra=None)

    id_station_local: str | None
    """Identifiant que le producteur donne à la station."""
    nom_amenageur: str | None
    """Qui a fait installer la station."""
    siren_amenageur: str | None
    """SIREN de l'aménageur."""
    contact_amenageur: str | None
    """Adresse électronique de l'aménageur."""
    contact_operateur: str
    """Adresse électronique de l'opérateur."""
    telephone_operateur: str | None
    """Téléphone de l'opérateur, pour une panne."""
    paiement_autre: bool | None
    """Payable autrement ; nul si ce n'est pas dit."""
    tarification: str | None
    """Prix : texte libre du producteur, ou adresse d'une page."""
    raccordement: str | None
    """Raccordement au réseau électrique : direct ou indirect."""
    observations: str | None
    """Remarques du producteur : texte libre."""
    arrondissement: str | None
    """Code INSEE de l'arrondissement, à Paris seulement."""
    ept: str | None
    """Territoire de la Métropole : T1 (Paris) à T12."""
    producteur: str
    """Organisation qui publie la station."""


class StationFiche(StationInscrite):
    """Tout ce que le registre publie d'une station, hors l'état de ses points."""

    points_de_charge: list[PointDeCharge]
    """Ses points de charge."""


class StationDetail(StationInscrite):
    """Tout ce que le registre publie d'une station."""

    points_libres: int
    """Points libres et en service en ce moment."""
    points_de_charge: list[PointDeChargeEtat]
    """Ses points de charge, chacun avec son état."""


class Stations(PageGeoJSON):
    """Une page de stations (GeoJSON, avec les comptes et les liens d'OGC API Features)."""

    features: list[Feature[StationResume]]
    """Les stations de cette page."""


class PointDeChargeDetail(PointDeChargeEtat):
    """Un point de charge, son état en ce moment et sa station."""

    station: Feature[StationResume]
    """La station où il se trouve."""
