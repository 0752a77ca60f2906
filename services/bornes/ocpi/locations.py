"""The mapping from IRVE to OCPI: a station is a Location, a charging point is an EVSE.

docs/ocpi.md gives it as a table, field by field. Nothing is invented: what IRVE does not tell is
absent, what OCPI demands and IRVE does not give is derived and says so.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from services.bornes.ocpi import stationnement, tarifs
from services.bornes.ocpi.adresses import adresse, shorten
from services.bornes.ocpi.connecteurs import connectors
from services.bornes.ocpi.ecriture import evse_id, moment, party, phone
from services.bornes.ocpi.horaires import opening_times

V221, V230 = "2.2.1", "2.3.0"
VERSIONS: Final = (V221, V230)
NAME_MAX: Final = 255
BUSINESS_NAME_MAX: Final = 100
TIME_ZONE: Final = "Europe/Paris"


class Point(NamedTuple):
    """What the mapping needs of a charging point, living or withdrawn, named as in its table."""

    id: str
    station_id: str
    id_pdc_itinerance: str
    puissance_nominale: float
    prise_type_ef: bool
    prise_type_2: bool
    prise_type_combo_ccs: bool
    prise_type_chademo: bool
    cable_t2_attache: bool | None
    gratuit: bool | None
    paiement_cb: bool | None
    tarification: str | None
    reservation: bool
    accessibilite_pmr: str
    restriction_gabarit: str
    station_deux_roues: bool
    date_mise_en_service: date | None
    lon: float
    lat: float
    id_station_itinerance: str
    nom_station: str
    nom_enseigne: str
    nom_operateur: str | None
    nom_amenageur: str | None
    siren_amenageur: str | None
    telephone_operateur: str | None
    adresse_station: str
    code_insee_commune: str | None
    implantation_station: str
    horaires: str
    raccordement: str | None
    code_commune: str | None
    code_arrondissement: str | None
    modifie_le: datetime
    retire_le: datetime | None


class Statut(NamedTuple):
    """The live state of a point, in the words of IRVE dynamique, and since when it is known."""

    etat_pdc: str
    occupation_pdc: str
    horodatage: datetime
    """When readers last saw another state: a state that is no more believed changed then."""


class Station(NamedTuple):
    """A station that OCPI can show: at least one point has a plug it knows."""

    id: str
    modifiee_le: datetime
    points: Sequence[Point]
    """The first speaks for the station."""
    statuts: Mapping[str, Statut] = MappingProxyType({})
    """The live state of points by their id, but for those of which none is believed."""


def group(
    stations: Mapping[str, datetime], points: Sequence[Point], statuts: Mapping[str, Statut]
) -> list[Station]:
    """Stations with their points, which come station by station, in the order of `stations`."""
    by_station = {
        id_: list(points) for id_, points in groupby(points, key=attrgetter("station_id"))
    }
    return [
        Station(id_, modifiee_le, by_station[id_], statuts)
        for id_, modifiee_le in stations.items()
        if id_ in by_station
    ]


def location(station: Station, *, version: str, editeur: str) -> dict[str, Any]:
    """The Location of a station; `editeur` is our own party, for stations outside roaming."""
    first = station.points[0]
    place = adresse(first.adresse_station, first.code_arrondissement or _commune(first))
    pays, partie = party(first.id_station_itinerance, editeur)
    evses = [
        evse(point, station.statuts.get(point.id), version=version, editeur=editeur)
        for point in sorted(station.points, key=attrgetter("id"))
    ]
    instant = max([moment(station.modifiee_le), *(one["last_updated"] for one in evses)])
    return _present(
        {
            "country_code": pays,
            "party_id": partie,
            "id": station.id,
            "publish": True,
            "name": shorten(first.nom_station, NAME_MAX),
            "address": place.rue,
            "city": place.ville,
            "postal_code": place.code_postal,
            "country": "FRA",
            "coordinates": _coordinates(first.lon, first.lat),
            "parking_type": stationnement.PARKING_TYPES.get(first.implantation_station),
            "evses": evses,
            "parking_places": _parking_places(station) if version != V221 else None,
            "operator": _business(first.nom_enseigne),
            "suboperator": _business(first.nom_operateur),
            "owner": _business(first.nom_amenageur),
            "help_phone": phone(first.telephone_operateur) if version != V221 else None,
            "time_zone": TIME_ZONE,
            "opening_times": opening_times(first.horaires),
            "code_insee_commune": first.code_arrondissement or _commune(first),
            "siren_amenageur": first.siren_amenageur,
            "raccordement": first.raccordement,
            "last_updated": instant,
        }
    )


def evse(point: Point, live: Statut | None, *, version: str, editeur: str) -> dict[str, Any]:
    """The EVSE of a charging point that has a plug OCPI knows."""
    live = None if point.retire_le else live
    changed = moment(point.modifie_le)
    price = tarifs.prix(gratuit=point.gratuit, tarification=point.tarification)
    partie = party(point.id_station_itinerance, editeur)
    plugs = connectors(
        point,
        last_updated=changed,
        tariff_ids=[tarifs.identifiant(partie, price)] if price else [],
    )
    place = stationnement.parking(point, point.id) if version != V221 else None
    return _present(
        {
            "uid": point.id,
            "evse_id": evse_id(point.id_pdc_itinerance),
            "status": "REMOVED" if point.retire_le else status(live),
            "capabilities": _capabilities(point),
            "connectors": plugs,
            "coordinates": _coordinates(point.lon, point.lat),
            "parking_restrictions": stationnement.restrictions(point) or None,
            "parking": [{"parking_id": place["id"]}] if place else None,
            "date_mise_en_service": (
                point.date_mise_en_service.isoformat() if point.date_mise_en_service else None
            ),
            "last_updated": max(changed, moment(live.horodatage)) if live else changed,
        }
    )


def status(live: Statut | None) -> str:
    """The word of OCPI for a live state."""
    if live is None:
        return "UNKNOWN"
    if live.etat_pdc == "hors_service":
        return "OUTOFORDER"
    if live.etat_pdc != "en_service":
        return "UNKNOWN"
    words = {"libre": "AVAILABLE", "occupe": "CHARGING", "reserve": "RESERVED"}
    return words.get(live.occupation_pdc, "UNKNOWN")


def _commune(point: Point) -> str | None:
    return point.code_commune or point.code_insee_commune


def _coordinates(lon: float, lat: float) -> dict[str, str]:
    return {"latitude": f"{lat:.6f}", "longitude": f"{lon:.6f}"}


def _business(name: str | None) -> dict[str, str] | None:
    return {"name": shorten(name, BUSINESS_NAME_MAX)} if name else None


def _capabilities(point: Point) -> list[str] | None:
    found = {"CREDIT_CARD_PAYABLE": point.paiement_cb, "RESERVABLE": point.reservation}
    return [name for name, there in found.items() if there] or None


def _parking_places(station: Station) -> list[dict[str, Any]] | None:
    places = (stationnement.parking(point, point.id) for point in station.points)
    return sorted(filter(None, places), key=lambda place: str(place["id"])) or None


def _present(members: dict[str, Any]) -> dict[str, Any]:
    """Without what is not known: OCPI leaves it out."""
    return {name: value for name, value in members.items() if value is not None}
