"""OCPI 2.2.1 and 2.3.0 as received: credentials, versions, Locations and Tariffs.

Names, lengths and closed enumerations are the standard's. A receiver is tolerant: unknown fields
are kept, enumerations that the standard leaves open accept any word, a time without zone is UTC.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, ConfigDict, Field

from shared.schemas.formes import (
    ADRESSE_WEB,
    HEURE,
    OCPI_DEGRES,
    OCPI_PARTIE,
    OCPI_PAYS,
    OCPI_TROIS_LETTRES,
    SANS_ESPACE,
)
from shared.schemas.modeles import Modele, of_standard

VersionOcpi = Literal["2.2.1", "2.3.0"]
"""Les versions d'OCPI que ce service parle."""

T = TypeVar("T")

_Utc = Annotated[
    datetime,
    AfterValidator(lambda moment: moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment),
]
_Text36 = Annotated[str, Field(min_length=1, max_length=36)]
_Text45 = Annotated[str, Field(max_length=45)]
_Text100 = Annotated[str, Field(max_length=100)]
_Text255 = Annotated[str, Field(max_length=255)]
_Country = Annotated[str, Field(pattern=OCPI_PAYS)]
_Party = Annotated[str, Field(pattern=OCPI_PARTIE)]
_Word = Annotated[str, Field(min_length=1, max_length=64)]
"""A value of an enumeration that a later version may extend."""
_Clock = Annotated[str, Field(pattern=HEURE)]
_Url = Annotated[str, Field(max_length=255, pattern=ADRESSE_WEB)]
_Number = Annotated[float, Field(ge=0, le=1e9)]
_Degrees = Annotated[str, Field(pattern=OCPI_DEGRES)]


class _Tolerant(Modele):
    model_config = ConfigDict(
        extra="allow",
        json_schema_extra=of_standard("Norme OCPI", "https://github.com/ocpi/ocpi"),
    )


class EnveloppeOcpi(_Tolerant, Generic[T]):
    """Ce qui entoure toute réponse OCPI."""

    data: T | None = None
    status_code: int = Field(ge=1000, le=4999)
    status_message: str | None = None
    timestamp: _Utc


class VersionPubliee(_Tolerant):
    """Une version d'OCPI et l'adresse de son détail."""

    version: str = Field(max_length=20)
    url: _Url


class EndpointOcpi(_Tolerant):
    """Où un module répond."""

    identifier: str = Field(max_length=64)
    role: Literal["SENDER", "RECEIVER"]
    url: _Url


class VersionDetail(_Tolerant):
    """Les modules d'une version."""

    version: str = Field(max_length=20)
    endpoints: list[EndpointOcpi] = Field(max_length=100)


class DisplayText(_Tolerant):
    """Un texte et sa langue."""

    language: str = Field(min_length=2, max_length=5)
    text: str = Field(max_length=512)


class Image(_Tolerant):
    """Une image par son adresse."""

    url: _Url
    thumbnail: _Url | None = None
    category: _Word
    type: str = Field(max_length=4)
    width: int | None = Field(default=None, ge=0, le=99_999)
    height: int | None = Field(default=None, ge=0, le=99_999)


class BusinessDetails(_Tolerant):
    """Un nom commercial."""

    name: _Text100
    website: _Url | None = None
    logo: Image | None = None


class CredentialsRole(_Tolerant):
    """Un rôle tenu par une partie."""

    role: _Word
    business_details: BusinessDetails
    party_id: _Party
    country_code: _Country


class Credentials(_Tolerant):
    """Comment joindre une partie, et le jeton qu'elle attend."""

    token: str = Field(
        pattern=SANS_ESPACE, max_length=64, description="Imprimable, sans espace, 64 au plus."
    )
    url: _Url = Field(description="Adresse de la liste de versions de la partie.")
    roles: list[CredentialsRole] = Field(min_length=1, max_length=50)


class GeoLocation(_Tolerant):
    """Une position, en textes, comme OCPI les écrit."""

    latitude: _Degrees
    longitude: _Degrees


class AdditionalGeoLocation(GeoLocation):
    """Une position voisine, nommée."""

    name: DisplayText | None = None


class RegularHours(_Tolerant):
    """Une plage d'un jour de la semaine, lundi = 1."""

    weekday: int = Field(ge=1, le=7)
    period_begin: _Clock
    period_end: _Clock


class ExceptionalPeriod(_Tolerant):
    """Une ouverture ou une fermeture exceptionnelle."""

    period_begin: _Utc
    period_end: _Utc


class Hours(_Tolerant):
    """Heures d'ouverture."""

    twentyfourseven: bool
    regular_hours: list[RegularHours] | None = None
    exceptional_openings: list[ExceptionalPeriod] | None = None
    exceptional_closings: list[ExceptionalPeriod] | None = None


class Connector(_Tolerant):
    """Une prise."""

    id: _Text36
    standard: _Word
    format: Literal["SOCKET", "CABLE"]
    power_type: Literal["AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"]
    max_voltage: int = Field(ge=0, le=10_000)
    max_amperage: int = Field(ge=0, le=10_000)
    max_electric_power: int | None = Field(default=None, ge=0, le=10_000_000)
    tariff_ids: list[_Text36] | None = None
    terms_and_conditions: _Url | None = None
    last_updated: _Utc


class EvseParking(_Tolerant):
    """La place d'un EVSE (2.3.0)."""

    parking_id: _Text36
    evse_position: _Word | None = None


class StatusSchedule(_Tolerant):
    """Un état prévu."""

    period_begin: _Utc
    period_end: _Utc | None = None
    status: str


class Evse(_Tolerant):
    """Un point de charge, au sens d'OCPI."""

    uid: _Text36
    evse_id: str | None = Field(default=None, max_length=48)
    status: Literal[
        "AVAILABLE",
        "BLOCKED",
        "CHARGING",
        "INOPERATIVE",
        "OUTOFORDER",
        "PLANNED",
        "REMOVED",
        "RESERVED",
        "UNKNOWN",
    ]
    status_schedule: list[StatusSchedule] | None = None
    capabilities: list[_Word] | None = None
    connectors: list[Connector] = Field(min_length=1)
    floor_level: str | None = Field(default=None, max_length=4)
    coordinates: GeoLocation | None = None
    physical_reference: str | None = Field(default=None, max_length=16)
    directions: list[DisplayText] | None = None
    parking_restrictions: list[_Word] | None = None
    parking: list[EvseParking] | None = None
    images: list[Image] | None = None
    last_updated: _Utc


class Parking(_Tolerant):
    """Une place de stationnement (2.3.0)."""

    id: _Text36
    physical_reference: str | None = Field(default=None, max_length=12)
    vehicle_types: list[_Word] = Field(min_length=1)
    max_vehicle_height: _Number | None = None
    restricted_to_type: bool
    reservation_required: bool


class Location(_Tolerant):
    """Un lieu où sont des EVSE : une station."""

    country_code: _Country
    party_id: _Party
    id: _Text36
    publish: bool
    publish_allowed_to: list[dict[str, Any]] | None = None
    name: _Text255 | None = None
    address: _Text255 = Field(description="45 dans les versions publiées, 255 dans la suivante.")
    city: _Text45
    postal_code: str | None = Field(default=None, max_length=10)
    state: str | None = Field(default=None, max_length=20)
    country: str = Field(pattern=OCPI_TROIS_LETTRES)
    coordinates: GeoLocation
    related_locations: list[AdditionalGeoLocation] | None = None
    parking_type: _Word | None = None
    evses: list[Evse] | None = None
    parking_places: list[Parking] | None = None
    directions: list[DisplayText] | None = None
    operator: BusinessDetails | None = None
    suboperator: BusinessDetails | None = None
    owner: BusinessDetails | None = None
    help_phone: str | None = Field(default=None, max_length=25)
    facilities: list[_Word] | None = None
    time_zone: str = Field(max_length=255)
    opening_times: Hours | None = None
    charging_when_closed: bool | None = None
    images: list[Image] | None = None
    energy_mix: dict[str, Any] | None = None
    last_updated: _Utc


class PriceComponent(_Tolerant):
    """Ce qui se paie : une somme, l'énergie, le temps, le stationnement."""

    type: Literal["ENERGY", "FLAT", "PARKING_TIME", "TIME"]
    price: _Number
    vat: float | None = Field(default=None, ge=0, le=100)
    step_size: int = Field(ge=0, le=10_000_000)


class TariffElement(_Tolerant):
    """Des prix et quand ils valent."""

    price_components: list[PriceComponent] = Field(min_length=1)
    restrictions: dict[str, Any] | None = None


class Tariff(_Tolerant):
    """Un tarif."""

    country_code: _Country
    party_id: _Party
    id: _Text36
    currency: str = Field(pattern=OCPI_TROIS_LETTRES)
    type: _Word | None = None
    tariff_alt_text: list[DisplayText] | None = None
    tariff_alt_url: _Url | None = None
    min_price: dict[str, Any] | None = None
    max_price: dict[str, Any] | None = None
    elements: list[TariffElement] = Field(min_length=1)
    tax_included: Literal["YES", "NO", "N/A"] | None = Field(
        default=None, description="Obligatoire en 2.3.0, absent en 2.2.1."
    )
    start_date_time: _Utc | None = None
    end_date_time: _Utc | None = None
    energy_mix: dict[str, Any] | None = None
    last_updated: _Utc | None = Field(
        default=None, description="Obligatoire, mais absent d'un exemple officiel."
    )


class RechercheOcpi(Modele):
    """Une page d'une liste OCPI. OCPI demande d'ignorer ce qu'on ne connaît pas."""

    date_from: _Utc | None = Field(default=None, description="`last_updated` au plus tôt, compris.")
    date_to: _Utc | None = Field(default=None, description="`last_updated` au plus tard, exclu.")
    offset: int = Field(default=0, ge=0, le=10_000_000, description="Combien d'objets passer.")
    limit: int = Field(
        default=100, ge=1, le=1_000_000, description="Le serveur en rend 100 au plus."
    )


class RechercheLocations(RechercheOcpi):
    """Une page de Locations."""

    apres: str | None = Field(
        default=None,
        max_length=1024,
        description="Écrit par le service dans `Link` : la place exacte où la page suivante "
        "commence, même si des objets ont changé entre-temps.",
    )
