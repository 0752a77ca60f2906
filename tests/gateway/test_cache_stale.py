"""What becomes of an answer once it is no longer fresh."""

import asyncio

import pytest

from gateway.cache import AWAY_S, PAUSE_S, REFRESHES_MAX, RETRY_S
from shared.observability import WATCH
from tests.gateway.cache_bench import FRESH


async def test_a_stale_answer_is_validated(bench):
    bench.service.headers["cache-control"] = "max-age=10"
    await bench.ask()
    bench.time += 10
    bench.service.headers["relance-fraicheur"] = "perimee"
    got = await bench.ask(if_none_match='"vieux"')
    assert bench.service.sent()["if-none-match"] == '"a"'
    assert (got.status, got.body, got.note) == (200, b"bonjour", "fwd=stale; fwd-status=304")
    assert got.headers["age"] == "0"
    assert bench.now().headers["relance-fraicheur"] == "perimee"
    bench.time += 10
    del bench.service.headers["relance-fraicheur"]
    got = await bench.ask(if_none_match='"a"')
    assert got.status == 304
    assert "relance-fraicheur" not in bench.now().headers
    bench.time += 10
    got = await bench.ask(method="HEAD")
    assert (got.status, got.body, got.note) == (200, b"", "fwd=stale; fwd-status=304")
    assert bench.asked == 4


async def test_a_stale_answer_is_replaced(bench):
    bench.service.headers["cache-control"] = "max-age=10"
    await bench.ask()
    bench.time += 11
    bench.service.headers["etag"], bench.service.body = '"b"', b"bonsoir"
    got = await bench.ask(if_none_match='"b"')
    assert (got.status, got.note) == (304, "fwd=stale; stored")
    assert bench.now().body == b"bonsoir"


async def test_without_a_tag_a_stale_answer_is_asked_again(bench):
    bench.service.headers = {"cache-control": "max-age=10"}
    await bench.ask()
    bench.time += 11
    assert (await bench.ask()).note == "fwd=stale; stored"
    assert "if-none-match" not in bench.service.sent()


async def test_a_validation_that_names_another_answer_proves_nothing(bench):
    bench.service.headers["cache-control"] = "max-age=10"
    await bench.ask()
    bench.time += 11
    true = bench.service.__call__

    async def lying(scope, receive, send):
        if b"if-none-match" in dict(scope["headers"]):
            headers = [(b"etag", b'"c"')]
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        else:
            await true(scope, receive, send)

    bench.cache._service = lying
    bench.service.body = b"bonsoir"
    got = await bench.ask()
    assert (got.status, got.body, got.note) == (200, b"bonsoir", "fwd=uri-miss; stored")


async def test_a_validation_may_forbid_to_keep_on(bench):
    bench.service.headers["cache-control"] = "max-age=10"
    await bench.ask()
    bench.time += 11
    bench.service.headers["cache-control"] = "no-store"
    got = await bench.ask()
    assert (got.status, got.body) == (200, b"bonjour")
    assert bench.store.items == 0


@pytest.mark.parametrize(("status", "control"), [(404, FRESH), (404, "no-store"), (200, "private")])
async def test_an_answer_gone_is_not_served_stale(bench, status, control):
    await bench.ask()
    bench.time += 41
    bench.service.status = status
    bench.service.headers = {"cache-control": control}
    assert (await bench.ask()).status == status
    found = bench.now()
    assert found is None or found.status == status


async def test_an_answer_that_must_be_validated_each_time(bench):
    bench.service.headers["cache-control"] = "no-cache"
    await bench.ask()
    got = await bench.ask()
    assert (got.body, got.note) == (b"bonjour", "fwd=stale; fwd-status=304")
    assert bench.asked == 2


@pytest.mark.parametrize("header", [{"cache_control": "no-cache"}, {"pragma": "no-cache"}])
async def test_a_client_may_have_the_service_asked_but_not_at_will(bench, header):
    await bench.ask()
    for _ in range(50):
        assert (await bench.ask(**header)).note == "hit; ttl=10"
    bench.time += PAUSE_S
    assert bench.now(**header) is None
    assert (await bench.ask(**header)).note == "fwd=request; fwd-status=304"
    for _ in range(50):
        await bench.ask(**header)
    assert bench.asked == 2


async def test_only_what_is_kept(bench):
    got = await bench.ask(cache_control="only-if-cached")
    assert got.status == 504
    await bench.ask()
    assert (await bench.ask(cache_control="only-if-cached")).note == "hit; ttl=10"
    assert bench.asked == 1


# Stale while revalidate


async def test_a_stale_answer_serves_while_it_is_refreshed(bench):
    await bench.ask(user_agent="curl", cookie="a=1", accept="text/html")
    await bench.ask(user_agent="curl", accept="text/html")
    bench.time += 15
    bench.service.body, bench.service.headers["etag"] = b"bonsoir", '"b"'
    for _ in range(5):
        got = bench.now(cookie="a=1", method="HEAD", accept="text/html")
        assert (got.status, got.note) == (200, "hit; ttl=-5")
    await bench.settle()
    assert bench.asked == 3
    scope, sent = bench.service.scopes[-1], bench.service.sent()
    assert (scope["method"], scope["client"]) == ("GET", None)
    assert sent == {"host": "api.example", "accept": "text/html", "if-none-match": '"a"'}
    assert WATCH in scope
    found = bench.now()
    assert (found.body, found.note) == (b"bonsoir", "hit; ttl=10")


async def test_a_refresh_that_fails_waits_before_the_next(bench, caplog):
    await bench.ask()
    bench.time += 15
    bench.service.status = 503
    for _ in range(20):
        assert bench.now().note == "hit; ttl=-5"
        await bench.settle()
    assert bench.asked == 2
    bench.time += RETRY_S
    bench.service.error = RuntimeError("bug")
    assert bench.now()
    await bench.settle()
    assert bench.asked == 3
    assert "refresh of /v1/x" in caplog.text
    bench.service.error, bench.service.status = None, 200
    assert bench.now()
    await bench.settle()
    assert bench.now().note == "hit; ttl=10"


async def test_refreshes_are_bounded_and_given_up_at_the_end(bench):
    bench.store._max_items = 1_000
    async with bench.cache.lifespan():
        for number in range(REFRESHES_MAX + 5):
            await bench.ask(f"/v1/{number}")
        before = bench.asked
        bench.time += 15
        bench.service.gate = asyncio.Event()
        for number in range(REFRESHES_MAX + 5):
            assert bench.now(f"/v1/{number}")
        await bench.settle()
        assert bench.asked - before == REFRESHES_MAX
    assert bench.service.closed
    assert not bench.cache._refreshes


# Stale if error


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_failure_is_hidden_by_what_is_kept(bench, status):
    await bench.ask()
    bench.time += 60
    bench.service.status = status
    got = await bench.ask()
    detail = f'fwd=stale; fwd-status={status}; detail="stale-if-error"'
    assert (got.status, got.body, got.note) == (200, b"bonjour", detail)
    assert got.headers["age"] == "60"
    for _ in range(20):
        assert bench.now().note == "hit; ttl=-50"
    assert bench.asked == 2
    bench.time += RETRY_S
    bench.service.status = 200
    if status == 500:  # it is there, and may do better
        assert bench.now() is None
        assert (await bench.ask()).note == "fwd=stale; fwd-status=304"
    else:
        assert bench.now().note == "hit; ttl=-55"
        await bench.settle()
        assert bench.now().note == "hit; ttl=10"


async def test_nobody_waits_for_a_service_that_is_away_but_those_who_find_it_so(bench):
    """It is asked behind the backs of all others, whatever they want."""
    for path in ("/v1/x", "/v1/y"):
        await bench.ask(path)
    bench.time += 60
    bench.service.status = 504
    assert (await bench.ask()).status == 200
    for _ in range(10):
        assert bench.now().note.startswith("hit; ttl=-")
        assert bench.now("/v1/y").note.startswith("hit; ttl=-")
        await bench.settle()
        bench.time += RETRY_S
    assert bench.asked == 2 + 1 + 9 + 10
    bench.service.status = 200
    assert bench.now("/v1/y")
    await bench.settle()
    assert bench.now("/v1/y").note == "hit; ttl=10"
    bench.time += RETRY_S
    assert bench.now() is None
    assert (await bench.ask()).note == "fwd=stale; fwd-status=304"


async def test_a_service_is_not_thought_to_be_away_for_ever(bench):
    await bench.ask()
    bench.time += 60
    bench.service.status = 504
    assert (await bench.ask()).status == 200
    bench.time += AWAY_S
    assert bench.now() is None


async def test_a_failure_is_told_once_what_is_kept_is_too_old(bench):
    await bench.ask()
    bench.time += 611
    bench.service.status = 503
    assert (await bench.ask()).status == 503
    bench.service.status = 200
    assert (await bench.ask()).status == 200


async def test_a_failure_is_told_when_nothing_stale_may_serve(bench):
    bench.service.headers["cache-control"] = FRESH + ", must-revalidate"
    await bench.ask()
    bench.time += 11
    bench.service.status = 503
    assert (await bench.ask()).status == 503


async def test_a_cut_answer_is_never_kept(bench):
    bench.service.cut = True
    got = await bench.ask()
    assert got.status == 502
    assert bench.store.items == 0
    bench.service.cut = False
    await bench.ask()
    bench.time += 60
    bench.service.cut, bench.service.headers["etag"] = True, '"b"'
    got = await bench.ask()
    assert (got.status, got.body) == (200, b"bonjour")
    assert "fwd-status=502" in got.note
