"""Shops of OpenStreetMap: all that their tags say of what the directory holds."""

import io
import json

import orjson
import pytest

from services.commerces import taxonomie
from services.commerces.imports.fichier import ouvrir
from tests.commerces.imports.conftest import lire
from tests.commerces.imports.test_fichier import records

TAGS = {
    "amenity": "restaurant",
    "cuisine": "pizza;burger",
    "name": "Pizza x",
    "addr:housenumber": "3",
    "addr:street": "rue de Paris",
    "addr:postcode": "93100",
    "takeaway": "only",
    "delivery": "yes",
    "drive_through": "no",
    "pickup": "yes",
    "opening_hours": "Mo-Su 11:00-23:00; PH off",
    "opening_hours:delivery": "Mo-Su 18:00-22:00; PH off",
    "payment:cash": "yes",
    "payment:credit_cards": "yes",
    "payment:debit_cards": "yes",
    "payment:cheque": "no",
    "diet:halal": "only",
    "organic": "no",
    "wheelchair": "limited",
}
OVERPASS = {"elements": [{"type": "node", "id": 1, "lat": 48.859, "lon": 2.4386, "tags": TAGS}]}
GEOJSON = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"@id": "node/1", **TAGS},
            "geometry": {"type": "Point", "coordinates": [2.4386, 48.859]},
        }
    ],
}


@pytest.mark.parametrize("document", [OVERPASS, GEOJSON])
def test_a_shop_of_open_street_map_is_read_whole(document):
    text = json.dumps(document)
    assert ouvrir(io.BytesIO(text.encode())).ignorees == ()
    ((_, values),) = records(text)
    row, constats = lire(values)
    assert constats == []
    assert row["cle"] == "id:node/1"
    assert row["categories"] == "{restaurant_italien}"
    assert row["paiements"] == "{especes,carte}"
    assert row["labels"] == "{halal}"
    assert row["accessibilites"] == "{fauteuil_avec_aide}"
    modalites = {one["genre"]: one for one in orjson.loads(row["modalites"])}
    assert sorted(modalites) == ["comptoir", "livraison", "point_collecte"]
    assert modalites["comptoir"]["note"] == "Uniquement"
    assert modalites["livraison"]["horaires_osm"] == "Mo-Su 18:00-22:00; PH off"


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"shop=bakery"}, "boulangerie"),
        ({"amenity=restaurant"}, "restaurant"),
        ({"amenity=restaurant", "cuisine=japanese"}, "restaurant_japonais"),
        ({"cuisine=japanese"}, None),
        ({"shop=supermarket", "organic=only"}, "produits_bio"),
        ({"shop=weapons"}, None),
    ],
)
def test_the_narrowest_category_of_some_tags(tags, code):
    assert taxonomie.of_tags(tags) == code


def test_a_kind_that_is_none_of_ours_is_said():
    tags = {**TAGS, "amenity": "bench"}
    ((_, values),) = records(json.dumps({"elements": [{**OVERPASS["elements"][0], "tags": tags}]}))
    row, constats = lire(values)
    assert (row["categories"], [one[0] for one in constats]) == ("{autre}", ["CATE"])
