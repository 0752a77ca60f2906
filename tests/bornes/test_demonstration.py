import csv
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO

import frictionless
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services.bornes.demonstration import (
    MENTION,
    PREFIXE,
    SIGNALEMENTS,
    VIVRE,
    fill,
    irve,
    statuts,
)
from services.bornes.models import (
    JOURNAL,
    TRAVAUX,
    DernierStatut,
    ImportFichier,
    PointAvitaillement,
    Station,
)
from services.bornes.signalements.models import SignalementPoint
from services.bornes.sites.queries import site_rows
from services.bornes.taches import atelier
from shared import territoire
from shared.db import make_engine
from shared.settings import Settings
from shared.worker import run_due


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
    fill(engine, Settings())
    fill(engine, Settings())
    with Session(engine) as session:
        recu, avitaillement = session.scalars(select(ImportFichier).order_by(ImportFichier.id))
        assert recu.bilan["lignes"] == {
            "lues": 1_600,
            "accepte": 1_600,
            "repare": 0,
            "rejete": 0,
            "doublon": 0,
        }
        stations = session.scalar(select(func.count()).select_from(Station))
        told = select(func.count()).select_from(JOURNAL).where(JOURNAL.c.genre == "station.creee")
        assert stations == session.scalar(told)
        reports = session.scalars(select(SignalementPoint)).all()
        assert len(reports) == SIGNALEMENTS
        assert max(row.nombre for row in reports) > 1
        assert avitaillement.bilan["lignes"]["accepte"] == avitaillement.bilan["lignes"]["lues"] > 0
        assert [code["code"] for code in avitaillement.bilan["codes"]] == []
        names = session.scalars(select(PointAvitaillement.nom_station))
        assert all(name.endswith(MENTION) for name in names)
        # No SIREN is free to be invented: the owner stays incomplete, and the report says so.
        assert [code["code"] for code in recu.bilan["codes"]] == ["AMEM"]
        sites = site_rows(session, "AIP-2019")
        assert {row.prefixe for row, _ in sites} == {PREFIXE}
        assert all(row.nom.endswith(MENTION) for row, _ in sites)
        assert {events[-1].statut for _, events in sites} >= {"identifie", "en_service"}
    engine.dispose()


def test_points_live_some_taken_some_broken_some_silent():
    points = [f"{PREFIXE}E{number:06}" for number in range(1_000)]
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    told = list(statuts(points, noon))
    assert told == list(statuts(points, noon))
    assert 920 < len(told) < 990
    counts = Counter((statut.etat_pdc, statut.occupation_pdc) for statut in told)
    assert set(counts) == {
        ("en_service", "libre"),
        ("en_service", "occupe"),
        ("hors_service", "inconnu"),
    }
    assert counts["en_service", "libre"] > counts["en_service", "occupe"] > 200
    later = {one.id_pdc_itinerance: one for one in statuts(points, noon + timedelta(minutes=30))}
    changed = sum(later[one.id_pdc_itinerance].occupation_pdc != one.occupation_pdc for one in told)
    assert 100 < changed < 900


def test_states_are_told_again_by_the_worker_of_a_demonstration_only(clone_database):
    engine = make_engine(clone_database())
    assert run_due(engine, atelier(Settings())) == 0
    fill(engine, Settings())
    fill(engine, Settings())
    with Session(engine) as session, session.begin():
        first = session.scalar(select(func.max(DernierStatut.horodatage)))
        assert session.scalar(select(func.count()).select_from(DernierStatut)) > 1_400
        session.execute(update(TRAVAUX).values(du_le=func.now()))
    assert run_due(engine, atelier(Settings())) == 1
    with Session(engine) as session:
        assert session.scalar(select(func.max(DernierStatut.horodatage))) > first
        (again,) = session.execute(select(TRAVAUX.c.genre, TRAVAUX.c.du_le > func.now()))
        assert tuple(again) == (VIVRE, True)
    engine.dispose()
