"""What a JSON file nests: an address, texts by language, modalities by their name."""

import json

import orjson
import pytest

from tests.commerces.imports.conftest import SHOP, lire
from tests.commerces.imports.test_fichier import records

PLACE = {one: SHOP[one] for one in ("nom", "position", "categories")}
ADDRESS = {"adresse": "1 rue X", "code_postal": "94440"}


def read(element):
    """What is kept of an element of JSON, its modalities, and the codes of what was said."""
    ((_, values),) = records(json.dumps([element]))
    row, constats = lire(values)
    told = row["modalites"] if row["statut"] != "rejete" else "[]"
    modalites = {one.pop("genre"): one for one in orjson.loads(told)}
    return row, modalites, [one[0] for one in constats]


@pytest.mark.parametrize(
    "address",
    [
        {"rue": "1 rue X", "code_postal": "94440", "ville": "Marolles-en-Brie"},
        {"numero": "1", "voie": "rue X", "codePostal": "94440"},
        {"housenumber": "1", "street": "rue X", "postcode": "94440", "name": "1 rue X"},
        {"@type": "PostalAddress", "streetAddress": "1 rue X", "postalCode": "94440"},
    ],
)
def test_an_address_in_parts(address):
    row, _, _ = read(PLACE | {"adresse": address, "modalites": "livraison"})
    assert (row["adresse"], row["code_postal"]) == ("1 rue X", "94440")


def test_a_text_in_several_languages_is_the_french_one():
    row, _, _ = read(PLACE | ADDRESS | {"nom": {"fr": "Chez x", "en": "At x"}})
    assert row["nom"] == "Chez x"


def test_an_object_is_no_name_and_no_address():
    row, _, codes = read(
        PLACE | {"adresse": {"name": "Chez y", "label": "bio"}, "commune": {"a": 1}}
    )
    assert (row["statut"], row["nom"]) == ("rejete", PLACE["nom"])
    assert "OBLI" in codes
    _, _, codes = read(PLACE | ADDRESS | {"nom": {"label": "x"}, "enseigne": ""} | {"siret": "1"})
    assert "OBLI" in codes


@pytest.mark.parametrize("within", [True, False])
def test_modalities_by_their_name(within):
    told = {"livraison": {"minimum": 15, "zone": ["94440"]}, "drive": False, "comptoir": True}
    nested = {"modalites": told} if within else told
    _, modalites, codes = read(PLACE | ADDRESS | nested)
    assert sorted(modalites) == ["comptoir", "livraison"]
    assert modalites["livraison"]["minimum"] == "15.00"
    assert modalites["livraison"]["zone"] == {"type": "codes_postaux", "codes": ["94440"]}
    assert codes == []


def test_a_modality_that_says_it_is_not_offered():
    nested = {"livraison": {"disponible": False, "minimum": 15}, "comptoir": {"disponible": True}}
    _, modalites, codes = read(PLACE | ADDRESS | nested)
    assert (list(modalites), codes) == (["comptoir"], ["MODE"])


@pytest.mark.parametrize("name", ["contact", "contacts", "Contact"])
def test_contacts_by_their_name_without_that_of_a_person(name):
    told = {"nom": "Jean Essai", "tel": "01 42 36 00 00", "email": "a@exemple.fr", "site": "b.fr"}
    row, _, _ = read(PLACE | ADDRESS | {"modalites": "livraison", name: told})
    kept = {one["genre"]: (one["valeur"], one["public"]) for one in orjson.loads(row["contacts"])}
    assert kept == {
        "telephone": ("+33142360000", True),
        "courriel": ("a@exemple.fr", False),
        "site": ("https://b.fr", True),
    }
    assert row["nom"] == SHOP["nom"]
