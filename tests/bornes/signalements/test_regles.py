"""How reports add up, which states follow which, who sees and decides."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.signalements.regles import (
    EN_COURS,
    REPONDUS_PAR_LE_STATUT,
    SUIVANTS,
    Portee,
    Ressort,
    check_follows,
)
from shared.origins import count_call
from shared.problems import Conflict, Forbidden
from shared.schemas.bornes_signalements import EtatSignalement, MotifSignalement

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
NEUILLY = Ressort("FRMGPE1", "92051", None)
PARIS = Ressort("FRABCE1", "75056", "75104")


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def added_up(reports):
    """A day's reports (minute, origin), each origin counted once."""
    total, seen = SimpleNamespace(nombre=0, premier_le=None, dernier_le=None), set()
    for minute, origin in reports:
        count_call(total, at(minute), already_counted=origin in seen)
        seen.add(origin)
    return total.nombre, total.premier_le, total.dernier_le


def test_two_people_make_two_and_one_who_insists_makes_one():
    assert added_up([(0, "a"), (5, "b")]) == (2, at(0), at(5))
    assert added_up([(0, "a"), (5, "a")]) == (1, at(0), at(5))


REPORTS = st.lists(st.tuples(st.integers(0, 1439), st.sampled_from("abcd")), min_size=1, max_size=5)


@given(REPORTS)
def test_the_sum_does_not_depend_on_the_order_of_arrival(reports):
    (only,) = {added_up(order) for order in permutations(reports)}
    minutes = [minute for minute, _ in reports]
    assert only == (
        len({origin for _, origin in reports}),
        at(min(minutes)),
        at(max(minutes)),
    )


@given(st.lists(st.sampled_from(EtatSignalement), max_size=8))
def test_whatever_is_asked_a_report_ends_once(asked):
    etat, ends = EtatSignalement.OUVERT, 0
    for voulu in asked:
        try:
            check_follows(etat, voulu)
        except Conflict:
            assert voulu not in SUIVANTS[etat]
            continue
        assert etat in EN_COURS, "an end is an end"
        ends += voulu not in EN_COURS
        etat = voulu
    assert ends <= 1
    assert (ends == 1) == (etat not in EN_COURS)


def test_the_table_leads_from_open_to_the_two_ends():
    assert set(SUIVANTS) == set(EtatSignalement)
    assert {"ouvert", "confirme"} == EN_COURS
    with pytest.raises(Conflict, match="États possibles : clos"):
        check_follows(EtatSignalement.CONFIRME, EtatSignalement.REJETE)
    with pytest.raises(Conflict, match="États possibles : aucun"):
        check_follows(EtatSignalement.CLOS, EtatSignalement.OUVERT)


def test_a_status_says_nothing_of_wrong_data():
    assert set(MotifSignalement) - REPONDUS_PAR_LE_STATUT == {MotifSignalement.DONNEES_ERRONEES}


CODES = st.frozensets(st.sampled_from(["92051", "75056", "75104", "93066"]))
PREFIXES = st.frozensets(st.sampled_from(["FRMGP", "FRABC", "FR", ""]))


@given(CODES, PREFIXES, st.sampled_from([NEUILLY, PARIS, Ressort("NCabc", None, None)]))
def test_everyone_keeps_to_their_own(communes, prefixes, ressort):
    portee = Portee(tout=False, communes=communes, prefixes=prefixes)
    own = {ressort.commune, ressort.arrondissement} & communes
    assert portee.moderates(ressort) == bool(own)
    assert portee.sees(ressort) == bool(
        own or {p for p in prefixes if p and ressort.point.startswith(p)}
    )
    assert Portee(True, frozenset(), frozenset()).moderates(ressort)


def test_an_operator_confirms_and_closes_and_judges_nobody():
    operator = Portee(False, frozenset(), frozenset({"FRMGP"}))
    for etat in (EtatSignalement.CONFIRME, EtatSignalement.CLOS):
        operator.check_decides(NEUILLY, etat, publishes=False)
        with pytest.raises(Forbidden):
            operator.check_decides(NEUILLY, etat, publishes=True)
    with pytest.raises(Forbidden):
        operator.check_decides(NEUILLY, EtatSignalement.REJETE, publishes=False)
    agent = Portee(False, frozenset({"92051"}), frozenset())
    agent.check_decides(NEUILLY, EtatSignalement.REJETE, publishes=True)
