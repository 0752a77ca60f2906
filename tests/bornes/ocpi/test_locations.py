"""The mapping from IRVE to OCPI: docs/ocpi.md, row by row."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.ocpi.connecteurs import PLUGS, connectors
from services.bornes.ocpi.ecriture import evse_id, moment, party, phone
from services.bornes.ocpi.horaires import opening_times
from services.bornes.ocpi.locations import VERSIONS, Station, Statut, evse, group, location
from services.bornes.ocpi.stationnement import max_height_cm, parking, restrictions
from shared.schemas.ocpi import Connector, Hours, Location
from tests.ocpi import MOMENT, point

SAID = "2024-03-01T12:30:15Z"


def of(*points, version="2.3.0", live=None):
    statuts = {} if live is None else {point.id: live for point in points}
    station = Station(points[0].station_id, max(p.modifie_le for p in points), points, statuts)
    found = location(station, version=version, editeur="GPR")
    Location.model_validate(found)
    return found


def test_a_plain_station_in_full():
    assert of(point(), version="2.2.1") == {
        "country_code": "FR",
        "party_id": "ESS",
        "id": "FRESSP1",
        "publish": True,
        "name": "Hôtel de Ville",
        "address": "Place de l'Hôtel de Ville",
        "city": "Paris",
        "postal_code": "75004",
        "country": "FRA",
        "coordinates": {"latitude": "48.856600", "longitude": "2.352200"},
        "parking_type": "ON_STREET",
        "evses": [
            {
                "uid": "FRESSE1",
                "evse_id": "FR*ESS*E1",
                "status": "UNKNOWN",
                "connectors": [
                    {
                        "id": "T2",
                        "standard": "IEC_62196_T2",
                        "format": "SOCKET",
                        "power_type": "AC_3_PHASE",
                        "max_voltage": 230,
                        "max_amperage": 32,
                        "max_electric_power": 22_000,
                        "valeurs_deduites": ["max_voltage", "max_amperage"],
                        "last_updated": SAID,
                    }
                ],
                "coordinates": {"latitude": "48.856600", "longitude": "2.352200"},
                "date_mise_en_service": "2021-07-01",
                "last_updated": SAID,
            }
        ],
        "operator": {"name": "Réseau d'essai"},
        "suboperator": {"name": "Opérateur d'essai"},
        "time_zone": "Europe/Paris",
        "opening_times": {"twentyfourseven": True},
        "code_insee_commune": "75104",
        "last_updated": SAID,
    }


def test_what_only_2_3_0_can_say():
    told = {"telephone_operateur": "tel:+33-1-23-45-67-89", "accessibilite_pmr": "Réservé PMR"}
    newer, older = (of(point(**told), version=version) for version in ("2.3.0", "2.2.1"))
    assert newer["help_phone"] == "+33-1-23-45-67-89"
    assert newer["parking_places"] == [
        {
            "id": "FRESSE1",
            "vehicle_types": ["DISABLED"],
            "restricted_to_type": True,
            "reservation_required": False,
        }
    ]
    assert newer["evses"][0]["parking"] == [{"parking_id": "FRESSE1"}]
    assert older["evses"][0]["parking_restrictions"] == ["DISABLED"]
    assert not {"help_phone", "parking_places"} & older.keys()
    assert "parking" not in older["evses"][0]


def test_the_first_point_speaks_for_the_station_and_all_are_told_by_id():
    points = (point(id="FRESSE2", nom_station="Neuve"), point(id="FRESSE1", nom_station="Vieille"))
    found = of(*points)
    assert found["name"] == "Neuve"
    assert [one["uid"] for one in found["evses"]] == ["FRESSE1", "FRESSE2"]


def test_a_withdrawn_point_is_removed_whatever_its_state():
    gone = point(retire_le=MOMENT)
    free = Statut("en_service", "libre", MOMENT)
    assert evse(gone, free, version="2.2.1", editeur="GPR")["status"] == "REMOVED"


@pytest.mark.parametrize(
    ("etat", "occupation", "told"),
    [
        ("en_service", "libre", "AVAILABLE"),
        ("en_service", "occupe", "CHARGING"),
        ("en_service", "reserve", "RESERVED"),
        ("en_service", "inconnu", "UNKNOWN"),
        ("hors_service", "inconnu", "OUTOFORDER"),
        ("hors_service", "libre", "OUTOFORDER"),
        ("inconnu", "libre", "UNKNOWN"),
    ],
)
def test_a_live_state(etat, occupation, told):
    later = MOMENT + timedelta(hours=1)
    found = of(point(), live=Statut(etat, occupation, later))
    assert found["evses"][0]["status"] == told
    assert found["evses"][0]["last_updated"] == found["last_updated"] == "2024-03-01T13:30:15Z"
    assert found["evses"][0]["connectors"][0]["last_updated"] == SAID


def test_a_state_older_than_the_point_does_not_age_it():
    old = Statut("en_service", "libre", MOMENT - timedelta(days=1))
    assert of(point(), live=old)["last_updated"] == SAID


@pytest.mark.parametrize(
    ("identifiant", "told"),
    [
        ("FRMGPP92012001", ("FR", "MGP")),
        ("NLTSLPABC", ("NL", "TSL")),
        ("Non concerné", ("FR", "GPR")),
    ],
)
def test_a_party(identifiant, told):
    assert party(identifiant, "GPR") == told


@pytest.mark.parametrize(
    ("identifiant", "told"),
    [
        ("FRMGPE92012001B1P2", "FR*MGP*E92012001B1P2"),
        ("FRV75X1", None),
        ("FRESSE", None),
        ("Non concerné", None),
        ("FRESSE" + "1" * 31, None),
    ],
)
def test_an_evse_id(identifiant, told):
    assert evse_id(identifiant) == told


def test_a_phone_is_told_when_it_is_one():
    assert phone("+33 1 23 45 67 89") == "+33 1 23 45 67 89"
    assert phone("0800 123 456") == "0800 123 456"
    assert [phone(one) for one in (None, "", "voir le site", "+33" + " 1" * 20)] == [None] * 4


def only(plug, **changes):
    flags = {one.colonne: one.id == plug for one in PLUGS}
    found = connectors(point(**flags, **changes), last_updated=SAID, tariff_ids=[])
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("plug", "kw", "figures"),
    [
        ("EF", 2.3, ("AC_1_PHASE", 230, 10, 2_300)),
        ("EF", 22.0, ("AC_1_PHASE", 230, 16, 3_700)),
        ("T2", 3.7, ("AC_1_PHASE", 230, 16, 3_700)),
        ("T2", 7.36, ("AC_1_PHASE", 230, 32, 7_360)),
        ("T2", 7.4, ("AC_1_PHASE", 230, 32, 7_400)),
        ("T2", 11.0, ("AC_3_PHASE", 230, 16, 11_000)),
        ("T2", 22.08, ("AC_3_PHASE", 230, 32, 22_080)),
        ("T2", 300.0, ("AC_3_PHASE", 230, 62, 43_000)),
        ("CCS", 24.0, ("DC", 500, 48, 24_000)),
        ("CCS", 62.5, ("DC", 500, 125, 62_500)),
        ("CCS", 150.0, ("DC", 920, 164, 150_000)),
        ("CCS", 600.0, ("DC", 920, 544, 500_000)),
        ("CHADEMO", 50.0, ("DC", 500, 100, 50_000)),
        ("CHADEMO", 300.0, ("DC", 500, 400, 200_000)),
    ],
)
def test_electrical_figures(plug, kw, figures):
    found = only(plug, puissance_nominale=kw)
    names = ("power_type", "max_voltage", "max_amperage", "max_electric_power")
    assert tuple(found[name] for name in names) == figures
    is_capped = figures[-1] < round(kw * 1000)
    assert ("max_electric_power" in found["valeurs_deduites"]) is is_capped


def test_an_unknown_power_is_absent():
    assert "max_electric_power" not in only("T2", puissance_nominale=0.0)


def test_a_cable_or_a_socket():
    assert only("T2", cable_t2_attache=True)["format"] == "CABLE"
    assert only("T2", cable_t2_attache=False)["format"] == "SOCKET"
    assert only("EF", cable_t2_attache=True)["format"] == "SOCKET"
    assert only("CCS")["format"] == only("CHADEMO")["format"] == "CABLE"


@given(
    kw=st.floats(min_value=0, max_value=2_000),
    flags=st.lists(st.booleans(), min_size=4, max_size=4),
    cable=st.sampled_from([None, True, False]),
)
def test_any_point_gives_the_connectors_of_its_plugs(kw, flags, cable):
    plugs = dict(zip((plug.colonne for plug in PLUGS), flags, strict=True))
    one = point(puissance_nominale=kw, cable_t2_attache=cable, **plugs)
    found = connectors(one, last_updated=SAID, tariff_ids=[])
    assert [connector["id"] for connector in found] == [
        plug.id for plug, there in zip(PLUGS, flags, strict=True) if there
    ]
    for plug, connector in zip((p for p in PLUGS if plugs[p.colonne]), found, strict=True):
        Connector.model_validate(connector)
        assert connector.get("max_electric_power", 0) <= plug.max_w
        assert connector["max_amperage"] >= 1


@pytest.mark.parametrize(
    ("texte", "told"),
    [
        ("Aucune restriction connue", None),
        ("Hauteur maximale 1.90m", 190),
        ("Hauteur maximum 2m", 200),
        ("1m80 max", 180),
        ("3m", 300),
        ("2.5m", 250),
        ("2,10 mètres", 210),
        ("Véhicule electrique, hauteur 1.90 m", 190),
        ("15m²", None),
        ("1m090", None),
        ("3,5", None),
        ("Que du poids léger", None),
        ("longueur 5m", None),
        ("1.90m ou 2m", None),
        ("9m", None),
        ("hauteur 0.5m", None),
    ],
)
def test_a_height(texte, told):
    assert max_height_cm(texte) == told


@pytest.mark.parametrize(
    ("told", "vehicles", "kept_for_them"),
    [
        ({"station_deux_roues": True}, ["MOTORCYCLE"], True),
        ({"accessibilite_pmr": "Réservé PMR"}, ["DISABLED"], True),
        (
            {"accessibilite_pmr": "Accessible mais non réservé PMR"},
            ["PERSONAL_VEHICLE", "DISABLED"],
            False,
        ),
    ],
)
def test_whose_vehicles_a_place_is_for(told, vehicles, kept_for_them):
    found = parking(point(**told), "x")
    assert (found["vehicle_types"], found["restricted_to_type"]) == (vehicles, kept_for_them)


def test_parking():
    assert parking(point(), "x") is None
    assert parking(point(restriction_gabarit="2m"), "x") == {
        "id": "x",
        "vehicle_types": ["PERSONAL_VEHICLE"],
        "max_vehicle_height": 200,
        "restricted_to_type": False,
        "reservation_required": False,
    }
    private = point(
        implantation_station="Parking privé réservé à la clientèle", station_deux_roues=True
    )
    assert restrictions(private) == ["CUSTOMERS", "MOTORCYCLES"]


def test_capabilities_are_those_that_are_known():
    found = of(point(paiement_cb=True, reservation=True))["evses"][0]["capabilities"]
    assert found == ["CREDIT_CARD_PAYABLE", "RESERVABLE"]
    assert "capabilities" not in of(point(paiement_cb=False))["evses"][0]


@pytest.mark.parametrize(
    ("texte", "told"),
    [
        ("24/7", {"twentyfourseven": True}),
        ("Mo-Su 00:00-23:59", {"twentyfourseven": True}),
        ("on verra", None),
        ("Mo 08:00-12:00,Mo 14:00-24:00", [(1, "08:00", "12:00"), (1, "14:00", "23:59")]),
        ("Sa 22:00-02:00", [(6, "22:00", "23:59"), (7, "00:00", "02:00")]),
        ("Su 20:00-01:00,Mo 00:30-08:00", [(1, "00:00", "08:00"), (7, "20:00", "23:59")]),
    ],
)
def test_opening_times(texte, told):
    found = opening_times(texte)
    if isinstance(told, list):
        regular = [tuple(one.values()) for one in found["regular_hours"]]
        assert (found["twentyfourseven"], regular) == (False, told)
    else:
        assert found == told


_CLOCKS = st.integers(min_value=0, max_value=1439).map(lambda m: f"{m // 60:02}:{m % 60:02}")
_RULES = st.builds(
    lambda day, start, end: f"{day} {start}-{end}",
    st.sampled_from(["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "Mo-Fr", "Sa-Mo"]),
    _CLOCKS,
    _CLOCKS,
)


@given(st.lists(_RULES, min_size=1, max_size=6).map(",".join))
def test_regular_hours_never_overlap_and_end_after_they_begin(texte):
    found = opening_times(texte)
    if found is None or found["twentyfourseven"]:
        return
    Hours.model_validate(found)
    spans = [(h["weekday"], h["period_begin"], h["period_end"]) for h in found["regular_hours"]]
    assert spans == sorted(spans)
    assert all(start < end for _, start, end in spans)
    for (day, _, end), (other, start, _) in pairwise(spans):
        assert day < other or end < start


@given(st.datetimes(min_value=datetime(1970, 1, 1)))  # noqa: DTZ001 the strategy wants it naive
def test_an_instant_is_told_in_utc_to_the_second_below(naive):
    instant = naive.replace(tzinfo=UTC)
    told = moment(instant)
    assert len(told) <= 25
    assert timedelta(0) <= instant - datetime.fromisoformat(told) < timedelta(seconds=1)


def test_points_come_grouped_in_the_order_of_their_stations():
    points = [point(station_id="A", id="1"), point(station_id="B", id="2")]
    found = group({"B": MOMENT, "A": MOMENT, "C": MOMENT}, points, {})
    assert [station.id for station in found] == ["B", "A"]


@pytest.mark.parametrize("version", VERSIONS)
@given(
    adresse=st.text(max_size=120),
    nom=st.text(max_size=400),
    lon=st.floats(min_value=-180, max_value=180),
    lat=st.floats(min_value=-90, max_value=90),
    horaires=st.text(max_size=40),
    telephone=st.none() | st.text(max_size=40),
    gabarit=st.text(max_size=40),
    tarification=st.none() | st.text(max_size=40),
)
def test_whatever_a_producer_writes_a_location_is_valid(version, adresse, nom, lon, lat, **texts):
    one = point(
        adresse_station=adresse,
        nom_station=nom,
        nom_enseigne=nom or "x",
        lon=lon,
        lat=lat,
        horaires=texts["horaires"],
        telephone_operateur=texts["telephone"],
        restriction_gabarit=texts["gabarit"],
        tarification=texts["tarification"],
    )
    found = of(one, version=version)
    assert len(found["address"]) <= 45
