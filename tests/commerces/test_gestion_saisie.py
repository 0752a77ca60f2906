"""What an agent writes: what stays of what it leaves out, and what is refused."""

import pytest

from tests.commerces.test_gestion import FICHE, app, client, create, key, replaced

__all__ = ["app", "client", "create"]

AUTRE_SIRET = "21750001600019"


def test_what_is_proved_of_a_listing_stays_when_it_is_written_again(client, create):
    first = create()
    assert first.json()["properties"]["niveau_preuve"] == 0
    vouched = replaced(client, first, niveau_preuve=3)
    kept = replaced(client, vouched, nom="Crèmerie d'essai")
    assert kept.json()["properties"]["niveau_preuve"] == 3
    lowered = replaced(client, kept, niveau_preuve=1)
    assert lowered.json()["properties"]["niveau_preuve"] == 1


def test_what_was_proved_of_one_shop_is_not_proved_of_its_successor(client, create):
    first = create(niveau_preuve=3)
    taken_over = replaced(client, first, siret=AUTRE_SIRET)
    assert taken_over.json()["properties"]["niveau_preuve"] == 0


SITE = {"genre": "site", "valeur": "https://exemple.fr/"}
TURNED, UNSEEN = (SITE | {"valeur": f"https://exemple.fr/{one}gpj"} for one in "\u202e\u200b")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"langues": ["zz"]}, "#/langues/0"),
        ({"contacts": [SITE, {**SITE, "public": True}]}, "#/contacts"),
        (
            {"contacts": [{"genre": "site", "valeur": "https://exemple.fr/\u202egpj"}]},
            "#/contacts/0",
        ),
        ({"contacts": [{"genre": "site", "valeur": "https://exemple.fr/\u200b"}]}, "#/contacts/0"),
    ],
)
def test_a_refusal_points_at_what_is_wrong(client, changes, pointer):
    answer = client.post("/gestion/fiches", json=FICHE | changes, headers=key())
    assert answer.status_code == 422
    assert answer.json()["erreurs"][0]["pointer"] == pointer


def test_hours_that_are_not_read_have_a_place(client):
    answer = client.post(
        "/gestion/fiches", json=FICHE | {"horaires_osm": "quand je veux"}, headers=key()
    )
    assert "`horaires_texte`" in answer.json()["detail"]


def test_marks_that_telephones_copy_around_a_text_are_no_part_of_it(create):
    written = create(nom="\u202aChez Essai\u202c", description="\u2068Pain\u2069 et vin")
    properties = written.json()["properties"]
    assert (properties["nom"], properties["description"]) == ("Chez Essai", "Pain et vin")


def test_the_same_number_may_serve_two_ways(client, create):
    order = {**SITE, "genre": "commande"}
    made = create(contacts=[SITE, order], langues=["fr", "ar"])
    assert len(made.json()["properties"]["contacts"]) == 2


@pytest.mark.parametrize(("lat", "status"), [(48.7549, 201), (48.7553, 422)])
def test_a_shop_may_stand_150_metres_from_the_communes_of_its_postcode(client, lat, status):
    """Some 135 and 165 metres north of what 94440 serves: a border street has two sides."""
    answer = client.post("/gestion/fiches", json=FICHE | {"lat": lat}, headers=key())
    assert answer.status_code == status


def test_positions_are_kept_with_six_decimals(create):
    """As imports keep them: ten centimetres; more is no measure, and RFC 7946 advises against."""
    ring = [(2.50000049, 48.7), (2.6, 48.7), (2.6, 48.78000051), (2.50000049, 48.7)]
    contour = {"type": "Polygon", "coordinates": [ring]}
    livraison = {"genre": "livraison", "zone": {"type": "polygone", "geometrie": contour}}
    written = create(lon=2.555312345678, lat=48.737512345678, modalites=[livraison]).json()
    assert written["geometry"]["coordinates"] == [2.555312, 48.737512]
    (modalite,) = written["properties"]["modalites_detail"]
    assert modalite["zone"]["geometrie"]["coordinates"] == [
        [[2.5, 48.7], [2.6, 48.7], [2.6, 48.780001], [2.5, 48.7]]
    ]
