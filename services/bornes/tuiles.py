"""Vector tiles of the registry: layer `stations`, and `grappes` where stations are too many."""

from functools import partial
from typing import Final

import orjson

from services.bornes.fiches import LignePdc, prises_de
from services.bornes.grappes import free_points, group, libres, points_of
from services.bornes.statuts.etats import Etats
from shared.maps.clusters import Cluster, rows_in
from shared.maps.mercator import Cells
from shared.maps.mvt import Value
from shared.maps.tiles import clusters_layer, objects_layer
from shared.memory.columns import Ints, Vocabulary
from shared.memory.segments import Search, Version

APPARENCES: Final = Vocabulary()
"""What a tile says of a station beside its id, as JSON: many stations look alike."""


def apparence(points: list[LignePdc]) -> str:
    """How a station is drawn; what is not known is left out, since a tile has no null."""
    first = points[0]
    properties = {
        "puissance_max": max(point.puissance_nominale for point in points),
        "nbre_pdc_recenses": len(points),
        "prises": ",".join(prises_de(points)),
        "condition_acces": first.condition_acces,
        "station_deux_roues": first.station_deux_roues,
        **({} if first.gratuit is None else {"gratuit": first.gratuit}),
    }
    return orjson.dumps(properties).decode()


def tile(
    version: Version, search: Search, *, z: int, x: int, y: int, etats: Etats | None = None
) -> bytes:
    """The tile as protobuf bytes; none at all where there is nothing, which is a valid tile.

    With the states, each station and each cluster has its number of free points.
    """
    square = Cells(z, west=x, north=y, east=x, south=y)
    alone, grappes = group(version, rows_in(version, search, square), z, etats)
    free = free_points(version, alone, etats).tolist() if etats else None
    stations = draw("stations", version, alone, z, free)
    counts = partial(_counts, counted=etats is not None)
    return stations + clusters_layer(grappes, z, properties=counts)


def tile_without_clusters(
    name: str, version: Version, search: Search, *, z: int, x: int, y: int
) -> bytes:
    """The tile of a layer whose stations are few enough to be drawn one by one at any zoom."""
    square = Cells(z, west=x, north=y, east=x, south=y)
    return draw(name, version, rows_in(version, search, square), z)


def draw(name: str, version: Version, rows: Ints, z: int, free: list[int] | None = None) -> bytes:
    """A layer of stations, each with its id, its look and, if given, its free points."""
    live: list[dict[str, Value]] | None = None
    if free is not None:
        live = [{"points_libres": one} for one in free]
    return objects_layer(
        version, rows, z, name=name, looks=APPARENCES, column="apparence", live=live
    )


def _counts(grappe: Cluster, *, counted: bool) -> dict[str, Value]:
    return {
        "id": grappe.id,
        "stations": grappe.objects,
        "points_de_charge": points_of(grappe),
        "zoom_expansion": grappe.zoom_expansion,
        **({"points_libres": libres(grappe)} if counted else {}),
    }
