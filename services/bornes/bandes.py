"""Power bands: how charging points are counted by what they deliver."""

from math import inf
from typing import Final

import numpy as np

from shared.memory.columns import Array, Ints

BANDES_KW: Final = (("0-7.4", 7.4), ("7.4-22", 22.0), ("22-150", 150.0), ("150-", inf))
"""Bands of the SDIRVE schema: at most 7.4 kW, at most 22, under 150, from 150."""
LIBELLES_KW: Final = {
    "0-7.4": "7,4 kW ou moins",
    "7.4-22": "plus de 7,4 kW, 22 kW ou moins",
    "22-150": "plus de 22 kW, moins de 150 kW",
    "150-": "150 kW ou plus",
}
"""The bands, as they are shown."""
_OPENS: Final = 150.0
"""The one edge that belongs to the band it opens."""


def band(kw: float) -> int:
    """The band of a power, as a rank in BANDES_KW."""
    return sum(kw > high or kw == high == _OPENS for _, high in BANDES_KW)


def bands(kw: Array) -> Ints:
    """The same of many powers."""
    edges = np.array([high for _, high in BANDES_KW], dtype=kw.dtype)
    ranks: Ints = np.searchsorted(edges, kw, side="left") + (kw == _OPENS)
    return ranks
