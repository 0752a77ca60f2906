"""What is known of a state or a price, message after message."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.avitaillement.etats import AVANCE, RAPPEL, Datee, entendre, is_published

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
OPEN = Datee("en_service", NOON, NOON)


def minutes(number):
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("valeur", "horodatage", "after", "code"),
    [
        ("hors_service", NOON + minutes(1), ("hors_service", 1, 1), None),
        ("hors_service", NOON - minutes(1), ("en_service", 0, 0), "HORP"),
        ("hors_service", NOON, ("en_service", 0, 0), "HORP"),
        ("en_service", NOON, ("en_service", 0, 0), None),
        ("en_service", NOON - minutes(9), ("en_service", 0, 0), None),
        ("en_service", NOON + minutes(59), ("en_service", 0, 59), None),
        ("en_service", NOON + RAPPEL, ("en_service", 60, 60), None),
        ("hors_service", NOON + minutes(126), ("en_service", 0, 0), "HORF"),
        ("hors_service", NOON + minutes(125), ("hors_service", 125, 125), None),
    ],
)
def test_the_last_word_wins(valeur, horodatage, after, code):
    found, why = entendre(OPEN, valeur, horodatage, NOON + minutes(120))
    word, published, heard = after
    assert found == Datee(word, NOON + minutes(published), NOON + minutes(heard))
    assert why == code


def test_a_first_word_is_taken():
    found, code = entendre(Datee("inconnu"), "inconnu", NOON, NOON)
    assert (found, code) == (Datee("inconnu", NOON, NOON), None)
    assert is_published(Datee("inconnu"), found)


MESSAGES = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 300).map(lambda n: NOON + minutes(n))),
    max_size=12,
    unique_by=lambda message: message[1],
)


@given(MESSAGES, st.randoms())
def test_the_order_of_arrival_does_not_matter(messages, alea):
    def told(order):
        known = Datee("inconnu")
        for value, when in order:
            known, _ = entendre(known, value, when, NOON + minutes(300))
        return known

    shuffled = list(messages)
    alea.shuffle(shuffled)
    one, other = told(sorted(messages, key=lambda message: message[1])), told(shuffled)
    assert (one.valeur, one.entendu_le) == (other.valeur, other.entendu_le)


@given(MESSAGES)
def test_hearing_again_changes_nothing(messages):
    known = Datee("inconnu")
    for value, when in messages:
        known, _ = entendre(known, value, when, NOON + minutes(300))
    for value, when in messages:
        again, _ = entendre(known, value, when, NOON + minutes(300))
        assert again == known


def test_a_heartbeat_is_published_once_an_hour():
    known, seen = OPEN, 0
    for number in range(1, 24 * 60 + 1):
        when = NOON + minutes(number)
        after, _ = entendre(known, "en_service", when, when)
        seen += is_published(known, after)
        known = after
    assert seen == 24
    assert timedelta(0) < AVANCE < RAPPEL
