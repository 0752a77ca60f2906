"""Serialises the points of a refuelling station into the JSON that the registry publishes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from services.bornes.fiches import nom_commune
from shared.schemas.bornes_avitaillement import EtatAvitaillement


class Ligne(NamedTuple):
    """What the vitrine needs of a refuelling point, named as in the schema."""

    id_point: str
    energie: str
    pression_bar: int | None
    connecteur: str | None
    debit_kg_min: float | None
    capacite_kg_jour: float | None
    part_renouvelable_pct: float | None
    etat_point: str
    horodatage_etat: datetime | None
    prix_kg: Decimal | None
    horodatage_prix: datetime | None
    date_maj: date
    id_station: str
    nom_station: str
    nom_enseigne: str
    nom_operateur: str
    contact_operateur: str
    telephone_operateur: str | None
    nom_amenageur: str | None
    siren_amenageur: str | None
    adresse_station: str
    code_insee_commune: str | None
    lon: float
    lat: float
    condition_acces: str
    horaires: str
    accessibilite_pmr: str | None
    restriction_gabarit: str | None
    type_vehicule: str | None
    paiement_acte: bool | None
    paiement_cb: bool | None
    date_mise_en_service: date | None
    observations: str | None
    code_commune: str | None
    code_arrondissement: str | None
    territoire: str | None
    producteur: str


_OF_POINT = Ligne._fields[: Ligne._fields.index("id_station")]
_OF_STATION = (
    *Ligne._fields[Ligne._fields.index("id_station") : Ligne._fields.index("lon")],
    *Ligne._fields[Ligne._fields.index("condition_acces") : Ligne._fields.index("code_commune")],
    "producteur",
)


def etat(points: Sequence[Ligne]) -> EtatAvitaillement:
    """In service when a point is, out of service when all are."""
    states = {point.etat_point for point in points}
    if EtatAvitaillement.EN_SERVICE in states:
        return EtatAvitaillement.EN_SERVICE
    if states == {EtatAvitaillement.HORS_SERVICE}:
        return EtatAvitaillement.HORS_SERVICE
    return EtatAvitaillement.INCONNU


def energies(points: Sequence[Ligne]) -> list[str]:
    """What a station sells, each once."""
    return list(dict.fromkeys(point.energie for point in points))


def fiche(points: Sequence[Ligne]) -> bytes:
    """The station as a GeoJSON feature, closed by a comma: pages are these end to end."""
    first = points[0]
    types = first.type_vehicule
    properties = {name: getattr(first, name) for name in _OF_STATION} | {
        "type_vehicule": types and types.split(","),
        "commune": nom_commune(first.code_commune),
        "arrondissement": first.code_arrondissement,
        "ept": first.territoire,
        "energies": energies(points),
        "etat": etat(points),
        "points_avitaillement": [_point(point) for point in points],
    }
    feature = {
        "type": "Feature",
        "id": first.id_station,
        "geometry": {"type": "Point", "coordinates": (first.lon, first.lat)},
        "properties": properties,
    }
    return orjson.dumps(feature, option=orjson.OPT_UTC_Z) + b","


def _point(point: Ligne) -> dict[str, Any]:
    members = {name: getattr(point, name) for name in _OF_POINT}
    members["prix_kg"] = None if point.prix_kg is None else f"{point.prix_kg:.3f}"
    for name in ("horodatage_etat", "horodatage_prix"):
        members[name] = members[name] and members[name].astimezone(UTC)
    return members


def apparence(points: Sequence[Ligne]) -> str:
    """How a station is drawn; what is not known is left out, since a tile has no null."""
    prices = [point.prix_kg for point in points if point.prix_kg is not None]
    properties: dict[str, Any] = {
        "energies": ",".join(energies(points)),
        "etat": etat(points),
        "condition_acces": points[0].condition_acces,
        **({"prix_kg_min": float(min(prices))} if prices else {}),
    }
    return orjson.dumps(properties).decode()
