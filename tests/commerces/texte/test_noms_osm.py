"""What OpenStreetMap calls a kind of shop in French finds the shops of that kind."""

import json

from services.commerces import taxonomie


def asked_by_name(client, presets):
    """By preset whose tags are those of a category: that category, and those that its name finds.

    Its name is asked as it is, « magasin de » and « boutique de » included.
    """
    codes = {
        frozenset(tuple(tag.split("=")) for tag in tags.split("+")): category.code
        for category in taxonomie.categories().values()
        for tags in category.osm
    }
    for preset in presets:
        code = codes.get(frozenset(preset["tags"].items()))
        if code is not None:
            params = {"q": preset["name_fr"], "limite": 500, "champs": "categories"}
            answer = client.get("/fiches", params=params).json()
            found = {one["properties"]["categories"][0] for one in answer["features"]}
            yield preset["name_fr"], code, found


def test_the_name_of_a_kind_finds_its_shops(ouvrir, faire, donnees_reelles):
    listings = [
        faire(number, nom=f"Enseigne {number}", categories=[code])
        for number, code in enumerate(taxonomie.categories(), 1)
    ]
    text = (donnees_reelles / "commerces/osm_presets_commerce_fr.json").read_text()
    asked = list(asked_by_name(ouvrir(listings), json.loads(text)))
    assert len(asked) > 80
    assert [(name, code) for name, code, found in asked if code not in found] == []
