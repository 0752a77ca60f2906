"""Layers of vector tiles: clusters with counts, and objects that share their properties."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated

import numpy as np
import orjson
from fastapi import Path

from shared.maps.clusters import Cluster
from shared.maps.mercator import BITS
from shared.maps.mvt import EXTENT, Layer, Value
from shared.memory.columns import Ints, Vocabulary
from shared.memory.segments import Version
from shared.problems import InvalidParameter
from shared.schemas.carte import ZOOM_MAX

Z = Annotated[int, Path(ge=0, le=ZOOM_MAX, description=f"Zoom, de 0 à {ZOOM_MAX}.", examples=[10])]
X = Annotated[
    int, Path(ge=0, lt=1 << ZOOM_MAX, description="Colonne, de 0 à 2^z - 1.", examples=[518])
]
Y = Annotated[
    int, Path(ge=0, lt=1 << ZOOM_MAX, description="Ligne, de 0 à 2^z - 1.", examples=[352])
]


def check_tile(z: int, x: int, y: int) -> None:
    """Refuse a tile that a zoom does not have."""
    for name, value in (("x", x), ("y", y)):
        if value >> z:
            raise InvalidParameter(name, f"Au zoom {z}, {name} va de 0 à {(1 << z) - 1}.")


def objects_layer(
    version: Version,
    rows: Ints,
    z: int,
    *,
    name: str,
    looks: Vocabulary,
    column: str,
    live: Sequence[Mapping[str, Value]] | None = None,
) -> bytes:
    """Objects as points with their id and how they look: a word of `looks`, as JSON.

    `live` is what else is told of each of `rows`.
    """
    layer = Layer(name)
    known: dict[int, bytes] = {}
    drawn = zip(
        rows.tolist(),
        _pixels(version.column("x", rows), z).tolist(),
        _pixels(version.column("y", rows), z).tolist(),
        version.column(column, rows).tolist(),
        strict=True,
    )
    for place, (row, across, down, look) in enumerate(drawn):
        tags = known.get(look)
        if tags is None:
            tags = known[look] = layer.tags(_properties(looks.words[look]))
        more = {} if live is None else live[place]
        own = layer.tags({"id": version.id_at(row).decode(), **more})
        layer.add(across, down, own + tags)
    return layer.encode()


@lru_cache(maxsize=8192)
def _properties(look: str) -> dict[str, Value]:
    properties: dict[str, Value] = orjson.loads(look)
    return properties


def clusters_layer(
    clusters: Iterable[Cluster], z: int, *, properties: Callable[[Cluster], Mapping[str, Value]]
) -> bytes:
    """Clusters as points at their centroid, in the layer `grappes`."""
    layer = Layer("grappes")
    for cluster in clusters:
        across, down = _pixels(np.array([int(cluster.x), int(cluster.y)]), z).tolist()
        layer.add(across, down, layer.tags(properties(cluster)))
    return layer.encode()


def _pixels(position: Ints, z: int) -> Ints:
    """Units of the tile from its west or north side; the side itself is not left."""
    scaled = (position & ((1 << (BITS - z)) - 1)) * EXTENT
    return scaled >> (BITS - z)
