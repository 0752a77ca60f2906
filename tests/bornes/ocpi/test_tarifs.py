"""Prices: all of a text is understood, or nothing of it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.ocpi.tarifs import GRATUIT, identifiant, lire, prix, tariff, tariffs
from shared.schemas.ocpi import Tariff

PARTY = ("FR", "ESS")
SAID = "2024-03-01T12:30:15Z"


@pytest.mark.parametrize(
    ("texte", "components", "ttc"),
    [
        ("0,40€ / kwh pour les non abonnés.", [("ENERGY", 0.4)], True),
        ("0,80€/kWh", [("ENERGY", 0.8)], True),
        ("0,42€KWHHT", [("ENERGY", 0.42)], False),
        ("1,25€/KWH HT", [("ENERGY", 1.25)], False),
        ("0,25 € le kWh", [("ENERGY", 0.25)], True),
        ("0.30 euro par kWh TTC", [("ENERGY", 0.3)], True),
        ("0,35€/kWh + 0,03€/min", [("ENERGY", 0.35), ("TIME", 1.8)], True),
        ("1€ de connexion, 2 €/h", [("FLAT", 1), ("TIME", 2)], True),
        ("3€ la session et 0,2€/kWh (HT)", [("FLAT", 3), ("ENERGY", 0.2)], False),
    ],
)
def test_prices_that_are_understood(texte, components, ttc):
    found = lire(texte)
    assert [(one.type, float(one.price)) for one in found.composantes] == components
    assert found.ttc is ttc


@pytest.mark.parametrize(
    "texte",
    [
        "",
        "0.36€",
        "0.663",
        "Inconnu",
        "https://belib.paris",
        "0,35€/kWh + 0,03€/min entre 6h et 18h, 15€ la session entre 18h et 6h",
        "Tarification au kWh plus frais de connexion éventuelles",
        "0,40€/kWh pour les abonnés",
        "0,40€/kWh HT + 1€/h TTC",
        "0,40€/kWh + 0,50€/kWh",
        "0,40€/kWh +",
        "0,40€/kWhx",
        "0,40$/kWh",
        "0,40€/kWh" + " " * 600 + ".",
    ],
)
def test_prices_that_are_not(texte):
    assert lire(texte) is None


def test_free_or_not():
    assert prix(gratuit=None, tarification=None) is None
    assert prix(gratuit=False, tarification="Inconnu") is None
    assert prix(gratuit=True, tarification=None) == GRATUIT
    assert prix(gratuit=True, tarification="Gratuit") == GRATUIT
    assert prix(gratuit=True, tarification="0,40€/kWh") is None
    assert prix(gratuit=None, tarification="0,40€/kWh") == lire("0,40€/kWh")


@pytest.mark.parametrize(
    ("texte", "price", "step"),
    [
        ("0,40€/kWh", 0.3333, 1),
        ("0,05€/min", 2.5, 60),
        ("2€/h", 1.6667, 60),
        ("1€/session", 0.8333, 1),
    ],
)
def test_a_price_without_tax_is_rounded_and_time_is_paid_by_the_minute(texte, price, step):
    _, found = component(texte, "2.2.1")
    assert (found["price"], found["step_size"]) == (price, step)


def component(texte, version):
    found = tariff(PARTY, lire(texte), version=version, last_updated=SAID)
    Tariff.model_validate(found)
    return found, found["elements"][0]["price_components"][0]


def test_vat():
    older, price = component("0,42€/kWh", "2.2.1")
    assert (price["price"], price["vat"]) == (0.35, 20.0)
    assert "tax_included" not in older
    newer, price = component("0,42€/kWh", "2.3.0")
    assert (price["price"], newer["tax_included"]) == (0.42, "YES")
    newer, price = component("0,42€/kWh HT", "2.3.0")
    assert (price["price"], newer["tax_included"]) == (0.42, "NO")
    _, price = component("0,42€/kWh HT", "2.2.1")
    assert price["price"] == 0.42


def test_a_free_tariff_is_like_the_standard_s_example():
    found = tariff(PARTY, GRATUIT, version="2.3.0", last_updated=SAID)
    assert found["elements"] == [
        {"price_components": [{"type": "FLAT", "price": 0.0, "step_size": 0}]}
    ]
    assert found["tax_included"] == "N/A"
    assert "tariff_alt_text" not in found


def test_the_id_of_a_tariff_is_its_content():
    first, same, other = map(lire, ("0,42€/kWh", "0,42€/kWh", "0,43€/kWh"))
    assert identifiant(PARTY, first) == identifiant(PARTY, same)
    assert identifiant(PARTY, first) != identifiant(PARTY, other)
    assert identifiant(PARTY, first) != identifiant(("FR", "YYY"), first)
    assert len(identifiant(PARTY, first)) <= 36


def test_equal_prices_of_a_party_are_one_tariff_as_recent_as_its_last_point():
    day = datetime(2024, 1, 1, tzinfo=UTC)
    declared = [
        ("FRESSP1", False, "0,42€/kWh", day + timedelta(days=2)),
        ("FRESSP2", None, "0,42€/kWh", day + timedelta(days=1)),
        ("FRYYYP1", None, "0,42€/kWh", day),
        ("FRYYYP1", None, "Inconnu", day),
        ("Non concerné", True, None, day + timedelta(days=9)),
    ]
    found = tariffs(declared, version="2.3.0", editeur="GPR")
    assert [(one["party_id"], one["last_updated"]) for one in found] == [
        ("YYY", "2024-01-01T00:00:00Z"),
        ("ESS", "2024-01-03T00:00:00Z"),
        ("GPR", "2024-01-10T00:00:00Z"),
    ]


PARTS = st.tuples(
    st.from_regex(r"[0-9]{1,2}([.,][0-9]{1,5})?", fullmatch=True),
    st.sampled_from(["€", " €", " euros", "eur "]),
    st.sampled_from(["/", " par ", "", " la "]),
    st.sampled_from(["kWh", "KWH", "min", "h", "heure", "session", "recharge"]),
    st.sampled_from(["", " HT", " TTC"]),
).map("".join)
TEXTS = st.tuples(
    st.lists(PARTS, min_size=1, max_size=3),
    st.sampled_from([" + ", ", ", " puis ", " et ", " ou "]),
    st.sampled_from(["", ".", " pour les non abonnés", " (HT)", " le soir"]),
).map(lambda text: text[1].join(text[0]) + text[2])


@given(TEXTS | st.text(alphabet="0123456789,.€ /+kWhminsession HT", max_size=60))
def test_a_text_is_read_whole_or_not_at_all(texte):
    found = lire(texte)
    if found is not None:
        assert all(one.price >= 0 for one in found.composantes)
        assert len(found.composantes) == len(re.findall("€|eur(?!e)", texte))
        Tariff.model_validate(tariff(PARTY, found, version="2.2.1", last_updated=SAID))
        assert lire(f"{texte} sauf le dimanche") is None
