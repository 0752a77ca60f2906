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
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from shared.schemas.bornes import AccessibilitePmr, ConditionAcces, LienGeojson, Nom, Valeur
from shared.schemas.bornes_imports import EnvoiFichier
from shared.schemas.bornes_lieux import OuvertA
from shared.schemas.commun import Instant, split_values
from shared.schemas.geo import Feature, Latitude, Longitude
from shared.schemas.lieux import BboxDemandee, CommuneDemandee, EptDemande

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


class CriteresAvitaillement(BaseModel):
    """Critères des recherches : tous se combinent par « et », les valeurs d'un même par « ou ».

    Énergie, pression et état valent ensemble pour un même point.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

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
    curseur: Annotated[
        str | None, Field(max_length=200, description="Page suivante, tel que rendu par `links`.")
    ] = None


class RechercheAvitaillementProche(FiltresAvitaillement):
    """Recherche des stations d'avitaillement les plus proches d'un lieu."""

    lon: Annotated[Longitude, Field(description="Degrés WGS 84.", examples=[2.3522])]
    lat: Annotated[Latitude, Field(description="Degrés WGS 84.", examples=[48.8566])]
    rayon_m: Annotated[int, Field(ge=1, le=100_000, description="Rayon, en mètres.")] = 20_000
    limite: Annotated[int, Field(ge=1, le=100, description="Stations rendues au plus.")] = 20


class _Reponse(BaseModel):
    """Base of the answers: what follows a field describes it in the contract."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class PointAvitaillement(_Reponse):
    """Un point d'avitaillement : une énergie, à une pression."""

    id_point: str
    energie: Energie
    pression_bar: int | None
    connecteur: str | None
    debit_kg_min: float | None
    capacite_kg_jour: float | None
    part_renouvelable_pct: float | None
    etat_point: EtatAvitaillement
    horodatage_etat: Instant | None
    """Quand l'état a été constaté ; un état ancien reste affiché, avec sa date."""
    prix_kg: PrixKg | None
    horodatage_prix: Instant | None
    date_maj: date


class StationAvitaillement(_Reponse):
    """Une station d'avitaillement et ses points."""

    id_station: str
    nom_station: str
    nom_enseigne: str
    nom_operateur: str
    contact_operateur: str
    telephone_operateur: str | None
    nom_amenageur: str | None
    siren_amenageur: str | None
    adresse_station: str
    code_insee_commune: str | None
    commune: str | None
    """Nom de la commune où se trouve la position."""
    arrondissement: str | None
    """Code INSEE de l'arrondissement, à Paris seulement."""
    ept: str | None
    """Territoire de la Métropole : T1 (Paris) à T12."""
    condition_acces: ConditionAcces
    horaires: str
    accessibilite_pmr: AccessibilitePmr | None
    restriction_gabarit: str | None
    type_vehicule: list[str] | None
    paiement_acte: bool | None
    paiement_cb: bool | None
    date_mise_en_service: date | None
    """À venir pour une station annoncée."""
    observations: str | None
    producteur: str
    energies: list[Energie]
    etat: EtatAvitaillement
    """En service si un point l'est, hors service si tous le sont, inconnu sinon."""
    points_avitaillement: list[PointAvitaillement]


class StationAvitaillementProche(StationAvitaillement):
    """Une station d'avitaillement et sa distance."""

    distance_m: float
    """Distance orthodromique, en mètres."""


class StationsAvitaillement(_Reponse):
    """Une page de stations d'avitaillement (GeoJSON)."""

    type: Literal["FeatureCollection"]
    numberMatched: int  # noqa: N815 the standard's spelling
    numberReturned: int  # noqa: N815 the standard's spelling
    links: list[LienGeojson]
    features: list[Feature[StationAvitaillement]]


class StationsAvitaillementProches(_Reponse):
    """Les stations d'avitaillement les plus proches, la plus proche d'abord."""

    type: Literal["FeatureCollection"]
    numberReturned: int  # noqa: N815 the standard's spelling
    features: list[Feature[StationAvitaillementProche]]


class EnvoiAvitaillement(EnvoiFichier):
    """Ce que dit l'adresse d'un import de stations d'avitaillement ; le fichier est le corps."""

    nom: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            pattern=r"^[^\x00-\x1f]+$",
            description="Nom du fichier, pour s'y retrouver.",
        ),
    ] = "avitaillement.csv"


class AnnonceAvitaillement(BaseModel):
    """Ce qu'un opérateur dit d'un de ses points : son état, son prix, ou les deux."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id_point: Annotated[str, Field(min_length=1, max_length=ID_MAX, pattern=r"^[^\x00]*$")]
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


class AnnoncesAvitaillement(BaseModel):
    """Les états et les prix de plusieurs points, en un appel."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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


class SuiteAnnonce(BaseModel):
    """Ce qu'est devenue une annonce."""

    id_point: str
    resultat: ResultatAnnonce
    code: Annotated[RefusAnnonce | None, Field(description="Pourquoi elle est refusée.")] = None
    detail: str | None = None

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


class SuitesAnnonces(BaseModel):
    """Ce que sont devenues les annonces, dans l'ordre où elles sont venues."""

    acceptes: int
    inchanges: int
    refuses: int
    suites: list[SuiteAnnonce]
