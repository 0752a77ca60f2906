"""All hours at once say of an instant what each says alone."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.commerces.horaires import ouverture
from services.commerces.horaires_osm import from_osm
from services.commerces.ouvertures import DAYS_KEPT, ETATS, OUVERT, Ouvertures, text_of
from shared.schemas.commerces_horaires import Horaires
from shared.schemas.commun import Ouverture
from tests.horaires import all_hours, moments


@settings(max_examples=80)
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
