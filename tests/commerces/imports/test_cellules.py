"""Cells as spreadsheets and people write them: names, hours, dates, postcodes, numbers."""

import pytest

from services.commerces.imports import detail
from services.commerces.saisie import as_kept, of_osm
from tests.commerces.imports.conftest import SHOP, lire

NULL = r"\N"


def codes(constats):
    return [one[0] for one in constats]


@pytest.mark.parametrize("absent", ["N/A", "-", "null", "[ND]", "   "])
def test_the_sign_serves_where_the_name_says_nothing(absent):
    row, _ = lire(SHOP | {"nom": absent, "enseigne": "Chez Zigomar"})
    assert (row["nom"], row["statut"]) == ("Chez Zigomar", "accepte")


def test_absent_hours_leave_those_in_letters():
    row, said = lire(SHOP | {"horaires": "N/A", "horaires_texte": "lundi 9h-12h"})
    assert row["horaires_osm"].startswith("Mo 09:00-12:00;")
    assert codes(said) == ["NULX", "HORL"]


def test_hours_and_those_in_letters_are_both_kept():
    row, said = lire(
        SHOP | {"horaires": "Mo 09:00-12:00; PH off", "horaires_texte": "Fermé en août"}
    )
    assert (row["horaires_osm"], row["horaires_texte"]) == (
        "Mo 09:00-12:00; PH off",
        "Fermé en août",
    )
    assert said == []
    row, said = lire(SHOP | {"horaires": "Sur rendez-vous", "horaires_texte": "lundi 9h-12h"})
    assert row["horaires_osm"].startswith("Mo 09:00-12:00;")
    assert (row["horaires_texte"], codes(said)) == ("Sur rendez-vous", ["HORT", "HORL"])
    row, said = lire(SHOP | {"horaires": "Sur rendez-vous", "horaires_texte": "ou au marché"})
    assert row["horaires_texte"] == r"Sur rendez-vous\nou au marché"
    kept, _ = detail.modalite(
        "drive", {"horaires": "Mo 09:00-12:00; PH off", "horaires_texte": "Fermé en août"}
    )
    assert (kept["horaires_osm"], kept["horaires_texte"]) == (
        "Mo 09:00-12:00; PH off",
        "Fermé en août",
    )


@pytest.mark.parametrize(
    ("received", "said"),
    [("off", []), ("Lun-Ven 9h-12h 14h-18h30", ["HORL"]), ("Mo-Fr 09:00-12:00", [])],
)
def test_hours_that_a_registration_accepts_are_read(received, said):
    row, found = lire(SHOP | {"horaires": received})
    assert row["horaires"] != NULL
    assert codes(found) == said
    assert detail.heures("horaires", received).horaires == as_kept(of_osm(received))
