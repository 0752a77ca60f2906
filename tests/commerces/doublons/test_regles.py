"""Which listings are proposed as one shop, and why."""

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.doublons.regles import (
    DISTANCE_M,
    SEUIL,
    candidat,
    compare,
    paires,
    ressemblance,
)

PHONE = {"genre": "telephone", "valeur": "+33199001234"}
SITE = {"genre": "site", "valeur": "https://www.exemple.fr/"}
BOOK = {"genre": "facebook", "valeur": "https://www.facebook.com/exemple"}


def shop(number=1, nom="Fromagerie d'essai", siret=None, **changes):
    values = {"lon": 2.35, "lat": 48.85, "contacts": [], "categorie": "fromagerie", **changes}
    return candidat(number, nom, siret, **values)


@pytest.mark.parametrize(
    ("one", "other", "proposed"),
    [
        ({}, {}, True),
        ({}, {"nom": "FROMAGERIE D ESSAI"}, True),
        ({}, {"nom": "Fromagerie d'Essay"}, True),
        ({}, {"nom": "La Fromagerie d'Essai (Paris)"}, True),
        ({"nom": "Boulangerie"}, {"nom": "Boulangerie Martin"}, True),
        ({"nom": "Boulangerie"}, {"nom": "Boulangerie Martin", "lat": 48.8505}, False),
        ({}, {"nom": "Café d'essai"}, False),
        # What one name adds is the trade; one that adds something else is another shop.
        ({"nom": "Zigomar"}, {"nom": "La Fromagerie Zigomar"}, True),
        ({"nom": "Chez Zigomar"}, {"nom": "Zigomar"}, True),
        ({"nom": "Zigomar"}, {"nom": "Zigomar Voyages Immobilier"}, False),
        ({"nom": "Fromagerie"}, {"nom": "Fromagerie Boucherie"}, False),
        ({"nom": "Chez Zigomar"}, {"nom": "Chez Zigomar Voyages Immobilier"}, True),
        ({}, {"lat": 48.8508}, True),
        ({}, {"lat": 48.8511}, False),
        ({"contacts": [PHONE, SITE]}, {"contacts": [PHONE, SITE], "lat": 48.8511}, False),
        # A phone alone proves nothing, nor do two names under one roof.
        ({"contacts": [PHONE]}, {"nom": "Pâtisserie Stohrer", "contacts": [PHONE]}, False),
        ({"contacts": [BOOK]}, {"nom": "Fromagerie du marché", "contacts": [BOOK]}, False),
        (
            {"contacts": [PHONE, SITE]},
            {"nom": "Fromages d'essais", "contacts": [PHONE, SITE]},
            True,
        ),
        ({"siret": "a"}, {"siret": "b"}, False),
        (
            {"siret": "a", "contacts": [PHONE, SITE]},
            {"siret": "b", "contacts": [PHONE, SITE]},
            False,
        ),
        ({"siret": "a"}, {"siret": None}, True),
        ({"siret": "a"}, {"siret": "a", "nom": "Autre", "lat": 48.9}, True),
        ({"nom": "…"}, {"nom": "…"}, False),
    ],
)
def test_pairs(one, other, proposed):
    pair = compare(shop(1, **one), shop(2, **other))
    assert (pair is not None) is proposed
    assert bool(list(paires([shop(1, **one), shop(2, **other)]))) is proposed


def test_reasons_are_said():
    pair = compare(
        shop(1, contacts=[PHONE, SITE]), shop(2, contacts=[PHONE, SITE], categorie="restaurant")
    )
    assert pair.raisons == {
        "meme_siret": None,
        "distance_m": 0,
        "ressemblance_nom": 1.0,
        "meme_telephone": True,
        "meme_domaine": True,
        "meme_categorie": False,
    }
    assert pair.score == 0.85


@pytest.mark.parametrize(
    ("one", "other", "same_siret", "same_phone", "same_domain"),
    [
        ({"siret": "a", "contacts": [PHONE]}, {"contacts": [SITE]}, None, False, False),
        ({"contacts": [SITE]}, {"siret": "a", "contacts": [PHONE]}, None, False, False),
        ({"contacts": [PHONE]}, {"contacts": [PHONE, SITE]}, None, True, False),
        ({"contacts": [SITE]}, {"contacts": [SITE, PHONE]}, None, False, True),
        ({"siret": "a"}, {"siret": "a", "lat": 48.9}, True, False, False),
    ],
)
def test_what_only_one_has_is_no_reason(one, other, same_siret, same_phone, same_domain):
    found = compare(shop(1, **one), shop(2, **other)).raisons
    assert found["meme_siret"] is same_siret
    assert found["meme_telephone"] is same_phone
    assert found["meme_domaine"] is same_domain


def test_a_name_held_in_another_is_not_quite_the_same():
    held = compare(shop(1, nom="Chez Zigomar"), shop(2, nom="Fromagerie chez Zigomar"))
    assert held.raisons["ressemblance_nom"] == 0.9
    assert held.score < compare(shop(1), shop(2)).score


def test_the_same_siret_is_sure_and_a_market_is_not():
    (pair,) = paires([shop(2, siret="a"), shop(1, siret="a")])
    assert (pair.fiche_a, pair.fiche_b, pair.score) == (1, 2, 1.0)
    market = [
        shop(n, nom=f"Étal {'abcdefghijklmnopqrstuvwxyz'[n] * 9}", siret="a") for n in range(25)
    ]
    assert list(paires(market)) == []


SHOPS = st.builds(
    dict,
    nom=st.sampled_from(["Chez Paul", "Chez Paule", "Paul", "Fromagerie", "Fromagerie Paul"]),
    siret=st.sampled_from([None, "a", "b"]),
    lon=st.floats(2.349, 2.352),
    lat=st.floats(48.849, 48.852),
)


@given(st.lists(SHOPS, max_size=7))
def test_pairs_are_those_of_every_comparison(shops):
    """The grid forgets none and repeats none."""
    all_ = [shop(number, **one) for number, one in enumerate(shops, 1)]
    expected = {
        (one.id, other.id)
        for one, other in combinations(all_, 2)
        if compare(one, other) is not None
    }
    found = [(pair.fiche_a, pair.fiche_b) for pair in paires(all_)]
    assert sorted(found) == sorted(expected)


def test_no_two_neighbours_are_missed_wherever_they_stand():
    """Every 30 metres, so that pairs cross cells of the grid by all their sides and corners."""
    here = list(enumerate(product(range(9), range(9)), 1))
    all_ = [shop(n, lon=2.35 + x * 0.0004, lat=48.85 + y * 0.00027) for n, (x, y) in here]
    expected = {(a.id, b.id) for a, b in combinations(all_, 2) if compare(a, b) is not None}
    assert {(pair.fiche_a, pair.fiche_b) for pair in paires(all_)} == expected


@given(SHOPS, SHOPS)
def test_a_score_is_a_share_and_the_order_does_not_matter(one, other):
    pair, again = (
        compare(shop(1, **one), shop(2, **other)),
        compare(shop(2, **other), shop(1, **one)),
    )
    assert (pair and pair.score) == (again and again.score)
    if pair is not None:
        assert SEUIL <= pair.score <= 1
        assert pair.score == 1 or pair.raisons["distance_m"] <= DISTANCE_M


@given(st.text(max_size=20), st.text(max_size=20))
def test_likeness_is_a_share(one, other):
    assert 0 <= ressemblance(one, other) <= 1
    assert ressemblance(one, other) == ressemblance(other, one)


def test_what_many_shops_share_is_no_domain():
    shared = ("https://www.toogoodtogo.fr/a", "https://m.facebook.com/b", "https://zenchef.com/c")
    contacts = [{"genre": "site", "valeur": one} for one in (*shared, "https://zigomar.fr")]
    found = candidat(1, "X", None, lon=2.35, lat=48.85, contacts=contacts, categorie="fromagerie")
    assert found.domaines == {"zigomar.fr"}
