"""The registry as a GeoJSON file, from memory: a map's whole layer in one download."""

from collections.abc import Iterator

from shared.memory.segments import Version
from shared.memory.walk import every

NOM = "stations.geojson"
PIECE = 1_000
"""Stations handed over at once."""


def stations_geojson(version: Version) -> Iterator[bytes]:
    """The file by pieces, all of one version."""
    rows = every(version)
    yield b'{"type":"FeatureCollection","features":['
    for start in range(0, rows.size, PIECE):
        piece = b"".join(version.texts("resume", rows[start : start + PIECE]))
        # Each feature ends with a comma; the last one of the file must not.
        yield piece[:-1] if start + PIECE >= rows.size else piece
    yield b"]}"
