"""The same hours asked of two independent evaluators, and each disagreement named.

`opening_hours.js`, the reference (LGPL), runs apart; `opening-hours-py` is a dependency of the
tests. Both read the text that `to_osm` writes. Where they differ from us, the reason is one of
the functions below, and nothing else differs.
"""

import json
import os
import shutil
import subprocess
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opening_hours import OpeningHours, State

from services.commerces.horaires import Agenda
from services.commerces.horaires_osm import from_osm, to_osm
from shared.horaires import DAY_MIN, Illisible
from shared.schemas.commerces_horaires import Horaires, PolitiqueFeries
from shared.schemas.commun import PARIS, Ouverture
from shared.territoire import is_holiday
from tests.conftest import ROOT
from tests.examples import tried_on
from tests.horaires import all_hours, etat, moments, ouverture

VERIFIERS = ROOT / ".conformite/node_modules"
PROGRAM = ROOT / "tests/conformite/opening_hours_check.cjs"
STATES = {
    State.OPEN: Ouverture.OUVERT,
    State.CLOSED: Ouverture.FERME,
    State.UNKNOWN: Ouverture.INCONNU,
}
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def reference():
    """Asks opening_hours.js for the states of a text at some instants."""
    node = shutil.which("node")
    if node is None or not VERIFIERS.is_dir():
        if os.environ.get("RELANCE_CONFORMITE"):
            pytest.fail("opening_hours.js is not installed: make conformite")
        pytest.skip("no opening_hours.js in .conformite, or no node: make conformite")
    with subprocess.Popen(
        [node, PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={"NODE_PATH": str(VERIFIERS), "TZ": "Europe/Paris"},
    ) as process:

        def ask(text, instants):
            milliseconds = [round(instant.timestamp() * 1000) for instant in instants]
            process.stdin.write(json.dumps([text, milliseconds]) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


def another_night(hours: Horaires, moment: datetime) -> bool:
    """It is after midnight, a night may be under way, and the eve or the day has its own rule.

    To both, a rule after `;` takes its day from midnight to midnight: the end of a night that
    began on an ordinary eve is cut, and a bar closed on a holiday is open after it, from midnight
    to the end of a night that never began. To us a night belongs whole to its evening.
    """
    local = moment.astimezone(PARIS)
    day, minute = local.date(), local.hour * 60 + local.minute + DAY_MIN
    eve = day - DAY
    told = [*hours.semaine.jours[eve.weekday()], *hours.feries.creneaux]
    held = [(start, end) for start, end, _ in Agenda(hours).day(eve).slots]
    nights = [*(slot.minutes for slot in told), *held]
    own = not (ordinary(hours, day) and ordinary(hours, eve))
    return own and any(start <= minute < end for start, end in nights)


def night_of_a_change(moment: datetime) -> bool:
    """After midnight, once the clocks changed that day: the reference ends Sunday's night there."""
    midnight = moment.astimezone(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - DAY).utcoffset() != midnight.utcoffset()


def ordinary(hours: Horaires, day) -> bool:
    """Whether the day is one of the week's, for all evaluators."""
    decided = any(one.du <= day <= one.fin for one in hours.exceptions)
    return not (decided or is_holiday(day) or any(one.contains(day) for one in hours.fermetures))


def test_the_reference_agrees_on_what_it_is_asked(reference) -> None:
    noon = datetime(2026, 1, 26, 12, tzinfo=PARIS)
    assert reference("Mo 09:00-18:00", [noon, noon + DAY]) == ["ouvert", "ferme"]
    assert "Mo 09:99" in reference("Mo 09:99 to never", [noon])


@tried_on(80, derandomize=True)  # an oracle's own faults must not fail a change
@given(all_hours(), st.lists(moments(), min_size=1, max_size=20))
def test_the_reference_agrees_on_what_we_write(reference, hours, asked) -> None:
    found = reference(to_osm(hours), asked)
    assert isinstance(found, list), found
    for moment, state in zip(asked, found, strict=True):
        if not (another_night(hours, moment) or night_of_a_change(moment)):
            assert (moment, Ouverture(state)) == (moment, ouverture(hours, moment))


def test_the_reference_agrees_on_the_real_texts(reference, donnees_reelles) -> None:
    """Hour by hour for seven weeks with four holidays: only what these hold differs."""
    lines = (donnees_reelles / "commerces/opening_hours_real.txt").read_text().splitlines()
    start = datetime(2026, 4, 20, 0, 30, tzinfo=PARIS)
    asked = [start + number * timedelta(hours=1) for number in range(49 * 24)]
    agreed = silent = 0
    for text in filter(None, lines):
        try:
            hours = from_osm(text)
        except Illisible:
            continue
        for moment, state in zip(asked, reference(text, asked), strict=True):
            ours = ouverture(hours, moment)
            if ours is Ouverture(state):
                agreed += 1
            else:
                assert silent_on_holidays(hours, moment), (text, moment, ours, state)
                assert ours is Ouverture.INCONNU
                silent += 1
    # Forty texts that fit, four holidays; a few nights end and begin on them.
    assert (agreed, silent) == (43_338, 3_702)


def silent_on_holidays(hours: Horaires, moment: datetime) -> bool:
    """A text that does not speak of holidays: open as usual to both, unknown to us."""
    if hours.feries.politique is not PolitiqueFeries.INCONNU:
        return False
    return is_holiday(moment.date()) or another_night(hours, moment)


def library(text: str) -> OpeningHours:
    return OpeningHours(text, timezone=PARIS, country="FR", auto_country=False, auto_timezone=False)


def joins_holidays(hours: Horaires) -> bool:
    """`PH Mo-Fr` is holidays and Monday to Friday to the library, not those of these days."""
    return hours.feries.politique is PolitiqueFeries.OUVERT and len(set(hours.semaine.jours)) > 1


def clocks_change(moment: datetime) -> bool:
    """The library gives a change of that night an hour late, and not where it says the state."""
    local = moment.astimezone(PARIS)
    return (local - DAY).utcoffset() != (local + DAY).utcoffset()


@tried_on(80, derandomize=True)  # an oracle's own faults must not fail a change
@given(all_hours().filter(lambda hours: not joins_holidays(hours)), moments())
def test_the_library_agrees(hours, moment) -> None:
    found = library(to_osm(hours))
    answer = etat(hours, moment)
    local = moment.astimezone(PARIS)
    if another_night(hours, moment):
        return
    assert STATES[found.state(local)[0]] is answer.etat
    for _, end, state, _ in found.intervals(local, local + 30 * DAY):
        if STATES[state] is not answer.etat:
            break
        until = end
    else:
        return
    ends = filter(None, (until, answer.jusqu_a))
    if not (clocks_change(until) or any(another_night(hours, end) for end in ends)):
        assert answer.jusqu_a == until


@pytest.mark.parametrize(
    ("text", "local", "theirs"),
    [
        # A bar open on Friday night, closed on holidays: closed at 01:00 on a holiday…
        ("Fr-Sa 18:00-02:00; PH off", "2027-05-01 01:00", Ouverture.FERME),
        # …and open at 01:00 after one, when it did not open in the evening.
        ("Fr-Sa 18:00-02:00; PH off", "2026-05-02 01:00", Ouverture.OUVERT),
        ("Fr 18:00-02:00; Sa 09:00-12:00; PH off", "2026-01-24 01:00", Ouverture.FERME),
    ],
)
def test_both_lose_nights(reference, text, local, theirs) -> None:
    """Why evaluation is ours (docs/adr/0020)."""
    moment = datetime.fromisoformat(local).replace(tzinfo=PARIS)
    assert reference(text, [moment]) == [theirs]
    assert STATES[library(text).state(moment)[0]] is theirs
    assert ouverture(from_osm(text), moment) not in {theirs, Ouverture.INCONNU}


def test_the_reference_loses_the_night_of_the_day_clocks_change(reference) -> None:
    hours = from_osm("Su 10:00-26:00")
    ordinary_night = datetime(2026, 3, 23, 0, 20, tzinfo=PARIS)
    after_the_change = datetime(2026, 3, 30, 0, 20, tzinfo=PARIS)
    asked = [ordinary_night, after_the_change]
    assert reference("Su 10:00-26:00", asked) == ["ouvert", "ferme"]
    assert [ouverture(hours, moment) for moment in asked] == [Ouverture.OUVERT] * 2


def test_the_library_is_wrong_alone() -> None:
    """Why evaluation is ours (docs/adr/0020); a new version that is right makes this fail."""
    holiday = datetime(2026, 8, 15, 10, tzinfo=PARIS)  # a Saturday
    assert library("Mo-Fr 09:00-18:00; PH Mo-Fr 09:00-18:00").is_open(holiday)
    assert library('Mo-Fr 08:00-12:00 || "sur rendez-vous"').is_closed(
        datetime(2026, 1, 27, 15, tzinfo=PARIS)
    )
    assert library('"sur rendez-vous"').is_open(holiday)
    assert library("Mo-Fr 12:00+").is_open(datetime(2026, 1, 26, 20, tzinfo=PARIS))
    # It has no school holidays: `SH Mo-Fr` is open in July because it is open all year.
    assert library("SH 09:00-17:00").is_closed(datetime(2026, 7, 20, 10, tzinfo=PARIS))
    assert library("SH Mo-Fr 09:00-17:00").is_open(datetime(2026, 6, 15, 10, tzinfo=PARIS))
    # Open to 02:30, and closed at 02:45 of the same summer time: yet « until 02:30 » is winter's.
    october = datetime(2026, 10, 25, 2, 15, tzinfo=PARIS)
    until = library("00:00-02:30").next_change(october)
    assert library("00:00-02:30").is_closed(october.replace(minute=45))
    assert until is not None
    assert until.utcoffset() == timedelta(hours=1)
