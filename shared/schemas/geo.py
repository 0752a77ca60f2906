"""Positions, boxes and GeoJSON as the public contract writes them (WGS 84, longitude first)."""

import re
from typing import Annotated, Any, Generic, Literal, NamedTuple, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from shared.schemas.commun import Lien
from shared.schemas.modeles import Modele, Reponse

LON_MAX = 180
LAT_MAX = 90

_NUMBER = r"-?[0-9]{1,3}(?:\.[0-9]{1,20})?"
_BBOX = re.compile(rf"{_NUMBER}(?:,{_NUMBER}){{3}}")
_BBOX_EXPECTED = (
    "quatre nombres sont attendus, séparés par des virgules : lon_min,lat_min,lon_max,lat_max "
    "(degrés WGS 84, par exemple 2.25,48.81,2.42,48.91)"
)

_LONGITUDES, _LATITUDES = (1.0, 4.0), (47.8, 49.8)
"""Well around the Métropole. A place that is there the other way round was written so."""
TURNED = "longitude d'abord, latitude ensuite"

P = TypeVar("P", bound=BaseModel)

Longitude = Annotated[
    float,
    Field(ge=-LON_MAX, le=LON_MAX, allow_inf_nan=False, description="Longitude, degrés WGS 84."),
]
Latitude = Annotated[
    float,
    Field(ge=-LAT_MAX, le=LAT_MAX, allow_inf_nan=False, description="Latitude, degrés WGS 84."),
]


DECIMALES = 6
"""Of a degree, in what is kept: ten centimetres. RFC 7946 advises against more."""


def as_kept(degrees: float) -> float:
    """A coordinate without decimals that measure nothing."""
    return round(degrees, DECIMALES)


def is_turned(lon: float, lat: float) -> bool:
    """Whether a place was written latitude first: as it is, it lies in the Indian Ocean."""
    return _LATITUDES[0] <= lon <= _LATITUDES[1] and _LONGITUDES[0] <= lat <= _LONGITUDES[1]


def beside_longitude(lat: float, info: ValidationInfo) -> float:
    """The latitude of a question that has a `lon` before it; ValueError (in French) if turned."""
    lon = info.data.get("lon")
    if lon is not None and is_turned(lon, lat):
        raise ValueError(f"la longitude et la latitude sont inversées : lon={lat}, lat={lon}")
    return lat


class Position(Modele):
    """A point on the ground."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lon: Longitude
    lat: Latitude


class Bbox(NamedTuple):
    """A box in degrees, written `lon_min,lat_min,lon_max,lat_max`."""

    lon_min: float
    lat_min: float
    lon_max: float
    lat_max: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """The box a caller wrote; ValueError (in French) when it is not one."""
        # The pattern leaves float() no way to give inf or nan.
        if not _BBOX.fullmatch(text):
            raise ValueError(_BBOX_EXPECTED)
        lon_min, lat_min, lon_max, lat_max = map(float, text.split(","))
        if not (
            -LON_MAX <= lon_min <= lon_max <= LON_MAX and -LAT_MAX <= lat_min <= lat_max <= LAT_MAX
        ):
            raise ValueError(
                "le rectangle doit être ordonné : lon_min au plus lon_max (entre -180 et 180), "
                "lat_min au plus lat_max (entre -90 et 90)"
            )
        if is_turned(lon_min, lat_min) and is_turned(lon_max, lat_max):
            raise ValueError(f"{TURNED} : {lat_min},{lon_min},{lat_max},{lon_max}")
        return cls(lon_min, lat_min, lon_max, lat_max)

    @property
    def width(self) -> float:
        """In degrees."""
        return self.lon_max - self.lon_min

    @property
    def height(self) -> float:
        """In degrees."""
        return self.lat_max - self.lat_min

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _validate_bbox,
            serialization=core_schema.plain_serializer_function_ser_schema(_format_bbox),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": f"^{_BBOX.pattern}$",
            "description": "Rectangle lon_min,lat_min,lon_max,lat_max, degrés WGS 84.",
            "examples": ["2.25,48.81,2.42,48.91"],
        }


def _validate_bbox(value: Any) -> Bbox:
    match value:
        case Bbox():
            return value
        # FastAPI takes a tuple for a list: it hands over every occurrence of the parameter.
        case str(text) | [str(text)]:
            return Bbox.parse(text)
    raise ValueError(_BBOX_EXPECTED)


def _format_bbox(bbox: Bbox) -> str:
    return ",".join(map(str, bbox))


class Point(Reponse):
    """Géométrie GeoJSON (RFC 7946) : un point."""

    type: Literal["Point"] = "Point"
    """Toujours `Point`."""
    coordinates: tuple[Longitude, Latitude] = Field(
        description="Longitude, puis latitude : degrés WGS 84.", examples=[(2.34, 48.86)]
    )


class Feature(Reponse, Generic[P]):
    """Objet GeoJSON (RFC 7946) : une position et ses propriétés."""

    type: Literal["Feature"] = Field(default="Feature", description="Toujours `Feature`.")
    id: str = Field(description="Identifiant de l'objet : un texte, même fait de chiffres.")
    geometry: Point
    properties: P = Field(description="Ce qu'on sait de l'objet.")


class PageGeoJSON(Reponse):
    """Une page d'objets GeoJSON, avec les comptes et les liens d'OGC API Features."""

    type: Literal["FeatureCollection"]
    """Toujours `FeatureCollection`."""
    numberMatched: int
    """Combien répondent à la question, sur toutes les pages."""
    numberReturned: int
    """Combien sont dans cette page."""
    links: list[Lien]
    """`next` : la page suivante, tant qu'il y en a une."""


class FeatureCollection(Reponse, Generic[P]):
    """Liste d'objets GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Feature[P]] = Field(description="Tous les objets.")
