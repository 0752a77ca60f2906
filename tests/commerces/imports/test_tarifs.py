"""Prices in French prose: what is sure is read, and nothing that customers should read is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.imports import detail, tarifs


@pytest.mark.parametrize(
    ("colonne", "text", "read"),
    [
        ("frais", "gratuite à partir de 25 euros", {"franco": "25.00"}),
        ("frais", "Gratuit dès 30€ d’achat", {"franco": "30.00"}),
        ("frais", "5 € (offerts dès 50 €)", {"frais": "5.00", "franco": "50.00"}),
        ("frais", "3,50€, livraison offerte à partir de 40€", {"frais": "3.50", "franco": "40.00"}),
        ("frais", "4 € TTC", {"frais": "4.00"}),
        ("frais", "selon distance", {}),
        ("frais", "5€ puis 1€/km", {}),
        ("frais", "de 3 à 5 €", {}),
        ("franco", "dès 50 euros", {"franco": "50.00"}),
        ("minimum", "à partir de 15 euros", {"minimum": "15.00"}),
        ("minimum", "20€ minimum", {"minimum": "20.00"}),
        ("minimum", "Minimum de 12,50 €", {"minimum": "12.50"}),
        ("minimum", "20€ min.", {"minimum": "20.00"}),
        ("minimum", "20 min", {}),
        ("minimum", "Min : 15 €", {"minimum": "15.00"}),
        ("frais", "Gratuit dès 30€, sinon 3 €", {"franco": "30.00", "frais": "3.00"}),
        ("minimum", "30 € d’achat minimum", {"minimum": "30.00"}),
        ("minimum", "Pas de minimum.", {"minimum": "0.00"}),
        ("minimum", "20 à 30 €", {}),
        ("minimum", "une bouteille", {}),
        ("delai_min", "20 € minimum", {}),
        ("frais", "٣ €", {}),
        ("franco", "gratuit dès ٣٣ €", {}),
    ],
)
def test_prices_in_prose(colonne, text, read):
    assert tarifs.lire(colonne, text) == read


@given(st.sampled_from(["frais", "franco", "minimum"]), st.text(max_size=40))
def test_any_text_is_read_or_not(colonne, text):
    assert set(tarifs.lire(colonne, text)) <= {"frais", "franco", "minimum"}


@given(st.sampled_from(["frais", "franco", "minimum"]), st.integers(0, 9_999_999))
def test_an_amount_with_its_cents_is_that_amount(colonne, cents):
    text = f"{cents // 100},{cents % 100:02} euros TTC"
    assert tarifs.lire(colonne, text) == {colonne: f"{cents // 100}.{cents % 100:02}"}


def test_an_amount_of_its_own_column_wins_over_that_of_a_text():
    found, _ = detail.modalite("livraison", {"franco": "60", "frais": "5 € (offerts dès 50 €)"})
    assert (found["frais"], found["franco"]) == ("5.00", "60.00")
    found, _ = detail.modalite("livraison", {"frais": "5 € (offerts dès 50 €)", "franco": "60"})
    assert (found["frais"], found["franco"]) == ("5.00", "60.00")


@pytest.mark.parametrize(
    ("column", "text", "note"),
    [
        ("delai_min", "30-45 min", "délai : 30-45 min"),
        ("delai_min", "24h / 48h", "délai : 24h / 48h"),
        ("frais", "5-10€", "frais : 5-10€"),
        ("franco", "30/50 €", "livraison offerte : 30/50 €"),
        ("frais", "10%", None),
        ("minimum", "2020-12-01", None),
    ],
)
def test_what_is_between_two_amounts_is_told_in_the_note(column, text, note):
    found, _ = detail.modalite("livraison", {column: text})
    assert (found.get("note"), column in found) == (note, False)


def test_what_cannot_be_read_is_told_in_the_note():
    found, constats = detail.modalite(
        "livraison",
        {
            "zone": "Paris et proche banlieue",
            "frais": "selon distance",
            "delai_min": "le lendemain",
            "commande_jusqu_a": "la veille",
            "note": "À vélo",
        },
    )
    assert found["note"] == (
        "À vélo ; Paris et proche banlieue ; frais : selon distance ; délai : le lendemain"
        " ; commande : la veille"
    )
    assert [one.code for one in constats] == ["ZONT", "MONT", "MONT", "MONT"]


@pytest.mark.parametrize("text", ["1000 h", "12,5,6", "non", "99999", "???"])
def test_what_tells_nothing_is_no_note(text):
    found, constats = detail.modalite("livraison", {"delai_min": text})
    assert "note" not in found
    assert [one.code for one in constats] == ["MONI"]


def test_a_note_is_no_longer_than_may_be():
    found, _ = detail.modalite("livraison", {"note": "x" * 299, "frais": "selon distance"})
    assert len(found["note"]) <= detail.NOTE_MAX
