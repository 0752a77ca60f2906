"""What map clients ask: boxes of about 50 and 500 stations, neighbours, one station, tiles."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from shared.maps.mercator import BITS, project
from shared.memory.spatial import DEGREE
from tests.perf.data import Registry

PLACES = 4_000
"""Where boxes are measured; each gives a few, a metre apart."""
DISTINCT = 20_000
DISTINCT_IDS = 40_000
"""An answer about one station is small: fewer would all stay in the cache of answers."""
REPEATED = 100
COS_LATITUDE = float(np.cos(np.radians(48.85)))
STEP = 1e-5
"""Degrees: about a metre."""

KINDS = (
    "bbox-50",
    "bbox-500",
    "proches-20",
    "station",
    "304",
    "grappes",
    "tuile-z12",
    "tuile-z14",
)
SCREEN = 0.08
"""Half a screen at zoom 12, in degrees of longitude."""
REGIMES = {
    "distinct": "20 000 URL ou plus, chacune à son tour : aucune réponse gardée ne sert (sauf pour"
    " une station parmi 3 000 points, qui n'ont pas autant de stations)",
    "répété": "100 URL, comme des cartes ouvertes au même endroit : les réponses gardées servent",
}


@dataclass(frozen=True)
class Workload:
    """GET requests of one kind, on a registry of one size."""

    name: str
    regime: str
    paths: list[str]
    conditional: bool = False
    """Asked with the If-None-Match that holds."""

    def __str__(self) -> str:
        return f"{self.name} {self.regime}"


def workloads(registry: Registry) -> Iterator[Workload]:
    """Every kind of question, in both regimes."""
    makers: dict[str, Callable[[Registry], Iterator[str]]] = {
        "bbox-50": lambda r: _boxes(r, 50),
        "bbox-500": lambda r: _boxes(r, 500),
        "proches-20": _neighbours,
        "station": _stations,
        "grappes": _screens,
    }
    for name, make in makers.items():
        distinct = list(islice(make(registry), DISTINCT_IDS if name == "station" else DISTINCT))
        yield Workload(name, "distinct", distinct)
        yield Workload(name, "répété", distinct[:REPEATED])
        if name == "bbox-50":
            yield Workload("304", "distinct", distinct, conditional=True)
            yield Workload("304", "répété", distinct[:REPEATED], conditional=True)
    # There are not enough tiles of a zoom for each to be asked once.
    for zoom in (12, 14):
        yield Workload(f"tuile-z{zoom}", "répété", list(islice(_tiles(registry, zoom), REPEATED)))


def _boxes(registry: Registry, wanted: int) -> Iterator[str]:
    """Around stations, as wide as it takes to hold about `wanted` of them."""
    alea = np.random.default_rng(wanted)
    centres = alea.integers(len(registry.ids), size=PLACES)
    reach = [_reach(registry, centre, wanted) for centre in centres]
    for turn in range(DISTINCT // PLACES):
        for centre, half in zip(centres, reach, strict=True):
            lon, lat = registry.lon[centre] + turn * STEP, registry.lat[centre] + turn * STEP
            wide = half / COS_LATITUDE
            west, south, east, north = lon - wide, lat - half, lon + wide, lat + half
            yield f"/stations?bbox={west:.6f},{south:.6f},{east:.6f},{north:.6f}&limite=1000"


def _reach(registry: Registry, centre: int, wanted: int) -> float:
    """Half the side, in degrees of latitude, of the square that holds so many stations."""
    across = np.abs(registry.lon - registry.lon[centre]) * COS_LATITUDE
    away = np.maximum(across, np.abs(registry.lat - registry.lat[centre]))
    return float(np.partition(away, wanted)[wanted])


def _neighbours(registry: Registry) -> Iterator[str]:
    alea = np.random.default_rng(20)
    while True:
        centre = alea.integers(len(registry.ids))
        east, north = alea.uniform(-0.002, 0.002, 2)
        lon, lat = registry.lon[centre] + east, registry.lat[centre] + north
        yield f"/stations/proches?lon={lon:.6f}&lat={lat:.6f}"


def _stations(registry: Registry) -> Iterator[str]:
    alea = np.random.default_rng(1)
    for row in alea.permutation(len(registry.ids)):
        yield f"/stations/{registry.ids[row]}"


def _screens(registry: Registry) -> Iterator[str]:
    alea = np.random.default_rng(12)
    while True:
        centre = alea.integers(len(registry.ids))
        lon, lat = registry.lon[centre], registry.lat[centre] + alea.uniform(-0.002, 0.002)
        west, south, east, north = lon - SCREEN, lat - SCREEN / 3, lon + SCREEN, lat + SCREEN / 3
        yield f"/grappes?zoom=12&bbox={west:.6f},{south:.6f},{east:.6f},{north:.6f}"


def _tiles(registry: Registry, zoom: int) -> Iterator[str]:
    """Tiles that hold stations, the fullest first."""
    lon = np.round(registry.lon * DEGREE).astype(np.int32)
    lat = np.round(registry.lat * DEGREE).astype(np.int32)
    x, y = (side >> (BITS - zoom) for side in project(lon, lat))
    tiles, counts = np.unique(np.stack((x, y)), axis=1, return_counts=True)
    for across, down in tiles.T[np.argsort(-counts, kind="stable")].tolist():
        yield f"/tuiles/{zoom}/{across}/{down}.mvt"
