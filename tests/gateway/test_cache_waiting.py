"""Those who wait for the same answer, answers that cannot wait, and changes meanwhile."""

import asyncio

import pytest

from gateway import cache
from gateway.cache_exchange import BODY_MAX
from tests.gateway.cache_bench import FRESH, scope_of


async def test_one_question_for_all_who_want_the_answer(bench):
    bench.service.gate = asyncio.Event()
    clients = [asyncio.create_task(bench.ask()) for _ in range(100)]
    clients.append(asyncio.create_task(bench.ask(if_none_match='"a"')))
    clients.append(asyncio.create_task(bench.ask(method="HEAD")))
    await bench.settle()
    bench.time += 3  # the service takes its time
    bench.service.gate.set()
    got = await asyncio.gather(*clients)
    assert bench.asked == 1
    assert [g.note for g in got].count("fwd=uri-miss; stored") == 1
    assert [g.note for g in got].count("fwd=uri-miss; collapsed") == 101
    assert {g.body for g in got[:100]} == {b"bonjour"}
    assert (got[100].status, got[101].body) == (304, b"")
    assert got[1].headers["age"] == "3"


async def test_nobody_waits_for_an_answer_without_its_body(bench):
    bench.service.gate = asyncio.Event()
    head = asyncio.create_task(bench.ask(method="HEAD"))
    await bench.settle()
    whole = asyncio.create_task(bench.ask())
    await bench.settle()
    assert bench.asked == 2
    bench.service.gate.set()
    assert ((await head).status, (await whole).body) == (200, b"bonjour")


async def test_an_answer_that_took_longer_than_it_lasts_serves_those_who_waited(bench):
    bench.service.headers["cache-control"] = "max-age=10"
    bench.service.gate = asyncio.Event()
    clients = [asyncio.create_task(bench.ask()) for _ in range(5)]
    await bench.settle()
    bench.time += 12
    bench.service.gate.set()
    assert {g.body for g in await asyncio.gather(*clients)} == {b"bonjour"}
    assert bench.asked == 1
    assert bench.now() is None


async def test_a_stale_answer_is_validated_once_for_all(bench):
    await bench.ask()
    bench.time += 60
    bench.service.gate = asyncio.Event()
    clients = [asyncio.create_task(bench.ask()) for _ in range(20)]
    await bench.settle()
    bench.service.gate.set()
    notes = [g.note for g in await asyncio.gather(*clients)]
    assert notes == ["fwd=stale; fwd-status=304", *["fwd=stale; collapsed"] * 19]
    assert bench.asked == 2


async def test_when_who_asked_leaves_another_asks(bench):
    bench.service.gate = asyncio.Event()
    leaves = [asyncio.Event(), asyncio.Event()]
    impatient = [asyncio.create_task(bench.ask(leaves=left)) for left in leaves]
    await bench.settle()
    patient = [asyncio.create_task(bench.ask()) for _ in range(5)]
    await bench.settle()
    assert bench.asked == 1
    for number, left in enumerate(leaves):
        left.set()
        await bench.settle()
        assert bench.asked == number + 2
    bench.service.gate.set()
    assert await asyncio.gather(*impatient) == [None, None]
    assert {g.body for g in await asyncio.gather(*patient)} == {b"bonjour"}
    assert bench.asked == 3


async def test_when_who_asked_is_cancelled_another_asks(bench):
    bench.service.gate = asyncio.Event()
    clients = [asyncio.create_task(bench.ask()) for _ in range(5)]
    await bench.settle()
    clients[0].cancel()
    await bench.settle()
    bench.service.gate.set()
    assert {g.body for g in await asyncio.gather(*clients[1:])} == {b"bonjour"}
    assert bench.asked == 2
    assert not bench.cache._awaited
    assert not bench.cache._underway


async def test_a_waiting_client_that_is_cancelled_harms_nobody(bench):
    bench.service.gate = asyncio.Event()
    clients = [asyncio.create_task(bench.ask()) for _ in range(3)]
    await bench.settle()
    clients[1].cancel()
    await bench.settle()
    bench.service.gate.set()
    assert (await clients[0]).body == (await clients[2]).body == b"bonjour"
    assert bench.asked == 1


@pytest.mark.parametrize("how", ["500", "no-store", "crash", "vary"])
async def test_an_answer_that_is_not_shared_leaves_each_to_ask(bench, how):
    if how == "500":
        bench.service.status = 500
    elif how == "no-store":
        bench.service.headers["cache-control"] = "no-store"
    elif how == "vary":
        bench.service.headers["vary"] = "accept"
    else:
        bench.service.error = RuntimeError("bug")
    bench.service.gate = asyncio.Event()
    clients = [asyncio.create_task(bench.ask(accept=str(n))) for n in range(5)]
    await bench.settle()
    assert bench.asked == 1
    bench.service.gate.set()
    got = await asyncio.gather(*clients, return_exceptions=True)
    assert bench.asked == 5
    if how == "crash":
        assert [type(g) for g in got] == [RuntimeError] * 5
    else:
        assert {g.status for g in got} == {500 if how == "500" else 200}


async def test_nobody_waits_for_what_is_never_shared(bench, monkeypatch):
    monkeypatch.setattr(cache, "ALONE_MAX", 2)
    bench.service.headers["cache-control"] = "no-store"
    for path in ("/v1/a", "/v1/b", "/v1/x"):
        await bench.ask(path)
    assert len(bench.cache._alone) == 1
    bench.service.gate = asyncio.Event()
    bench.service.headers["cache-control"] = FRESH
    clients = [asyncio.create_task(bench.ask()) for _ in range(3)]
    await bench.settle()
    assert bench.asked == 6
    bench.service.gate.set()
    await asyncio.gather(*clients)
    assert bench.now()
    assert not bench.cache._alone


async def test_an_answer_that_needs_validation_each_time_is_not_shared(bench):
    bench.service.headers["cache-control"] = "no-cache"
    bench.service.gate = asyncio.Event()
    clients = [asyncio.create_task(bench.ask()) for _ in range(4)]
    await bench.settle()
    bench.service.gate.set()
    await asyncio.gather(*clients)
    assert bench.asked == 4


# Answers that do not wait


class Streaming:
    """Sends pieces when it is told to."""

    def __init__(self, bench, headers):
        self.headers, self.pieces = headers, asyncio.Queue()
        self.asked = 0
        bench.cache._service = self

    async def __call__(self, scope, receive, send):
        self.asked += 1
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        while (piece := await self.pieces.get()) is not None:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def listen(bench):
    """A client that keeps what it hears, and its task."""
    heard = []

    async def send(message):
        heard.append(message)

    async def stays():
        await asyncio.Event().wait()

    task = asyncio.create_task(bench.cache(scope_of(), stays, send))
    await bench.settle()
    return heard, task


@pytest.mark.parametrize("event_stream", [True, False])
async def test_a_stream_passes_as_it_comes(bench, event_stream):
    kind = b"text/event-stream" if event_stream else b"text/csv"
    service = Streaming(bench, [(b"cache-control", b"max-age=60"), (b"content-type", kind)])
    heard, task = await listen(bench)
    assert [message["type"] for message in heard] == ["http.response.start"]
    others, other = await listen(bench)  # does not wait for the end of the first
    assert others
    assert service.asked == 2
    for _ in range(2):
        service.pieces.put_nowait(b"data: 1")
    await bench.settle()
    assert [m["body"] for m in (*heard[1:], *others[1:])] == [b"data: 1"] * 2
    for _ in range(2):
        service.pieces.put_nowait(None)
    await asyncio.gather(task, other)
    found = bench.now()
    assert (found is None) is event_stream
    if found is not None:
        size = str(len(found.body))
        assert found.headers["content-length"] == size


async def test_a_stream_that_proves_long_is_not_kept(bench):
    service = Streaming(bench, [(b"cache-control", b"max-age=60")])
    heard, task = await listen(bench)
    piece = b"x" * (BODY_MAX // 4)
    for _ in range(6):
        service.pieces.put_nowait(piece)
    service.pieces.put_nowait(None)
    await task
    assert sum(len(message.get("body", b"")) for message in heard) == 6 * len(piece)
    assert bench.store.items == 0


@pytest.mark.parametrize(("more", "kept"), [(0, True), (1, False)])
async def test_a_body_announced_long_is_passed_on_and_not_kept(bench, more, kept):
    bench.service.body = b"x" * (BODY_MAX + more)
    got = await bench.ask()
    assert got.body == bench.service.body
    assert (bench.now() is not None) is kept


async def test_a_slow_client_makes_nobody_wait(bench):
    reads = asyncio.Event()

    async def slow(message):
        await reads.wait()

    async def stays():
        await asyncio.Event().wait()

    task = asyncio.create_task(bench.cache(scope_of(), stays, slow))
    await bench.settle()
    assert bench.now().body == b"bonjour"
    reads.set()
    await task


async def test_what_is_no_http_request_passes(bench):
    heard = []

    async def service(scope, receive, send):
        heard.append(scope["type"])

    bench.cache._service = service
    await bench.cache({"type": "websocket"}, None, None)
    assert heard == ["websocket"]


# Changes


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "INVENTE"])
async def test_a_change_makes_what_is_kept_at_its_address_wrong(bench, method):
    for path in ("/v1/a", "/v1/%61?b=1", "/v1/autre"):
        await bench.ask(path)
    got = await bench.ask("/v1/a", method=method, authorization="Bearer x")
    assert got.note == "fwd=method"
    assert bench.now("/v1/a") is None
    assert bench.now("/v1/%61?b=1") is None
    assert bench.now("/v1/autre")


@pytest.mark.parametrize(("method", "status"), [("POST", 400), ("DELETE", 503), ("OPTIONS", 200)])
async def test_what_changes_nothing_leaves_it(bench, method, status):
    await bench.ask()
    bench.service.status = status
    assert (await bench.ask(method=method)).note == "fwd=method"
    assert bench.now()


async def test_an_answer_under_way_during_a_change_is_not_kept(bench):
    bench.service.gate = asyncio.Event()
    before = [asyncio.create_task(bench.ask()) for _ in range(2)]
    elsewhere = asyncio.create_task(bench.ask("/v1/autre"))
    await bench.settle()
    gate, bench.service.gate = bench.service.gate, None
    await bench.ask(method="PUT")
    bench.service.body = b"bonsoir"
    after = await bench.ask()
    assert (after.body, after.note) == (b"bonsoir", "fwd=uri-miss; stored")
    gate.set()
    got = await asyncio.gather(*before)
    assert got[0].note == "fwd=uri-miss"
    assert bench.now().body == b"bonsoir"
    await elsewhere
    assert bench.now("/v1/autre")
