"""Public contract of the sites: where a station is planned, and what happened to it since."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    model_validator,
)

from shared.schemas.commun import CodeInsee, CurseurDemande, Instant, Jour, UnePage
from shared.schemas.formes import ID_STATION, PREFIXE, TERRITOIRE
from shared.schemas.geo import Feature, Latitude, Longitude
from shared.schemas.lieux import CommuneDemandee
from shared.schemas.modeles import Demande, Reponse, each_once

DEBUT = date(2016, 1, 1)
"""Birth of the Métropole: no question is about an earlier day."""
PLUS_GRAND = 1_000
"""More points, places or bornes than any site has."""


class EtatSite(StrEnum):
    """Où en est un site."""

    IDENTIFIE = "identifie"
    PROPOSE_COMMUNE = "propose_commune"
    CONVENTIONNE = "conventionne"
    AUTORISE = "autorise"
    EN_TRAVAUX = "en_travaux"
    RACCORDE = "raccorde"
    EN_SERVICE = "en_service"
    SUSPENDU = "suspendu"
    DEPOSE = "depose"
    ABANDONNE = "abandonne"


class VueSite(StrEnum):
    """Le même, tel qu'il est dit au public."""

    PROJETE = "projete"
    EN_TRAVAUX = "en_travaux"
    EN_SERVICE = "en_service"
    HORS_SERVICE = "hors_service"
    ABANDONNE = "abandonne"


ProgrammeDemande = Annotated[
    str, Field(max_length=40, description="Code du programme.", examples=["AIP-2019"])
]


class QuestionAu(Demande):
    """A day to look at."""

    au: Annotated[
        Jour | None,
        Field(
            ge=DEBUT,
            description="Jour du constat, en fin de journée ; aujourd'hui par défaut.",
            examples=["2022-12-31"],
        ),
    ] = None


_Nombre = Annotated[int, Strict(), Field(ge=0, le=PLUS_GRAND)]
"""Strict: `true` would count as 1."""


class PdcParBande(Demande):
    """Points de charge par bande de puissance ; une bande absente n'en a aucun."""

    lente: Annotated[_Nombre, Field(alias="0-7.4")] = 0
    """7,4 kW au plus."""
    normale: Annotated[_Nombre, Field(alias="7.4-22")] = 0
    """Plus de 7,4 kW, 22 au plus."""
    rapide: Annotated[_Nombre, Field(alias="22-150")] = 0
    """Plus de 22 kW, moins de 150."""
    tres_rapide: Annotated[_Nombre, Field(alias="150-")] = 0
    """150 kW et plus."""

    def values(self) -> list[int]:
        return [self.lente, self.normale, self.rapide, self.tres_rapide]

    @classmethod
    def of(cls, values: list[int]) -> Self:
        return cls.model_validate(dict(zip(cls.model_fields, values, strict=True)), by_name=True)


def _has_points(pdc: PdcParBande) -> PdcParBande:
    if not any(pdc.values()):
        raise ValueError("un site prévoit au moins un point de charge")
    return pdc


_Pdc = Annotated[PdcParBande, AfterValidator(_has_points)]
"""At least one point."""
Bornes = Annotated[
    _Nombre | None,
    Field(description="Bornes physiques, si l'opérateur les compte : IRVE ne les dit pas."),
]
IdStation = Annotated[
    str | None,
    Field(
        pattern=ID_STATION,
        description="`id_station_itinerance` de la station, quand elle a un identifiant.",
    ),
]


class SiteNouveau(Demande):
    """Un lieu où une station est prévue."""

    programme: Annotated[str, Field(max_length=40, examples=["AIP-2019"])]
    """Code du programme."""
    prefixe: Annotated[str, Field(pattern=PREFIXE, description="Préfixe AFIREV de l'opérateur.")]
    nom: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    """Nom du site."""
    adresse: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
    """Adresse du site."""
    code_commune: CodeInsee
    lon: Longitude
    lat: Latitude
    pdc: Annotated[
        _Pdc, Field(description="Points de charge prévus, par bande en kW ; au moins un.")
    ]
    bornes: Bornes = None
    places: Annotated[_Nombre | None, Field(description="Places de stationnement équipées.")] = None
    publics: Annotated[
        list[Literal["artisans", "commercants", "particuliers"]],
        Field(
            max_length=3,
            description="À qui la station s'adresse d'abord.",
            json_schema_extra={"uniqueItems": True},
        ),
        AfterValidator(each_once),
    ] = []
    domaine: Literal["voirie", "parking"] | None = None
    """Sur la voirie, ou dans un parking."""
    gamme: Literal["proximite", "citadine", "express"] | None = None
    """L'offre de l'opérateur dont relève le site."""
    origine: Literal["ex_autolib", "nouveau"] | None = None
    """Ancien emplacement Autolib', ou lieu nouveau."""
    station: IdStation = None
    identifie_le: Annotated[Jour | None, Field(ge=DEBUT, description="Aujourd'hui par défaut.")] = (
        None
    )


class Preuve(StrEnum):
    """Sur quoi un événement s'appuie."""

    DECLARATION = "declaration"
    DELIBERATION = "deliberation"
    ARRETE = "arrete"
    PROCES_VERBAL = "proces_verbal"
    DONNEE_IRVE = "donnee_irve"


class EvenementNouveau(Demande):
    """Un état atteint (`date_reelle`) ou annoncé (`date_prevue`).

    Rien ne s'efface : une date qui change est un événement de plus.
    """

    statut: EtatSite
    date_reelle: Annotated[Jour | None, Field(ge=DEBUT)] = None
    """Jour où l'état a été atteint."""
    date_prevue: Annotated[Jour | None, Field(ge=DEBUT, le=date(2100, 12, 31))] = None
    """Jour où il devrait l'être."""
    preuve: Preuve = Preuve.DECLARATION
    pdc: Annotated[
        _Pdc | None,
        Field(description="Si les points diffèrent de ceux prévus jusque-là ; au moins un."),
    ] = None
    bornes: Bornes = None
    station: IdStation = None
    commentaire: Annotated[str | None, Field(max_length=500)] = None
    """Pour les agents."""

    @model_validator(mode="after")
    def _one_date(self) -> Self:
        if (self.date_reelle is None) == (self.date_prevue is None):
            raise ValueError("une date est attendue : soit date_reelle, soit date_prevue")
        return self


class Evenement(EvenementNouveau):
    """Un événement tel qu'il a été reçu."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, json_schema_serialization_defaults_required=True
    )

    # What was received before at least one point was asked for is still shown.
    pdc: Annotated[
        PdcParBande | None, Field(description="Si les points diffèrent de ceux prévus jusque-là.")
    ] = None
    auteur: str
    """Organisation qui l'a déclaré."""
    instant: Instant


class SiteResume(Reponse):
    """Un site tel qu'il était un jour."""

    programme: str
    """Code du programme."""
    prefixe: str
    """Préfixe AFIREV de l'opérateur."""
    nom: str
    """Nom du site."""
    adresse: str
    """Adresse du site."""
    code_commune: CodeInsee
    ept: str
    """Territoire de la Métropole : T1 (Paris) à T12."""
    vue: VueSite
    statut: EtatSite
    statut_libelle: str
    """Le statut, à montrer."""
    depuis: Annotated[date, Field(description="Jour où ce statut a été atteint.")]
    mise_en_service_prevue: Annotated[
        date | None, Field(description="Dernière annonce, tant que la station n'a pas ouvert.")
    ]
    glissement_jours: Annotated[
        int | None,
        Field(description="Entre la première date annoncée et la dernière, ou l'ouverture."),
    ]
    pdc: PdcParBande
    points_de_charge: int
    """Points de charge, toutes bandes réunies."""
    bornes: int | None
    """Bornes physiques ; nul si l'opérateur ne les compte pas."""
    places: int | None
    """Places de stationnement équipées ; nul si ce n'est pas dit."""
    publics: list[str]
    """À qui la station s'adresse d'abord."""
    domaine: str | None
    """`voirie` ou `parking`."""
    gamme: str | None
    """L'offre de l'opérateur : `proximite`, `citadine` ou `express`."""
    origine: str | None
    """`ex_autolib` : ancien emplacement Autolib' ; `nouveau`."""
    station: str | None
    """`id_station_itinerance` de la station, une fois connu."""


class SiteDetail(SiteResume):
    evenements: Annotated[list[Evenement], Field(description="Dans l'ordre de réception.")]


class Sites(UnePage):
    """Sites (GeoJSON), page par page."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    au: date
    """Jour du constat, en fin de journée."""
    numberMatched: int
    """Combien répondent à la question, sur toutes les pages."""
    numberReturned: int
    """Combien sont dans cette page."""
    features: list[Feature[SiteResume]]
    """Les sites de cette page."""


class RechercheSites(QuestionAu):
    """Which sites to show."""

    programme: ProgrammeDemande = "AIP-2019"
    commune: CommuneDemandee = None
    ept: Annotated[
        str | None,
        Field(pattern=TERRITOIRE, description="Territoire, T1 (Paris) à T12.", examples=["T6"]),
    ] = None
    vue: Annotated[VueSite | None, Field(description="Sites que le public voit ainsi.")] = None
    statut: Annotated[EtatSite | None, Field(description="Sites à ce statut.")] = None
    limite: Annotated[int, Field(ge=1, le=1_000, description="Sites par page.")] = 200
    curseur: CurseurDemande = None
