"""Waits between attempts, worked examples then properties."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.abonnements import reprises

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
CHANCES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("essais", "seconds"),
    [(1, 10), (2, 40), (3, 160), (4, 640), (5, 2_560), (6, 10_240), (7, 28_800), (16, 28_800)],
)
def test_waits_grow_four_times_then_stay_at_eight_hours(essais, seconds):
    assert reprises.attente(essais, 0.5) == timedelta(seconds=seconds)


def test_a_message_is_tried_for_about_three_days():
    waits = [reprises.attente(n, 0.5) for n in range(1, reprises.ESSAIS_MAX)]
    assert timedelta(days=3) <= sum(waits, timedelta(0)) < timedelta(days=3, hours=6)
    assert not reprises.est_abandonnee(15)
    assert reprises.est_abandonnee(16)


@given(essais=st.integers(1, 40_000), hasard=CHANCES)
def test_a_wait_varies_by_a_fifth_and_is_bounded(essais, hasard):
    middle, found = reprises.attente(essais, 0.5), reprises.attente(essais, hasard)
    assert 0.8 * middle <= found + timedelta(microseconds=1)
    assert found <= 1.2 * middle + timedelta(microseconds=1)
    assert found <= reprises.MESSAGE_MAX * 1.2
    assert reprises.attente(essais, hasard, au_plus=reprises.ABONNE_MAX) <= timedelta(minutes=18)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 0),
        ("120", 120),
        (" 7 ", 7),
        ("999999999999999", 86_400),
        ("-5", 0),
        ("bientôt", 0),
        ("١٢", 0),
        ("Wed, 25 Nov 2026 12:01:00 GMT", 60),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0),
        ("Wed, 25 Nov 2099 11:00:00 GMT", 86_400),
        ("Wed, 99 Nov 2026 11:00:00 GMT", 0),
    ],
)
def test_what_a_receiver_asks_for(value, seconds):
    assert reprises.retry_after(value, NOW) == timedelta(seconds=seconds)


@given(st.text(max_size=60))
def test_whatever_a_receiver_writes_is_bounded(value):
    assert timedelta(0) <= reprises.retry_after(value, NOW) <= reprises.RETRY_AFTER_MAX


@pytest.mark.parametrize(
    ("statut", "days", "word"), [(410, 0, "410"), (500, 4.99, None), (None, 5, "5 jours")]
)
def test_when_a_subscriber_is_no_longer_called(statut, days, word):
    found = reprises.motif_de_desactivation(statut, NOW - timedelta(days=days), NOW)
    assert (found is None) if word is None else (word in found)
