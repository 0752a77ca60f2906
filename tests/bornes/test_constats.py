"""Findings: duplicates with their reason, quality rules, and the real file's exact counts."""

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.bornes.commands import import_irve
from services.bornes.models import JOURNAL, ImportAnomalie, PointDeCharge
from shared.schemas.bornes_imports import Import
from tests.factories import codes, irve_row, irve_station, living


def entries(session: Session) -> Counter[str]:
    return Counter(session.scalars(select(JOURNAL.c.genre)))


def test_one_point_declared_by_connector_is_seen_and_left_alone(session, send):
    ids = ["FRXXXE1B1P2CCS", "FRXXXE1B1P2CHADEMO", "FRXXXE1B1P1", "FRXXXE1B1P3", "FRXXXE1B1P3CLEM"]
    found = send([irve_row(id_pdc_itinerance=one, nbre_pdc="5") for one in ids])
    assert codes(found) == {"CONN": 2}
    assert {
        anomalie.recu
        for anomalie in session.scalars(select(ImportAnomalie).where(ImportAnomalie.code == "CONN"))
    } == {"FRXXXE1B1P2CCS, FRXXXE1B1P2CHADEMO", "FRXXXE1B1P3, FRXXXE1B1P3CLEM"}
    assert living(session) == set(ids)


def test_findings_about_a_station_come_once(session, send):
    rows = irve_station(3)
    rows[1]["adresse_station"] = "Ailleurs"
    for row in rows:
        row["nbre_pdc"] = "12"
    assert codes(send(rows)) == {"PDCL": 1, "ADDR": 1, "COHS": 1}
    counted = select(ImportAnomalie.recu).where(ImportAnomalie.code == "PDCL")
    assert session.scalar(counted) == "annoncés : 12, comptés : 3"


BULK_RULE_ONE = (
    *("nom_amenageur", "siren_amenageur", "contact_amenageur", "nom_operateur"),
    *("contact_operateur", "telephone_operateur", "nom_enseigne", "nom_station"),
    *("implantation_station", "nbre_pdc", "condition_acces", "horaires", "station_deux_roues"),
    *("date_maj", "num_pdl", "id_station_local", "raccordement", "date_mise_en_service"),
    "coordonneesXY",
)
"""The 19 columns that QualiCharge wants the same in all rows of a station (docs/schemas.md)."""
OTHERS = {
    "siren_amenageur": "552081317",
    "contact_amenageur": "autre@exemple.fr",
    "contact_operateur": "autre@exemple.fr",
    "implantation_station": "Parking public",
    "nbre_pdc": "3",
    "condition_acces": "Accès réservé",
    "horaires": "Mo-Fr 08:00-19:00",
    "station_deux_roues": "true",
    "date_maj": "2024-02-29",
    "raccordement": "Indirect",
    "date_mise_en_service": "2022-07-01",
    "coordonneesXY": "[2.3523,48.8567]",
}
"""A right value that no other row has."""


@pytest.mark.parametrize("column", BULK_RULE_ONE)
def test_what_a_station_is_must_not_depend_on_the_point(session, send, column):
    rows = irve_station(2)
    rows[1][column] = OTHERS.get(column, "Autre")
    assert codes(send(rows)) == {"COHS": 1}
    assert session.scalars(select(ImportAnomalie.colonne)).all() == [column]


def test_stations_at_one_place_have_one_address_in_one_commune(session, send):
    here, there = irve_station(2, "FRXXXP1"), irve_station(1, "FRXXXP2")
    assert codes(send(here + there)) == {"LOCP": 1}
    (told,) = session.scalars(select(ImportAnomalie).where(ImportAnomalie.code == "LOCP"))
    assert told.recu == "stations : 2, positions : 1"
    for row in there:
        row["adresse_station"] = "Ailleurs"
    assert codes(send(here + there)) == {"LOCP": 1, "COHP": 1}
    (told,) = session.scalars(select(ImportAnomalie).where(ImportAnomalie.code == "COHP"))
    assert (told.ligne, told.colonne) == (2, "adresse_station")
    assert told.recu == "Ailleurs | Place de l'Hôtel de Ville 75004 Paris"
    for row in there:
        row["code_insee_commune"] = "75056"
    assert codes(send(here + there)) == {"LOCP": 1, "COHP": 2}


def test_a_station_of_51_points_is_large(send):
    assert codes(send(irve_station(50))) == {}
    assert codes(send(irve_station(51))) == {"PDCM": 1}


def test_findings_between_the_cells_of_a_row(send):
    row = irve_row(
        id_pdc_itinerance="FRYYYE1",
        prise_type_2="false",
        puissance_nominale="50",
        num_pdl="60533/E2",
    )
    assert codes(send([row])) == {"PREF": 1, "PRIS": 1, "NE10": 1}
    assert codes(send([irve_row(prise_type_chademo="true")])) == {"PDLM": 1}
    assert codes(send([irve_row(prise_type_chademo="true", raccordement="Indirect")])) == {}


@pytest.mark.parametrize(
    ("prises", "puissance", "found"),
    [
        ("ef", "3.7", 0),
        ("ef", "4.1", 1),
        ("ef 2", "22", 0),
        ("2", "44", 0),
        ("2", "44.1", 1),
        ("ef 2", "1840", 1),  # a socket's watts
        ("2 combo_ccs", "350", 0),
        ("chademo", "50", 0),
        ("2 autre", "150", 0),
    ],
)
def test_a_power_that_no_declared_plug_carries_is_told(send, prises, puissance, found):
    plugs = {f"prise_type_{nom}": "false" for nom in ("ef", "2", "combo_ccs", "chademo", "autre")}
    plugs |= {f"prise_type_{nom}": "true" for nom in prises.split()}
    row = irve_row(puissance_nominale=puissance, **plugs)
    assert codes(send([row])).get("PUIP", 0) == found


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"prise_type_combo_ccs": "true"}, 1),
        ({"prise_type_chademo": "true"}, 1),
        ({"puissance_nominale": "50", "prise_type_autre": "true"}, 1),
        ({"puissance_nominale": "49.9", "prise_type_autre": "true"}, 0),
        ({"prise_type_combo_ccs": "true", "num_pdl": "11111111111111"}, 1),
        ({"prise_type_combo_ccs": "true", "num_pdl": "12345678901234"}, 0),
        ({"prise_type_combo_ccs": "true", "raccordement": "Indirect"}, 0),
    ],
)
def test_a_fast_point_that_is_connected_itself_tells_its_delivery_point(send, cells, found):
    assert codes(send([irve_row(**cells)])).get("PDLM", 0) == found


@pytest.mark.parametrize(("num_pdl", "found"), [("1" * 13, 1), ("1" * 15, 1), ("2" * 14, 0)])
def test_a_delivery_point_has_14_digits(send, num_pdl, found):
    row = irve_row(puissance_nominale="50", num_pdl=num_pdl)
    assert codes(send([row])).get("NE10", 0) == found


@pytest.mark.parametrize(("stations", "found"), [(3, 0), (4, 1)])
def test_more_than_three_stations_on_two_positions_are_stacked(send, stations, found):
    rows = [irve_row(n, id_station_itinerance=f"FRXXXP{n}") for n in range(stations)]
    rows[0]["coordonneesXY"] = "[2.3523,48.8567]"
    assert codes(send(rows)).get("LOCP", 0) == found


@pytest.mark.parametrize(("days", "found"), [(0, 0), (1, 0), (2, 1)])
def test_a_date_to_come_is_the_day_after_tomorrow(session, send, days, found):
    """Tomorrow is today elsewhere."""
    today = session.scalar(text("SELECT (now() AT TIME ZONE 'Europe/Paris')::date"))
    row = irve_row(date_maj=(today + timedelta(days=days)).isoformat())
    assert codes(send([row])).get("DATF", 0) == found


@pytest.mark.parametrize(
    ("date_mise_en_service", "found"),
    [("1989-12-31", 1), ("1990-01-01", 0), ("1970-01-01", 1), ("2052-01-01", 1), ("", 0)],
)
def test_an_unlikely_day_of_commissioning_is_told(send, date_mise_en_service, found):
    row = irve_row(date_mise_en_service=date_mise_en_service)
    assert codes(send([row])).get("MESI", 0) == found


@pytest.mark.parametrize(
    ("dates", "kept"),
    [
        # Written with the month first: 04/02/2024 was 2 April, and 05/05/2024 is the same.
        (["12/31/2024", "04/02/2024", "05/05/2024"], {"2024-05-05"}),
        (["12-31-2024 10:00", " 4-2-2024", "2024-04-02"], {"2024-04-02"}),
        # With the day first, or nothing that shows otherwise.
        (["31/12/2024", "04/02/2024"], {"2024-12-31", "2024-02-04"}),
        (["04/02/2024"], {"2024-02-04"}),
        # A mistake among days that come first.
        (["31/12/2024", "04/02/2024", "04/13/2024"], {"2024-12-31", "2024-02-04"}),
    ],
)
def test_a_month_is_never_taken_for_a_day(session, send, dates, kept):
    found = send([irve_row(n, date_maj=day) for n, day in enumerate(dates)])
    told = session.scalars(select(PointDeCharge.date_maj))
    assert {day.isoformat() for day in told} == kept
    assert found.bilan.lignes.rejete == len(dates) - len(kept)
    errors = {"ILLI", "DATM"} & codes(found).keys()
    assert len(errors) == min(len(dates) - len(kept), 2)


def test_a_day_that_may_be_missing_is_left_out_when_it_may_be_two(session, send):
    """As the one that cannot be a day is: its point stays, and comes again with its day."""
    written = ["02/28/2024", "03/04/2024"]
    found = send(
        [irve_row(n, nbre_pdc="2", date_mise_en_service=day) for n, day in enumerate(written, 1)]
    )
    assert (found.bilan.lignes.rejete, codes(found)) == (0, {"OPTI": 2})
    assert [one.recu for code in found.bilan.codes for one in code.exemples] == written
    days = select(PointDeCharge.date_mise_en_service).order_by(PointDeCharge.id)
    assert session.scalars(days).all() == [None, None]

    known = ["2024-02-28", "2024-04-03"]
    again = send(
        [irve_row(n, nbre_pdc="2", date_mise_en_service=day) for n, day in enumerate(known, 1)]
    )
    assert again.bilan.lignes.rejete == 0
    assert session.scalars(days).all() == [*map(date.fromisoformat, known)]


def test_a_day_that_may_be_two_is_told_as_it_came(send):
    rows = [irve_row(1, date_maj="02/28/2024"), irve_row(2, date_maj="03/04/2024")]
    (code,) = (one for one in send(rows).bilan.codes if one.code == "DATM")
    (exemple,) = code.exemples
    assert (exemple.colonne, exemple.recu, exemple.retenu, exemple.attendu) == (
        "date_maj",
        "03/04/2024",
        None,
        "une date AAAA-MM-JJ, comme 2026-01-31",
    )


def test_duplicates_each_have_a_reason(session, send):
    rows = [
        irve_row(1, date_maj="2024-01-01"),
        irve_row(1, date_maj="2024-03-01", puissance_nominale="50"),
        irve_row(1, date_maj="2024-03-01", puissance_nominale="60"),
        irve_row(1, date_maj="2024-03-01", puissance_nominale="60"),
        irve_row(1, date_maj="2024-02-01"),
    ]
    found = send(rows)
    assert found.bilan.lignes.doublon == 4
    assert {c: n for c, n in codes(found).items() if c.startswith("DOU")} == {
        "DOUX": 1,
        "DOUA": 2,
        "DOUM": 1,
    }
    assert session.get_one(PointDeCharge, "FRXXXE1").puissance_nominale == 60
    assert {
        (anomalie.ligne, anomalie.retenu)
        for anomalie in session.scalars(
            select(ImportAnomalie).where(ImportAnomalie.code.startswith("DOU"))
        )
    } == {(2, "ligne 5"), (3, "ligne 5"), (4, "ligne 5"), (6, "ligne 5")}


def test_the_real_file_of_the_grand_paris(session, donnees_reelles):
    def send() -> Import:
        with (donnees_reelles / "irve/grand_paris_irve_statique.csv").open("rb") as fichier:
            return import_irve(
                session, fichier, nom="grand_paris", producteur="union", acteur="testeur"
            )

    found = send()
    assert found.bilan.lignes.model_dump() == {
        "lues": 6173,
        "accepte": 4649,
        "repare": 1513,
        "rejete": 11,
        "doublon": 0,
    }
    assert codes(found) == {
        "PERI": 11,
        "INSA": 1453,
        "INSR": 48,
        "ENUM": 10,
        "ESPA": 97,
        "TEXT": 11,
        "COPR": 7,
        "PUIP": 39,
        "INSE": 5,
        "ADDR": 2,
        "AFIE": 4,
        "AFIP": 91,
        "PDCL": 658,
        "LOCP": 1,
        "SIRI": 6,
        "AMEM": 2151,
        "OPEM": 778,
        "PDLM": 319,
        "NE10": 17,
        "PRIS": 64,
        "CONN": 9,
        "COHS": 205,
        "COHP": 5,
    }
    assert (found.bilan.points.crees, found.bilan.stations.crees) == (6162, 2234)
    # Flagged, not altered: what is stored is what each row declares.
    assert (
        session.scalar(select(PointDeCharge.nbre_pdc).where(PointDeCharge.id == "FRMGPE92051EB1P2"))
        == 7
    )
    assert entries(session) == {"station.creee": 2234}
    again = send()
    assert again.bilan.lignes == found.bilan.lignes
    assert entries(session) == {"station.creee": 2234}
