"""What IRVE tells of the parking place of a point: restrictions, and the Parking of OCPI 2.3.0."""

import re
from typing import Any, Final, Protocol

HEIGHT_CM: Final = (100, 500)
"""Heights that a text may mean; others are something else."""

_METRES = re.compile(
    r"(?<![\d.,])(\d)(?:[.,](\d{1,2})\s*m(?:[èe]tres?)?|\s*m\s*(\d{1,2})?)(?![\w²³])", re.IGNORECASE
)
_OTHER_SIZE = re.compile(r"larg|long|poids|tonne", re.IGNORECASE)


class Place(Protocol):
    """What a point must tell of where the vehicle stands, named as in IRVE statique."""

    @property
    def implantation_station(self) -> str: ...
    @property
    def accessibilite_pmr(self) -> str: ...
    @property
    def restriction_gabarit(self) -> str: ...
    @property
    def station_deux_roues(self) -> bool: ...


PARKING_TYPES: Final = {
    "Voirie": "ON_STREET",
    "Parking public": "PARKING_LOT",
    "Parking privé à usage public": "PARKING_LOT",
    "Parking privé réservé à la clientèle": "PARKING_LOT",
}
"""A « station dédiée à la recharge rapide » may be anywhere: no word of OCPI says so."""


def restrictions(place: Place) -> list[str]:
    """`parking_restrictions` of an EVSE."""
    found = {
        "DISABLED": place.accessibilite_pmr == "Réservé PMR",
        "CUSTOMERS": place.implantation_station == "Parking privé réservé à la clientèle",
        "MOTORCYCLES": place.station_deux_roues,
    }
    return [name for name, applies in found.items() if applies]


def parking(place: Place, identifiant: str) -> dict[str, Any] | None:
    """The Parking of a point (2.3.0); None when IRVE says nothing of who may stand there."""
    height = max_height_cm(place.restriction_gabarit)
    types, only = _vehicles(place)
    if not types and height is None:
        return None
    return {
        "id": identifiant,
        "vehicle_types": types or ["PERSONAL_VEHICLE"],
        **({"max_vehicle_height": height} if height is not None else {}),
        "restricted_to_type": only,
        "reservation_required": False,
    }


def _vehicles(place: Place) -> tuple[list[str], bool]:
    """Kinds of vehicles that are told of, and whether the others are kept out."""
    if place.station_deux_roues:
        return ["MOTORCYCLE"], True
    if place.accessibilite_pmr == "Réservé PMR":
        return ["DISABLED"], True
    if place.accessibilite_pmr == "Accessible mais non réservé PMR":
        return ["PERSONAL_VEHICLE", "DISABLED"], False
    return [], False


def max_height_cm(texte: str) -> int | None:
    """The height a text gives, in centimetres; None when it gives none, or several."""
    if _OTHER_SIZE.search(texte):
        return None
    heights = {_cm(*match.groups()) for match in _METRES.finditer(texte)}
    if len(heights) != 1:
        return None
    height = heights.pop()
    return height if HEIGHT_CM[0] <= height <= HEIGHT_CM[1] else None


def _cm(metres: str, decimals: str | None, after: str | None) -> int:
    return int(metres) * 100 + int((decimals or after or "0").ljust(2, "0"))
