import csv
import json
from io import StringIO

import frictionless
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.bornes.demonstration import MENTION, PREFIXE, SIGNALEMENTS, fill, irve
from services.bornes.models import JOURNAL, ImportFichier, Station
from services.bornes.queries import site_rows
from services.bornes.signalements.models import SignalementPoint
from shared import territoire
from shared.db import make_engine


def read(points, seed=1):
    return list(csv.DictReader(StringIO(b"".join(irve(points, seed=seed)).decode(), newline="")))


@pytest.fixture(scope="module")
def rows():
    return read(1_600)


def test_the_same_seed_gives_the_same_file_and_another_gives_another():
    assert b"".join(irve(50, seed=1)) == b"".join(irve(50, seed=1))
    assert b"".join(irve(50, seed=1)) != b"".join(irve(50, seed=2))


def test_the_default_file_has_about_600_stations_for_its_1600_points(rows):
    assert len(rows) == 1_600
    assert 550 < len({row["id_station_itinerance"] for row in rows}) < 650


@given(points=st.integers(0, 300), seed=st.integers(0, 10))
def test_any_size_gives_that_many_points_and_whole_stations(points, seed):
    rows = read(points, seed)
    assert len({row["id_pdc_itinerance"] for row in rows}) == len(rows) == points
    sizes = {}
    for row in rows:
        sizes.setdefault(row["id_station_itinerance"], []).append(int(row["nbre_pdc"]))
    assert all(declared == [len(declared)] * len(declared) for declared in sizes.values())


def test_every_commune_has_a_station_and_paris_the_share_of_its_population(rows):
    stations = {row["id_station_itinerance"]: row["code_insee_commune"] for row in rows}
    found = [territoire.resolve(code).commune.code for code in stations.values()]
    assert set(found) == {commune.code for commune in territoire.communes()}
    share = found.count("75056") / len(found)
    assert 0.15 < share < 0.35


def test_a_station_stands_in_the_commune_it_declares(rows):
    for row in rows:
        lieu = territoire.locate(*json.loads(row["coordonneesXY"]))
        assert row["code_insee_commune"] in {lieu.code_commune, lieu.code_arrondissement}


def test_nothing_can_be_taken_for_a_real_station(rows):
    for row in rows:
        for column in ("nom_amenageur", "nom_operateur", "nom_enseigne", "nom_station"):
            assert row[column].endswith(MENTION)
        assert row["id_station_itinerance"].startswith(f"{PREFIXE}P")
        assert row["id_pdc_itinerance"].startswith(f"{PREFIXE}E")
        assert row["contact_operateur"].endswith(".example")


def test_no_operator_has_the_prefix(donnees_reelles):
    register = (donnees_reelles / "irve/afirev_unites_exploitation.csv").read_text()
    assert PREFIXE not in register


def test_the_file_is_valid_for_the_official_schema(donnees_reelles):
    schema = donnees_reelles / "irve/schemas/published/schema-statique-2.3.1.json"
    resource = frictionless.Resource(
        b"".join(irve()),
        format="csv",
        schema=frictionless.Schema.from_descriptor(json.loads(schema.read_text())),
    )
    report = resource.validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])[:5]


def test_the_registry_takes_every_row_as_it_is_and_only_once(clone_database):
    engine = make_engine(clone_database())
    fill(engine)
    fill(engine)
    with Session(engine) as session:
        (recu,) = session.scalars(select(ImportFichier))
        assert recu.bilan["lignes"] == {
            "lues": 1_600,
            "accepte": 1_600,
            "repare": 0,
            "rejete": 0,
            "doublon": 0,
        }
        stations = session.scalar(select(func.count()).select_from(Station))
        of_stations = JOURNAL.c.genre.startswith("station.")
        assert stations == session.scalar(
            select(func.count()).select_from(JOURNAL).where(of_stations)
        )
        reports = session.scalars(select(SignalementPoint)).all()
        assert len(reports) == SIGNALEMENTS
        assert max(row.nombre for row in reports) > 1
        # No SIREN is free to be invented: the owner stays incomplete, and the report says so.
        assert [code["code"] for code in recu.bilan["codes"]] == ["AMEM"]
        sites = site_rows(session, "AIP-2019")
        assert {row.prefixe for row, _ in sites} == {PREFIXE}
        assert all(row.nom.endswith(MENTION) for row, _ in sites)
        assert {events[-1].statut for _, events in sites} >= {"identifie", "en_service"}
    engine.dispose()
