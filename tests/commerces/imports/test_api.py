"""Imports over HTTP: who may, what is answered, what is refused."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.commerces.app import service
from services.commerces.colonnes import CONDITIONS
from shared.auth import Acteur
from shared.schemas.commerces_imports import ImportCommerces, LigneRapport, ModeleImport
from shared.schemas.commerces_valeurs import Paiement
from shared.settings import Settings
from tests.applications import SECRET, bearer, opened

CSV = """nom;adresse;code_postal;position;categorie;modalites;telephone;courriel;site
Fromagerie d'essai;1 rue de la Fontaine;94440;48.7375,2.5553;Fromagerie;livraison;01 99 00 12 34;\
prive@exemple.fr;javascript:alert(1)
=1+1;2 rue de la Fontaine;94440;48.7375,2.5553;Fromagerie;livraison;<Nul>;;
Sans position;3 rue de la Fontaine;94440;;Fromagerie;livraison;;;
"""


def key(role="cci", *communes, scope="commerces:importer", organisation=None):
    acteur = Acteur(organisation or role, role, frozenset({scope}), territoire=frozenset(communes))
    return bearer(acteur, service="commerces")


@pytest.fixture
def app(clone_database):
    with opened(
        service,
        Settings(database_url=clone_database(), secret_interne=SECRET, taille_max_corps=2_000_000),
    ) as app:
        yield app


@pytest.fixture
def client(app):
    return TestClient(app)


@pytest.fixture
def send(client):
    def send(content=CSV, *who, media_type="text/csv", headers=None, **asked):
        return client.post(
            "/imports",
            content=content.encode() if isinstance(content, str) else content,
            params={"seuil_perte": 1, **asked},
            headers=key(*who) | {"Content-Type": media_type} | (headers or {}),
        )

    return send


def test_a_file_becomes_public(app, client, send):
    app.vitrine.refresh()
    answer = send()
    assert answer.status_code == 201, answer.text
    found = ImportCommerces.model_validate(answer.json())
    assert (found.source, found.etat, found.bilan.lignes.rejete) == ("cci", "accepte", 1)
    assert {code.code for code in found.bilan.codes} >= {"SITR", "NULX", "POSA"}
    app.vitrine.refresh()
    page = client.get("/fiches", params={"q": "fromagerie"})
    assert page.json()["numberMatched"] == 2
    assert "prive@exemple.fr" not in page.text
    assert "javascript" not in page.text
    read = client.get(f"/imports/{found.id}", headers=key())
    assert read.json() == answer.json()
    etag = read.headers["etag"]
    headers = key() | {"If-None-Match": etag}
    assert client.get(f"/imports/{found.id}", headers=headers).status_code == 304


def test_the_report_line_by_line(client, send):
    number = send().json()["id"]
    whole = client.get(f"/imports/{number}/rapport.json", headers=key()).json()
    lines = [LigneRapport.model_validate(one) for one in whole]
    assert [(line.ligne, line.statut) for line in lines] == [
        (2, "repare"),
        (3, "repare"),
        (4, "rejete"),
    ]
    text = client.get(f"/imports/{number}/rapport.csv", headers=key()).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["nom"] for row in rows} == {"Fromagerie d'essai", "'=1+1", "Sans position"}
    (refused,) = [row for row in rows if row["code"] == "POSA"]
    assert (refused["statut"], refused["libelle"]) == ("rejete", "Position absente ou illisible")


def test_a_file_of_no_said_type_is_known_by_what_it_holds(send):
    assert send(media_type="application/octet-stream").status_code == 201


def test_a_dry_run_answers_and_keeps_nothing(client, send):
    answer = send(essai=True)
    assert answer.status_code == 200
    found = ImportCommerces.model_validate(answer.json())
    assert found.id is None
    assert [line.ligne for line in found.rapport] == [2, 3, 4]
    assert client.get("/imports", headers=key()).json()["elements"] == []


def test_an_import_is_held_confirmed_or_dropped(client, send):
    send()
    one = CSV.splitlines()[:2]
    held = send("\n".join(one), seuil_perte=0.1)
    assert held.status_code == 202
    number, etag = held.json()["id"], held.headers["etag"]
    path = f"/imports/{number}/confirmation"
    assert client.post(path, headers=key()).status_code == 428
    done = client.post(path, headers=key() | {"If-Match": etag})
    assert done.json()["bilan"]["fiches"]["suspendues"] == 1
    again = send("\n".join([CSV.splitlines()[0], CSV.splitlines()[3]]), seuil_perte=0.1)
    assert again.status_code == 202
    path = f"/imports/{again.json()['id']}/abandon"
    dropped = client.post(path, headers=key() | {"If-Match": again.headers["etag"]})
    assert dropped.json()["etat"] == "abandonne"


def test_a_repeated_key_imports_once(send):
    headers = {"Idempotency-Key": "une-fois"}
    first, second = send(headers=headers), send(headers=headers)
    assert first.json() == second.json()


def test_who_may_import(client, send):
    assert client.post("/imports", content=CSV).status_code == 401
    assert send(CSV, "operateur").status_code == 403
    assert send(CSV, "operateur", media_type="image/png").status_code == 403, "before its file"
    elsewhere = send(CSV, "commune", "94048", source="autre")
    assert (elsewhere.status_code, elsewhere.json()["parametre"]) == (403, "source")
    here = send(CSV, "commune", "94048")
    assert here.json()["bilan"]["fiches"]["creees"] == 2
    assert send(CSV, "metropole", source="Ville de Paris").json()["source"] == "Ville de Paris"
    elsewhere = client.get("/imports", headers=key("commune", "94080", organisation="vincennes"))
    assert elsewhere.json()["elements"] == []
    number = here.json()["id"]
    stranger = key("commune", "94080", organisation="vincennes")
    assert client.get(f"/imports/{number}", headers=stranger).status_code == 404
    asked = client.get("/imports", params={"source": "cci"}, headers=key("commune", "94048"))
    assert asked.json()["elements"] == []


def test_imports_come_in_pages(client, send):
    for _ in range(3):
        send()
    first = client.get("/imports", params={"limite": 2}, headers=key())
    assert len(first.json()["elements"]) == 2
    assert 'rel="next"' in first.headers["link"]
    rest = client.get("/imports" + first.json()["liens"][0]["href"], headers=key())
    assert len(rest.json()["elements"]) == 1


@pytest.mark.parametrize(
    ("content", "media_type", "said"),
    [
        (b"PK\x03\x04", "text/csv", "422 ZIP"),
        (b"", "text/csv", "422 vide"),
        (b"nom;adresse\n\0", "text/csv", "422 octet"),
        (b'[{"nom": "x"', "application/json", "422 tronqu"),
        (b"x", "image/png", "415 image/png"),
        (b"x", "multipart/form-data; boundary=b", "415 le corps de la requête"),
        (b"x", "application/x-www-form-urlencoded", "415 ajoutez `-H"),
        (b"PK", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "415 en CSV"),
        (b"PK", "application/vnd.oasis.opendocument.spreadsheet", "415 en CSV"),
        (b"x" * 3_000_000, "text/csv", "413 octets"),
    ],
)
def test_what_is_refused_changes_nothing(client, send, content, media_type, said):
    answer = send(content, media_type=media_type)
    assert f"{answer.status_code} {answer.json()['detail']}".startswith(said[:3])
    assert said[4:] in answer.json()["detail"]
    assert client.get("/imports", headers=key()).json()["elements"] == []


def test_unknown_parameters_are_named(send):
    assert send(inconnu=1).status_code == 400
    assert send(edition="2099-01-01").status_code == 400
    assert send(edition="1999-01-01").status_code == 400


TERMS = {"horaires", "zone", *CONDITIONS} - {"du", "au"}


def terms_of_the_only_shop(client):
    """By modality, what is told of it."""
    who = key(scope="commerces:gerer")
    (shop,) = client.get("/gestion/fiches", headers=who).json()["features"]
    return {
        one["genre"]: {term for term in TERMS if one[term]}
        for one in shop["properties"]["modalites_detail"]
    }


def test_the_template(client, send):
    schema = client.get("/imports/modele.json").json()
    ModeleImport.model_validate(schema)
    names = [one["name"] for one in schema["fields"]]
    values = {one["name"]: one["valeurs"] for one in schema["fields"] if "valeurs" in one}
    assert values["paiements"] == list(Paiement)
    assert values.keys() >= {"labels", "accessibilites", "modalites", "livraison_canaux"}
    example = client.get("/imports/modele.csv")
    for one in ("/imports/modele.json", "/imports/modele.csv"):
        held = {"If-None-Match": client.get(one).headers["etag"]}
        assert client.get(one, headers=held).status_code == 304
    assert "attachment" in example.headers["content-disposition"]
    (row,) = csv.DictReader(io.StringIO(example.text))
    assert set(row) <= set(names)
    # On what terms a shop delivers; its other modalities are told alike.
    assert {f"livraison_{term}" for term in TERMS} <= set(row)
    found = send(example.text).json()
    assert found["bilan"]["lignes"]["accepte"] == 1, found["bilan"]["codes"]
    assert found["bilan"]["codes"] == []
    assert found["bilan"]["colonnes_ignorees"] == []
    assert terms_of_the_only_shop(client) == {"comptoir": set(), "livraison": TERMS}


def test_the_example_in_json_of_the_guide(client, send):
    guide = (Path(__file__).parents[3] / "docs/import-commerces.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", guide, re.DOTALL)
    found = send(example, media_type="application/json").json()
    assert found["bilan"]["fiches"]["creees"] == 1
    assert (found["bilan"]["codes"], found["bilan"]["colonnes_ignorees"]) == ([], [])
    assert terms_of_the_only_shop(client) == {"comptoir": set(), "livraison": TERMS}


def test_geojson(send):
    shop = {"nom": "x", "adresse": "1 rue de la Fontaine", "modalites": ["livraison", "comptoir"]}
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [2.5553, 48.7375]},
        "properties": shop,
    }
    content = json.dumps({"type": "FeatureCollection", "features": [feature]})
    found = send(content, media_type="application/geo+json").json()
    assert found["bilan"]["fiches"]["creees"] == 1
    assert {code["code"] for code in found["bilan"]["codes"]} == {"CPDE", "CATE"}
