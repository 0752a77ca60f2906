"""Public contract of the map: clusters, tiles, counts, states, stations along a route."""

from itertools import pairwise
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BeforeValidator,
    Field,
    Strict,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from shared.schemas.bornes import Champs, Criteres, Filtres, StationResume
from shared.schemas.carte import Zoom
from shared.schemas.commun import CurseurDemande, split_values
from shared.schemas.geo import TURNED, Feature, Latitude, Longitude, is_turned
from shared.schemas.modeles import ABSENT, Demande, Modele, Reponse

SOMMETS_MAX = 2_000
"""Vertices of the longest route."""
LONGUEUR_MAX_M = 1_000_000
"""Metres of the longest route."""
LEAP_MAX_DEG = 20
"""Degrees of longitude between two vertices: more is a line around the world."""


class _AvecEtats(Modele):
    """What may count free points: an answer that follows the states is asked for as such."""

    etats: Annotated[
        bool,
        Field(
            description="Compter aussi les points libres en ce moment (`points_libres`). La "
            "réponse change alors avec eux, et se garde moins longtemps."
        ),
    ] = False


class RechercheTuile(Criteres, _AvecEtats):
    """Ce qu'une tuile montre."""


class RechercheFacettes(Filtres, _AvecEtats):
    """Ce que des facettes comptent."""


class RechercheGrappes(Filtres, _AvecEtats):
    """Ce qu'une carte montre à un zoom."""

    zoom: Zoom
    champs: Champs = None


class Facette(Reponse):
    """Ce que garderait une valeur d'un filtre."""

    valeur: str
    """La valeur, telle que le filtre la prend ; de `puissance`, une bande en kW."""
    libelle: str
    """La même, à montrer."""
    stations: int
    """Stations que rendrait la recherche avec elle, à la place de ce que demande la question."""
    points_de_charge: int
    """Points de ces stations qui répondent eux-mêmes à tout, cette valeur comprise."""


class Facettes(Reponse):
    """Combien de stations et de points garderait chaque valeur de chaque filtre."""

    stations: int
    """Stations qui répondent à la question."""
    points_de_charge: int
    """Tous les points de ces stations, comme dans `/grappes` : une station est gardée entière."""
    points_libres: Annotated[int | None, ABSENT] = None
    """Avec `etats=true` seulement, comme la facette `disponible`."""
    facettes: dict[str, list[Facette]]
    """Filtre → ses valeurs."""


class RechercheEtats(Filtres):
    """Les états de points, par rectangle, par filtres ou par identifiants."""

    ids: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64)]] | None,
        Field(max_length=100, description="Identifiants de stations ou de points, 100 au plus."),
        BeforeValidator(split_values),
    ] = None


class Grappe(Reponse):
    """Plusieurs stations montrées comme une seule : celles d'une maille de 64 pixels."""

    stations: int
    """Nombre de stations réunies."""
    points_de_charge: int
    """Nombre de leurs points."""
    zoom_expansion: int
    """Premier zoom où elles se séparent."""
    points_libres: Annotated[int | None, ABSENT] = None
    """Avec `etats=true` seulement."""


class StationGrappe(StationResume):
    """Une station isolée sur une carte."""

    points_libres: Annotated[int | None, ABSENT] = None
    """Avec `etats=true` seulement."""


class Grappes(Reponse):
    """Les grappes, reconnues à `zoom_expansion`, puis les stations isolées."""

    type: Literal["FeatureCollection"]
    """Toujours `FeatureCollection`."""
    numberReturned: int
    """Combien d'objets sont rendus : les grappes et les stations isolées."""
    stations: int
    """Total des stations rendues, seules ou en grappe."""
    points_de_charge: int
    """Total des points de ces stations."""
    points_libres: Annotated[int | None, ABSENT] = None
    """Avec `etats=true` seulement."""
    features: list[Feature[Grappe] | Feature[StationGrappe]]
    """Les grappes, puis les stations isolées."""


def _on_the_ground(position: Any) -> Any:
    """A position without its altitude, which RFC 7946 allows."""
    if not isinstance(position, list | tuple):
        return position
    if len(position) not in {2, 3}:
        raise ValueError("une position est attendue : [lon, lat], ou [lon, lat, altitude]")
    return position[:2]


_Sommet = Annotated[
    tuple[Annotated[Longitude, Strict()], Annotated[Latitude, Strict()]],
    BeforeValidator(_on_the_ground),
    WithJsonSchema({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3}),
]


class LineString(Demande):
    """Géométrie GeoJSON (RFC 7946) : une ligne."""

    type: Literal["LineString"]
    """Toujours `LineString`."""
    coordinates: Annotated[
        list[_Sommet],
        Field(
            min_length=2,
            max_length=SOMMETS_MAX,
            description=f"De 2 à {SOMMETS_MAX} positions [lon, lat] ; l'altitude est ignorée.",
            examples=[[(2.33, 48.86), (2.36, 48.93)]],
        ),
    ]
    bbox: Annotated[
        list[float] | None,
        Field(min_length=4, max_length=6, description="Acceptée (RFC 7946 § 5), sans effet."),
    ] = None


class RechercheItineraire(Criteres):
    """Recherche des stations le long d'un itinéraire."""

    trace: Annotated[LineString, Field(description="L'itinéraire, dans le sens du trajet.")]
    corridor_m: Annotated[
        int, Field(ge=1, le=5_000, description="Distance au tracé, en mètres, au plus.")
    ] = 500
    limite: Annotated[int, Field(ge=1, le=1000, description="Stations rendues au plus.")] = 500
    abscisse_min_m: Annotated[
        float,
        Field(ge=0, le=LONGUEUR_MAX_M, description="Stations à partir de cette abscisse."),
    ] = 0
    curseur: CurseurDemande = None
    champs: Champs = None

    @field_validator("*", mode="before")
    @classmethod
    def _as_json_has_it(cls, value: Any, info: ValidationInfo) -> Any:
        """In an address all is text; in a body a number is a number, and a boolean one."""
        wanted = cls.model_fields[str(info.field_name)].annotation
        kinds = {wanted, *get_args(wanted)} & {bool, int, float}
        if bool in kinds and not isinstance(value, bool | None):
            raise ValueError("un booléen est attendu : true ou false")
        if kinds - {bool} and isinstance(value, bool | str):
            raise ValueError("un nombre est attendu")
        return value

    @field_validator("trace")
    @classmethod
    def _longitude_first(cls, trace: LineString) -> LineString:
        if all(is_turned(*place) for place in trace.coordinates):
            lon, lat = reversed(trace.coordinates[0])
            raise ValueError(f"{TURNED} : [{lon}, {lat}]…")
        return trace

    @field_validator("trace")
    @classmethod
    def _no_leap(cls, trace: LineString) -> LineString:
        if any(abs(b[0] - a[0]) > LEAP_MAX_DEG for a, b in pairwise(trace.coordinates)):
            raise ValueError(f"deux positions se suivent à plus de {LEAP_MAX_DEG} degrés")
        return trace


class StationItineraire(StationResume):
    """Une station et sa place par rapport à un itinéraire."""

    distance_m: float
    """Distance au tracé, en mètres."""
    abscisse_m: float
    """Place le long du tracé, depuis son début, en mètres."""


class StationsItineraire(Reponse):
    """Les stations le long d'un itinéraire, dans l'ordre où on les rencontre."""

    type: Literal["FeatureCollection"]
    """Toujours `FeatureCollection`."""
    numberMatched: int
    """Combien de stations sont le long du tracé, sur toutes les pages."""
    numberReturned: int
    """Combien sont dans cette page."""
    longueur_m: float
    """Longueur du tracé, en mètres."""
    curseur_suivant: Annotated[str | None, ABSENT] = None
    """À renvoyer dans `curseur` ; absent quand rien ne suit."""
    features: list[Feature[StationItineraire]]
    """Les stations, dans l'ordre du trajet."""


class StationProche(StationResume):
    """Une station et sa distance."""

    distance_m: float
    """Distance orthodromique, en mètres."""


class StationsProches(Reponse):
    """Les stations les plus proches, la plus proche d'abord."""

    type: Literal["FeatureCollection"]
    """Toujours `FeatureCollection`."""
    numberReturned: int
    """Combien sont dans cette réponse."""
    features: list[Feature[StationProche]]
    """Les stations, la plus proche d'abord."""
