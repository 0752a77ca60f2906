"""The published rules on statuses, with their numbers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.statuts.dynamique import Lu, Statut
from services.bornes.statuts.regles import juger

NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)


def lu(point="FRXXXE1", etat="en_service", occupation="libre", late_s=0):
    statut = Statut(point, etat, occupation, NOW - timedelta(seconds=late_s))
    return Lu(point, statut)


def judged(*lus, prefixes=None):
    return [
        [constat.code for constat in verdict.constats]
        for verdict in juger(lus, maintenant=NOW, prefixes=prefixes)
    ]


@pytest.mark.parametrize(
    ("late_s", "codes"),
    [(0, []), (300, []), (301, ["FRET"]), (-300, []), (-301, ["FTRT"]), (86_400 * 30, ["FRET"])],
)
def test_an_instant_may_be_five_minutes_away(late_s, codes):
    assert judged(lu(late_s=late_s)) == [codes]


def test_late_is_taken_and_future_is_refused():
    late, future = juger(
        [lu(late_s=600), lu("FRXXXE2", late_s=-600)], maintenant=NOW, prefixes=None
    )
    assert (late.accepte, future.accepte) == (True, False)


@pytest.mark.parametrize(
    ("etat", "occupation", "codes"),
    [
        ("hors_service", "occupe", ["ERRT"]),
        ("inconnu", "occupe", ["ERRT"]),
        ("en_service", "occupe", []),
        ("hors_service", "libre", []),
        ("hors_service", "inconnu", []),
        ("inconnu", "reserve", []),
    ],
)
def test_a_point_out_of_service_is_not_taken(etat, occupation, codes):
    assert judged(lu(etat=etat, occupation=occupation)) == [codes]


@pytest.mark.parametrize(
    ("prefixes", "codes"),
    [(None, []), ({"FRXXX"}, []), ({"FRYYY", "FRXXX"}, []), ({"FRYYY"}, ["PRIN"]), ((), ["PRIN"])],
)
def test_only_own_prefixes(prefixes, codes):
    assert judged(lu(), prefixes=prefixes) == [codes]


def test_a_point_may_be_told_at_several_instants():
    assert judged(lu(late_s=20), lu(late_s=10), lu(late_s=30)) == [[], [], []]


def test_at_the_same_instant_the_last_sent_is_kept():
    assert judged(lu(occupation="occupe"), lu(), lu(late_s=1)) == [["DUPT"], [], []]


def test_a_refused_status_hides_no_good_one():
    assert judged(lu(late_s=-900), lu()) == [["FTRT"], []]
    assert judged(lu(), lu(etat="hors_service", occupation="occupe")) == [[], ["ERRT"]]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["FRXXXE1", "FRXXXE2", "FRYYYE1"]),
            st.sampled_from(["en_service", "hors_service", "inconnu"]),
            st.sampled_from(["libre", "occupe", "reserve", "inconnu"]),
            st.integers(-400, 400),
        )
    )
)
def test_of_each_point_and_instant_the_last_good_status(asked):
    lus = [lu(*one) for one in asked]
    verdicts = juger(lus, maintenant=NOW, prefixes=("FRXXX",))
    assert [verdict.recu for verdict in verdicts] == [one.recu for one in lus]
    good = [one for one in lus if juger([one], maintenant=NOW, prefixes=("FRXXX",))[0].accepte]
    last = {(one.recu, one.statut.horodatage): one.statut for one in good}
    kept = [verdict.statut for verdict in verdicts if verdict.accepte]
    assert sorted(kept) == sorted(last.values())
