"""Public contract of the refuelling stations: hydrogen, compressed and liquefied gas.

Field names and values are those of our own Table Schema, `/v1/bornes/avitaillement/schema.json`.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from shared.schemas.bornes import AccessibilitePmr, ConditionAcces, Nom, Valeur
from shared.schemas.bornes_imports import EnvoiFichier
from shared.schemas.bornes_lieux import OuvertA
from shared.schemas.commun import CurseurDeLien, Instant, split_values
from shared.schemas.formes import SANS_NUL
from shared.schemas.geo import Feature, PageGeoJSON
from shared.schemas.imports import NomFichier
from shared.schemas.lieux import (
    BboxDemandee,
    CommuneDemandee,
    EptDemande,
    LatDemandee,
    LonDemandee,
)
from shared.schemas.modeles import Demande, Reponse

ANNONCES_MAX = 1_000
"""Points of one call."""
ID_MAX = 60
_PRICE = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3})?")
_PRICE_MAX = 100


class Energie(Valeur):
    """Ce qu'un point délivre."""

    H2 = "H2"
    GNC = "GNC"
    GNL = "GNL"
    BIO_GNC = "bioGNC"
    BIO_GNL = "bioGNL"


class EtatAvitaillement(StrEnum):
    """État d'un point : les mots d'`etat_pdc` dans IRVE dynamique."""

    EN_SERVICE = "en_service"
    HORS_SERVICE = "hors_service"
    INCONNU = "inconnu"


def _price(value: Any) -> Decimal:
    """From JSON a text; from Python a Decimal; never a float."""
    price = Decimal(value) if isinstance(value, str) and _PRICE.fullmatch(value) else value
    if not (isinstance(price, Decimal) and price.is_finite() and 0 <= price <= _PRICE_MAX):
        raise ValueError('un prix au kilogramme est attendu : un texte de 0 à 100, comme "14.900"')
    return price


PrixKg = Annotated[
    Decimal,
    BeforeValidator(_price),
    PlainSerializer(lambda value: format(value, ".3f"), return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_PRICE.pattern}$",
            "description": "Prix TTC d'un kilogramme, en euros, écrit comme un texte.",
            "examples": ["14.900"],
        }
    ),
]


class CriteresAvitaillement(Demande):
    """Critères des recherches : tous se combinent par « et », les valeurs d'un même par « ou ».

    Énergie, pression et état valent ensemble pour un même point.
    """

    commune: CommuneDemandee = None
    ept: EptDemande = None
    operateur: Annotated[Nom | None, Field(description="Nom de l'opérateur ou de l'enseigne.")] = (
        None
    )
    energie: Annotated[
        list[Energie] | None,
        Field(max_length=5),
        BeforeValidator(split_values),
        Field(description="Énergie délivrée ; plusieurs valeurs possibles."),
    ] = None
    pression_bar: Annotated[
        int | None,
        Field(ge=1, le=1000, description="Pression de service, en bars.", examples=[700]),
    ] = None
    etat: Annotated[
        list[EtatAvitaillement] | None,
        Field(max_length=3),
        BeforeValidator(split_values),
        Field(description="État du point ; plusieurs valeurs possibles."),
    ] = None
    condition_acces: Annotated[
        ConditionAcces | None, Field(description="À qui la station est ouverte.")
    ] = None
    ouvert_a: OuvertA = None


class FiltresAvitaillement(CriteresAvitaillement):
    """Critères, et un rectangle."""

    bbox: BboxDemandee = None


class RechercheAvitaillement(FiltresAvitaillement):
    """Recherche de stations d'avitaillement, page par page."""

    limite: Annotated[int, Field(ge=1, le=1000, description="Stations par page.")] = 500
    curseur: CurseurDeLien = None


class RechercheAvitaillementProche(FiltresAvitaillement):
    """Recherche des stations d'avitaillement les plus proches d'un lieu."""

    lon: LonDemandee
    lat: LatDemandee
    rayon_m: Annotated[int, Field(ge=1, le=100_000, description="Rayon, en mètres.")] = 20_000
    limite: Annotated[int, Field(ge=1, le=100, description="Stations rendues au plus.")] = 20


class PointAvitaillement(Reponse):
    """Un point d'avitaillement : une énergie, à une pression."""

    id_point: str
    """Identifiant du point."""
    energie: Energie
    """Ce qu'il délivre."""
    pression_bar: int | None
    """Pression de service, en bars."""
    connecteur: str | None
    """Raccord, au mot du schéma (`H70`, `NGV1`…)."""
    debit_kg_min: float | None
    """Débit maximal, en kilogrammes par minute."""
    capacite_kg_jour: float | None
    """Ce qu'il peut délivrer en un jour, en kilogrammes."""
    part_renouvelable_pct: float | None
    """Part d'origine renouvelable, en pour cent."""
    etat_point: EtatAvitaillement
    """Son dernier état annoncé."""
    horodatage_etat: Instant | None
    """Quand l'état a été constaté ; un état ancien reste affiché, avec sa date."""
    prix_kg: PrixKg | None
    """Prix TTC d'un kilogramme, en euros, à trois décimales."""
    horodatage_prix: Instant | None
    """Quand le prix a été constaté."""
    date_maj: date
    """Jour de la dernière mise à jour par le producteur."""


class StationAvitaillement(Reponse):
    """Une station d'avitaillement et ses points."""

    id_station: str
    """Identifiant de la station."""
    nom_station: str
    """Nom de la station."""
    nom_enseigne: str
    """Nom du réseau, tel que montré sur place."""
    nom_operateur: str
    """Qui exploite la station."""
    contact_operateur: str
    """Adresse électronique de l'opérateur."""
    telephone_operateur: str | None
    """Téléphone de l'opérateur."""
    nom_amenageur: str | None
    """Qui a fait installer la station."""
    siren_amenageur: str | None
    """SIREN de l'aménageur."""
    adresse_station: str
    """Adresse entière, telle que déclarée."""
    code_insee_commune: str | None
    """Code INSEE de la commune retenue."""
    commune: str | None
    """Nom de la commune où se trouve la position."""
    arrondissement: str | None
    """Code INSEE de l'arrondissement, à Paris seulement."""
    ept: str | None
    """Territoire de la Métropole : T1 (Paris) à T12."""
    condition_acces: ConditionAcces
    """Ouvert à tous, ou à certains usagers."""
    horaires: str
    """Horaires d'ouverture, au format `opening_hours` d'OpenStreetMap."""
    accessibilite_pmr: AccessibilitePmr | None
    """Accès des personnes à mobilité réduite, tel que déclaré."""
    restriction_gabarit: str | None
    """Hauteur ou taille limite des véhicules : texte libre."""
    type_vehicule: list[str] | None
    """Catégories de véhicules admises (`M1`, `N1`…)."""
    paiement_acte: bool | None
    """Payable sans abonnement."""
    paiement_cb: bool | None
    """Payable par carte bancaire."""
    date_mise_en_service: date | None
    """À venir pour une station annoncée."""
    observations: str | None
    """Remarques du producteur : texte libre."""
    producteur: str
    """Organisation qui publie la station."""
    energies: list[Energie]
    """Ce que délivre au moins un de ses points."""
    etat: EtatAvitaillement
    """En service si un point l'est, hors service si tous le sont, inconnu sinon."""
    points_avitaillement: list[PointAvitaillement]
    """Ses points."""


class StationAvitaillementProche(StationAvitaillement):
    """Une station d'avitaillement et sa distance."""

    distance_m: float
    """Distance orthodromique, en mètres."""


class StationsAvitaillement(PageGeoJSON):
    """Une page de stations d'avitaillement (GeoJSON)."""

    features: list[Feature[StationAvitaillement]]
    """Les stations de cette page."""


class StationsAvitaillementProches(Reponse):
    """Les stations d'avitaillement les plus proches, la plus proche d'abord."""

    type: Literal["FeatureCollection"]
    """Toujours `FeatureCollection`."""
    numberReturned: int
    """Combien sont dans cette réponse."""
    features: list[Feature[StationAvitaillementProche]]
    """Les stations, la plus proche d'abord."""


class EnvoiAvitaillement(EnvoiFichier):
    """Ce que dit l'adresse d'un import de stations d'avitaillement ; le fichier est le corps."""

    nom: NomFichier = "avitaillement.csv"


class AnnonceAvitaillement(Demande):
    """Ce qu'un opérateur dit d'un de ses points : son état, son prix, ou les deux."""

    id_point: Annotated[str, Field(min_length=1, max_length=ID_MAX, pattern=SANS_NUL)]
    """Le point d'avitaillement : son `id_point`."""
    horodatage: Annotated[
        Instant, Field(description="Quand ils ont été constatés ; cinq minutes d'avance au plus.")
    ]
    etat_point: Annotated[
        EtatAvitaillement | None, Field(description="Absent : l'état connu reste.")
    ] = None
    prix_kg: Annotated[
        PrixKg | None, Field(description="Absent : le prix connu reste. `null` : plus de prix.")
    ] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.dites():
            raise ValueError("un état ou un prix est attendu : etat_point, prix_kg")
        return self

    def dites(self) -> Mapping[str, tuple[Any, datetime]]:
        """The values that are told, with their date."""
        told: dict[str, tuple[Any, datetime]] = {}
        if self.etat_point is not None:
            told["etat_point"] = (self.etat_point.value, self.horodatage)
        if "prix_kg" in self.model_fields_set:
            told["prix_kg"] = (self.prix_kg, self.horodatage)
        return told


class AnnoncesAvitaillement(Demande):
    """Les états et les prix de plusieurs points, en un appel."""

    annonces: Annotated[list[AnnonceAvitaillement], Field(min_length=1, max_length=ANNONCES_MAX)]


class ResultatAnnonce(StrEnum):
    """Ce que devient une annonce."""

    ACCEPTE = "accepte"
    INCHANGE = "inchange"
    REFUSE = "refuse"


class RefusAnnonce(StrEnum):
    """Pourquoi une annonce est refusée."""

    INCONNU = "INCO"
    AUTRE_OPERATEUR = "AUTR"
    FUTUR = "HORF"
    DEPASSE = "HORP"


_REFUS = {
    RefusAnnonce.INCONNU: "Aucun point d'avitaillement en service ne porte cet identifiant.",
    RefusAnnonce.AUTRE_OPERATEUR: "Ce point est celui d'un autre producteur.",
    RefusAnnonce.FUTUR: "L'horodatage est à plus de cinq minutes dans le futur.",
    RefusAnnonce.DEPASSE: "Une annonce plus récente, ou de même date, dit autre chose.",
}


class SuiteAnnonce(Reponse):
    """Ce qu'est devenue une annonce."""

    id_point: str
    """Tel que reçu."""
    resultat: ResultatAnnonce
    code: Annotated[RefusAnnonce | None, Field(description="Pourquoi elle est refusée.")] = None
    detail: str | None = None
    """Pourquoi, en toutes lettres ; nul si elle n'est pas refusée."""

    @classmethod
    def of(cls, id_point: str, *, changed: bool, refus: RefusAnnonce | None) -> Self:
        """The answer to one announcement."""
        if refus is not None:
            return cls(
                id_point=id_point,
                resultat=ResultatAnnonce.REFUSE,
                code=refus,
                detail=_REFUS[refus],
            )
        resultat = ResultatAnnonce.ACCEPTE if changed else ResultatAnnonce.INCHANGE
        return cls(id_point=id_point, resultat=resultat)


class SuitesAnnonces(Reponse):
    """Ce que sont devenues les annonces, dans l'ordre où elles sont venues."""

    acceptes: int
    """Annonces qui ont changé ce qu'on savait."""
    inchanges: int
    """Annonces qui redisaient ce qu'on savait."""
    refuses: int
    """Annonces refusées."""
    suites: list[SuiteAnnonce]
