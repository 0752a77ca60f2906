"""The windows of crisis rules, against the clocks of Paris read minute by minute."""

import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.desserte import BITS
from services.commerces.regimes.calendrier import Calendrier, par_valeur
from services.commerces.regimes.regles import check_window
from services.commerces.regimes.restrictions import Regimes, secteur
from shared.problems import InvalidBody
from shared.schemas.commerces_horaires import Heures
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import JOURS, PARIS, JourSemaine
from tests.commerces.conftest import fiche_of
from tests.commerces.regimes.conftest import DEBUT, heures, regime_of
from tests.examples import tried_on

COUVRE_FEU = {
    "debut": datetime(2020, 10, 17, tzinfo=PARIS),
    "fin": datetime(2020, 10, 30, tzinfo=PARIS),
    "creneau": heures("21:00", "06:00"),
}
"""Décret n° 2020-1262 of 16 October 2020, until the lockdown: shops closed to the public."""
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("moment", "held"),
    [
        ("2020-10-16T23:59:59+02:00", False),
        ("2020-10-17T00:00:00+02:00", True),
        ("2020-10-17T05:59:59+02:00", True),
        ("2020-10-17T06:00:00+02:00", False),
        ("2020-10-17T20:59:59+02:00", False),
        ("2020-10-17T21:00:00+02:00", True),
        # The clocks went back in the night of the 24th: this hour came twice.
        ("2020-10-25T02:30:00+02:00", True),
        ("2020-10-25T02:30:00+01:00", True),
        ("2020-10-25T05:59:59+01:00", True),
        ("2020-10-25T06:00:00+01:00", False),
        ("2020-10-29T23:59:59+01:00", True),
        ("2020-10-30T00:00:00+01:00", False),
    ],
)
def test_the_curfew_of_october_2020(moment, held):
    assert regime_of("livraison", **COUVRE_FEU).en_vigueur(datetime.fromisoformat(moment)) is held


def test_the_turns_of_the_curfew_of_october_2020():
    calendar = Calendrier([regime_of(**COUVRE_FEU)], par_valeur(bool))
    turns, here = [], datetime(2020, 10, 1, tzinfo=UTC)
    while (here := calendar.after(here)) is not None:
        turns.append(here)
    # From midnight on the 17th, then both ends of twelve nights, and the last until midnight.
    told = [f"{turn.astimezone(PARIS):%d %H:%M}" for turn in turns]
    nights = [clock for day in range(17, 29) for clock in (f"{day} 21:00", f"{day + 1} 06:00")]
    assert told == ["17 00:00", "17 06:00", *nights, "29 21:00", "30 00:00"]
    assert turns[-4:-2] == [
        datetime(2020, 10, 28, 20, tzinfo=UTC),
        datetime(2020, 10, 29, 5, tzinfo=UTC),
    ]


def test_closed_on_sundays():
    rule = regime_of(jours=(JourSemaine.DIMANCHE,), fin=None)
    sunday = datetime(2026, 11, 8, tzinfo=PARIS)
    assert not rule.en_vigueur(sunday - timedelta(seconds=1))
    assert rule.en_vigueur(sunday)
    assert rule.en_vigueur(sunday + timedelta(hours=23, minutes=59))
    assert not rule.en_vigueur(sunday + timedelta(days=1))
    assert Calendrier([rule], par_valeur(bool)).after(sunday) == sunday + timedelta(days=1)


def test_a_night_belongs_to_the_day_it_begins_on():
    """From Sunday 21:00 to Monday 6:00, and no other morning."""
    rule = regime_of(
        jours=(JourSemaine.SAMEDI, JourSemaine.DIMANCHE), creneau=heures("21:00", "06:00"), fin=None
    )
    for day, hour, held in ((14, 5, False), (14, 22, True), (16, 5, True), (16, 22, False)):
        assert rule.en_vigueur(datetime(2026, 11, day, hour, tzinfo=PARIS)) is held


def test_a_window_of_always_never_turns():
    for window in ({"jours": tuple(JourSemaine)}, {"creneau": heures("00:00", "24:00")}):
        rule = regime_of(**window, fin=None)
        assert Calendrier([rule], par_valeur(bool)).after(rule.debut) is None
        assert rule.en_vigueur(rule.debut)


@pytest.mark.parametrize(
    ("moment", "turn"),
    [
        # In spring 02:00 is 03:00 at once: a window from 02:30 begins then.
        ("2027-03-28T00:00:00+01:00", "2027-03-28T03:00:00+02:00"),
        ("2027-03-28T03:00:00+02:00", "2027-03-28T04:00:00+02:00"),
        # In autumn 02:30 comes, then 02:00 again, then 02:30 again.
        ("2026-10-25T00:00:00+02:00", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00"),
        ("2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T04:00:00+01:00"),
    ],
)
def test_the_nights_on_which_the_clocks_change(moment, turn):
    rule = regime_of(
        creneau=heures("02:30", "04:00"), debut=datetime(2020, 1, 1, tzinfo=UTC), fin=None
    )
    found = Calendrier([rule], par_valeur(bool)).after(datetime.fromisoformat(moment))
    assert found == datetime.fromisoformat(turn)


def test_a_window_that_the_clocks_skip_comes_the_week_after():
    sundays = {"jours": (JourSemaine.DIMANCHE,), "creneau": heures("02:00", "03:00")}
    rule = regime_of(**sundays, debut=datetime(2020, 1, 1, tzinfo=UTC), fin=None)
    turn = Calendrier([rule], par_valeur(bool)).after(datetime(2027, 3, 22, tzinfo=PARIS))
    assert turn == datetime(2027, 4, 4, 2, tzinfo=PARIS)


CLOCKS = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
CRENEAUX = st.tuples(CLOCKS, CLOCKS).filter(lambda ends: ends[0] != ends[1])
FENETRES = st.tuples(
    st.none() | st.sets(st.sampled_from(JourSemaine), min_size=1).map(tuple),
    st.none() | CRENEAUX.map(lambda ends: heures(*ends)),
)
NUITS = st.sampled_from([datetime(2026, 10, 23, tzinfo=UTC), datetime(2027, 3, 26, tzinfo=UTC)])
"""Two days before the clocks change."""


def shown(rule, instant):
    """Whether the clocks of Paris and the calendar show that a rule holds."""
    local = instant.astimezone(PARIS)
    clock = f"{local:%H:%M}"
    today, eve = (
        rule.jours is None or jour in rule.jours
        for jour in (JOURS[local.weekday()], JOURS[local.weekday() - 1])
    )
    if instant < rule.debut or (rule.fin is not None and instant >= rule.fin):
        return False
    if rule.creneau is None:
        return today
    de, a = rule.creneau.de, rule.creneau.a
    if a > de:
        return today and de <= clock < a
    return (today and clock >= de) or (eve and clock < a)


@st.composite
def rules_of_a_night(draw):
    """A few rules around a night on which the clocks change, and an instant."""
    first = draw(NUITS)
    minutes = st.integers(0, 5 * 1440).map(lambda n: first + n * MINUTE)
    rules = []
    for jours, creneau in draw(st.lists(FENETRES, min_size=1, max_size=3)):
        debut, fin = draw(minutes), draw(st.none() | minutes)
        if fin is None or fin > debut:
            modalites = draw(st.frozensets(st.sampled_from(Modalite), max_size=2))
            window = {"jours": jours, "creneau": creneau}
            window["territoires"] = (draw(st.sampled_from(["metropole", "75"])),)
            rules.append(regime_of(*modalites, debut=debut, fin=fin, **window))
    seconds = timedelta(seconds=draw(st.sampled_from([0, 1, 59])))
    return rules, draw(minutes) + seconds


@tried_on(60)
@given(drawn=rules_of_a_night())
def test_what_is_in_force_is_what_the_clocks_show(drawn):
    """At an instant, at each minute until it changes, and when it does."""
    rules, moment = drawn
    regimes = Regimes(sorted(rules, key=lambda one: one.debut))

    def in_force(instant):
        return {rule.id for rule in rules if shown(rule, instant)}

    def told(instant):
        restrictions = regimes.at(instant)
        return {rule.id for rule in restrictions.regimes} if restrictions else set()

    assert told(moment) == in_force(moment)
    turn = regimes.next_after(moment)
    until = turn or moment + timedelta(9)
    since = moment.replace(second=0)
    steps = [since + n * MINUTE for n in range(1, 9 * 1440)]
    assert all(in_force(step) == in_force(moment) for step in steps if step < until)
    assert turn is None or told(turn) == in_force(turn) != in_force(moment)


SECTEUR = secteur(fiche_of(1)[0])


@tried_on(40)
@given(drawn=rules_of_a_night(), genre=st.sampled_from(Modalite), days=st.integers(-3, 3))
def test_a_sector_turns_when_it_is_forbidden_a_modality_or_no_more(drawn, genre, days):
    """Also when an earlier or a later day was asked about before."""
    rules, moment = drawn
    regimes = Regimes(sorted(rules, key=lambda one: one.debut))

    def forbidden(instant):
        return regimes.forbidding(SECTEUR, BITS[genre], instant) is not None

    regimes.turn(SECTEUR, BITS[genre], moment + timedelta(days))
    turn = regimes.turn(SECTEUR, BITS[genre], moment)
    until = turn or moment + timedelta(9)
    steps = [moment.replace(second=0) + n * 15 * MINUTE for n in range(1, 9 * 96)]
    assert all(forbidden(step) == forbidden(moment) for step in steps if moment < step < until)
    assert turn is None or forbidden(turn) != forbidden(moment)


def calls(run):
    """How many functions are called, of Python or of C: no clock is asked."""
    count = 0

    def counted(_frame, event, _argument):
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


def one_after_another(number):
    """Each evening of its own, within a long period of its own."""
    return regime_of(
        debut=DEBUT + number * MINUTE,
        fin=None,
        creneau=heures("22:00", f"23:{number % 60:02}"),
    )


def together(number):
    """All day but for some minutes, which differ: one of them always holds."""
    start = SAMEDI + number * MINUTE
    return regime_of(creneau=heures(f"{start:%H:%M}", f"{start + timedelta(hours=12):%H:%M}"))


@pytest.mark.parametrize("rule", [one_after_another, together])
def test_turns_take_steps_by_rule_not_by_pair_of_rules(rule):
    """A thousand rules on one ground held every search for seconds."""

    def steps(count):
        regimes = Regimes([rule(number) for number in range(count)])
        before = DEBUT - timedelta(hours=1)
        return calls(lambda: [regimes.turn(SECTEUR, 1, before + timedelta(n)) for n in range(4)])

    assert steps(400) < 400 * 300  # they were millions


def test_what_rules_allow_takes_steps_by_rule_and_by_category():
    def steps(count):
        regimes = Regimes([regime_of(categories=("librairie",)) for _ in range(count)])
        return calls(regimes.at(DEBUT).allowed)

    steps(10)
    assert steps(400) < steps(200) + 400


def test_the_same_rules_in_force_are_made_ready_once():
    """However many nights a curfew has: what is kept has a bound."""
    regimes = Regimes([regime_of("livraison", **{**COUVRE_FEU, "fin": None})])
    nights = [datetime(2020, 11, 1, 22, tzinfo=PARIS) + timedelta(n) for n in range(400)]
    assert len({id(regimes.at(night)) for night in nights}) == 1
    assert {regimes.at(night - timedelta(hours=10)) for night in nights} == {None}


SAMEDI = datetime(2026, 11, 14, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("debut", "fin", "jours", "creneau", "pointer"),
    [
        (8, 20, None, ("21:00", "06:00"), "#/creneau"),
        (0, 24, ("dimanche",), None, "#/jours"),
        (0, 24, ("dimanche",), ("21:00", "06:00"), "#/creneau"),
        (6, 24, ("vendredi",), ("21:00", "06:00"), "#/creneau"),
        (6, 21, None, ("21:00", "06:00"), "#/creneau"),
        (0, 24, ("vendredi",), ("21:00", "06:00"), None),
        (6, 22, None, ("21:00", "06:00"), None),
        (0, 24, ("samedi",), None, None),
    ],
)
def test_a_window_must_come_in_its_period(debut, fin, jours, creneau, pointer):
    asked = (
        SAMEDI + timedelta(hours=debut),
        SAMEDI + timedelta(hours=fin),
        jours and tuple(map(JourSemaine, jours)),
        creneau and heures(*creneau),
    )
    if pointer is None:
        check_window(*asked)
        return
    with pytest.raises(InvalidBody, match=f"{pointer} : .* ne vaudrait jamais"):
        check_window(*asked)


def test_a_window_that_the_clocks_skip_never_comes():
    """The hour after 2 in the morning, on the one day without it."""
    debut, fin = datetime(2027, 3, 28, tzinfo=PARIS), datetime(2027, 3, 29, tzinfo=PARIS)
    with pytest.raises(InvalidBody):
        check_window(debut, fin, None, Heures(de="02:00", a="03:00"))
