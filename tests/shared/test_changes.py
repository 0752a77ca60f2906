"""Cursors of a feed of changes: its own come back as they were, all else is refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import MetaData

from shared.feeds.changes import Feed
from shared.journal import Curseur, journal_table
from shared.pages import encode_cursor
from shared.problems import InvalidParameter

FEED = Feed(
    "essai",
    journal_table(MetaData(schema="essai")),
    describe=lambda _entry, _cursor, _vue: None,
)
NUMBERS = st.integers(0, 2**63 - 1)


@given(NUMBERS, NUMBERS)
def test_a_cursor_survives_its_text(xid, position):
    assert FEED.decode(FEED.encode(Curseur(xid, position))) == (xid, position)


@given(
    st.text()
    | st.lists(st.integers() | st.text(max_size=8), max_size=4).map(lambda p: encode_cursor(*p))
)
def test_whatever_is_read_as_a_cursor_is_one_we_write(text):
    try:
        place = FEED.decode(text)
    except InvalidParameter:
        return
    assert FEED.encode(place) == text


@given(st.text(max_size=10).filter(lambda name: name != "essai"), NUMBERS, NUMBERS)
def test_the_cursor_of_another_service_is_refused(service, xid, position):
    with pytest.raises(InvalidParameter, match=r"depuis|autre"):
        FEED.decode(encode_cursor(service, xid, position))


def test_the_parameter_at_fault_is_the_one_given():
    with pytest.raises(InvalidParameter) as refusal:
        FEED.decode("x", "Last-Event-ID")
    assert refusal.value.members["parametre"] == "Last-Event-ID"
