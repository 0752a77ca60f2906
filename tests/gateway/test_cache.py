"""The shared cache as an ASGI layer, its clock in our hands."""

import asyncio
import logging
from contextlib import asynccontextmanager

import pytest

from gateway import cache as module
from gateway.cache import ALONE_MAX, PAUSE_S, REFRESHES_MAX, RETRY_S, Cache
from gateway.cache_exchange import BODY_MAX
from gateway.cache_store import Store
from shared.observability import WATCH

FRESH = "public, max-age=10, stale-while-revalidate=30, stale-if-error=600"


class Service:
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self):
        self.scopes = []
        self.status, self.body, self.cut = 200, b"bonjour", False
        self.headers = {"cache-control": FRESH, "etag": '"a"'}
        self.announced = True
        self.gate = None
        self.error = None
        self.closed = False

    async def __call__(self, scope, receive, send):
        self.scopes.append(scope)
        status, body, headers = self.status, self.body, dict(self.headers)
        tags = dict(scope["headers"]).get(b"if-none-match", b"").decode()
        if status == 200 and headers.get("etag", "?") in tags:
            status, body = 304, b""
        elif self.announced:
            headers["content-length"] = str(len(body))
        if self.gate is not None:
            arrived = asyncio.ensure_future(receive())
            opened = asyncio.ensure_future(self.gate.wait())
            await asyncio.wait({arrived, opened}, return_when=asyncio.FIRST_COMPLETED)
            arrived.cancel()
            if not opened.done():
                opened.cancel()
                return  # the client left
        if self.error is not None:
            raise self.error
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body[:3], "more_body": True})
        if not self.cut:
            await send({"type": "http.response.body", "body": body[3:]})

    @asynccontextmanager
    async def lifespan(self):
        yield
        self.closed = True

    def sent(self, number=-1):
        """Headers of a request that arrived."""
        headers = self.scopes[number]["headers"]
        return {name.decode(): value.decode() for name, value in headers}


def scope_of(path="/v1/x", *, method="GET", scheme="http", **headers):
    sent = {"host": "api.example", **{n.replace("_", "-"): v for n, v in headers.items()}}
    raw, _, query = path.partition("?")
    return {
        "type": "http",
        "method": method,
        "scheme": scheme,
        "path": raw.replace("%61", "a"),
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "client": ("192.0.2.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }


class Got:
    def __init__(self, messages):
        start = messages[0]
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        self.body = b"".join(message.get("body", b"") for message in messages[1:])
        self.is_whole = not messages[-1].get("more_body", False)
        self.note = self.headers["cache-status"].removeprefix('"relance"; ')


class Bench:
    def __init__(self, **bounds):
        self.service = Service()
        self.time = 1_000.0
        self.store = Store(**{"max_items": 100, "max_bytes": 10_000_000, **bounds})
        self.cache = Cache(self.service, self.store, clock=lambda: self.time)

    async def ask(self, *args, leaves=None, **kwargs):
        messages = []

        async def receive():
            await (leaves or asyncio.Event()).wait()
            return {"type": "http.disconnect"}

        async def send(message):
            messages.append(message)

        await self.cache(scope_of(*args, **kwargs), receive, send)
        return Got(messages) if messages else None

    def now(self, *args, **kwargs):
        ready = self.cache.now(scope_of(*args, **kwargs))
        if ready is None:
            return None
        status, headers, body = ready
        return Got(
            [
                {"status": status, "headers": headers},
                {"body": body},
            ]
        )

    async def settle(self):
        """Let everything under way go as far as it can."""
        for _ in range(20):
            await asyncio.sleep(0)

    @property
    def asked(self):
        return len(self.service.scopes)


@pytest.fixture
def bench():
    return Bench()


def test_the_second_client_is_answered_from_the_cache(bench):
    async def play():
        first = await bench.ask(x_request_id="a")
        assert (first.status, first.body, first.note) == (200, b"bonjour", "fwd=uri-miss; stored")
        assert "age" not in first.headers
        bench.time += 3.7
        second = await bench.ask(x_request_id="b")
        assert (second.status, second.body, second.note) == (200, b"bonjour", "hit; ttl=7")
        assert second.headers["age"] == "3"
        assert second.headers["content-length"] == "7"
        assert bench.asked == 1

    asyncio.run(play())


def test_a_fresh_answer_needs_no_waiting(bench):
    assert bench.now() is None
    asyncio.run(bench.ask())
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
def test_another_question_is_not_the_same(bench, different):
    asyncio.run(bench.ask())
    assert bench.now(**different) is None


def test_what_differs_without_mattering(bench):
    asyncio.run(bench.ask(accept_encoding="gzip, br;q=0.5", user_agent="a", accept="text/html"))
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
def test_some_requests_are_the_service_s(bench, asked):
    async def play():
        await bench.ask()
        assert bench.now(**asked) is None
        assert (await bench.ask(**asked)).note == "fwd=bypass"
        assert bench.asked == 2
        assert bench.service.sent().keys() == {n.replace("_", "-") for n in asked} | {"host"}
        assert bench.now().note == "hit; ttl=10"

    asyncio.run(play())


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
def test_an_answer_that_others_could_not_have_is_not_kept(bench, asked):
    async def play():
        assert not (await bench.ask(**asked)).note.endswith("stored")
        assert bench.store.items == 0
        assert (await bench.ask()).note == "fwd=uri-miss; stored"

    asyncio.run(play())


def test_the_header_that_kept_an_answer_out_is_named(bench):
    got = asyncio.run(bench.ask(x_host="a.example"))
    assert got.note == 'fwd=uri-miss; detail="x-host"'


def test_a_coding_the_client_did_not_ask_for_is_not_kept(bench):
    bench.service.headers["content-encoding"] = "gzip"
    asyncio.run(bench.ask(accept_encoding="br"))
    assert bench.store.items == 0
    asyncio.run(bench.ask(accept_encoding="gzip"))
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
def test_answers_that_are_not_kept(bench, status, headers):
    bench.service.status, bench.service.headers = status, headers

    async def play():
        for number in range(1, 3):
            got = await bench.ask()
            assert (got.status, got.body, got.note) == (status, b"bonjour", "fwd=uri-miss")
            assert bench.asked == number

    asyncio.run(play())


def test_an_absence_is_kept_when_the_service_says_so(bench):
    bench.service.status = 404
    asyncio.run(bench.ask())
    assert bench.now(if_none_match='"a"').status == 404


def test_age_counts_from_where_the_answer_was_made(bench):
    bench.service.headers["age"] = "4"
    got = asyncio.run(bench.ask())
    assert got.headers["age"] == "4"
    bench.time += 2
    found = bench.now()
    assert (found.headers["age"], found.note) == ("6", "hit; ttl=4")


def test_variants(bench):
    bench.service.headers["vary"] = "Accept-Encoding, X-Langue"

    async def play():
        assert (await bench.ask(x_langue="fr")).note == "fwd=uri-miss; stored"
        bench.service.body = b"hello"
        assert (await bench.ask(x_langue="en")).note == "fwd=vary-miss; stored"
        assert (await bench.ask()).note == "fwd=vary-miss; stored"
        assert bench.now(x_langue="fr").body == b"bonjour"
        assert bench.now(x_langue="en").body == b"hello"
        assert bench.now(x_langue="es") is None

    asyncio.run(play())


def test_a_client_that_has_the_answer(bench):
    asyncio.run(bench.ask())
    for tags in ('"a"', 'W/"a"', '"z", "a"'):
        found = bench.now(if_none_match=tags)
        assert (found.status, found.body) == (304, b"")
        assert found.headers["etag"] == '"a"'
        assert found.headers["cache-control"] == FRESH
        assert "content-length" not in found.headers
    assert bench.now(if_none_match='"b"').status == 200
    assert bench.now(if_none_match="a").status == 200


def test_a_condition_on_what_is_not_kept_is_the_service_s(bench):
    async def play():
        got = await bench.ask(if_none_match='"a"')
        assert (got.status, got.note) == (304, "fwd=uri-miss")
        assert bench.store.items == 0
        got = await bench.ask(if_none_match='"vieux"')
        assert (got.status, got.note) == (200, "fwd=uri-miss; stored")

    asyncio.run(play())


def test_head_is_answered_from_a_get_and_kept_never(bench):
    async def play():
        assert (await bench.ask(method="HEAD")).note == "fwd=uri-miss"
        assert bench.store.items == 0
        await bench.ask()
        assert bench.now(method="HEAD").note == "hit; ttl=10"

    asyncio.run(play())


def test_a_stale_answer_is_validated(bench):
    bench.service.headers["cache-control"] = "max-age=10"

    async def play():
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

    asyncio.run(play())


def test_a_stale_answer_is_replaced(bench):
    bench.service.headers["cache-control"] = "max-age=10"

    async def play():
        await bench.ask()
        bench.time += 11
        bench.service.headers["etag"], bench.service.body = '"b"', b"bonsoir"
        got = await bench.ask(if_none_match='"b"')
        assert (got.status, got.note) == (304, "fwd=stale; stored")
        assert bench.now().body == b"bonsoir"

    asyncio.run(play())


def test_without_a_tag_a_stale_answer_is_asked_again(bench):
    bench.service.headers = {"cache-control": "max-age=10"}

    async def play():
        await bench.ask()
        bench.time += 11
        assert (await bench.ask()).note == "fwd=stale; stored"
        assert "if-none-match" not in bench.service.sent()

    asyncio.run(play())


def test_a_validation_that_names_another_answer_proves_nothing(bench):
    bench.service.headers["cache-control"] = "max-age=10"
    asyncio.run(bench.ask())
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
    got = asyncio.run(bench.ask())
    assert (got.status, got.body, got.note) == (200, b"bonsoir", "fwd=uri-miss; stored")


def test_a_validation_may_forbid_to_keep_on(bench):
    bench.service.headers["cache-control"] = "max-age=10"

    async def play():
        await bench.ask()
        bench.time += 11
        bench.service.headers["cache-control"] = "no-store"
        got = await bench.ask()
        assert (got.status, got.body) == (200, b"bonjour")
        assert bench.store.items == 0

    asyncio.run(play())


@pytest.mark.parametrize(("status", "control"), [(404, FRESH), (404, "no-store"), (200, "private")])
def test_an_answer_gone_is_not_served_stale(bench, status, control):
    async def play():
        await bench.ask()
        bench.time += 41
        bench.service.status = status
        bench.service.headers = {"cache-control": control}
        assert (await bench.ask()).status == status
        found = bench.now()
        assert found is None or found.status == status

    asyncio.run(play())


def test_an_answer_that_must_be_validated_each_time(bench):
    bench.service.headers["cache-control"] = "no-cache"

    async def play():
        await bench.ask()
        got = await bench.ask()
        assert (got.body, got.note) == (b"bonjour", "fwd=stale; fwd-status=304")
        assert bench.asked == 2

    asyncio.run(play())


@pytest.mark.parametrize("header", [{"cache_control": "no-cache"}, {"pragma": "no-cache"}])
def test_a_client_may_have_the_service_asked_but_not_at_will(bench, header):
    async def play():
        await bench.ask()
        for _ in range(50):
            assert (await bench.ask(**header)).note == "hit; ttl=10"
        bench.time += PAUSE_S
        assert bench.now(**header) is None
        assert (await bench.ask(**header)).note == "fwd=request; fwd-status=304"
        for _ in range(50):
            await bench.ask(**header)
        assert bench.asked == 2

    asyncio.run(play())


def test_only_what_is_kept(bench):
    async def play():
        got = await bench.ask(cache_control="only-if-cached")
        assert got.status == 504
        await bench.ask()
        assert (await bench.ask(cache_control="only-if-cached")).note == "hit; ttl=10"
        assert bench.asked == 1

    with pytest.raises(KeyError):  # a refusal is ours: no service was near it
        asyncio.run(play())


# Stale while revalidate


def test_a_stale_answer_serves_while_it_is_refreshed(bench):
    async def play():
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

    asyncio.run(play())


def test_a_refresh_that_fails_waits_before_the_next(bench, caplog):
    async def play():
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

    with caplog.at_level(logging.ERROR):
        asyncio.run(play())


def test_refreshes_are_bounded_and_given_up_at_the_end(bench):
    async def play():
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

    bench.store._max_items = 1_000
    asyncio.run(play())


# Stale if error


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failure_is_hidden_by_what_is_kept(bench, status):
    async def play():
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
        assert bench.now() is None
        bench.service.status = 200
        assert (await bench.ask()).note == "fwd=stale; fwd-status=304"

    asyncio.run(play())


def test_a_failure_is_told_once_what_is_kept_is_too_old(bench):
    async def play():
        await bench.ask()
        bench.time += 611
        bench.service.status = 503
        assert (await bench.ask()).status == 503
        bench.service.status = 200
        assert (await bench.ask()).status == 200

    asyncio.run(play())


def test_a_failure_is_told_when_nothing_stale_may_serve(bench):
    bench.service.headers["cache-control"] = FRESH + ", must-revalidate"

    async def play():
        await bench.ask()
        bench.time += 11
        bench.service.status = 503
        assert (await bench.ask()).status == 503

    asyncio.run(play())


def test_a_cut_answer_is_never_kept(bench):
    bench.service.cut = True

    async def play():
        got = await bench.ask()
        assert got is None or got.status == 502
        assert bench.store.items == 0
        bench.service.cut = False
        await bench.ask()
        bench.time += 60
        bench.service.cut, bench.service.headers["etag"] = True, '"b"'
        got = await bench.ask()
        assert (got.status, got.body) == (200, b"bonjour")
        assert "fwd-status=502" in got.note

    with pytest.raises(KeyError):
        asyncio.run(play())
