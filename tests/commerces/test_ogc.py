"""OGC API Features: the directory as the standard has it."""

from datetime import UTC, datetime

import pytest

from shared.schemas.commerces import FicheResume
from shared.schemas.ogc import AccueilOgc, CollectionsOgc, ConformiteOgc, ObjetOgc, ObjetsOgc

ITEMS = "/ogc/collections/commerces/items"
TOUJOURS = {"semaine": {"mardi": [{"de": "00:00", "a": "24:00"}]}}


@pytest.fixture
def client(ouvrir, faire):
    return ouvrir(
        [
            faire(1, nom="Fromagerie Paul", categories=["fromagerie"], labels=["bio"]),
            faire(2, categories=["librairie"], lon=2.357, lat=48.936, code_postal="93200"),
            faire(
                3,
                categories=["traiteur"],
                lon=2.30,
                lat=48.85,
                modalites=[{"genre": "drive", "horaires": TOUJOURS}],
            ),
        ]
    )


def ids(answer):
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["numberReturned"] == len(body["features"])
    return sorted(feature["id"] for feature in body["features"])


def links(document):
    return {link["rel"]: link["href"] for link in document["links"]}


def test_everything_is_reached_from_the_door(client):
    door = client.get("/ogc").json()
    AccueilOgc.model_validate(door)
    ConformiteOgc.model_validate(client.get(links(door)["conformance"]).json())
    known = client.get(links(door)["data"]).json()
    CollectionsOgc.model_validate(known)
    (collection,) = known["collections"]
    assert client.get(links(collection)["self"]).json() == collection
    assert collection["extent"]["spatial"]["bbox"] == [[2.30, 48.85, 2.357, 48.936]]
    days = ["2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z"]
    assert collection["extent"]["temporal"]["interval"] == [days]
    page = client.get(links(collection)["items"]).json()
    ObjetsOgc[FicheResume].model_validate(page)
    for feature in page["features"]:
        item = client.get(f"{links(collection)['items']}/{feature['id']}").json()
        ObjetOgc[FicheResume].model_validate(item)
        assert client.get(links(item)["self"]).json() == item
        del item["links"]
        assert item == feature


def test_the_description_names_every_parameter(client):
    described = client.get("/ogc/api").json()
    assert described["openapi"].startswith("3.0")
    asked = described["paths"]["/collections/commerces/items"]["get"]["parameters"]
    names = {parameter["name"] for parameter in asked}
    assert {"bbox", "datetime", "limit", "livre_a", "modalite", "a", "dans_categorie"} <= names
    # A property given by its name would be asked by its code: GDAL hands filters over by name.
    assert not {"commune", "categorie"} & names


@pytest.mark.parametrize("path", [f"{ITEMS}/9", f"{ITEMS}/x", "/ogc/collections/velos"])
def test_what_is_not_there(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["1", "2", "3"]),
        ("bbox=2.34,48.8,2.4,48.9", ["1"]),
        ("bbox=2.355,-90,-179,90", ["2"]),
        ("bbox=170,-90,-170,90", []),
        ("datetime=2026-01-31", ["1", "2", "3"]),
        ("datetime=2026-02-01/..", []),
        ("dans_categorie=alimentation,restauration", ["1", "3"]),
        ("code_commune=93059", ["2"]),
        ("code_commune=75104", ["1"]),
        ("code_commune=75056", ["1", "3"]),
        ("ept=T6", ["2"]),
        ("q=fromagrie", ["1"]),
        ("label=bio", ["1"]),
        ("modalite=drive&a=2026-11-24T10:00:00Z", ["3"]),
    ],
)
def test_filters(client, query, found):
    assert ids(client.get(f"{ITEMS}?{query}")) == found


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("commune=Paris", "commune"),
        ("categorie=librairie", "categorie"),
        ("dans_categorie=boutique", "dans_categorie"),
        ("code_commune=13055", "code_commune"),
        ("limit=0", "limit"),
        ("bbox=1,2", "bbox"),
        ("livre_a=ici", "livre_a"),
    ],
)
def test_a_bad_question_is_refused_by_name(client, query, named):
    answer = client.get(f"{ITEMS}?{query}")
    assert (answer.status_code, answer.json()["parametre"]) == (400, named)


def test_an_empty_directory_has_a_collection_too(ouvrir):
    client = ouvrir([])
    CollectionsOgc.model_validate(client.get("/ogc/collections").json())
    assert ids(client.get(ITEMS)) == []


def test_following_the_pages_shows_each_shop_once(ouvrir, faire):
    client = ouvrir([faire(n, lat=48.85 + n % 3 / 1000) for n in range(1, 12)])
    found, path = [], f"{ITEMS}?limit=4&modalite=comptoir"
    while path:
        page = client.get(path)
        found += ids(page)
        assert page.json()["numberMatched"] == 11
        path = links(page.json()).get("next")
    assert sorted(map(int, found)) == list(range(1, 12))


def test_the_day_asked_for_is_the_day_shown(ouvrir, faire):
    """Confirmed after midnight in Paris is confirmed that day, whatever the day in UTC."""
    client = ouvrir([faire(1, verifie_le=datetime(2026, 1, 30, 23, 30, tzinfo=UTC))])
    (feature,) = client.get(ITEMS).json()["features"]
    assert feature["properties"]["verifie_le"] == "2026-01-31"
    assert ids(client.get(f"{ITEMS}?datetime=2026-01-31")) == ["1"]
    assert ids(client.get(f"{ITEMS}?datetime=2026-01-30")) == []
    (collection,) = client.get("/ogc/collections").json()["collections"]
    assert collection["extent"]["temporal"]["interval"] == [["2026-01-31T00:00:00Z"] * 2]
