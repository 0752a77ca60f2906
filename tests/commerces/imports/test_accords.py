"""What a shop agrees to see published, whole, in part or not at all."""

import pytest

from services.commerces.imports.contacts import contacts
from tests.commerces.imports.conftest import codes
from tests.commerces.imports.test_rejets import SHOP


@pytest.mark.parametrize(
    ("said", "public"),
    [
        *[
            (said, ["telephone", "site"])
            for said in (
                *("Oui", "J’accepte que ces informations soient publiées", "Oui, sans problème"),
                *("Je n’y vois pas d’inconvénient", "Je ne m’y oppose pas", "Oui, sans réserve"),
                *(
                    "Oui sauf mail",
                    "Oui, mais pas mon adresse e-mail",
                    "Oui, pas le courriel.",
                    "Pas contre",
                ),
            )
        ],
        *[
            (said, ["site"])
            for said in ("Oui sauf téléphone", "oui, mais pas mon numéro", "Oui sauf tél. et mail")
        ],
        *[
            (said, [])
            for said in (
                *("Accord partiel", "Oui, uniquement le nom et l’adresse", "Partiellement"),
                *("Oui sauf coordonnées", "Oui (hors site internet)", "D’accord sous réserve"),
                *("Oui, uniquement le téléphone", "Oui mais sans le téléphone ni le site"),
            )
        ],
    ],
)
def test_an_agreement_for_a_part_shows_no_more_than_it(said, public):
    told = {"telephone": "01 42 36 00 00", "site": "https://exemple.fr/", "publication": said}
    constats = []
    found = contacts(told, constats)
    assert [one["genre"] for one in found if one["public"]] == public
    hidden = ", ".join(one["valeur"] for one in found if not one["public"])
    assert [one.retenu for one in constats if one.code == "ACCP"] == ([hidden] if hidden else [])


def test_an_agreement_for_a_part_stays_private_in_the_listing(take, shown):
    found = take({**SHOP, "telephone": "01 42 36 00 00", "publication": "oui sauf téléphone"})
    ((_, properties),) = shown().values()
    assert [one.public for one in properties.contacts if one.genre == "telephone"] == [False]
    assert codes(found)["ACCP"] == 1
