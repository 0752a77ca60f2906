"""Public contract of what all searches of stations share: where, whose, open when."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from shared.schemas.commun import Moment
from shared.schemas.geo import Bbox

BBOX_MAX_DEG2 = 4.0
"""Largest box searched, in square degrees: about seventeen times the Métropole's."""


def split_values(value: Any) -> Any:
    """`prise=ef,combo_ccs` and `prise=ef&prise=combo_ccs` are the same question."""
    if isinstance(value, list):
        texts = (item.split(",") if isinstance(item, str) else [item] for item in value)
        return [part for parts in texts for part in parts]
    return value


def _not_too_large(box: Bbox | None) -> Bbox | None:
    if box is not None and box.width * box.height > BBOX_MAX_DEG2:
        raise ValueError("La bbox couvre plus de 4 degrés carrés : réduisez-la.")
    return box


CommuneDemandee = Annotated[
    str | None,
    Field(
        pattern=r"^\d[0-9AB]\d{3}$",
        description="Code INSEE d'une commune ou d'un arrondissement de Paris (751xx).",
        examples=["93066"],
    ),
]
EptDemande = Annotated[
    str | None,
    Field(
        pattern=r"^(T([1-9]|1[0-2])|\d{9})$",
        description="Établissement public territorial : T1 (Paris) à T12, ou son SIREN.",
        examples=["T6"],
    ),
]
OuvertA = Annotated[
    Moment | None,
    Field(
        description="Stations dont les horaires disent avec certitude qu'elles sont ouvertes "
        "à cet instant, à l'heure de Paris, jours fériés compris."
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
