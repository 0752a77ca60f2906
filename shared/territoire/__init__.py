"""The ground all services share: communes with their dates, territories, contours, holidays."""

from shared.territoire.contours import Lieu, locate, neighbours, outline, within
from shared.territoire.feries import holidays, is_holiday
from shared.territoire.referentiel import (
    Commune,
    Resolution,
    Territoire,
    communes,
    communes_of_postcode,
    places_of_postcode,
    point_of,
    resolve,
    territoires,
)

__all__ = [
    "Commune",
    "Lieu",
    "Resolution",
    "Territoire",
    "communes",
    "communes_of_postcode",
    "holidays",
    "is_holiday",
    "locate",
    "neighbours",
    "outline",
    "places_of_postcode",
    "point_of",
    "resolve",
    "territoires",
    "within",
]
