"""The call's own network in the real file: what was open on a day, asked of the service."""

import csv
import json
from contextlib import contextmanager

import pytest
from frictionless import Resource, Schema
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.bornes.app import service
from services.bornes.irve import NOMS
from shared.settings import Settings
from tests.applications import opened
from tests.factories import irve_csv, take_irve

PROGRESS = "/deploiement/programmes/AIP-2019/avancement"
SNAPSHOT = "qualicharge-2025-07"


@pytest.fixture(scope="module")
def rows(donnees_reelles):
    with (donnees_reelles / "irve/grand_paris_irve_statique.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def july(donnees_reelles, rows):
    """The chosen operator's points in the national file of July 2025."""
    with (donnees_reelles / "irve/grand_paris_provenance.csv").open(encoding="utf-8") as file:
        origin = {row["id_pdc_itinerance"]: row["snapshot"] for row in csv.DictReader(file)}
    return [
        row
        for row in rows
        if row["id_pdc_itinerance"].startswith("FRMGP")
        and origin[row["id_pdc_itinerance"]] == SNAPSHOT
    ]


@contextmanager
def serve(content, url):
    """A registry that received these rows; the answers only read it."""
    with opened(service, Settings(database_url=url)) as app:
        with Session(app.fastapi.state.engine) as session, session.begin():
            take_irve(session, irve_csv(content, columns=NOMS))
        yield TestClient(app)


@pytest.fixture(scope="module")
def july_client(clone_for_all, july):
    with serve(july, clone_for_all()) as client:
        yield client


@pytest.fixture(scope="module")
def client(clone_for_all, rows):
    with serve(rows, clone_for_all()) as client:
        yield client


def progress(client, **question):
    answer = client.get(PROGRESS, params=question)
    assert answer.status_code == 200, answer.text
    return answer.json()


def found(answer, network="reseau_retenu"):
    return answer["constate"][network]["valeur"]


# Points whose date_mise_en_service is that day or before, among those listed in July 2025.
@pytest.mark.parametrize(
    ("au", "points"),
    [
        ("2020-07-29", 0),
        ("2020-12-31", 8),
        ("2021-12-31", 368),
        ("2022-12-31", 702),
        ("2023-12-31", 852),
        ("2024-12-31", 914),
        ("2025-07-21", 941),
    ],
)
def test_the_chosen_network_on_a_past_day(july_client, au, points):
    answer = progress(july_client, au=au)
    assert found(answer) == found(answer, "tous_operateurs") == points
    assert answer["constate"]["reseau_retenu"]["hors_perimetre"]["valeur"] == 0


def test_what_the_end_of_2022_looked_like(july_client):
    answer = progress(july_client, au="2022-12-31", par="bande")
    network = answer["constate"]["reseau_retenu"]
    assert (answer["objectif"]["valeur"], answer["objectif"]["unite"]) == (5000, "pdc")
    assert network["comparaison"]["taux_pct"] == 14.0
    assert network["comparaison"]["rythme_mensuel_necessaire"] is None
    assert network["rythme_mensuel"] == round((702 - 368) / 12, 1)
    assert network["points_redeclares"] == 9
    assert [row["reseau_retenu"] for row in answer["lignes"]] == [259, 358, 51, 34]


def test_nine_points_are_declared_twice_and_stay_counted(july_client):
    """Five by connector, four by car-sharing service: 941 ids for 932 physical points."""
    network = progress(july_client, au="2025-07-21")["constate"]["reseau_retenu"]
    assert (network["valeur"], network["points_redeclares"]) == (941, 9)


def test_a_target_in_bornes_has_no_rate_in_points(july_client):
    answer = progress(july_client, au="2020-05-20")
    assert answer["objectif"]["unite"] == "borne"
    comparison = answer["constate"]["reseau_retenu"]["comparaison"]
    assert comparison["comparable"] is False
    assert comparison["taux_pct"] is None
    asked = progress(july_client, au="2022-12-31", unite="borne")["constate"]["reseau_retenu"]
    assert asked["valeur"] is None
    assert asked["points_de_charge"] == 702


def test_communes_of_the_network_and_those_without(july_client):
    """49 declared communes in 2025, of which Pierrefitte and Saint-Denis are now one."""
    rows = progress(july_client, au="2025-07-21", par="commune")["lignes"]
    inside = [row for row in rows if row["dans_perimetre"]]
    assert sum(row["reseau_retenu"] for row in inside) == 941
    assert len([row for row in inside if row["reseau_retenu"]]) == 48
    without = july_client.get(
        "/deploiement/communes-sans-station", params={"au": "2025-07-21"}
    ).json()
    assert (without["communes_perimetre"], without["sans_reseau_retenu"]) == (129, 81)
    assert without["sans_aucune_station"] == 81


def test_the_whole_file_adds_what_2024_declared_otherwise(client):
    """22 points of the 2024 file more: 21 without a date, and the root of two connectors."""
    answer = progress(client, au="2025-07-21", par="ept")
    network = answer["constate"]["reseau_retenu"]
    assert found(progress(client, au="2022-12-31")) == 703
    assert network["valeur"] == 942
    assert network["points_redeclares"] == 10
    assert network["points_sans_date"] == 16
    everyone = answer["constate"]["tous_operateurs"]
    assert everyone["valeur"] > network["valeur"]
    paris = answer["lignes"][-1]
    assert (paris["code"], paris["dans_perimetre"]) == ("T1", False)
    assert paris["tous_operateurs"] == everyone["hors_perimetre"]["valeur"] > 2_000
    inside = [row["tous_operateurs"] for row in answer["lignes"][:-1]]
    assert sum(inside) == everyone["valeur"]


def test_the_series_by_month_ends_where_each_day_does(client):
    rows = progress(client, au="2023-02-10", par="mois")["lignes"]
    assert (rows[0]["code"], rows[-1]["code"]) == ("2019-07", "2023-02")
    by_month = {row["code"]: row for row in rows}
    assert by_month["2022-12"]["reseau_retenu"] == 703
    assert by_month["2022-12"]["tous_operateurs"] == found(
        progress(client, au="2022-12-31"), "tous_operateurs"
    )


def test_the_sdirve_csv_follows_the_official_schema(client, donnees_reelles, tmp_path):
    answer = client.get("/deploiement/exports/sdirve.csv", params={"au": "2025-07-21"})
    (tmp_path / "sdirve.csv").write_bytes(answer.content)
    schema = json.loads((donnees_reelles / "irve/schemas/schema-sdirve/schema.json").read_text())
    report = Resource(
        path="sdirve.csv", basepath=str(tmp_path), schema=Schema.from_descriptor(schema)
    ).validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert len(rows) == 129
    existing = sum(int(row[f"existant_nb_pdc_intervalle_{n}"]) for row in rows for n in range(1, 5))
    assert existing == found(progress(client, au="2025-07-21"), "tous_operateurs")
    unknown = answer.headers["Relance-Colonnes-Sans-Donnee"].split(", ")
    assert all(row[column] == "0" for row in rows for column in unknown)
