"""Against a target: shares, paces and projections, by hand and by property."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.deploiement.rythme import MONTH_DAYS, a_year_before, compare, monthly_pace
from services.bornes.programmes import find, known_on
from shared.schemas.bornes_deploiement import Objectif, Source, Unite


def objectif(valeur=5000, unite=Unite.PDC, echeance=date(2022, 12, 31)):
    return Objectif(
        date_effet=date(2020, 12, 16),
        precision="jour",
        valeur=valeur,
        unite=unite,
        echeance=echeance,
        texte="",
        source=Source(texte="", url=""),
    )


def against(target, unite, valeur, au=date(2022, 6, 30), rythme=None):
    return compare(target, unite, valeur, au=au, rythme=rythme, sans_valeur="pas de compte")


def test_a_count_of_points_is_compared_with_a_target_in_points():
    found = against(objectif(), Unite.PDC, 702, rythme=27.8)
    assert (found.comparable, found.taux_pct, found.reste) == (True, 14.0, 4298)
    assert found.jours_restants == 184
    assert found.rythme_mensuel_necessaire == round(4298 / (184 / MONTH_DAYS), 1) == 711.0
    assert found.projection_a_l_echeance == 702 + 168
    assert found.atteint_le == date(2035, 5, 18)


def test_a_count_of_points_is_never_compared_with_a_target_in_bornes():
    found = against(objectif(3000, Unite.BORNE), Unite.PDC, 702, rythme=27.8)
    assert found.comparable is False
    assert "3000 bornes" in found.motif
    assert "points de charge" in found.motif
    assert found.model_dump(exclude={"comparable", "motif"}) == dict.fromkeys(
        type(found).model_fields.keys() - {"comparable", "motif"}
    )


def test_what_has_no_count_or_no_target_says_so():
    assert against(objectif(), Unite.BORNE, None).motif == "pas de compte"
    assert "Aucun objectif" in against(None, Unite.PDC, 3).motif


def test_nothing_is_projected_past_the_deadline_nor_needed_once_reached():
    late = against(objectif(), Unite.PDC, 941, au=date(2025, 7, 21), rythme=10)
    assert late.jours_restants < 0
    assert late.rythme_mensuel_necessaire is None
    assert late.projection_a_l_echeance is None
    done = against(objectif(900), Unite.PDC, 941, rythme=10)
    assert (done.reste, done.rythme_mensuel_necessaire, done.atteint_le) == (0, 0.0, None)


def test_a_pace_is_needed_until_the_eve_of_the_deadline():
    eve, day = (
        against(objectif(), Unite.PDC, 4990, au=date(2022, 12, number), rythme=0)
        for number in (30, 31)
    )
    assert (eve.rythme_mensuel_necessaire, eve.projection_a_l_echeance) == (304.4, 4990)
    assert (day.rythme_mensuel_necessaire, day.projection_a_l_echeance) == (None, None)


@pytest.mark.parametrize(("left", "reached"), [(1199, date(2122, 5, 31)), (1200, None)])
def test_what_would_take_a_hundred_years_has_no_day(left, reached):
    found = against(objectif(), Unite.PDC, 5000 - left, rythme=1)
    assert found.atteint_le == reached
    at_the_limit = against(objectif(40_000), Unite.PDC, 3_500, rythme=MONTH_DAYS)
    assert at_the_limit.atteint_le is None


@pytest.mark.parametrize(("rythme", "projection"), [(-50, 0), (0, 10)])
def test_a_network_that_does_not_grow_reaches_nothing(rythme, projection):
    found = against(objectif(), Unite.PDC, 10, rythme=rythme)
    assert (found.projection_a_l_echeance, found.atteint_le) == (projection, None)


@pytest.mark.parametrize(
    ("day", "before"),
    [(date(2022, 12, 31), date(2021, 12, 31)), (date(2024, 2, 29), date(2023, 2, 28))],
)
def test_a_year_before(day, before):
    assert a_year_before(day) == before


def test_pace_is_an_average_of_twelve_months():
    assert monthly_pace(702, 368) == pytest.approx(27.83, abs=0.01)


@given(
    st.integers(1, 10_000),
    st.integers(0, 20_000),
    st.dates(date(2016, 1, 1), date(2030, 1, 1)),
    st.none() | st.floats(-1_000, 1_000),
)
def test_comparisons_hold_together(wanted, valeur, au, rythme):
    found = against(objectif(wanted), Unite.PDC, valeur, au=au, rythme=rythme)
    assert found.reste == max(0, wanted - valeur)
    assert (found.rythme_mensuel_necessaire is None) == (found.jours_restants <= 0)
    if found.atteint_le is not None:
        assert found.atteint_le >= au
        assert found.reste > 0
    if found.projection_a_l_echeance is not None:
        assert found.projection_a_l_echeance >= 0


@pytest.mark.parametrize(
    ("day", "valeur", "unite"),
    [
        (date(2020, 5, 15), 3000, Unite.BORNE),
        (date(2020, 5, 31), 3084, Unite.PDC),
        (date(2020, 12, 15), 3084, Unite.PDC),
        (date(2020, 12, 16), 5000, Unite.PDC),
        (date(2026, 1, 1), 5000, Unite.PDC),
    ],
)
def test_the_target_in_force_is_the_last_one_decided(day, valeur, unite):
    current = known_on(find("AIP-2019").objectifs, day)[-1]
    assert (current.valeur, current.unite) == (valeur, unite)


def test_no_target_was_in_force_before_the_plan():
    assert known_on(find("AIP-2019").objectifs, date(2020, 5, 14)) == []
