"""Who was there on a day: worked examples, and the counts against a plain walk of the days."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.bandes import band, bands
from services.bornes.deploiement.presences import Presence, count, redeclared
from shared.schemas.bornes_deploiement import Unite

FIRST = date(2022, 1, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def presence(point="FRMGPE1", *, station="FRMGPP1", debut=0, fin=None, absences=()):
    return Presence(
        point=point,
        station=station,
        commune="92051",
        operateur="Essai",
        bande=0,
        debut=None if debut is None else day(debut),
        fin=None if fin is None else day(fin),
        absences=[(day(gone), day(back)) for gone, back in absences],
    )


def test_a_point_is_there_from_its_first_day_to_the_eve_of_its_withdrawal():
    one = presence(debut=10, fin=20)
    assert [one.is_there(day(n)) for n in (9, 10, 19, 20)] == [False, True, True, False]


def test_a_point_that_came_back_was_away_in_between():
    one = presence(debut=10, absences=[(15, 18)])
    assert [one.is_there(day(n)) for n in (14, 15, 17, 18)] == [True, False, False, True]


def test_a_point_without_a_date_counts_on_no_day():
    assert count([presence(debut=None)], [day(0), date.max - timedelta(1)], Unite.PDC) == [0, 0]


def test_a_station_counts_once_whatever_its_points():
    two = [presence("FRMGPE1", debut=0), presence("FRMGPE2", debut=5, fin=8)]
    days = [day(0), day(6), day(9)]
    assert count(two, days, Unite.PDC) == [1, 2, 1]
    assert count(two, days, Unite.STATION) == [1, 1, 1]
    other = presence("FRMGPE3", station="FRMGPP2", debut=5)
    assert count([*two, other], days, Unite.STATION) == [1, 2, 2]


@pytest.mark.parametrize(
    ("kw", "rank"), [(3.7, 0), (7.4, 0), (7.41, 1), (22, 1), (22.1, 2), (149.9, 2), (150, 3)]
)
def test_a_power_falls_in_its_sdirve_band(kw, rank):
    assert band(kw) == rank
    assert bands(np.array([kw], dtype=np.float32)).tolist() == [rank]


def test_a_point_declared_again_for_a_service_is_one_too_many():
    ids = ["FRMGPE1P5", "FRMGPE1P5GETAROUND", "FRMGPE2P5CLEM", "FRMGPE3P5CLEM"]
    assert redeclared([presence(one) for one in ids], day(1)) == 1


def test_connectors_declared_as_points_are_counted_once_too_many():
    ids = ["FRMGPE1P2CCS", "FRMGPE1P2CHADEMO", "FRMGPE1P1", "FRMGPE9CCS"]
    assert redeclared([presence(one) for one in ids], day(1)) == 1
    with_its_root = [*ids, "FRMGPE1P2"]
    assert redeclared([presence(one) for one in with_its_root], day(1)) == 2
    assert redeclared([presence(one, debut=5) for one in with_its_root], day(1)) == 0


numbers = st.integers(0, 40)
absences = st.lists(st.tuples(numbers, numbers).map(sorted).map(tuple), max_size=3)
presences = st.lists(
    st.builds(
        presence,
        point=st.sampled_from(["FRMGPE1", "FRMGPE2", "FRMGPE3"]),
        station=st.sampled_from(["FRMGPP1", "FRMGPP2"]),
        debut=st.none() | numbers,
        fin=st.none() | numbers,
        absences=absences,
    ),
    max_size=6,
)


@given(presences, st.lists(numbers, max_size=5, unique=True).map(sorted))
def test_counts_of_many_days_are_those_of_each_day(known, asked):
    days = [day(number) for number in asked]
    there = [[p for p in known if p.is_there(d)] for d in days]
    assert count(known, days, Unite.PDC) == [len(some) for some in there]
    assert count(known, days, Unite.STATION) == [len({p.station for p in some}) for some in there]


@given(presences)
def test_presence_is_what_its_dates_say(known):
    for one in known:
        for number in range(42):
            now = day(number)
            expected = (
                one.debut is not None
                and one.debut <= now
                and (one.fin is None or now < one.fin)
                and not any(gone <= now < back for gone, back in one.absences)
            )
            assert one.is_there(now) == expected


@given(presences)
def test_redeclared_points_never_exceed_the_points(known):
    assert 0 <= redeclared(known, day(20)) <= sum(p.is_there(day(20)) for p in known)
