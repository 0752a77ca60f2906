"""The rule that compares two states of a listing, and the one that applies a difference."""

from hypothesis import given
from hypothesis import strategies as st

from services.commerces.contribution.ecarts import (
    Ecarts,
    applied,
    completed,
    differences,
    fields,
)

VALUES = st.none() | st.text(max_size=5) | st.lists(st.integers(0, 3), max_size=3)
GENRES = ("drive", "livraison", "point_collecte", "comptoir", "depannage_urgence")
NAMES = ("nom", "description", "horaires", "contacts", "siret")


@st.composite
def listings(draw):
    chosen = draw(st.lists(st.sampled_from(GENRES), unique=True))
    return {
        **{name: draw(VALUES) for name in NAMES},
        "modalites": [
            {"genre": genre, "note": draw(VALUES)} for genre in GENRES if genre in chosen
        ],
    }


def same(one, other):
    return fields(one) == fields(other)


@given(listings(), listings())
def test_a_difference_applied_gives_the_other_state(one, other):
    found = differences(one, other)
    assert same(applied(one, found.apres), other)
    assert same(applied(other, found.avant), one)


@given(listings())
def test_a_state_does_not_differ_from_itself(one):
    assert differences(one, one) == ({}, {})
    assert same(applied(one, {}), one)


@given(listings(), listings())
def test_applying_twice_is_applying_once(one, other):
    apres = differences(one, other).apres
    once = applied(one, apres)
    assert same(applied(once, apres), once)


@given(listings(), listings(), st.data())
def test_a_difference_may_be_applied_in_two_parts_in_any_order(one, other, data):
    found = differences(one, other)
    first = data.draw(st.sets(st.sampled_from(sorted(found.apres)))) if found.apres else set()
    part, rest = found.only(first).apres, found.only(found.apres.keys() - first).apres
    assert same(applied(applied(one, part), rest), applied(applied(one, rest), part))
    assert same(applied(applied(one, part), rest), other)


@given(listings(), listings())
def test_only_what_differs_is_named(one, other):
    found = differences(one, other)
    assert found.avant.keys() == found.apres.keys()
    assert all(found.avant[champ] != found.apres[champ] for champ in found.apres)


def test_a_modality_that_goes_is_a_difference():
    one = {"nom": "A", "modalites": [{"genre": "drive"}, {"genre": "comptoir"}]}
    other = {"nom": "A", "modalites": [{"genre": "comptoir"}]}
    assert differences(one, other) == (
        {"modalites/drive": {"genre": "drive"}},
        {"modalites/drive": None},
    )


def test_only_private_contacts_that_were_not_read_stay():
    read, later, private = (
        {"genre": "courriel", "valeur": f"{name}@exemple.fr", "public": public}
        for name, public in (("lu", True), ("depuis", True), ("prive", False))
    )
    asked = Ecarts({"contacts": [read]}, {"contacts": []})
    assert completed(asked, {"contacts": [read, later, private]}) == {"contacts": [private]}
    known = Ecarts({"contacts": [read, private]}, {"contacts": []})
    assert completed(known, {"contacts": [read, private]}) == {"contacts": []}
