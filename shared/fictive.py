"""Draws for the fictive data of a demonstration: communes, and where things stand in them."""

from collections.abc import Iterator
from itertools import accumulate
from math import sqrt
from random import Random
from typing import NamedTuple

from shared import territoire
from shared.territoire import Commune
from shared.territoire.mesures import COS_PARIS, METRES_PER_DEGREE


class Place(NamedTuple):
    """A position drawn in a commune, and what says where it is."""

    lon: float
    lat: float
    code_commune: str
    """INSEE code: that of an arrondissement in Paris."""
    code_postal: str


def communes(alea: Random) -> Iterator[Commune]:
    """Every commune once, then each as often as its population weighs, without end."""
    every = territoire.communes()
    yield from alea.sample(every, len(every))
    weights = list(accumulate(commune.population_2023 or 0 for commune in every))
    while True:
        yield from alea.choices(every, cum_weights=weights, k=256)


def place(commune: Commune, alea: Random) -> Place:
    """Somewhere inside the commune."""
    reach = 0.7 * sqrt(commune.surface_ha) * 100 / METRES_PER_DEGREE
    lieu = None
    while lieu is None or lieu.code_commune != commune.code:
        lon = round(commune.lon + alea.uniform(-reach, reach) / COS_PARIS, 6)
        lat = round(commune.lat + alea.uniform(-reach, reach), 6)
        lieu = territoire.locate(lon, lat)
    arrondissement = lieu.code_arrondissement
    code_postal = f"750{arrondissement[3:]}" if arrondissement else commune.codes_postaux[0]
    return Place(lon, lat, arrondissement or commune.code, code_postal)


def chance(alea: Random, percent: int) -> bool:
    """Whether something that happens so many times in a hundred does."""
    return alea.randrange(100) < percent
