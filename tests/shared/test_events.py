"""What is written of an event is what a browser reads, whatever is in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.feeds.events import Event, Lot, Sources, frame
from shared.problems import InvalidParameter
from tests.sse import parse

LINE = st.text(
    st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), min_size=1, max_size=20
).filter(lambda text: not text.startswith(" "))


class Numbered:
    """A source whose places are written as they are."""

    def __init__(self, name: str) -> None:
        self.name = name

    def encode(self, place):
        return "-".join(map(str, place))

    def decode(self, text, parametre):
        if not text.isdecimal():
            raise InvalidParameter(parametre, "inconnu")
        return (int(text),)


BOTH = Sources((Numbered("a"), Numbered("b")))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), LINE, LINE)
def test_an_event_is_read_as_it_was_written(data, name, id_):
    events, last_id = parse(frame(data.encode(), name=name, id_=id_))
    expected = data.replace("\r\n", "\n").replace("\r", "\n")
    assert events == [(id_, name, expected)]
    assert last_id == id_


@pytest.mark.parametrize("data", [b"a\nb", b"a\r\nb", b"a\rb"])
def test_each_line_of_data_has_its_own_line(data):
    assert frame(data, name="essai", id_="1") == b"id: 1\nevent: essai\ndata: a\ndata: b\n\n"


def test_no_line_of_data_can_pass_for_a_field():
    events, last_id = parse(frame(b"x\n\nid: 9\nevent: faux\ndata: y", name="vrai", id_="1"))
    assert events == [("1", "vrai", "x\n\nid: 9\nevent: faux\ndata: y")]
    assert last_id == "1"


@given(st.lists(st.integers(0, 2**63), min_size=2, max_size=2))
def test_an_id_holds_a_place_in_each_source(numbers):
    places = [(number,) for number in numbers]
    assert BOTH.decode(BOTH.id(places), "depuis") == places


def test_an_id_given_before_a_source_existed_is_still_good():
    assert BOTH.decode("7", "depuis") == [(7,), None]


@pytest.mark.parametrize("text", ["", ".", "1.2.3", "1.", "x", "1.x"])
def test_an_id_of_elsewhere_is_refused_by_name(text):
    with pytest.raises(InvalidParameter) as refusal:
        BOTH.decode(text, "Last-Event-ID")
    assert refusal.value.members["parametre"] == "Last-Event-ID"


def test_a_batch_is_written_where_its_reader_stands_in_the_other_sources():
    lot = Lot([Event((5,), b"x", None), Event((7,), b"y", None)], (9,))
    batch = BOTH.batch(1, lot, [(3,), (4,)])
    assert parse(batch.whole)[0] == [("3.5", "b", "x"), ("3.7", "b", "y")]
    assert batch.whole == b"".join(batch.frames)


def test_the_reader_of_the_tests_is_the_standards():
    content = b": x\nid: 1\n\nid: 2\ndata: a\r\ndata:b\r\n\r\ndata: unfinished"
    assert parse(content) == ([("2", "message", "a\nb")], "2")
