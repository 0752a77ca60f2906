"""Entity tags and the two conditions built on them."""

from datetime import UTC, datetime

import pytest
from fastapi import HTTPException
from hypothesis import given
from hypothesis import strategies as st

from shared.conditional import (
    etag,
    http_date,
    matches,
    require_match,
    unless_held,
    unmodified,
)
from shared.problems import InvalidParameter, PreconditionFailed, PreconditionRequired

opaque = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters='"\x7f').filter(
        lambda c: not 0x7F <= ord(c) < 0x80
    ),
    max_size=12,
)
tag = st.builds('{}"{}"'.format, st.sampled_from(["", "W/"]), opaque)
separator = st.sampled_from([",", ", ", " ,\t", ",,", ", ,"])


def test_etag_depends_on_every_part_and_on_their_limits():
    tags = [etag(), etag(""), etag("ab"), etag("a", "b"), etag("b", "a"), etag("ab", "")]
    assert len(set(tags)) == len(tags)
    assert etag(1, "a") == etag("1", "a")
    assert etag("a", weak=True) == "W/" + etag("a")
    assert etag("\ud800").startswith('"')


@pytest.mark.parametrize(
    ("header", "current", "held"),
    [
        (None, '"a"', False),
        ("", '"a"', False),
        ('"a"', '"a"', True),
        ('W/"a"', '"a"', True),
        ('"a"', 'W/"a"', True),
        ('"b", W/"a"', '"a"', True),
        ('"b,a", "c"', '"a"', False),
        ('"b,a"', '"b,a"', True),
        ("*", '"a"', True),
        (" * ", '"a"', True),
        ('*, "a"', '"a"', False),
        ("a", '"a"', False),
        ('"a', '"a"', False),
        ('w/"a"', '"a"', False),
        (', "a" ,', '"a"', True),
        ('"b""a"', '"a"', False),
    ],
)
def test_if_none_match(header: str | None, current: str, held: bool):
    assert matches(header, current) is held


def test_a_read_stops_where_the_caller_holds_its_answer():
    headers = {"ETag": '"a"', "Cache-Control": "private"}
    unless_held(None, headers)
    unless_held('"b"', headers)
    with pytest.raises(HTTPException) as stopped:
        unless_held('W/"a"', headers)
    assert (stopped.value.status_code, stopped.value.headers) == (304, headers)


@given(st.lists(tag, min_size=1, max_size=5), separator, tag)
def test_a_listed_tag_is_found_whatever_its_strength(tags: list[str], comma: str, current: str):
    listed = {t.removeprefix("W/") for t in tags}
    assert matches(comma.join(tags), current) is (current.removeprefix("W/") in listed)


@given(st.text(max_size=80))
def test_any_header_is_read_or_ignored(header: str):
    assert matches(header, etag("never")) in (True, False)


def test_a_change_needs_the_current_version():
    require_match('"a"', '"a"')
    require_match('"b", "a"', '"a"')
    require_match("*", '"a"')
    with pytest.raises(PreconditionRequired):
        require_match(None, '"a"')
    with pytest.raises(PreconditionFailed) as caught:
        require_match('"b"', '"a"')
    assert caught.value.headers == {"ETag": '"a"'}


@pytest.mark.parametrize(("header", "current"), [('W/"a"', '"a"'), ('W/"a"', 'W/"a"')])
def test_weak_tags_never_allow_a_change(header: str, current: str):
    with pytest.raises(PreconditionFailed):
        require_match(header, current)


@pytest.mark.parametrize("header", ["", "a", '"a', ",", '*, "a"', '"é☃"'])
def test_a_malformed_if_match_is_named(header: str):
    with pytest.raises(InvalidParameter) as caught:
        require_match(header, '"a"')
    assert caught.value.members["parametre"] == "If-Match"


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (None, False),
        ("", False),
        ("Sat, 31 Jan 2026 08:00:00", False),
        ("Sat, 31 Jan 2026 07:59:59 GMT", False),
        ("Sat, 31 Jan 2026 08:00:00 GMT", True),
        ("Sat, 99 Jan 2026 08:00:00 GMT", False),
        ("Sat, 31 Jan 99999999999999999999 08:00:00 GMT", False),
    ],
)
def test_a_date_holds_to_the_second(since, expected):
    changed = datetime(2026, 1, 31, 8, 0, 0, 900_000, tzinfo=UTC)
    assert unmodified(since, changed) is expected


@given(st.integers(0, 4_000_000_000))
def test_the_date_that_is_told_holds(seconds):
    instant = datetime.fromtimestamp(seconds, UTC)
    assert unmodified(http_date(instant), instant)


@given(st.text())
def test_any_text_is_read_as_a_date_or_ignored(since):
    assert unmodified(since, datetime.max.replace(tzinfo=UTC)) in {True, False}
