"""All hours at once say of an instant what each says alone."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.creneaux import LATER
from services.commerces.horaires import at_clock, clocks_change
from services.commerces.horaires_osm import from_osm
from services.commerces.ouvertures import DAYS_KEPT, ETATS, OUVERT, Ouvertures
from shared.horaires import DAY_MIN
from shared.schemas.commerces_horaires import EtatOuverture, Horaires
from shared.schemas.commun import PARIS, Ouverture
from tests.examples import tried_on
from tests.horaires import all_hours, etat, moments, ouverture, text_of


@tried_on(80)
@given(
    st.lists(st.none() | all_hours() | st.just(Horaires(jamais=True)), min_size=1, max_size=9),
    st.lists(moments(), min_size=1, max_size=12),
    st.data(),
)
def test_all_together_or_one_by_one(hours, asked, data) -> None:
    ouvertures = Ouvertures()
    numbers = []
    for moment in asked:
        new = hours[len(numbers) : data.draw(st.integers(0, len(hours)))]
        numbers += [ouvertures.number(text_of(one)) for one in new]
        states = ouvertures.open_at(moment, np.array(numbers, dtype=np.int64))
        found = [ETATS[state] for state in states]
        assert found == [ouverture(one, moment) for one in hours[: len(numbers)]]


@tried_on(20)
@given(st.lists(all_hours(), min_size=1, max_size=5), moments())
def test_closing_times_are_those_of_each_where_they_are_told(hours, moment) -> None:
    ouvertures = Ouvertures()
    numbers = np.array([ouvertures.number(text_of(one)) for one in hours])
    local = moment.astimezone(PARIS)
    for one, end in zip(hours, ouvertures.closings(moment, numbers).tolist(), strict=True):
        days = {local.date(), local.date() + timedelta(max(end, 0) // DAY_MIN)}
        if end != LATER and not any(map(clocks_change, days)):
            closing = at_clock(local.date(), end)
            assert etat(one, moment) == EtatOuverture(etat=Ouverture.OUVERT, jusqu_a=closing)


def test_a_closing_time_is_told_unless_something_follows() -> None:
    ouvertures = Ouvertures()
    texts = (
        "Mo 09:00-12:00,14:00-18:00",
        "Mo 09:00-12:00,12:00-18:00",
        "Mo 09:00-24:00",
        "Mo 09:00-26:00",
        "Mo 09:00-26:00; Tu 02:00-05:00",
        "Mo 09:00-24:00; Tu 00:00-05:00",
        "Tu 09:00-18:00",
    )
    numbers = np.array([ouvertures.number(text_of(from_osm(text))) for text in texts])
    morning = datetime(2026, 1, 26, 9, tzinfo=UTC)
    assert ouvertures.closings(morning, numbers).tolist() == [
        *(12 * 60, LATER, 24 * 60, 26 * 60, LATER, LATER, LATER)
    ]
    holiday = datetime(2026, 4, 6, 9, tzinfo=UTC)  # a Monday whose hours nobody gave
    assert ouvertures.closings(holiday, numbers).tolist() == [LATER] * 7


def test_dates_hold_from_their_first_day_to_their_last() -> None:
    """A closure of every year goes on past its end; dates of one year are those of no other."""
    ouvertures = Ouvertures()
    hours = from_osm("Mo-Su,PH 09:00-18:00; Dec 30-Jan 02 off; 2026 Feb 10-2026 Feb 12 10:00-11:00")
    numbers = np.array([ouvertures.number(text_of(hours))])
    opens = {
        "2025-12-29": True,
        **dict.fromkeys(("2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02"), False),
        **dict.fromkeys(("2026-01-03", "2026-02-09"), True),
        **dict.fromkeys(("2026-02-10", "2026-02-11", "2026-02-12"), False),
        **dict.fromkeys(("2026-02-13", "2027-02-11"), True),
    }
    noons = {day: datetime.fromisoformat(f"{day}T12:00+01:00") for day in opens}
    found = {day: ouvertures.open_at(noon, numbers)[0] == OUVERT for day, noon in noons.items()}
    assert found == opens
    assert {day: ouverture(hours, noon) is Ouverture.OUVERT for day, noon in noons.items()} == opens


def test_a_number_stays_and_new_ones_come_after() -> None:
    ouvertures = Ouvertures()
    noon = datetime(2026, 1, 26, 11, tzinfo=UTC)
    assert ouvertures.states(noon).size == 0
    texts = [text_of(from_osm(f"Mo {hour:02}:00-13:00")) for hour in range(13)]
    for number, text in enumerate(texts):
        assert ouvertures.number(text) == number
        assert ouvertures.states(noon).tolist() == [OUVERT] * (number + 1)
    assert [ouvertures.number(text) for text in texts] == list(range(13))


def test_the_days_worked_out_are_few() -> None:
    ouvertures = Ouvertures()
    ouvertures.number(text_of(from_osm("Mo-Fr 09:00-18:00; PH off")))
    for day in range(1, 28):
        moment = datetime(2026, 5, day, 10, tzinfo=UTC)
        weekday = moment.weekday() < 5 and day not in (1, 8, 14, 25)
        assert ETATS[ouvertures.states(moment)[0]] is (
            Ouverture.OUVERT if weekday else Ouverture.FERME
        )
    assert len(ouvertures._blocks[0].days) == DAYS_KEPT
