"""Whose answer is kept, for whom, and how it is found again."""

import pytest

from tests.gateway.cache_bench import FRESH


async def test_the_second_client_is_answered_from_the_cache(bench):
    first = await bench.ask(x_request_id="a")
    assert (first.status, first.body, first.note) == (200, b"bonjour", "fwd=uri-miss; stored")
    assert "age" not in first.headers
    bench.time += 3.7
    second = await bench.ask(x_request_id="b")
    assert (second.status, second.body, second.note) == (200, b"bonjour", "hit; ttl=7")
    assert second.headers["age"] == "3"
    assert second.headers["content-length"] == "7"
    assert bench.asked == 1


async def test_a_fresh_answer_needs_no_waiting(bench):
    assert bench.now() is None
    await bench.ask()
    bench.time += 9.9
    found = bench.now()
    assert (found.status, found.body, found.note) == (200, b"bonjour", "hit; ttl=1")
    head = bench.now(method="HEAD")
    assert (head.body, head.headers["content-length"]) == (b"", "7")
    bench.time += 30.2
    assert bench.now() is None


@pytest.mark.parametrize(
    "different",
    [
        {"path": "/v1/x?a=1"},
        {"path": "/v1/%78"},
        {"scheme": "https"},
        {"host": "autre.example"},
        {"accept_encoding": "gzip"},
        {"origin": "https://ville.example"},
    ],
)
async def test_another_question_is_not_the_same(bench, different):
    await bench.ask()
    assert bench.now(**different) is None


async def test_what_differs_without_mattering(bench):
    await bench.ask(accept_encoding="gzip, br;q=0.5", user_agent="a", accept="text/html")
    assert bench.now(accept_encoding="br, gzip", user_agent="b", cookie="c=1", x_autre="d")


@pytest.mark.parametrize(
    "asked",
    [
        {"authorization": "Bearer x"},
        {"range": "bytes=0-1"},
        {"if_range": '"a"'},
        {"if_match": '"a"'},
        {"if_unmodified_since": "Thu, 01 Jan 2026 00:00:00 GMT"},
        {"if_modified_since": "Thu, 01 Jan 2026 00:00:00 GMT"},
        {"if_none_match": " * "},
        {"content_length": "3"},
        {"transfer_encoding": "chunked"},
    ],
)
async def test_some_requests_are_the_service_s(bench, asked):
    await bench.ask()
    assert bench.now(**asked) is None
    assert (await bench.ask(**asked)).note == "fwd=bypass"
    assert bench.asked == 2
    assert bench.service.sent().keys() == {n.replace("_", "-") for n in asked} | {"host"}
    assert bench.now().note == "hit; ttl=10"


@pytest.mark.parametrize(
    "asked",
    [
        {"x_forwarded_scheme": "https"},
        {"x_http_method_override": "DELETE"},
        {"cookie": "a=1"},
        {"x_original_url": "/admin"},
        {"cache_control": "no-store"},
        {"host": "a b"},
        {"host": "a/b?c"},
        {"host": ""},
    ],
)
async def test_an_answer_that_others_could_not_have_is_not_kept(bench, asked):
    assert not (await bench.ask(**asked)).note.endswith("stored")
    assert bench.store.items == 0
    assert (await bench.ask()).note == "fwd=uri-miss; stored"


async def test_the_header_that_kept_an_answer_out_is_named(bench):
    got = await bench.ask(x_host="a.example")
    assert got.note == 'fwd=uri-miss; detail="x-host"'


async def test_a_coding_the_client_did_not_ask_for_is_not_kept(bench):
    bench.service.headers["content-encoding"] = "gzip"
    await bench.ask(accept_encoding="br")
    assert bench.store.items == 0
    await bench.ask(accept_encoding="gzip")
    assert bench.now(accept_encoding="gzip;q=0.1").headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {"cache-control": "no-store"}),
        (200, {"cache-control": "private, max-age=9"}),
        (200, {"cache-control": FRESH, "set-cookie": "a=1"}),
        (200, {"cache-control": FRESH, "vary": "*"}),
        (200, {"cache-control": FRESH, "content-type": "text/event-stream"}),
        (200, {}),
        (206, {"cache-control": FRESH}),
        (404, {"cache-control": "no-store"}),
        (500, {"cache-control": FRESH}),
    ],
)
async def test_answers_that_are_not_kept(bench, status, headers):
    bench.service.status, bench.service.headers = status, headers
    for number in range(1, 3):
        got = await bench.ask()
        assert (got.status, got.body, got.note) == (status, b"bonjour", "fwd=uri-miss")
        assert bench.asked == number


async def test_an_absence_is_kept_when_the_service_says_so(bench):
    bench.service.status = 404
    await bench.ask()
    assert bench.now(if_none_match='"a"').status == 404


async def test_age_counts_from_where_the_answer_was_made(bench):
    bench.service.headers["age"] = "4"
    got = await bench.ask()
    assert got.headers["age"] == "4"
    bench.time += 2
    found = bench.now()
    assert (found.headers["age"], found.note) == ("6", "hit; ttl=4")


async def test_variants(bench):
    bench.service.headers["vary"] = "Accept-Encoding, X-Langue"
    assert (await bench.ask(x_langue="fr")).note == "fwd=uri-miss; stored"
    bench.service.body = b"hello"
    assert (await bench.ask(x_langue="en")).note == "fwd=vary-miss; stored"
    assert (await bench.ask()).note == "fwd=vary-miss; stored"
    assert bench.now(x_langue="fr").body == b"bonjour"
    assert bench.now(x_langue="en").body == b"hello"
    assert bench.now(x_langue="es") is None


async def test_a_client_that_has_the_answer(bench):
    await bench.ask()
    for tags in ('"a"', 'W/"a"', '"z", "a"'):
        found = bench.now(if_none_match=tags)
        assert (found.status, found.body) == (304, b"")
        assert found.headers["etag"] == '"a"'
        assert found.headers["cache-control"] == FRESH
        assert "content-length" not in found.headers
    assert bench.now(if_none_match='"b"').status == 200
    assert bench.now(if_none_match="a").status == 200


async def test_a_condition_on_what_is_not_kept_is_the_service_s(bench):
    got = await bench.ask(if_none_match='"a"')
    assert (got.status, got.note) == (304, "fwd=uri-miss")
    assert bench.store.items == 0
    got = await bench.ask(if_none_match='"vieux"')
    assert (got.status, got.note) == (200, "fwd=uri-miss; stored")


async def test_head_is_answered_from_a_get_and_kept_never(bench):
    assert (await bench.ask(method="HEAD")).note == "fwd=uri-miss"
    assert bench.store.items == 0
    await bench.ask()
    assert bench.now(method="HEAD").note == "hit; ttl=10"
