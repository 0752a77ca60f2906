"""Public contract of the directory's map: clusters and vector tiles."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.schemas.carte import Zoom
from shared.schemas.commerces import ChampsFiche, FicheResume, FiltresFiches
from shared.schemas.geo import Feature


class RechercheGrappesFiches(FiltresFiches):
    """Ce qu'une carte montre à un zoom."""

    zoom: Zoom
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
