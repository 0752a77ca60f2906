"""Public contract of the map: clusters of stations, vector tiles, stations along a route."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shared.schemas.bornes import Champs, Criteres, Filtres, StationResume
from shared.schemas.geo import Feature, Latitude, Longitude

ZOOM_MAX = 20
"""Deepest zoom answered: a screen then shows a doorstep."""
SOMMETS_MAX = 2_000
"""Vertices of the longest route."""
LONGUEUR_MAX_M = 1_000_000
"""Metres of the longest route."""
LEAP_MAX_DEG = 20
"""Degrees of longitude between two vertices: more is a line around the world."""


class RechercheGrappes(Filtres):
    """What a map shows at a zoom."""

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
    champs: Champs = None


class Grappe(BaseModel):
    """Stations shown as one: those of a cell of 64 pixels by 64, when there are several."""

    stations: int
    points_de_charge: int
    zoom_expansion: int
    """First zoom at which they are no longer one."""


class Grappes(BaseModel):
    """Clusters, told by `zoom_expansion`, then the stations that stand alone."""

    type: Literal["FeatureCollection"]
    numberReturned: int  # noqa: N815 the standard's spelling
    stations: int
    """Of all that is returned."""
    points_de_charge: int
    features: list[Feature[Grappe] | Feature[StationResume]]


class LineString(BaseModel):
    """Géométrie GeoJSON (RFC 7946) : une ligne."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["LineString"]
    coordinates: Annotated[
        list[tuple[Longitude, Latitude] | tuple[Longitude, Latitude, float]],
        Field(
            min_length=2,
            max_length=SOMMETS_MAX,
            description=f"De 2 à {SOMMETS_MAX} positions [lon, lat] ; l'altitude est ignorée.",
            examples=[[(2.33, 48.86), (2.36, 48.93)]],
        ),
    ]


class RechercheItineraire(Criteres):
    """A search for the stations along a route."""

    trace: Annotated[LineString, Field(description="L'itinéraire, dans le sens du trajet.")]
    corridor_m: Annotated[
        int, Field(ge=1, le=5_000, description="Distance au tracé, en mètres, au plus.")
    ] = 500
    limite: Annotated[int, Field(ge=1, le=1000, description="Stations rendues au plus.")] = 500
    abscisse_min_m: Annotated[
        float,
        Field(ge=0, le=LONGUEUR_MAX_M, description="Stations à partir de cette abscisse."),
    ] = 0
    champs: Champs = None

    @field_validator("trace")
    @classmethod
    def _no_leap(cls, trace: LineString) -> LineString:
        if any(abs(b[0] - a[0]) > LEAP_MAX_DEG for a, b in pairwise(trace.coordinates)):
            raise ValueError(f"deux positions se suivent à plus de {LEAP_MAX_DEG} degrés")
        return trace


class StationItineraire(StationResume):
    distance_m: float
    """To the route, in metres."""
    abscisse_m: float
    """How far along the route, in metres."""


class StationsItineraire(BaseModel):
    """Stations along a route, in the order they are met."""

    type: Literal["FeatureCollection"]
    numberMatched: int  # noqa: N815 the standard's spelling
    numberReturned: int  # noqa: N815 the standard's spelling
    longueur_m: float
    """Of the route."""
    features: list[Feature[StationItineraire]]
