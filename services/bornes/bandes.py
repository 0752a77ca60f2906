"""Power bands: how charging points are counted by what they deliver."""

from math import inf
from typing import Final

BANDES_KW: Final = (("0-7.4", 7.4), ("7.4-22", 22.0), ("22-150", 150.0), ("150-", inf))
"""Bands of the SDIRVE schema: at most 7.4 kW, at most 22, under 150, from 150."""
