"""The map of shops: clusters and tiles agree, and count everyone once."""

from itertools import product

import mapbox_vector_tile
import pytest

from shared.schemas.commerces_carte import GrappesFiches

PLACES = [(2.34 + x / 500, 48.85 + y / 500) for x, y in product(range(6), range(5))]


@pytest.fixture
def client(ouvrir, faire):
    return ouvrir(
        [
            faire(n, lon=lon, lat=lat, categories=["librairie" if n % 2 else "fromagerie"])
            for n, (lon, lat) in enumerate(PLACES, 1)
        ]
    )


@pytest.mark.parametrize("zoom", [0, 8, 11, 13, 14, 20])
def test_each_shop_is_counted_once_at_every_zoom(client, zoom):
    answer = client.get("/grappes", params={"zoom": zoom, "bbox": "2.3,48.8,2.4,48.9"})
    assert answer.status_code == 200
    GrappesFiches.model_validate(answer.json())
    counts = [f["properties"].get("fiches", 1) for f in answer.json()["features"]]
    assert sum(counts) == answer.json()["fiches"] == len(PLACES)
    assert (max(counts) == 1) == (zoom >= 14)


def test_criteria_apply_before_grouping(client):
    answer = client.get("/grappes", params={"zoom": 8, "categorie": "librairie"}).json()
    assert answer["fiches"] == 15


def test_a_tile_has_what_clusters_have(client):
    tile = mapbox_vector_tile.decode(client.get("/tuiles/11/1037/704.mvt").content)
    clusters = {
        f["properties"]["id"]: f["properties"]["fiches"] for f in tile["grappes"]["features"]
    }
    box = "2.2852,48.8069,2.4609,48.9225"
    answer = client.get("/grappes", params={"zoom": 11, "bbox": box}).json()
    found = {
        f["id"]: f["properties"]["fiches"]
        for f in answer["features"]
        if "fiches" in f["properties"]
    }
    assert clusters
    assert clusters.items() <= found.items()


def test_a_tile_says_how_to_draw_each_shop(client):
    tile = mapbox_vector_tile.decode(client.get("/tuiles/14/8298/5636.mvt").content)
    properties = [f["properties"] for f in tile["fiches"]["features"]]
    assert properties
    assert {p["categorie"] for p in properties} <= {"librairie", "fromagerie"}
    assert {p["modalites"] for p in properties} == {"comptoir"}
    assert "grappes" not in tile


def test_too_much_is_refused_not_cut(ouvrir, faire):
    client = ouvrir([faire(n, lon=2.3 + n / 1e5, lat=48.85) for n in range(1, 5_002)])
    answer = client.get("/grappes", params={"zoom": 20})
    assert answer.status_code == 400
    assert answer.json()["parametre"] == "bbox"


@pytest.mark.parametrize(("path", "name"), [("/tuiles/3/8/0.mvt", "x"), ("/tuiles/3/0/8.mvt", "y")])
def test_a_tile_that_is_not_of_its_zoom(client, path, name):
    answer = client.get(path)
    assert answer.status_code == 400
    assert answer.json()["parametre"] == name
