"""Public contract of the directory's map: clusters and vector tiles."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.schemas.commerces import ChampsFiche, FicheResume, FiltresFiches
from shared.schemas.geo import Feature

ZOOM_MAX = 20
"""Deepest zoom answered: a screen then shows a doorstep."""


class RechercheGrappesFiches(FiltresFiches):
    """Ce qu'une carte montre à un zoom."""

    zoom: Annotated[
        int,
        Field(
            ge=0,
            le=ZOOM_MAX,
            description="Zoom de la carte, pour des tuiles de 512 pixels (MapLibre) ; un de moins "
            "que celui des cartes à tuiles de 256 pixels.",
            examples=[11],
        ),
    ]
    champs: ChampsFiche = None


class GrappeFiches(BaseModel):
    """Plusieurs commerces montrés comme un seul : ceux d'une maille de 64 pixels."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    fiches: int
    zoom_expansion: int
    """Premier zoom où ils se séparent."""


class GrappesFiches(BaseModel):
    """Les grappes, reconnues à `zoom_expansion`, puis les commerces isolés."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: Literal["FeatureCollection"]
    numberReturned: int  # noqa: N815 the standard's spelling
    fiches: int
    """Total des commerces rendus, seuls ou en grappe."""
    features: list[Feature[GrappeFiches] | Feature[FicheResume]]
