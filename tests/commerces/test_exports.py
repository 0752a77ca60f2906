"""The directory as files: all that is published, nothing else, harmless wherever it is opened."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest

from services.commerces.api import exports
from services.commerces.exports.fichiers import COLONNES, CONTACTS, OF_FICHE
from shared.schemas.commerces import FicheDetail, ModaliteDetail
from shared.schemas.commerces_valeurs import GenreContact
from shared.schemas.geo import Feature
from shared.transfers.lists import PIECE

FILES = ["commerces.geojson", "commerces.ndjson", "commerces.jsonld", "commerces.csv"]
SEMAINE = {"semaine": {"mardi": [{"de": "09:00", "a": "19:00"}]}}
JOINDRE = [
    {"genre": "telephone", "valeur": "+33142360000", "public": True},
    {"genre": "courriel", "valeur": "prive@exemple.fr", "public": False},
]


@pytest.fixture
def telecharger(ouvrir):
    """A client of the files over some listings."""

    def open_over(listings):
        client = ouvrir(listings)
        client.app_of_files.include_router(exports.router)
        return client

    return open_over


@pytest.fixture
def client(telecharger, faire):
    return telecharger(
        [
            faire(
                1,
                nom="=HYPERLINK(1)",
                description="</script><script>alert(1)</script>",
                categories=["fromagerie", "epicerie_fine"],
                labels=["bio", "vrac"],
                contacts=JOINDRE,
                horaires=SEMAINE,
                modalites=[
                    {"genre": "comptoir"},
                    {
                        "genre": "livraison",
                        "zone": {"type": "communes", "codes": ["75104"]},
                        "minimum": "20.00",
                        "canaux": ["telephone", "site"],
                    },
                ],
            ),
            faire(2, lon=2.36, modalites=[]),
        ]
    )


def features_of(client):
    answer = client.get("/exports/commerces.geojson")
    assert answer.status_code == 200, answer.text
    return answer.json()["features"]


def test_geojson_has_every_listing_in_whole(client):
    features = features_of(client)
    assert [feature["id"] for feature in features] == ["1", "2"]
    for feature in features:
        Feature[FicheDetail].model_validate(feature)
        assert client.get(f"/fiches/{feature['id']}").json() == feature


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_an_old_vitrine_says_so(client, name):
    path = f"/exports/{name}"
    fresh = client.get(path)
    assert "relance-fraicheur" not in fresh.headers
    client.etalage.perimee_depuis = datetime(2026, 1, 31, 9, tzinfo=UTC)
    told = {"if-none-match": fresh.headers["etag"]}
    for answer, status in ((client.get(path), 200), (client.get(path, headers=told), 304)):
        assert answer.status_code == status
        assert answer.headers["relance-fraicheur"] == "perimee; depuis=2026-01-31T09:00:00+00:00"


def test_ndjson_is_the_same_line_by_line(client):
    lines = client.get("/exports/commerces.ndjson").text.splitlines()
    assert [json.loads(line) for line in lines] == features_of(client)


def test_jsonld_is_a_graph_of_the_same_shops(client):
    answer = client.get("/exports/commerces.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    for forbidden in ("<", ">", "&"):
        assert forbidden not in answer.text
    content = answer.json()
    assert content["@context"] == "https://schema.org"
    assert [node["@id"] for node in content["@graph"]] == [
        f"http://testserver/fiches/{number}" for number in (1, 2)
    ]
    for node, number in zip(content["@graph"], (1, 2), strict=True):
        alone = client.get(f"/fiches/{number}/jsonld").json()
        assert alone.pop("@context") == content["@context"]
        assert node == alone


def test_csv_has_a_line_a_listing_and_computes_nothing(client):
    answer = client.get("/exports/commerces.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    first, second = csv.DictReader(StringIO(answer.text))
    assert tuple(first) == COLONNES
    assert (first["id"], first["nom"]) == ("1", "'=HYPERLINK(1)")
    assert first["categories"] == "fromagerie|epicerie_fine"
    assert first["labels"] == "bio|vrac"
    assert first["telephone"] == "+33142360000"
    assert first["modalites"] == "livraison|comptoir"
    assert first["livraison_minimum"] == "20.00"
    assert first["livraison_canaux"] == "telephone|site"
    assert json.loads(first["livraison_zone"]) == {"type": "communes", "codes": ["75104"]}
    assert first["comptoir_minimum"] == first["drive_zone"] == ""
    assert float(second["longitude"]) == 2.36
    assert second["modalites"] == ""


def test_csv_has_every_public_contact(telecharger, faire):
    kinds = {
        "telephone": ["+33142360000", "+33142360001"],
        "courriel": ["bonjour@exemple.fr"],
        "site": ["https://exemple.fr"],
        "commande": ["https://exemple.fr/commander"],
        "facebook": ["https://www.facebook.com/essai"],
        "instagram": ["https://www.instagram.com/essai"],
    }
    assert set(kinds) == set(GenreContact)
    contacts = [
        {"genre": kind, "valeur": one, "public": True} for kind in kinds for one in kinds[kind]
    ]
    text = telecharger([faire(1, contacts=contacts)]).get("/exports/commerces.csv").text
    (line,) = csv.DictReader(StringIO(text))
    # Two numbers, which begin with a sign, are no number: a spreadsheet would compute them.
    assert line.pop("telephone") == "'+33142360000|+33142360001"
    assert {kind: line.get(kind) for kind in kinds if kind != "telephone"} == {
        kind: "|".join(values) for kind, values in kinds.items() if kind != "telephone"
    }


@pytest.mark.parametrize("file", FILES)
def test_no_private_contact_leaves(client, file):
    text = client.get(f"/exports/{file}").text
    assert "33142360000" in text
    assert "prive@exemple.fr" not in text


def test_columns_are_fields_of_the_contract():
    """A closed list: what is added to a listing is not published here by accident."""
    assert set(OF_FICHE) <= set(FicheDetail.model_fields) | set(CONTACTS)
    left = {"contacts", "horaires", "modalites_detail", "ouverture", "regime"}
    assert set(FicheDetail.model_fields) - set(OF_FICHE) == left
    known = {f"{genre}_{name}" for genre in ("drive", "livraison", "point_collecte", "comptoir",
             "depannage_urgence") for name in ModaliteDetail.model_fields}  # fmt: skip
    assert {name for name in COLONNES if name not in OF_FICHE} <= known | {
        "id",
        "longitude",
        "latitude",
    }


@pytest.mark.parametrize("file", FILES)
def test_an_empty_directory_is_an_empty_file(telecharger, file):
    answer = telecharger([]).get(f"/exports/{file}")
    assert answer.status_code == 200
    if file.endswith(("geojson", "jsonld")):
        (items,) = (value for value in answer.json().values() if isinstance(value, list))
        assert items == []
    else:
        assert len(answer.text.splitlines()) == file.endswith("csv")


@pytest.mark.parametrize("number", [PIECE - 1, PIECE, PIECE + 1])
def test_files_are_whole_across_their_pieces(telecharger, faire, number):
    client = telecharger([faire(n) for n in range(1, number + 1)])
    assert len(features_of(client)) == number
    assert len(client.get("/exports/commerces.ndjson").text.splitlines()) == number
    assert len(client.get("/exports/commerces.jsonld").json()["@graph"]) == number
    assert len(list(csv.reader(StringIO(client.get("/exports/commerces.csv").text)))) == number + 1


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_did_not_change_is_not_sent_again(client, file):
    path = f"/exports/{file}"
    first = client.get(path)
    assert first.headers["content-disposition"] == f'attachment; filename="{file}"'
    known = {"If-None-Match": first.headers["etag"]}
    again = client.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    elsewhere = client.get(path, headers={**known, "Host": "ailleurs.fr"})
    assert elsewhere.status_code == 200
    seen = client.etalage.vue
    client.etalage.vue = replace(seen, curseur=seen.curseur._replace(position=9))
    assert client.get(path, headers=known).status_code == 200


def test_a_parameter_is_refused_by_name(client):
    answer = client.get("/exports/commerces.csv?format=xls")
    assert (answer.status_code, answer.json()["parametre"]) == (400, "format")
