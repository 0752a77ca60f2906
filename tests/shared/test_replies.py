"""Replies: the same headers in both forms, and none that writes another."""

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.replies import lines, reply, send_reply

SHARED = ((b"vary", b"accept-encoding"),)
OWN = ((b"content-length", b"5"),)


def test_both_forms_say_the_same() -> None:
    found = reply(200, SHARED, OWN, (b"abc", b"de"), 5)
    assert found.headers == SHARED + OWN
    assert found.head == b"vary: accept-encoding\r\ncontent-length: 5\r\n"
    more = found.plus(((b"x-a", b"1"),))
    assert more.head == found.head + b"x-a: 1\r\n"
    assert more.headers == (*found.headers, (b"x-a", b"1"))
    assert found.whole().body == (b"abcde",)
    assert (found.to_head().size, found.to_head().body, found.to_head().head) == (0, (), found.head)


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: x=1", b"a\nb", b"a\rb"])
def test_a_header_cannot_write_another(value) -> None:
    with pytest.raises(ValueError, match="header"):
        lines(((b"link", value),))


@given(st.lists(st.tuples(st.just(b"x-a"), st.binary(max_size=20)), max_size=5))
def test_any_headers_are_as_many_lines_or_refused(headers) -> None:
    try:
        written = lines(tuple(headers))
    except ValueError:
        assert any({13, 10} & set(value) for _, value in headers)
    else:
        assert written.count(b"\r\n") == len(headers)


def test_a_reply_as_messages() -> None:
    sent = []

    async def send(message) -> None:
        sent.append(message)

    anyio.run(send_reply, send, (reply(200, SHARED, OWN, (b"abc", memoryview(b"de")), 5), b"n-1"))
    start, body = sent
    assert start["headers"] == [*SHARED, *OWN, (b"x-request-id", b"n-1")]
    assert body["body"] == b"abcde"
