"""Where a modality is offered, as the public contract writes it (WGS 84, longitude first)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict

from shared.schemas.commun import CodeInsee
from shared.schemas.formes import CODE_POSTAL
from shared.schemas.geo import Latitude, Longitude, as_kept
from shared.schemas.modeles import Demande

SOMMETS_ZONE_MAX = 500
"""Vertices of a zone, holes included."""
ANNEAUX_MAX = 20
RAYON_MIN_M = 50
RAYON_MAX_M = 100_000
CODES_MAX = 150

_Lon = Annotated[Longitude, Strict(), AfterValidator(as_kept)]
_Lat = Annotated[Latitude, Strict(), AfterValidator(as_kept)]
_Anneau = Annotated[
    list[tuple[_Lon, _Lat]],
    Field(min_length=4, max_length=SOMMETS_ZONE_MAX + 1),
]
_Anneaux = Annotated[list[_Anneau], Field(min_length=1, max_length=ANNEAUX_MAX)]


class ZoneCommunes(Demande):
    """Des communes, ou des arrondissements de Paris, entiers."""

    type: Literal["communes"]
    codes: Annotated[list[CodeInsee], Field(min_length=1, max_length=CODES_MAX)]


class ZoneCodesPostaux(Demande):
    """Des codes postaux : toutes les communes que chacun dessert, arrondissement à Paris."""

    type: Literal["codes_postaux"]
    codes: Annotated[
        list[Annotated[str, Field(pattern=CODE_POSTAL, examples=["94440"])]],
        Field(min_length=1, max_length=CODES_MAX),
    ]
    """Codes postaux, cinq chiffres."""


class ZoneRayon(Demande):
    """Un disque autour du commerce."""

    type: Literal["rayon"]
    rayon_m: Annotated[
        int, Strict(), Field(ge=RAYON_MIN_M, le=RAYON_MAX_M, description="En mètres, au sol.")
    ]


class Polygon(Demande):
    """Géométrie GeoJSON (RFC 7946) : un contour fermé, puis ses trous."""

    type: Literal["Polygon"]
    coordinates: _Anneaux
    """Des anneaux de positions [lon, lat], fermés ; le premier est le contour."""


class MultiPolygon(Demande):
    """Géométrie GeoJSON (RFC 7946) : plusieurs polygones qui ne se recouvrent pas."""

    type: Literal["MultiPolygon"]
    coordinates: Annotated[list[_Anneaux], Field(min_length=1, max_length=ANNEAUX_MAX)]
    """Des polygones : des anneaux de positions [lon, lat], fermés."""


class ZonePolygone(Demande):
    """Un contour tracé sur la carte ; son bord en fait partie."""

    type: Literal["polygone"]
    geometrie: Annotated[Polygon | MultiPolygon, Field(discriminator="type")]


Zone = Annotated[
    ZoneCommunes | ZoneCodesPostaux | ZoneRayon | ZonePolygone, Field(discriminator="type")
]
"""Where a modality is offered."""
