"""Public contract of where all searches look: a commune, a territory, a box, a point."""

from typing import Annotated

from pydantic import AfterValidator, Field

from shared.schemas.formes import CODE_INSEE, EPT
from shared.schemas.geo import Bbox, Latitude, Longitude, beside_longitude

BBOX_MAX_DEG2 = 4.0
"""Largest box searched, in square degrees: about seventeen times the Métropole's."""


def _not_too_large(box: Bbox | None) -> Bbox | None:
    if box is not None and box.width * box.height > BBOX_MAX_DEG2:
        raise ValueError("La bbox couvre plus de 4 degrés carrés : réduisez-la.")
    return box


CommuneDemandee = Annotated[
    str | None,
    Field(
        pattern=CODE_INSEE,
        description="Code INSEE d'une commune ou d'un arrondissement de Paris (751xx).",
        examples=["93066"],
    ),
]
EptDemande = Annotated[
    str | None,
    Field(
        pattern=EPT,
        description="Établissement public territorial : T1 (Paris) à T12, ou son SIREN.",
        examples=["T6"],
    ),
]
BboxDemandee = Annotated[
    Bbox | None,
    AfterValidator(_not_too_large),
    Field(
        description="lon_min,lat_min,lon_max,lat_max, degrés WGS 84 ; 4 degrés carrés au plus.",
        examples=["2.30,48.84,2.36,48.87"],
    ),
]
LonDemandee = Annotated[Longitude, Field(description="Degrés WGS 84.", examples=[2.3522])]
LatDemandee = Annotated[
    Latitude,
    Field(description="Degrés WGS 84.", examples=[48.8566]),
    AfterValidator(beside_longitude),
]
"""After a field `lon`, with which it is compared."""
