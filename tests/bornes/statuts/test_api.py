"""The live status over HTTP: who may send what, what is told, what is shown and for how long."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import frictionless
import mapbox_vector_tile
import pytest
from sqlalchemy.orm import Session

from services.bornes.models import HISTORIQUE
from services.bornes.statuts.corps import OCTETS_MAX
from services.bornes.statuts.dynamique import NOMS
from shared.auth import Acteur
from shared.schemas.bornes_carte import Grappes
from shared.schemas.bornes_statuts import EnvoiStatuts, EtatsPoints
from tests.applications import bearer
from tests.bornes.statuts.conftest import cells


@pytest.fixture
def app(app, fill_points):
    app.points = fill_points(app.fastapi.state.engine, 3)
    app.vitrine.refresh()
    app.direct.refresh()
    return app


def key(*prefixes: str, role: str = "operateur", scope: str = "bornes:statuts") -> dict[str, str]:
    acteur = Acteur("essai", role, frozenset({scope}), prefixes=frozenset(prefixes))
    return bearer(acteur, service="bornes")


def now_cells(point, *args, **more):
    told = datetime.now(UTC) - timedelta(seconds=more.pop("ago", 0))
    return cells(point, *args, **more) | {"horodatage": told.isoformat()}


def send(client, *rows, **headers):
    return client.post("/statuts", json={"statuts": rows}, headers=key("FRXXX") | headers)


def test_a_call_is_answered_status_by_status(app, client):
    sent = send(
        client,
        now_cells(app.points[0]),
        now_cells(app.points[1], "hors_service", "occupe"),
        now_cells("FRYYYE1"),
        now_cells(app.points[2], ago=400),
        {"id_pdc_itinerance": 7},
    )
    assert sent.status_code == 200
    found = EnvoiStatuts.model_validate_json(sent.content)
    assert (found.recus, found.acceptes, found.refuses) == (5, 2, 3)
    assert [[c.code for c in one.constats] for one in found.statuts] == [
        [],
        ["ERRT"],
        ["PRIN"],
        ["FRET"],
        ["ILLI", "OBLI", "OBLI", "OBLI"],
    ]
    assert [one.accepte for one in found.statuts] == [True, False, False, True, False]
    counts = {one.code: one.nombre for one in found.codes}
    assert counts == {"OBLI": 1, "ILLI": 1, "PRIN": 1, "ERRT": 1, "FRET": 1}


def test_csv_is_taken_too(app, client):
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, NOMS[:4], delimiter=";")
    writer.writeheader()
    writer.writerow(now_cells(app.points[0]))
    headers = key("FRXXX") | {"Content-Type": "text/csv; charset=utf-8"}
    sent = client.post("/statuts", content=buffer.getvalue().encode(), headers=headers)
    assert sent.json()["acceptes"] == 1


def test_without_the_right_nothing_is_read(client):
    other = key("FRXXX", scope="bornes:importer")
    for headers, status in (({}, 401), (other, 403)):
        assert client.post("/statuts", content=b"{", headers=headers).status_code == status


def test_a_key_without_prefix_may_send_nothing_and_the_metropole_everything(app, client):
    rows = {"statuts": [now_cells(app.points[0])]}
    assert client.post("/statuts", json=rows, headers=key()).json()["acceptes"] == 0
    metropole = key(role="metropole")
    assert client.post("/statuts", json=rows, headers=metropole).json()["acceptes"] == 1


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"", "text/csv", 400),
        (b"\xff\xfe", "text/csv", 400),
        (b"{}", "application/xml", 415),
        (b" " * (OCTETS_MAX + 1), "application/json", 413),
    ],
)
def test_a_body_that_is_not_a_call_changes_nothing(app, client, body, media_type, status):
    answer = client.post(
        "/statuts", content=body, headers=key("FRXXX") | {"Content-Type": media_type}
    )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    with Session(app.fastapi.state.engine) as session:
        assert session.query(HISTORIQUE).count() == 0


def test_a_compressed_call_is_refused_for_what_it_is(app, client):
    headers = key("FRXXX") | {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = client.post("/statuts", content=b"\x1f\x8b", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "type-refuse")
    assert "gzip" in answer.json()["detail"]


def test_the_station_and_the_point_show_the_state(app, client):
    before = client.get("/stations/FRXXXP1")
    assert before.json()["properties"]["points_libres"] == 0
    send(client, now_cells(app.points[0], etat_prise_type_2="fonctionnel"))
    app.direct.refresh()
    station = client.get("/stations/FRXXXP1")
    assert station.headers["etag"] != before.headers["etag"]
    assert station.headers["cache-control"].startswith("public, max-age=0")
    shown = station.json()["properties"]
    assert shown["points_libres"] == 1
    by_id = {point["id_pdc_itinerance"]: point["etat"] for point in shown["points_de_charge"]}
    assert by_id[app.points[0]]["occupation_pdc"] == "libre"
    assert by_id[app.points[1]]["etat_pdc"] == "inconnu"
    point = client.get(f"/points-de-charge/{app.points[0]}").json()
    assert point["etat"] == by_id[app.points[0]]
    assert point["station"]["id"] == "FRXXXP1"


def test_an_answer_without_states_keeps_its_tag_and_one_with_states_changes_it(app, client):
    plain, live = "/stations", "/stations?disponible=true"
    tags = [client.get(path).headers["etag"] for path in (plain, live)]
    assert client.get(live, headers={"If-None-Match": tags[1]}).status_code == 304
    send(client, now_cells(app.points[0]))
    app.direct.refresh()
    again = [
        client.get(path, headers={"If-None-Match": tag})
        for path, tag in zip((plain, live), tags, strict=True)
    ]
    assert [answer.status_code for answer in again] == [304, 200]
    assert again[1].json()["numberMatched"] == 1
    escaped = client.get("/stations?%64isponible=true")
    assert escaped.json()["numberMatched"] == 1
    assert escaped.headers["cache-control"].startswith("public, max-age=0")


def test_every_search_knows_disponible(app, client):
    send(client, now_cells(app.points[0], occupation="occupe"))
    app.direct.refresh()
    route = {"trace": {"type": "LineString", "coordinates": [[2.35, 48.85], [2.36, 48.86]]}}
    for free, count in ((True, 0), (False, 1)):
        asked = f"disponible={str(free).lower()}"
        assert len(client.get(f"/stations?{asked}").json()["features"]) == count
        near = client.get(f"/stations/proches?lon=2.3522&lat=48.8566&{asked}").json()
        assert near["numberReturned"] == count
        assert client.get(f"/facettes?{asked}").json()["stations"] == count
        assert client.get(f"/grappes?zoom=14&{asked}").json()["stations"] == count
        tile = client.get(f"/tuiles/0/0/0.mvt?{asked}")
        assert bool(tile.content) == bool(count)
        items = client.get(f"/ogc/collections/points_de_charge/items?{asked}").json()
        assert items["numberMatched"] == count
        body = route | {"disponible": free, "corridor_m": 5_000}
        found = client.post("/stations/itineraire", json=body)
        assert found.json()["numberMatched"] == count


def test_maps_and_facets_count_free_points_when_asked(app, client):
    send(client, now_cells(app.points[0]), now_cells(app.points[1], occupation="occupe"))
    app.direct.refresh()
    for path in ("/facettes", "/grappes?zoom=14", "/tuiles/14/8299/5636.mvt"):
        assert b"points_libres" not in client.get(path).content
        assert client.get(path).headers["cache-control"].startswith("public, max-age=10")
    facets = client.get("/facettes?etats=true").json()
    assert facets["points_libres"] == 1
    counts = {one["valeur"]: one["points_de_charge"] for one in facets["facettes"]["disponible"]}
    assert counts == {"true": 1, "false": 1}
    alone = client.get("/grappes?zoom=14&etats=true").json()
    assert alone["points_libres"] == 1
    assert alone["features"][0]["properties"]["points_libres"] == 1
    tile = mapbox_vector_tile.decode(client.get("/tuiles/0/0/0.mvt?etats=true").content)
    assert tile["stations"]["features"][0]["properties"]["points_libres"] == 1


def test_clusters_count_the_free_points_of_their_stations(ligne, ouvrir):
    client = ouvrir(
        ligne(id=f"FRXXXE{n}", station_id=f"FRXXXP{n}", lon=2.35 + n / 1e6) for n in range(3)
    )
    for n, occupation in enumerate(("libre", "libre", "occupe")):
        client.direct.tell(f"FRXXXE{n}", "en_service", occupation, datetime.now(UTC))
    told = client.get("/grappes?zoom=5&etats=true").json()
    assert Grappes.model_validate(told).points_libres == 2
    assert [one["properties"]["points_libres"] for one in told["features"]] == [2]
    tile = mapbox_vector_tile.decode(client.get("/tuiles/0/0/0.mvt?etats=true").content)
    assert tile["grappes"]["features"][0]["properties"]["points_libres"] == 2


def test_states_are_light_and_asked_by_box_filters_or_ids(app, client):
    send(client, now_cells(app.points[0]), now_cells(app.points[1], occupation="occupe"))
    app.direct.refresh()
    found = client.get("/etats?bbox=2.3,48.8,2.4,48.9")
    told = EtatsPoints.model_validate_json(found.content)
    assert (told.points_de_charge, told.libres) == (3, 1)
    assert {one.id for one in told.etats} == set(app.points[:2])
    assert {one.station for one in told.etats} == {"FRXXXP1"}
    for asked, ids in (
        ("ids=FRXXXP1", app.points[:2]),
        (f"ids={app.points[1]},absent", [app.points[1]]),
        (f"ids=fr*xxx*{app.points[1][5:]}", [app.points[1]]),
        (f"ids={app.points[0]}&disponible=false", []),
        ("disponible=true", [app.points[0]]),
        ("prise=chademo", []),
    ):
        answer = client.get(f"/etats?{asked}").json()
        assert [one["id"] for one in answer["etats"]] == list(ids), asked
    assert client.get("/etats?id=x").status_code == 400


def test_too_many_states_are_refused(client, monkeypatch):
    monkeypatch.setattr("services.bornes.api.statuts.POINTS_MAX", 2)
    refused = client.get("/etats")
    assert refused.status_code == 400
    assert "3 points" in refused.json()["detail"]


def test_states_before_they_are_read_are_not_told_as_unknown(app, client):
    app.direct._known = None
    assert client.get("/stations/FRXXXP1").status_code == 503
    assert client.get("/exports/irve-dynamique.csv").status_code == 503
    assert client.get("/stations").status_code == 200
    assert client.get("/sante/pret").status_code == 503


def test_the_export_is_valid_for_the_official_schema(app, client, donnees_reelles):
    send(
        client,
        now_cells(app.points[0], etat_prise_type_2="fonctionnel"),
        now_cells(app.points[2], "hors_service", "inconnu"),
    )
    app.direct.refresh()
    exported = client.get("/exports/irve-dynamique.csv")
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    assert [row["id_pdc_itinerance"] for row in rows] == [app.points[0], app.points[2]]
    schema = donnees_reelles / "irve/schemas/published/schema-dynamique-2.3.1.json"
    report = frictionless.Resource(
        exported.content,
        format="csv",
        schema=frictionless.Schema.from_descriptor(json.loads(schema.read_text())),
    ).validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])
    # What we publish, we take: another registry may be fed from it.
    headers = key("FRXXX") | {"Content-Type": "text/csv"}
    again = client.post("/statuts", content=exported.content, headers=headers)
    assert again.json()["recus"] == 2


def test_the_export_tells_a_stale_state_as_the_states_do(app, client):
    old = (datetime.now(UTC) - timedelta(minutes=11)).isoformat(timespec="seconds")
    told = cells(app.points[0], etat_prise_type_2="fonctionnel") | {"horodatage": old}
    send(client, told, now_cells(app.points[1], occupation="occupe"))
    app.direct.refresh()
    stale, fresh = csv.DictReader(client.get("/exports/irve-dynamique.csv").text.splitlines())
    assert fresh["occupation_pdc"] == "occupe"
    assert (stale["etat_pdc"], stale["occupation_pdc"], stale["horodatage"]) == (
        "inconnu",
        "inconnu",
        old,
    )
    assert (stale["etat_prise_type_2"], stale["etat_prise_type_ef"]) == ("inconnu", "")


def test_the_availability_of_a_point(app, client):
    point = app.points[0]
    now = datetime.now(UTC)
    begun, ended = (now - timedelta(seconds=ago) for ago in (240, 120))
    send(client, cells(point, "hors_service") | {"horodatage": begun.isoformat()})
    send(client, cells(point) | {"horodatage": ended.isoformat()})
    answer = client.get(f"/points-de-charge/{point}/disponibilite")
    found = answer.json()
    assert found["hors_service_s"] == 120
    told = datetime.fromisoformat(found["au"])
    assert abs(found["en_service_s"] - (told - ended).total_seconds()) <= 1
    whole = told - datetime.fromisoformat(found["du"])
    parts = found["en_service_s"] + found["hors_service_s"] + found["inconnu_s"]
    assert abs(parts - whole.total_seconds()) <= 2
    known = found["en_service_s"] + found["hors_service_s"]
    assert found["taux_disponibilite"] == pytest.approx(found["en_service_s"] / known, abs=0.01)
    written = f"{point[:2]}*{point[2:5]}*{point[5:]}"
    again = client.get(f"/points-de-charge/{written}/disponibilite").json()
    assert again["id"] == point
    assert client.get("/points-de-charge/absent/disponibilite").status_code == 404
    never = client.get(f"/points-de-charge/{app.points[1]}/disponibilite").json()
    assert never["taux_disponibilite"] is None
    future = client.get(f"/points-de-charge/{point}/disponibilite?du=2099-01-01").json()
    assert (future["inconnu_s"], future["taux_connu"]) == (0, 0.0)


@pytest.mark.parametrize(
    "query",
    [
        "du=2026-02-01&au=2026-01-01",
        "du=2020-01-01&au=2026-01-01",
        "du=2020-01-01",
        "du=hier",
        "jour=1",
        "au=0001-01-01",
    ],
)
def test_a_period_that_is_none_is_refused(app, client, query):
    path = f"/points-de-charge/{app.points[0]}/disponibilite"
    assert client.get(f"{path}?{query}").status_code == 400
