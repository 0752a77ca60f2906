"""Which crisis rule decides, and what rules leave together."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerces import taxonomie
from services.commerces.regimes.regles import (
    TOUTES,
    check_territories,
    decidant,
    en_tete,
    grounds,
    permises,
)
from services.commerces.taxonomie import check_written
from shared.problems import InvalidBody
from shared.schemas.commerces_valeurs import Modalite
from tests.commerces.regimes.conftest import DEBUT, FIN, applicables, exception_of, regime_of

SAINT_DENIS = grounds("93066", None, "T6")
MARAIS = grounds("75056", "75104", "T1")


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        (DEBUT - timedelta(microseconds=1), False),
        (DEBUT, True),
        (FIN - timedelta(microseconds=1), True),
        (FIN, False),
    ],
)
def test_a_rule_holds_from_its_beginning_until_just_before_its_end(moment, holds):
    assert regime_of().en_vigueur(moment) is holds


def test_a_rule_without_an_end_goes_on():
    assert regime_of(fin=None).en_vigueur(datetime(2099, 12, 31, tzinfo=UTC))


def test_the_nearest_category_wins_whatever_the_order():
    closed = regime_of()
    food = exception_of("alimentation")
    bakeries = regime_of("comptoir", categories=("boulangerie",))
    for rules in ([closed, food, bakeries], [bakeries, food, closed]):
        assert decidant(en_tete(rules), "librairie") is closed
        assert decidant(en_tete(rules), "fromagerie") is food
        assert decidant(en_tete(rules), "boulangerie") is bakeries
        assert decidant(en_tete(rules), "patisserie") is bakeries


def test_a_rule_of_all_shops_is_farther_than_any_category_however_late_it_begins():
    food = exception_of("alimentation")
    closed = regime_of(debut=food.debut + timedelta(days=1))
    for rules in ([closed, food], [food, closed]):
        assert decidant(en_tete(rules), "alimentation") is food


def test_between_equals_the_last_to_begin_wins():
    first = regime_of()
    second = regime_of("livraison", debut=DEBUT + timedelta(days=1))
    twin = regime_of("drive", debut=second.debut)
    assert decidant(en_tete([second, first]), "librairie") is second
    assert decidant(en_tete([second, twin]), "librairie") is twin


def test_a_rule_of_other_categories_decides_nothing():
    assert decidant(en_tete([regime_of(categories=("restauration",))]), "librairie") is None
    assert permises([]) == TOUTES


def test_a_curfew_written_by_departement_adds_up_with_the_rules_of_a_category():
    """On the same ground the nearer category would win, and restaurants stay open (guide-cci)."""
    state = regime_of("livraison", "comptoir", categories=("restauration",))
    curfew = regime_of("livraison", territoires=("75", "91", "92", "93", "94", "95"))
    for where in (SAINT_DENIS, MARAIS, grounds("95018", None, "T5")):
        assert permises(applicables([state, curfew], "restaurant", where)) == {Modalite.LIVRAISON}
    everywhere = regime_of("livraison")
    assert Modalite.COMPTOIR in permises(applicables([state, everywhere], "restaurant", MARAIS))


def test_rules_of_nested_grounds_add_up():
    state = regime_of("livraison", "drive", "comptoir", categories=("restauration",))
    town = regime_of("livraison", "point_collecte", territoires=("93066",))
    found = applicables([town, state], "restaurant", SAINT_DENIS)
    assert found == [state, town]
    assert permises(found) == {Modalite.LIVRAISON}
    assert applicables([town, state], "restaurant", MARAIS) == [state]


def test_a_local_exception_does_not_open_what_the_state_closes():
    found = applicables(
        [regime_of(), exception_of("librairie", territoires=("93",))], "librairie", SAINT_DENIS
    )
    assert permises(found) == frozenset()


@pytest.mark.parametrize("ground", ["75", "T1", "75056", "75104"])
def test_each_ground_of_a_place_is_seen(ground):
    closed = regime_of(territoires=(ground,))
    assert applicables([closed], "librairie", MARAIS) == [closed]
    assert applicables([closed], "librairie", SAINT_DENIS) == []


def test_a_rule_of_two_grounds_decides_once():
    closed = regime_of(territoires=("metropole", "93"))
    assert applicables([closed], "librairie", SAINT_DENIS) == [closed]


def test_grounds_are_kept_as_they_are_named_today():
    assert check_territories([]) == ["metropole"]
    asked = ["93059", "93066", "T6", "93", "75104", "metropole"]
    assert check_territories(asked) == ["93066", "T6", "93", "75104", "metropole"]
    with pytest.raises(InvalidBody, match="13055"):
        check_territories(["93066", "13055"])


def test_categories_are_of_the_taxonomy():
    check_written(["restauration", "librairie"])
    with pytest.raises(InvalidBody, match="boutique"):
        check_written(["boutique"])


CODES = list(taxonomie.categories())
RULES = st.lists(
    st.builds(
        lambda categories, territoires, modalites, day, number: regime_of(
            *modalites,
            categories=tuple(categories),
            territoires=tuple(territoires),
            debut=DEBUT + timedelta(days=day),
            fin=None,
            id=number,
        ),
        st.lists(st.sampled_from(CODES), max_size=3),
        st.lists(st.sampled_from([*SAINT_DENIS, *MARAIS]), min_size=1, max_size=2),
        st.frozensets(st.sampled_from(Modalite)),
        st.integers(0, 3),
        st.integers(1, 10**6),
    ),
    max_size=6,
    unique_by=lambda regime: regime.id,
)


@given(rules=RULES, code=st.sampled_from(CODES), order=st.randoms())
def test_what_is_allowed_depends_on_no_order_and_only_shrinks_with_ground(rules, code, order):
    wide = permises(applicables(rules, code, SAINT_DENIS[:2]))
    whole = permises(applicables(rules, code, SAINT_DENIS))
    assert whole <= wide
    shuffled = rules[:]
    order.shuffle(shuffled)
    assert permises(applicables(shuffled, code, SAINT_DENIS)) == whole


@given(rules=RULES, code=st.sampled_from(CODES))
def test_the_rule_that_decides_is_beaten_by_none(rules, code):
    """The definition, spelled out: nearer category, else later beginning, else later written."""
    decides = decidant(en_tete(rules), code)
    candidates = [rule for rule in rules if rule.portee(code) is not None]
    assert (decides is None) == (not candidates)
    for other in candidates:
        if other.portee(code) != decides.portee(code):
            assert other.portee(code) < decides.portee(code)
        elif other.debut != decides.debut:
            assert other.debut < decides.debut
        else:
            assert other.id <= decides.id
