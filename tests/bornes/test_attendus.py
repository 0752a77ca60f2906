"""What a cell should have held is said of every column of every schema."""

import pytest

from services.bornes import irve
from services.bornes.attendus import attendu, attendu_statut
from services.bornes.avitaillement import schema
from services.bornes.statuts import dynamique


@pytest.mark.parametrize("colonnes", [irve.COLONNES, schema.COLONNES])
def test_every_column_says_what_it_expects(colonnes):
    for colonne in colonnes:
        assert attendu("ILLI", colonne.name), colonne.name


def test_every_column_of_a_status_says_what_it_expects():
    for colonne in dynamique.COLONNES:
        assert attendu_statut("ILLI", colonne.name), colonne.name
    assert "+01:00" in str(attendu_statut("ILLI", "horodatage"))
    assert attendu_statut("ANTE", None) is None


def test_only_of_a_value_that_could_not_be_read():
    assert attendu("ENUM", "raccordement") is None
    assert attendu("CELL", None) is None
    assert attendu("COHS", "nom_station") is None


def test_the_example_given_is_read_as_it_is():
    """What is said to be expected is not refused."""
    examples = {"horaires": "Mo-Fr 08:00-18:00", "puissance_nominale": "7.4"}
    examples |= {"id_pdc_itinerance": "FRXXXE12345", "id_station_itinerance": "FRXXXP12345"}
    examples |= {"code_insee_commune": "94048", "coordonneesXY": "[2.3522,48.8566]"}
    for colonne in irve.COLONNES:
        if colonne.name in examples:
            text = examples[colonne.name]
            assert text in str(attendu("ILLI", colonne.name))
            assert irve.lire(colonne, text) == (text, ())
