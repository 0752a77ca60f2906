"""A site through its states: the table, what it was on a day, how far its opening slipped."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.bornes.sites.regles import ETATS, Fait, Site, reachable, situation
from shared.schemas.bornes_sites import EtatSite, VueSite

FIRST = date(2021, 1, 1)
PLANNED = (2, 4, 0, 0)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def reached(statut, number, **told):
    return Fait(EtatSite(statut), day(number), None, recu_le=day(number), **told)


def announced(number, received, statut="en_service"):
    return Fait(EtatSite(statut), None, day(number), recu_le=day(received))


def site(*faits):
    return Site(1, "FRMGP", "92051", PLANNED, 3, 6, None, [reached("identifie", 0), *faits])


def test_the_table_leads_from_identified_to_the_two_ends():
    assert set(ETATS) == set(EtatSite)
    assert reachable(EtatSite.IDENTIFIE) == set(EtatSite) - {EtatSite.IDENTIFIE}
    ends = {etat for etat, row in ETATS.items() if not row.suivants}
    assert ends == {EtatSite.DEPOSE, EtatSite.ABANDONNE}
    assert {row.vue for row in ETATS.values()} == set(VueSite)


def test_only_a_service_is_suspended_and_only_a_project_is_abandoned():
    before_suspension = {e for e, row in ETATS.items() if EtatSite.SUSPENDU in row.suivants}
    assert before_suspension == {EtatSite.EN_SERVICE}
    before_abandon = {e for e, row in ETATS.items() if EtatSite.ABANDONNE in row.suivants}
    assert {ETATS[e].vue for e in before_abandon} == {VueSite.PROJETE, VueSite.EN_TRAVAUX}


def test_a_site_is_on_each_day_what_its_events_had_said():
    known = site(reached("en_travaux", 30), reached("en_service", 60), reached("suspendu", 90))
    views = [situation(known, day(n)).vue for n in (0, 29, 30, 60, 89, 90)]
    assert views == ["projete", "projete", "en_travaux", "en_service", "en_service", "hors_service"]
    assert situation(known, day(-1)) is None
    assert situation(known, day(75)).depuis == day(60)


def test_what_is_told_late_holds_from_the_day_it_happened():
    late = Fait(EtatSite.EN_SERVICE, day(60), None, recu_le=day(90))
    assert [situation(site(late), day(n)).vue for n in (59, 60)] == ["projete", "en_service"]


def test_an_opening_that_slips_is_measured_from_the_first_announcement():
    works = announced(40, 3, "en_travaux")
    known = site(works, announced(100, 10), announced(160, 90), reached("en_service", 170))
    states = [situation(known, day(n)) for n in (5, 20, 95, 171)]
    assert [state.mise_en_service_prevue for state in states] == [None, day(100), day(160), None]
    assert [state.glissement_jours for state in states] == [None, 0, 60, 70]


def test_points_are_those_planned_until_an_event_says_otherwise():
    known = site(reached("en_service", 50, pdc=(0, 0, 2, 0), bornes=1, station="FRMGPP1"))
    before, after = situation(known, day(49)), situation(known, day(50))
    assert (before.pdc, before.bornes, before.station) == (PLANNED, 3, None)
    assert (after.pdc, after.bornes, after.station) == ((0, 0, 2, 0), 1, "FRMGPP1")


def walks():
    """Histories that the table allows."""

    def walk(choices):
        faits, current = [], EtatSite.IDENTIFIE
        for number, choice in enumerate(choices, 1):
            following = sorted(ETATS[current].suivants)
            if not following:
                break
            current = following[choice % len(following)]
            faits.append(reached(current, number))
        return site(*faits)

    return st.lists(st.integers(0, 20), max_size=12).map(walk)


@given(walks(), st.integers(0, 15))
def test_the_past_of_a_site_never_changes(known, number):
    """What a day shows depends only on what had happened by then."""
    until = [fait for fait in known.faits if fait.vaut_des <= day(number)]
    cut = Site(1, "FRMGP", "92051", PLANNED, 3, 6, None, until)
    assert situation(known, day(number)) == situation(cut, day(number))
