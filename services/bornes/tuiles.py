"""Vector tiles of the registry: layer `stations`, and `grappes` where stations are too many."""

from functools import lru_cache
from typing import Final

import numpy as np
import orjson

from services.bornes.fiches import LignePdc, prises_de
from services.bornes.grappes import Grappe, free_points, group, rows_in
from services.bornes.statuts.etats import Etats
from shared.columns import Ints, Vocabulary
from shared.mercator import BITS, Cells
from shared.mvt import EXTENT, Layer, Value
from shared.segments import Search, Version

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
    return _stations(version, alone, z, free) + _grappes(grappes, z, counted=etats is not None)


def _stations(version: Version, rows: Ints, z: int, free: list[int] | None) -> bytes:
    layer = Layer("stations")
    known: dict[int, bytes] = {}
    drawn = zip(
        rows.tolist(),
        _pixels(version.column("x", rows), z).tolist(),
        _pixels(version.column("y", rows), z).tolist(),
        version.column("apparence", rows).tolist(),
        strict=True,
    )
    for place, (row, across, down, look) in enumerate(drawn):
        tags = known.get(look)
        if tags is None:
            tags = known[look] = layer.tags(_properties(APPARENCES.words[look]))
        live: dict[str, Value] = {} if free is None else {"points_libres": free[place]}
        own = layer.tags({"id": version.id_at(row).decode(), **live})
        layer.add(across, down, own + tags)
    return layer.encode()


@lru_cache(maxsize=8192)
def _properties(look: str) -> dict[str, Value]:
    properties: dict[str, Value] = orjson.loads(look)
    return properties


def _grappes(grappes: list[Grappe], z: int, *, counted: bool) -> bytes:
    layer = Layer("grappes")
    for grappe in grappes:
        tags = layer.tags(
            {
                "id": grappe.id,
                "stations": grappe.stations,
                "points_de_charge": grappe.points,
                "zoom_expansion": grappe.zoom_expansion,
                **({"points_libres": grappe.libres} if counted else {}),
            }
        )
        across, down = _pixels(np.array([int(grappe.x), int(grappe.y)]), z).tolist()
        layer.add(across, down, tags)
    return layer.encode()


def _pixels(position: Ints, z: int) -> Ints:
    """Units of the tile from its west or north side; the side itself is not left."""
    scaled = (position & ((1 << (BITS - z)) - 1)) * EXTENT
    return scaled >> (BITS - z)
