"""Serialises the rows of a station into the JSON that the registry publishes."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import orjson

from shared import territoire
from shared.memory.fragments import with_members

if TYPE_CHECKING:
    from shared.memory.segments import Segment

PRISES = ("ef", "2", "combo_ccs", "chademo", "autre")


class LignePdc(NamedTuple):
    """What the vitrine needs of a charging point, named as in IRVE statique."""

    id: str
    station_id: str
    id_pdc_itinerance: str
    id_pdc_local: str | None
    puissance_nominale: float
    prise_type_ef: bool
    prise_type_2: bool
    prise_type_combo_ccs: bool
    prise_type_chademo: bool
    prise_type_autre: bool
    cable_t2_attache: bool | None
    gratuit: bool | None
    paiement_acte: bool
    paiement_cb: bool | None
    paiement_autre: bool | None
    tarification: str | None
    condition_acces: str
    reservation: bool
    accessibilite_pmr: str
    restriction_gabarit: str
    station_deux_roues: bool
    date_mise_en_service: date | None
    observations: str | None
    date_maj: date
    lon: float
    lat: float
    id_station_itinerance: str
    id_station_local: str | None
    nom_station: str
    nom_enseigne: str
    nom_operateur: str | None
    nom_amenageur: str | None
    siren_amenageur: str | None
    contact_amenageur: str | None
    contact_operateur: str
    telephone_operateur: str | None
    adresse_station: str
    code_insee_commune: str | None
    implantation_station: str
    nbre_pdc: int
    horaires: str
    raccordement: str | None
    code_commune: str | None
    code_arrondissement: str | None
    territoire: str | None
    producteur: str
    num_pdl: str | None


FICHE_PDC = (*LignePdc._fields[2:20], *LignePdc._fields[21:24])
"""What is said of a point: `station_deux_roues` is told of its station."""

_STATION = (
    *("lon", "lat", "id_station_itinerance", "id_station_local", "nom_station", "nom_enseigne"),
    *("nom_operateur", "nom_amenageur", "siren_amenageur", "contact_amenageur"),
    *("contact_operateur", "telephone_operateur", "adresse_station", "code_insee_commune"),
    *("implantation_station", "nbre_pdc", "horaires", "raccordement", "station_deux_roues"),
)
"""What the standard says of the station, in the row of each of its points."""
of_station: Callable[[LignePdc], tuple[object, ...]] = itemgetter(
    *map(LignePdc._fields.index, _STATION)
)


def prises(point: LignePdc) -> tuple[str, ...]:
    """Connectors of a point, in the order of the schema."""
    return _named(point[5:10])


def prises_de(points: Sequence[LignePdc]) -> tuple[str, ...]:
    """Connectors of a station, in the order of the schema."""
    if len(points) == 1:
        return prises(points[0])
    return _named(tuple(map(any, zip(*[point[5:10] for point in points], strict=True))))


@lru_cache(maxsize=32)
def _named(flags: tuple[bool, ...]) -> tuple[str, ...]:
    return tuple(name for name, there in zip(PRISES, flags, strict=True) if there)


def resume(points: Sequence[LignePdc]) -> bytes:
    """The station as a GeoJSON feature, closed by a comma: pages are these end to end."""
    first = points[0]
    feature = {
        "type": "Feature",
        "id": first.station_id,
        "geometry": {"type": "Point", "coordinates": (first.lon, first.lat)},
        "properties": {
            "id_station_itinerance": first.id_station_itinerance,
            "nom_station": first.nom_station,
            "nom_enseigne": first.nom_enseigne,
            "nom_operateur": first.nom_operateur,
            "adresse_station": first.adresse_station,
            "code_insee_commune": first.code_insee_commune,
            "commune": nom_commune(first.code_commune),
            "implantation_station": first.implantation_station,
            "nbre_pdc": first.nbre_pdc,
            "nbre_pdc_recenses": len(points),
            "puissance_max": max(point.puissance_nominale for point in points),
            "prises": prises_de(points),
            "gratuit": first.gratuit,
            "paiement_acte": first.paiement_acte,
            "paiement_cb": first.paiement_cb,
            "condition_acces": first.condition_acces,
            "reservation": first.reservation,
            "horaires": first.horaires,
            "accessibilite_pmr": first.accessibilite_pmr,
            "restriction_gabarit": first.restriction_gabarit,
            "station_deux_roues": first.station_deux_roues,
            "date_maj": first.date_maj,
        },
    }
    return orjson.dumps(feature) + b","


def complement(first: LignePdc) -> bytes:
    """What the detail of a station adds to its properties, without the braces."""
    members = {
        "id_station_local": first.id_station_local,
        "nom_amenageur": first.nom_amenageur,
        "siren_amenageur": first.siren_amenageur,
        "contact_amenageur": first.contact_amenageur,
        "contact_operateur": first.contact_operateur,
        "telephone_operateur": first.telephone_operateur,
        "paiement_autre": first.paiement_autre,
        "tarification": first.tarification,
        "raccordement": first.raccordement,
        "observations": first.observations,
        "arrondissement": first.code_arrondissement,
        "ept": first.territoire,
        "producteur": first.producteur,
    }
    return orjson.dumps(members)[1:-1]


def fiche_pdc(point: LignePdc) -> bytes:
    """A charging point as JSON, closed by a comma."""
    members = dict(zip(FICHE_PDC, point[2:20] + point[21:24], strict=True))
    return orjson.dumps(members) + b","


def propre(point: LignePdc, known: tuple[object, ...]) -> bytes:
    """What a point's row says beside `fiche_pdc` and otherwise than `of_station` of the first.

    Often nothing: the rows of a station should say the same of it.
    """
    mine = of_station(point)
    if mine == known and point.num_pdl is None:
        return b""
    told = zip(_STATION, mine, known, strict=True)
    members = {name: value for name, value, other in told if value != other}
    return orjson.dumps({**members, "num_pdl": point.num_pdl})


@lru_cache(maxsize=1024)
def nom_commune(code: str | None) -> str | None:
    found = territoire.resolve(code) if code else None
    return found.commune.nom if found else None


def with_free(feature: memoryview | bytes, libres: int) -> bytes:
    """A feature of `resume` with its number of free points, closed by a comma."""
    return b"".join(with_members(feature, b'"points_libres":%d' % libres))


def along(feature: memoryview | bytes, metres: float, abscisse: float) -> bytes:
    """A feature of `resume` with its distance to a route and its place along it."""
    members = b'"distance_m":%.1f,"abscisse_m":%.1f' % (metres, abscisse)
    return b"".join(with_members(feature, members))


def whole(segment: "Segment", row: int) -> bytes:
    """The whole station as it is registered, without any state: `detail` less what is live."""
    texts, fiches = segment.table.texts, segment.parts.texts["fiche"]
    feature, more = texts["resume"][row], texts["complement"][row]
    first, last = segment.bounds[row], segment.bounds[row + 1]
    points = fiches.buffer[fiches.offsets[first] : fiches.offsets[last]]
    return b"".join((feature[:-3], b",", more, b',"points_de_charge":[', points[:-1], b"]}}"))


def detail(
    feature: memoryview,
    more: memoryview,
    points: Sequence[tuple[memoryview, bytes]],
    libres: int,
) -> bytes:
    """The whole station in one feature: `resume`, `complement`, each `fiche_pdc` with its state."""
    found = b",".join(b"".join((point[:-2], b',"etat":', etat, b"}")) for point, etat in points)
    parts = (feature[:-3], b",", more, b',"points_libres":%d,"points_de_charge":[' % libres, found)
    return b"".join((*parts, b"]}}"))


def detail_pdc(point: memoryview, etat: bytes, feature: memoryview) -> bytes:
    """A charging point with its state and its station."""
    return b"".join((point[:-2], b',"etat":', etat, b',"station":', feature[:-1], b"}"))
