"""Refuelling stations over HTTP: who sends, what is answered, what the public reads."""

import json
from datetime import UTC, datetime, timedelta

import mapbox_vector_tile
import pytest
from frictionless import Resource, Schema
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.bornes.models import JOURNAL
from shared.auth import Acteur
from shared.schemas.bornes_avitaillement import (
    StationAvitaillement,
    StationsAvitaillement,
    StationsAvitaillementProches,
    SuitesAnnonces,
)
from shared.schemas.geo import Feature
from tests.applications import bearer
from tests.factories import point, point_csv

GAS = {"energie": "bioGNC", "pression_bar": "200", "connecteur": "NGV1"}
ROWS = [
    point(1),
    point(1, id_point="FRAVI-1-350", pression_bar="350", etat_point="hors_service", prix_kg="12"),
    point(2, **GAS, coordonneesXY="[2.2945,48.9330]", code_insee_commune="92036", prix_kg="1.599"),
    point(
        3,
        **GAS,
        coordonneesXY="[2.4880,48.7740]",
        code_insee_commune="94011",
        horaires="Mo-Fr 08:00-18:00",
        condition_acces="Accès réservé",
        etat_point="hors_service",
        nom_enseigne="Gaz d'essai",
        prix_kg="",
        horodatage_prix="",
    ),
]


@pytest.fixture
def client(app):
    client = TestClient(app)
    assert send(client, ROWS).status_code == 201
    app.vitrine.refresh()
    return client


def key(organisation="essai", role="operateur", prefixes=(), scopes=("bornes:importer",)):
    acteur = Acteur(organisation, role, frozenset(scopes), prefixes=frozenset(prefixes))
    return bearer(acteur, service="bornes")


def send(client, rows, query="", **headers):
    return client.post(
        f"/avitaillement/imports{query}",
        content=point_csv(rows),
        headers={"Content-Type": "text/csv", **key(), **headers},
    )


def say(client, *annonces, **who):
    return client.post("/avitaillement/etats", json={"annonces": annonces}, headers=key(**who))


def found(client, query=""):
    answer = client.get(f"/avitaillement/stations?{query}")
    assert answer.status_code == 200, answer.text
    StationsAvitaillement.model_validate(answer.json())
    return [feature["id"] for feature in answer.json()["features"]]


def test_a_file_is_sent_once_and_followed_like_any_import(client):
    sent = send(client, ROWS, "?nom=mien.csv", **{"Idempotency-Key": "k"})
    assert sent.status_code == 201
    assert sent.json()["schema_donnees"] == "avitaillement"
    assert sent.json()["bilan"]["points"] == {"crees": 0, "modifies": 0, "retires": 0}
    again = send(client, ROWS, "?nom=mien.csv", **{"Idempotency-Key": "k"})
    assert again.headers["Idempotency-Replayed"] == "true"
    address = sent.headers["Location"]
    assert client.get(address, headers=key()).json() == sent.json()
    assert client.get(address, headers=key("autre")).status_code == 404
    assert client.get(f"{address}/rapport.csv", headers=key()).status_code == 200
    listed = client.get("/imports?schema_donnees=avitaillement", headers=key()).json()
    assert len(listed["elements"]) == 2
    irve = client.get("/imports?schema_donnees=irve-statique", headers=key()).json()
    assert irve["elements"] == []
    # The same key for the other schema is another request.
    other = client.post(
        "/imports",
        content=point_csv(ROWS),
        headers={**key(), "Content-Type": "text/csv", "Idempotency-Key": "k"},
    )
    assert (other.status_code, other.json()["code"]) == (422, "cle-deja-servie")


def test_a_held_file_is_confirmed(client, app):
    held = send(client, ROWS[:2])
    assert held.status_code == 202
    app.vitrine.refresh()
    assert len(found(client)) == 3
    read = {**key(), "If-Match": held.headers["ETag"]}
    done = client.post(f"{held.headers['Location']}/confirmation", headers=read)
    assert done.json()["bilan"]["stations"]["retires"] == 2
    app.vitrine.refresh()
    assert found(client) == ["FRAVI-1"]
    assert client.get("/avitaillement/stations/FRAVI-2").status_code == 404


def test_access(client):
    assert client.post("/avitaillement/imports", content=b"x").status_code == 401
    assert say(client, {}, scopes=["bornes:x"]).status_code == 403
    denied = key(scopes=["bornes:x"])
    assert client.post("/avitaillement/imports", content=b"x", headers=denied).status_code == 403
    other = send(client, ROWS, "?producteur=autre")
    assert other.status_code == 403
    for refused in ("?inconnu=1", "?seuil_perte=2", "?nom="):
        assert send(client, ROWS, refused).status_code == 400
    foreign = {**key(), "Content-Type": "application/json"}
    answer = client.post("/avitaillement/imports", content=b"{}", headers=foreign)
    assert answer.status_code == 415
    refused = send(client, [point(observations="=1")])
    assert refused.status_code == 422
    assert refused.json()["erreurs"][0]["pointer"] == "#/2/observations"


NOON = "2026-02-01T12:00:00Z"
CLOSED = {"id_point": "FRAVI-1-700", "horodatage": NOON, "etat_point": "hors_service"}


def results(answer):
    assert answer.status_code == 200, answer.text
    body = SuitesAnnonces.model_validate(answer.json())
    assert body.acceptes + body.inchanges + body.refuses == len(body.suites)
    return [suite.code or suite.resultat for suite in body.suites]


def test_a_state_and_a_price_are_told_and_read(client, app):
    price = {"id_point": "FRAVI-2-700", "horodatage": NOON, "prix_kg": "1.7"}
    none = {"id_point": "FRAVI-1-350", "horodatage": NOON, "prix_kg": None}
    assert results(say(client, CLOSED, price, none)) == ["accepte"] * 3
    app.vitrine.refresh()
    station = client.get("/avitaillement/stations/FRAVI-1").json()["properties"]
    assert station["etat"] == "hors_service"
    closed = {p["id_point"]: p for p in station["points_avitaillement"]}
    assert closed["FRAVI-1-700"]["horodatage_etat"] == NOON
    assert closed["FRAVI-1-700"]["prix_kg"] == "14.900"
    assert closed["FRAVI-1-350"]["prix_kg"] is None
    gas = client.get("/avitaillement/stations/FRAVI-2").json()["properties"]
    assert gas["points_avitaillement"][0]["prix_kg"] == "1.700"
    with Session(app.fastapi.state.engine) as session:
        rows = session.execute(
            select(JOURNAL.c.sujet, JOURNAL.c.acteur, JOURNAL.c.corps)
            .where(JOURNAL.c.genre == "avitaillement.etat")
            .order_by(JOURNAL.c.position)
        ).all()
    assert [(row.sujet, row.acteur) for row in rows] == [("FRAVI-1", "essai"), ("FRAVI-2", "essai")]
    assert rows[1].corps["points"]["FRAVI-2-700"] == {
        "etat_point": "en_service",
        "horodatage_etat": "2026-01-31T08:00:00+00:00",
        "prix_kg": "1.700",
        "horodatage_prix": "2026-02-01T12:00:00+00:00",
    }


def test_each_announcement_has_its_answer_and_a_refused_one_changes_nothing(client, app):
    late = datetime.now(UTC) + timedelta(minutes=10)
    older = {**CLOSED, "horodatage": "2026-01-01T00:00:00Z", "prix_kg": "3"}
    unknown = {**CLOSED, "id_point": "FRAVI-9"}
    assert results(
        say(client, CLOSED, CLOSED, older, unknown, {**CLOSED, "horodatage": late.isoformat()})
    ) == ["accepte", "inchange", "HORP", "INCO", "HORF"]
    # One of the two values is too old: neither is taken.
    assert results(say(client, {**CLOSED, "prix_kg": "9.990"}, {**CLOSED, "prix_kg": "8"})) == [
        "accepte",
        "HORP",
    ]
    app.vitrine.refresh()
    station = client.get("/avitaillement/stations/FRAVI-1").json()["properties"]
    assert [p["prix_kg"] for p in station["points_avitaillement"]] == ["12.000", "9.990"]


def test_of_two_values_said_together_a_refused_one_keeps_the_other_away(client, app):
    """The price is news at that instant; the state was told half an hour later."""
    between = {**CLOSED, "horodatage": "2026-01-31T07:30:00Z", "prix_kg": "9.990"}
    assert results(say(client, between)) == ["HORP"]
    app.vitrine.refresh()
    station = client.get("/avitaillement/stations/FRAVI-1").json()["properties"]
    told = {p["id_point"]: p["prix_kg"] for p in station["points_avitaillement"]}
    assert told[CLOSED["id_point"]] == "14.900"


def test_only_its_own_points(client):
    assert results(say(client, CLOSED, organisation="autre")) == ["AUTR"]
    assert results(say(client, CLOSED, organisation="autre", prefixes=["FRXYZ"])) == ["AUTR"]
    assert results(say(client, CLOSED, organisation="autre", prefixes=["FRAVI"])) == ["accepte"]
    assert results(say(client, CLOSED, organisation="mgp", role="metropole")) == ["inchange"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"etat_point": "cassé"}, "#/annonces/0/etat_point"),
        ({"prix_kg": 14.9}, "#/annonces/0/prix_kg"),
        ({"prix_kg": "100.5"}, "#/annonces/0/prix_kg"),
        ({"prix_kg": "1,5"}, "#/annonces/0/prix_kg"),
        ({"horodatage": "2026-02-01T12:00:00"}, "#/annonces/0/horodatage"),
        ({"etat_point": None}, "#/annonces/0"),
        ({"id_point": "x" * 61}, "#/annonces/0/id_point"),
        ({"autre": 1}, "#/annonces/0/autre"),
    ],
)
def test_a_bad_body_is_refused_whole(client, change, pointer):
    answer = say(client, {**CLOSED, "id_point": "FRAVI-2-700"}, {**CLOSED, **change})
    assert answer.status_code == 422
    assert answer.json()["erreurs"][0]["pointer"] == pointer.replace("/0", "/1", 1)
    assert results(say(client, {**CLOSED, "id_point": "FRAVI-2-700"})) == ["accepte"]


def test_at_least_one_and_at_most_a_thousand(client):
    assert say(client).status_code == 422
    assert say(client, *[CLOSED] * 1001).status_code == 422


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", {1, 2, 3}),
        ("energie=h2", {1}),
        ("energie=GNC,H2", {1}),
        ("energie=bioGNC", {2, 3}),
        ("energie=H2&pression_bar=350", {1}),
        ("energie=bioGNC&pression_bar=350", set()),
        ("pression_bar=700&etat=en_service", {1}),
        ("pression_bar=350&etat=en_service", set()),
        ("etat=hors_service,inconnu", {1, 3}),
        ("condition_acces=acces_reserve", {3}),
        ("commune=75056", {1}),
        ("commune=75104", {1}),
        ("commune=75105", set()),
        ("commune=92036", {2}),
        ("ept=T1", {1}),
        ("operateur=FRAVI", {1, 2, 3}),
        ("operateur=gaz d'essai", {3}),
        ("bbox=2.2,48.9,2.3,49", {2}),
        ("ouvert_a=2026-01-31T08:00:00Z", {1, 2}),
        ("ouvert_a=2026-02-02T08:00:00Z", {1, 2, 3}),
        ("ouvert_a=maintenant&commune=75056", {1}),
    ],
)
def test_searches(client, query, ids):
    assert set(found(client, query)) == {f"FRAVI-{number}" for number in ids}


def test_pages_show_each_station_once(client):
    seen, query = [], "?limite=1"
    while query:
        page = client.get(f"/avitaillement/stations{query}").json()
        seen += [feature["id"] for feature in page["features"]]
        query = next((link["href"] for link in page["links"]), None)
    assert sorted(seen) == ["FRAVI-1", "FRAVI-2", "FRAVI-3"]


def test_the_nearest_come_first_with_their_distance(client):
    answer = client.get("/avitaillement/stations/proches?lon=2.35&lat=48.85&rayon_m=20000")
    StationsAvitaillementProches.model_validate(answer.json())
    features = answer.json()["features"]
    assert [feature["id"] for feature in features] == ["FRAVI-1", "FRAVI-2", "FRAVI-3"]
    metres = [feature["properties"]["distance_m"] for feature in features]
    assert metres == sorted(metres)
    assert metres[0] < 1000 < metres[1] < 12_000


def test_a_station_says_all_there_is_and_no_more(client):
    answer = client.get("/avitaillement/stations/FRAVI-1")
    body = answer.json()
    Feature[StationAvitaillement].model_validate(body)
    assert set(body["properties"]) == set(StationAvitaillement.model_fields)
    assert body["properties"]["type_vehicule"] == ["M1", "N1"]
    assert (body["properties"]["commune"], body["properties"]["ept"]) == ("Paris", "T1")
    assert body["properties"]["energies"] == ["H2"]
    same = client.get(
        "/avitaillement/stations/FRAVI-1", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert same.status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "stations?inconnu=1",
        "stations?energie=E85",
        "stations?commune=99999",
        "stations?ept=T13",
        "stations?pression_bar=0",
        "stations?bbox=0,40,10,50",
        "stations?curseur=x",
        "stations/proches?lon=2.3",
        "stations/FRAVI-1?champs=etat",
        "tuiles/3/9/0.mvt",
        "tuiles/10/518/352.mvt?prise=ef",
        "schema.json?x=1",
    ],
)
def test_bad_questions(client, path):
    assert client.get(f"/avitaillement/{path}").status_code == 400


def test_a_tile_is_a_layer_of_stations(client):
    answer = client.get("/avitaillement/tuiles/8/129/88.mvt")
    assert answer.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    layers = mapbox_vector_tile.decode(answer.content)
    assert list(layers) == ["avitaillement"]
    looks = {
        f["properties"].pop("id"): f["properties"] for f in layers["avitaillement"]["features"]
    }
    assert looks["FRAVI-1"] == {
        "energies": "H2",
        "etat": "en_service",
        "condition_acces": "Accès libre",
        "prix_kg_min": 12.0,
    }
    assert "prix_kg_min" not in looks["FRAVI-3"]
    assert client.get("/avitaillement/tuiles/8/129/88.mvt?energie=GNL").content == b""


def test_the_schema_validates_what_is_exported(client, tmp_path):
    answer = client.get("/avitaillement/schema.json")
    assert answer.headers["Content-Type"] == "application/json"
    again = client.get(
        "/avitaillement/schema.json", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304
    (tmp_path / "e.csv").write_bytes(client.get("/exports/avitaillement.csv").content)
    report = Resource(
        path="e.csv", basepath=str(tmp_path), schema=Schema.from_descriptor(answer.json())
    ).validate()
    assert report.valid, report.flatten(["type", "note"])
    assert report.tasks[0].stats["rows"] == 4


def test_the_geojson_export_is_what_the_searches_show(client):
    exported = client.get("/exports/avitaillement.geojson").json()["features"]
    assert exported == client.get("/avitaillement/stations").json()["features"]


def test_the_charging_stations_are_another_layer(client, app):
    version = app.vitrine.vue.version
    assert client.get("/stations").json()["numberMatched"] == 0
    say(client, CLOSED)
    app.vitrine.refresh()
    # A change of one kind costs the other nothing.
    assert app.vitrine.vue.version is version
    assert json.loads(client.get("/sante/pret").content)["objets"] == 0
