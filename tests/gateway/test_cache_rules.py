"""What a shared cache may keep and reuse."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import cache_rules as rules
from gateway.cache_rules import Terms

ETAG = (b"etag", b'"a"')


def said(cache_control, *more):
    return [(b"cache-control", cache_control.encode()), *more]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("", {}),
        ("no-store", {"no-store": ""}),
        ("Public, MAX-AGE=10", {"public": "", "max-age": "10"}),
        ('max-age="10"', {"max-age": "10"}),
        ('private="x, max-age=5", max-age=7', {"private": "x, max-age=5", "max-age": "7"}),
        ('no-cache="a\\"b", public', {"no-cache": 'a\\"b', "public": ""}),
        (",, public ,,", {"public": ""}),
        ("max-age=1, max-age=1", {"max-age": "1"}),
        ("max-age=1, max-age=2", {"max-age": ""}),
        ('private="a, max-age=10', {"private": "", "a": "", "max-age": "10"}),
        ("max-age = 10", {"max-age": "", "10": ""}),
    ],
)
def test_directives(value, found):
    expected = {name.encode(): argument.encode() for name, argument in found.items()}
    assert rules.directives(value.encode()) == expected


@given(st.binary(max_size=300))
def test_any_bytes_have_directives(value):
    assert all(rules.seconds(argument) >= 0 for argument in rules.directives(value).values())


@pytest.mark.parametrize(
    ("argument", "duration"),
    [
        (b"0", 0),
        (b"60", 60),
        (b"", 0),
        (b"-1", 0),
        (b"1.5", 0),
        (b"+1", 0),
        ("٣".encode(), 0),
        (b"9" * 5000, 2**31),
    ],
)
def test_durations(argument, duration):
    assert rules.seconds(argument) == duration


@pytest.mark.parametrize(
    ("cache_control", "found"),
    [
        ("max-age=10", Terms(10, 0, 0)),
        ("public, max-age=10", Terms(10, 0, 0)),
        ("max-age=10, s-maxage=5", Terms(5, 0, 0)),
        ("s-maxage=0, max-age=10", Terms(0, 0, 0)),
        ("max-age=10, stale-while-revalidate=30, stale-if-error=86400", Terms(10, 30, 86400)),
        ("max-age=10, stale-while-revalidate=30, must-revalidate", Terms(10, 0, 0)),
        ("max-age=10, stale-if-error=30, proxy-revalidate", Terms(10, 0, 0)),
        ("s-maxage=10, stale-if-error=30", Terms(10, 0, 0)),
        ("no-cache", Terms(0, 0, 0)),
        ('max-age=10, no-cache="x"', Terms(0, 0, 0)),
        ("no-cache, max-age=10, stale-if-error=9", Terms(0, 0, 0)),
        ("public", Terms(0, 0, 0)),
        ("max-age=0, stale-while-revalidate=5", Terms(0, 5, 0)),
        ("max-age=dix", Terms(0, 0, 0)),
        ("max-age=10, max-age=20", Terms(0, 0, 0)),
        ("", None),
        ("immutable", None),
        ("no-store", None),
        ("public, max-age=10, no-store", None),
        ("private, max-age=10", None),
        ('private="set-cookie", max-age=10', None),
        ("must-understand, no-store, max-age=10", None),
    ],
)
def test_how_long_an_answer_serves(cache_control, found):
    assert rules.terms(200, said(cache_control, ETAG)) == found


def test_without_lifetime_or_tag_nothing_is_worth_keeping():
    assert rules.terms(200, said("no-cache")) is None
    assert rules.terms(200, said("max-age=0")) is None
    assert rules.terms(200, said("max-age=0, stale-if-error=5")) == Terms(0, 0, 5)


@pytest.mark.parametrize(
    ("status", "kept"),
    [(200, True), (301, True), (308, True), (404, True), (410, True)]
    + [(status, False) for status in (201, 204, 206, 302, 304, 307, 400, 401, 403, 500, 503)],
)
def test_statuses(status, kept):
    assert (rules.terms(status, said("max-age=10")) is not None) is kept
    if status != 200:
        assert rules.terms(status, said("public, no-cache", ETAG)) is None
        assert rules.terms(status, [ETAG]) is None


@pytest.mark.parametrize(
    "header",
    [
        (b"set-cookie", b"a=1"),
        (b"content-range", b"bytes 0-1/3"),
        (b"content-type", b"text/event-stream"),
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"private"),
    ],
)
def test_what_is_one_client_s_is_not_kept(header):
    assert rules.terms(200, said("public, max-age=10", ETAG, header)) is None


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12), st.booleans())
def test_strict_answers_never_serve_stale(fresh, stale, error, strict):
    text = f"max-age={fresh}, stale-while-revalidate={stale}, stale-if-error={error}"
    found = rules.terms(200, said(text + ", must-revalidate" * strict, ETAG))
    assert found is not None
    assert found.fresh_s == min(fresh, 2**31, int(str(fresh)[:10]))
    assert strict <= (found.stale_s == found.error_s == 0)


def test_varying():
    asked = [(b"accept", b"a"), (b"accept", b"b"), (b"accept-encoding", b"br")]
    vary = lambda value: [(b"vary", value)]  # noqa: E731
    assert rules.varied([], asked) == ()
    assert rules.varied(vary(b"Accept-Encoding"), asked) == ()
    assert rules.varied(vary(b"accept, *"), asked) is None
    found = rules.varied([*vary(b"Origin"), *vary(b"Accept-Encoding, accept,")], asked)
    assert found == ((b"accept", b"a, b"), (b"origin", b""))
    assert rules.suits(found, asked)
    assert not rules.suits(found, [(b"accept", b"b")])
    assert not rules.suits(found, [*asked, (b"origin", b"https://a.example")])


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip, br", "br,gzip"),
        ("BR;q=1.0, Gzip;q=0.5", "br,gzip"),
        ("gzip;q=0, br;q=0.000", ""),
        ("gzip;q=0.001", "gzip"),
        ("gzip; q=.5", "gzip"),
        ("gzip;q=nan, br;q=2, zstd;q=", ""),
        ("*", "br,deflate,gzip,zstd"),
        ("*;q=0, gzip", "gzip"),
        ("*, gzip;q=0", "br,deflate,zstd"),
        ("gzip" + " " * 300, ""),
    ],
)
def test_codings(value, taken):
    assert rules.accepted(value.encode()) == taken.encode()


def test_an_answer_suits_those_that_read_its_coding():
    coded = lambda value: [(b"content-encoding", value)]  # noqa: E731
    assert rules.suits_codings([], b"")
    assert rules.suits_codings(coded(b"identity"), b"")
    assert rules.suits_codings(coded(b"gzip"), b"br,gzip")
    assert not rules.suits_codings(coded(b"gzip"), b"")
    assert not rules.suits_codings(coded(b"br, gzip"), b"gzip")
    assert not rules.suits_codings(coded(b"aes128gcm"), b"br,deflate,gzip,zstd")


@given(st.text(string.printable, max_size=260))
def test_any_accept_encoding_is_reduced(value):
    taken = rules.accepted(value.encode())
    assert set(taken.split(b",")) <= {b"", b"br", b"deflate", b"gzip", b"zstd"}


def test_headers_that_may_shape_an_answer():
    browser = [(b"host", b"a"), (b"user-agent", b"b"), (b"sec-fetch-mode", b"c")]
    assert rules.odd_header(browser, ()) is None
    assert rules.odd_header([*browser, (b"x-host", b"d")], ()) == b"x-host"
    assert rules.odd_header([*browser, (b"x-host", b"d")], ((b"x-host", b"d"),)) is None
    assert rules.odd_header([(b"cookie", b"a=1")], ()) == b"cookie"
    both = [(b"x-b", b""), (b"x-a", b"")]
    assert rules.odd_header(both, ()) == b"x-a"


def test_what_the_cache_asks_is_nobody_s():
    asked = [
        (b"host", b"a"),
        (b"accept-encoding", b"br"),
        (b"origin", b"https://a.example"),
        (b"x-langue", b"fr"),
        (b"cookie", b"a=1"),
        (b"cache-control", b"no-store"),
        (b"if-none-match", b'"a"'),
    ]
    assert rules.impersonal(asked, ((b"x-langue", b"fr"),)) == asked[:4]


@pytest.mark.parametrize(
    ("headers", "age", "asks"),
    [
        ({}, 5, False),
        ({"cache-control": "no-cache"}, 0, True),
        ({"pragma": "No-Cache"}, 0, True),
        ({"cache-control": "max-stale", "pragma": "no-cache"}, 0, False),
        ({"cache-control": "max-age=0"}, 0.5, True),
        ({"cache-control": "max-age=4"}, 5, True),
        ({"cache-control": "max-age=5"}, 5, False),
        ({"cache-control": "max-age=6"}, 5, False),
        ({"cache-control": "min-fresh=5"}, 5, False),
        ({"cache-control": "min-fresh=6"}, 5, True),
        ({"cache-control": "max-stale=60, no-transform"}, 5, False),
    ],
)
def test_clients_that_want_the_service_asked(headers, age, asks):
    asked = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert rules.asks_validation(asked, age=age, fresh_s=10) is asks


def test_what_a_304_changes():
    known = [
        (b"etag", b'"a"'),
        (b"content-length", b"9"),
        (b"content-encoding", b"br"),
        (b"cache-control", b"max-age=1"),
        (b"relance-fraicheur", b"perimee"),
        (b"link", b"a"),
        (b"link", b"b"),
    ]
    newer = [
        (b"cache-control", b"max-age=2"),
        (b"link", b"c"),
        (b"content-length", b"0"),
        (b"age", b"3"),
        (b"x-request-id", b"z"),
    ]
    assert rules.freshened(known, newer) == [*known[:3], newer[0], newer[1]]


def test_headers_of_a_kept_answer():
    headers = [(b"age", b"3"), (b"x-request-id", b"z"), (b"etag", b'"a"')]
    assert rules.kept(headers, 7) == [(b"etag", b'"a"'), (b"content-length", b"7")]
    whole = [(b"etag", b'"a"'), (b"content-length", b"7")]
    assert rules.kept(whole, 7) == whole


def test_headers_of_a_304():
    headers = [
        (b"etag", b'"a"'),
        (b"content-type", b"text/csv"),
        (b"content-length", b"7"),
        (b"content-location", b"/a"),
        (b"vary", b"accept"),
    ]
    assert rules.of_304(headers) == [headers[0], headers[3], headers[4]]
