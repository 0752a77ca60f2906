"""What users do, from the public door to PostgreSQL and back, in both shapes of the suite."""

import csv
import gzip
import io
import time
from random import random
from urllib.parse import unquote

import pytest
from fastapi.openapi.models import OpenAPI

from services.bornes.demonstration import irve

PARIS = "2.25,48.81,2.42,48.90"


def stations(client, **parameters):
    return client.get("/v1/bornes/stations", params={"bbox": PARIS, "limite": 50, **parameters})


def test_everything_is_ready(client):
    told = client.get("/sante/pret").json()
    assert told["etat"] == "pret"
    assert told["services"]["bornes"]["base_de_donnees"] == "joignable"


def test_a_map_is_drawn_then_found_unchanged(client):
    answer = stations(client)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert len(answer.json()["features"]) == 50
    assert len(answer.headers.get_list("x-request-id")) == 1
    assert len(answer.headers.get_list("date")) == 1
    known = {"If-None-Match": answer.headers["etag"]}
    again = client.get(answer.request.url, headers=known)
    assert (again.status_code, again.content) == (304, b"")


def test_a_broken_point_is_reported_and_seen(client):
    report = {"id_pdc_itinerance": "FRZZZE00000101", "motif": "cable_endommage"}
    told = client.post("/v1/bornes/signalements", json=report)
    assert told.status_code == 201, told.text
    assert told.headers["location"] == f"/v1/bornes/signalements/{told.json()['id']}"
    assert client.get(told.headers["location"]).status_code == 401
    station = {"station": told.json()["id_station_itinerance"]}
    seen = client.get("/v1/bornes/signalements/publics", params=station).json()["features"]
    assert told.json()["id"] in [one["id"] for one in seen[0]["properties"]["detail"]]


def test_head_tells_what_get_would(client):
    got = stations(client)
    told = client.head(got.request.url)
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["etag"] == got.headers["etag"]


@pytest.mark.parametrize("coding", ["gzip", "br", "identity"])
def test_bytes_are_compressed_once(client, coding):
    # A box of its own: an answer that the gateway keeps may be older in one coding than another.
    box = f"2.25,48.81,2.42,{48.9 + random() / 1_000:.6f}"
    plain = client.get("/v1/bornes/stations", params={"bbox": box, "limite": 50})
    answer = client.get(plain.request.url, headers={"Accept-Encoding": coding})
    assert answer.json() == plain.json()
    assert answer.headers.get("content-encoding", "identity") == coding


def test_the_next_page_is_where_the_answer_says(client):
    answer = stations(client)
    link = next(link for link in answer.json()["links"] if link["rel"] == "next")
    following = client.get(answer.request.url.join(link["href"]))
    assert following.status_code == 200
    seen = {feature["id"] for feature in answer.json()["features"]}
    assert seen.isdisjoint(feature["id"] for feature in following.json()["features"])


def test_one_station_by_its_identifier(client):
    identifier = stations(client).json()["features"][0]["id"]
    answer = client.get(f"/v1/bornes/stations/{identifier}")
    assert answer.status_code == 200
    assert answer.json()["id"] == identifier


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/bornes/stations?bbox=2,3", 400, "parametre-invalide"),
        ("/v1/bornes/stations?couleur=bleu", 400, "parametre-invalide"),
        ("/v1/bornes/stations/FRABSENTE", 404, "introuvable"),
        ("/v1/bornes/stations/{id}", 404, "introuvable"),
        ("/v1/bornes/tuiles/{z}/{x}/{y}.mvt", 400, "parametre-invalide"),
        ("/v1/bornes/rien", 404, "introuvable"),
        ("/v1/rien", 404, "introuvable"),
    ],
)
def test_refusals_have_a_code_and_a_page(client, path, status, code):
    answer = client.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code)
    assert unquote(told["instance"]) == path.partition("?")[0]
    assert client.get(told["type"]).status_code == 200


def test_another_method_is_refused_with_those_allowed(client):
    answer = client.delete("/v1/bornes/facettes")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert "GET" in client.options("/v1/bornes/facettes").headers["allow"]


def test_a_web_page_of_any_origin_may_read(client):
    asked = {"Origin": "https://exemple.fr", "Access-Control-Request-Method": "GET"}
    answer = client.options("/v1/bornes/stations", headers=asked)
    assert answer.is_success
    assert answer.headers["access-control-allow-origin"] == "*"


def test_the_contract_and_its_page(client):
    wanted = {"/v1/bornes/stations", "/sante/pret"}
    for _ in range(30):
        document = client.get("/openapi.json").json()
        if wanted <= set(document["paths"]):
            break
        time.sleep(1)  # a service slower than the gateway's patience joins soon after
    OpenAPI.model_validate(document)
    assert wanted <= set(document["paths"])
    assert "/v1/bornes/stations" in client.get("/docs").text
    assert "En service" in client.get("/").text


def test_exports_stream_whole(client):
    answer = client.get("/v1/bornes/exports/irve-statique.csv")
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) >= 1500
    assert client.get("/v1/bornes/exports/stations.geojson").json()["features"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
        {"Authorization": f"Bearer rgp_{'0' * 12}_{'0' * 64}"},
        {"X_Authorization": "Bearer x"},
    ],
)
def test_without_a_key_nothing_is_imported(client, headers):
    answer = client.post("/v1/bornes/imports", content=b"a,b\n1,2\n", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("streamed", [True, False])
def test_a_body_too_large(client, cle, streamed):
    body = b"x" * 1_000_001
    content = iter([body]) if streamed else body
    answer = client.post("/v1/bornes/imports", content=content, headers=cle)
    assert answer.status_code == 413
    assert answer.json()["code"] == "trop-volumineux"


def test_an_operators_file_is_public_within_a_second(client, cle):
    """Its points appear, then a file without them withdraws them once that is confirmed."""
    file = b"".join(irve(30, seed=7)).replace(b"FRZZZ", b"FRE2E")
    sent = {**cle, "Content-Type": "application/gzip", "Idempotency-Key": f"essai-{time.time()}"}
    parameters = {"nom": "e2e.csv.gz"}
    tried = client.post(
        "/v1/bornes/imports",
        params={**parameters, "essai": "true"},
        content=gzip.compress(file),
        headers=cle | {"Content-Type": "application/gzip"},
    )
    assert tried.status_code == 200
    first = client.post(
        "/v1/bornes/imports", params=parameters, content=gzip.compress(file, mtime=0), headers=sent
    )
    # Held when other tests sent points for the same producer: this file has none of them.
    assert first.status_code in {201, 202}, first.text
    again = client.post(
        "/v1/bornes/imports", params=parameters, content=gzip.compress(file, mtime=0), headers=sent
    )
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    followed = client.get(first.request.url.join(first.headers["location"]), headers=cle)
    assert followed.json()["id"] == first.json()["id"]
    report = client.get(f"{first.headers['location']}/rapport.csv", headers=cle)
    assert report.status_code == 200
    if first.status_code == 202:
        confirmed = client.post(
            f"{first.headers['location']}/confirmation",
            headers=cle | {"If-Match": first.headers["etag"]},
        )
        assert confirmed.is_success, confirmed.text
    row = next(csv.DictReader(io.StringIO(file.decode())))
    path = f"/v1/bornes/stations/{row['id_station_itinerance']}"
    limit = time.monotonic() + 5
    while client.get(path).status_code == 404 and time.monotonic() < limit:
        time.sleep(0.05)
    assert client.get(path).status_code == 200
