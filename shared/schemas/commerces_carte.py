"""Public contract of the directory's map: clusters and vector tiles."""

from typing import Literal

from shared.schemas.carte import Zoom
from shared.schemas.commerces import ChampsFiche, FicheResume, FiltresFiches
from shared.schemas.geo import Feature
from shared.schemas.modeles import Reponse


class RechercheGrappesFiches(FiltresFiches):
    """Ce qu'une carte montre à un zoom."""

    zoom: Zoom
    champs: ChampsFiche = None


class GrappeFiches(Reponse):
    """Plusieurs commerces montrés comme un seul : ceux d'une maille de 64 pixels."""

    fiches: int
    """Nombre de commerces réunis."""
    zoom_expansion: int
    """Premier zoom où ils se séparent."""


class GrappesFiches(Reponse):
    """Les grappes, reconnues à `zoom_expansion`, puis les commerces isolés."""

    type: Literal["FeatureCollection"]
    numberReturned: int
    """Combien d'objets sont rendus : les grappes et les commerces isolés."""
    fiches: int
    """Total des commerces rendus, seuls ou en grappe."""
    features: list[Feature[GrappeFiches] | Feature[FicheResume]]
    """Les grappes, puis les commerces isolés."""
