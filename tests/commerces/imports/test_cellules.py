"""Cells as spreadsheets and people write them: names, hours, dates, postcodes, numbers."""

import pytest

from services.commerces.imports import colonnes, detail
from services.commerces.saisie import as_kept, of_osm
from tests.commerces.imports.conftest import SHOP, lire

NULL = r"\N"


def codes(constats):
    return [one[0] for one in constats]


@pytest.mark.parametrize("absent", ["N/A", "ND", "-", "null", "[ND]", "   ", "#NOM?", "#VALEUR!"])
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


@pytest.mark.parametrize(
    "received",
    [
        "09:00-19:00",
        "09:00-12:00, 14:00-19:00",
        "Lun-Ven 9h-18h, Ven 9h-17h",
        "Lun-Sam 9h-12h 14h-19h, Mer 9h-12h",
        "vendredi 13h-9h",
        "Fermé de 12h à 14h du lundi au vendredi",
    ],
)
def test_hours_that_may_mean_something_else_are_a_text(received):
    row, said = lire(SHOP | {"horaires": received})
    assert (row["horaires"], row["horaires_texte"]) == (NULL, received)
    assert codes(said) == ["HORT"]


DEEP = '{"lundi": ' + "[" * 600 + "]" * 600 + "}"


@pytest.mark.parametrize(
    ("received", "osm", "texte"),
    [
        (
            {"lundi": "9h-12h", "mardi": ["9h-12h", "14h-18h"], "dimanche": "fermé"},
            "Mo 09:00-",
            NULL,
        ),
        ({"monday": "9-12"}, NULL, "monday : 9-12"),
        ({"lundi": {"de": "9h"}}, NULL, 'lundi : {"de": "9h"}'),
        ("{lundi 9h", NULL, "{lundi 9h"),
        (DEEP, NULL, DEEP),
    ],
)
def test_hours_by_day_are_read_as_a_text_of_them(received, osm, texte):
    row, _ = lire(SHOP | {"horaires": received})
    assert row["horaires_osm"].startswith(osm)
    assert row["horaires_texte"] == texte


SIRET = "73282932000074"


@pytest.mark.parametrize(
    "received", [f"{SIRET}.0", f"'{SIRET}", f'="{SIRET}"', "732 829 320 00074", SIRET]
)
def test_sirets_of_spreadsheets(received):
    row, said = lire(SHOP | {"siret": received})
    assert (row["siret"], said) == (SIRET, [])


@pytest.mark.parametrize("received", ["33143000000", "143000000.0", "33143000000.0", "'143000000"])
def test_telephones_of_spreadsheets(received):
    row, said = lire(SHOP | {"telephone": received})
    assert '"+33143000000"' in row["contacts"]
    assert codes(said) == ["TELR"]


def test_details_of_spreadsheets():
    kept, said = detail.modalite(
        "livraison",
        {
            "commande_jusqu_a": "17:30:00",
            "delai_min": "45.0",
            "minimum": "1 500,00",
            "zone": ["75011", "75012"],
            "du": "2026/12/01",
            "au": "31/12/2026",
        },
    )
    assert said == []
    assert (kept["commande_jusqu_a"], kept["delai_min"]) == ("17:30", "45")
    assert (kept["minimum"], kept["du"], kept["au"]) == ("1500.00", "2026-12-01", "2026-12-31")
    assert kept["zone"] == {"type": "codes_postaux", "codes": ["75011", "75012"]}
    long, said = detail.modalite("livraison", {"zone": [f"751{n:02}" for n in range(1, 21)] * 3})
    assert (len(set(long["zone"]["codes"])), said) == (20, [])
    kept, said = detail.modalite("livraison", {"zone": ["75011", "ailleurs"]})
    assert ("zone" in kept, [one.code for one in said]) == (False, ["ZONI"])
    kept, said = detail.modalite("drive", {"du": "46357", "au": "46387.0"})
    assert (kept["du"], kept["au"], said) == ("2026-12-01", "2026-12-31", [])
    kept, said = detail.modalite("drive", {"du": "2026-12-31", "au": "2026-12-01"})
    assert ("au" in kept, [one.code for one in said]) == (False, ["DATI"])


def test_a_position_that_is_not_read_is_shown():
    _, said = lire(SHOP | {"position": "là-bas"})
    assert ["POSA", "position", "là-bas", None] in said


def test_texts_misread_before_they_came_are_restored():
    row, said = lire(
        SHOP
        | {
            "nom": "Boulangerie FranÃ§ois &amp; fils",
            "description": "Ã\xa0 table\nl&#039;Ã©tÃ©",
            "modalites": "Livraisons Ã\xa0 domicile",
            "horaires": "lundi Ã\xa0 vendredi 9h-12h",
        }
    )
    assert row["nom"] == "Boulangerie François & fils"
    assert row["description"] == r"à table\nl'été"
    assert row["horaires_osm"].startswith("Mo-Fr 09:00-12:00;")
    assert '"genre":"livraison"' in row["modalites"]
    assert codes(said)[:4] == ["TEXT"] * 4
    assert said[0] == [
        "TEXT",
        "nom",
        "Boulangerie FranÃ§ois &amp; fils",
        "Boulangerie François & fils",
    ]


@pytest.mark.parametrize("nom", ["Bar & Co ", " Câlin", "Pâtes & Cie", "R&D;"])
def test_ordinary_texts_are_not_restored(nom):
    _, said = lire(SHOP | {"nom": nom})
    assert "TEXT" not in codes(said)


def test_columns_whose_names_were_misread_are_known():
    assert colonnes.nom("TÃ©lÃ©phone") == "telephone"
