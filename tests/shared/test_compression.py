"""Compression: as the client accepts it, whole or piece by piece, and said to shared caches."""

import zlib

import anyio
import brotli
import pytest

from shared.http.compression import IN_A_THREAD_FROM, Compression

TEXT = b"a text that repeats itself, a text that repeats itself. " * 40
HTML = (b"content-type", b"text/html")


def ask(accept, pieces, headers=(HTML,), status=200):
    """The messages that a client gets of an answer made of these pieces."""
    sent = []

    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": status, "headers": [*headers]})
        for place, piece in enumerate(pieces, 1):
            more = place < len(pieces)
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "headers": [(b"accept-encoding", one) for one in accept]}
    anyio.run(Compression(app), scope, None, send)
    start, *bodies = sent
    return dict(start["headers"]), [message["body"] for message in bodies]


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ([b"gzip"], b"gzip"),
        ([b"GZIP"], b"gzip"),
        ([b"gzip, br"], b"br"),
        ([b"gzip", b"br"], b"br"),
        ([b"gzip;q=1.0, br;q=0.5"], b"gzip"),
        ([b"*"], b"br"),
        ([b"gzip;q=0"], None),
        ([b"br;q=0, gzip; q=0"], None),
        ([b"identity"], None),
        ([b""], None),
        ([], None),
    ],
)
@pytest.mark.parametrize("pieces", [[TEXT], [TEXT[:50], TEXT[50:500], b"", TEXT[500:]]])
def test_what_is_sent_is_what_is_accepted(accept, coding, pieces):
    headers, bodies = ask(accept, pieces)
    assert headers.get(b"content-encoding") == coding
    assert headers[b"vary"] == b"Accept-Encoding"
    read = {None: bytes, b"gzip": lambda b: zlib.decompress(b, 31), b"br": brotli.decompress}
    assert read[coding](b"".join(bodies)) == TEXT
    assert len(bodies) == len(pieces)


def test_each_piece_is_readable_when_it_leaves():
    _, (first, *_) = ask([b"gzip"], [b"first", TEXT])
    assert zlib.decompressobj(31).decompress(first) == b"first"


@pytest.mark.parametrize("pieces", [[TEXT], [TEXT, TEXT]])
def test_a_length_is_that_of_what_is_sent(pieces):
    length = (b"content-length", b"%d" % sum(map(len, pieces)))
    headers, bodies = ask([b"br"], pieces, (HTML, length))
    whole = b"%d" % len(bodies[0]) if len(pieces) == 1 else None
    assert headers.get(b"content-length") == whole


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"short", [HTML], 200),
        (b"", [], 304),
        (TEXT, [HTML, (b"content-encoding", b"gzip")], 200),
        (TEXT, [HTML, (b"content-range", b"bytes 0-99/200")], 206),
    ],
)
def test_what_gains_nothing_is_left_as_it_is_and_varies_all_the_same(body, headers, status):
    told, bodies = ask([b"br"], [body], headers, status)
    assert told == {**dict(headers), b"vary": b"Accept-Encoding"}
    assert bodies == [body]


def test_what_must_not_be_transformed_is_not():
    headers = [HTML, (b"cache-control", b"no-cache, no-transform")]
    assert ask([b"br"], [TEXT, TEXT], headers) == (dict(headers), [TEXT, TEXT])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Origin", b"Origin, Accept-Encoding"),
        (b"origin, accept-encoding", b"origin, accept-encoding"),
        (b"Accept-Encoding , Origin", b"Accept-Encoding , Origin"),
        (b"*", b"*"),
    ],
)
def test_what_else_an_answer_varies_with_is_still_said(before, after):
    headers, _ = ask([b"br"], [TEXT], [HTML, (b"vary", before)])
    assert headers[b"vary"] == after


def test_a_large_piece_does_not_hold_the_loop():
    large = b"x" * IN_A_THREAD_FROM
    _, bodies = ask([b"br"], [large])
    assert brotli.decompress(bodies[0]) == large


def test_what_is_no_request_goes_through():
    seen = []

    async def app(scope, _receive, _send):
        seen.append(scope["type"])

    anyio.run(Compression(app), {"type": "lifespan"}, None, None)
    assert seen == ["lifespan"]
