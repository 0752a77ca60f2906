"""A live stream tells each event once to all who listen, waits for nobody, and loses nothing."""

import asyncio
import threading

import pytest

from shared.feeds import streams
from shared.feeds.streams import SHARE, SHARE_MIN, end_all
from tests.emission import Compteur, Emission
from tests.sse import Ecoute


def numbers(listener: Ecoute) -> list[int]:
    return [int(event.data) for event in listener.events if event.event != "interruption"]


async def test_what_comes_is_told_from_now_on():
    source = Compteur()
    source.add(1, 2)
    async with Emission(source).on_air() as emission:
        listener = await emission.listen()
        assert listener.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert listener.headers["cache-control"] == "no-cache, no-transform"
        assert listener.body.startswith(b"retry: 3000\n")
        assert (listener.events, listener.last_id) == ([], "2")
        source.add(3, 4)
        await emission.advance()
        await listener.until(lambda it: len(it.events) == 2)
        assert listener.events == [("3", "nombre", "3"), ("4", "nombre", "4")]


@pytest.mark.parametrize("asked", [{"query": "depuis=2"}, {"last_event_id": "2"}])
async def test_a_client_that_comes_back_hears_what_it_missed(asked):
    source = Compteur()
    source.add(*range(1, 8))
    async with Emission(source).on_air() as emission:
        listener = await emission.listen(**asked)
        source.add(8)
        await emission.advance()
        await listener.until(lambda it: len(it.events) == 6)
        assert numbers(listener) == [3, 4, 5, 6, 7, 8]


async def test_the_header_is_fresher_than_the_address():
    source = Compteur()
    source.add(*range(1, 6))
    async with Emission(source).on_air() as emission:
        listener = await emission.listen("depuis=1", last_event_id="4")
        await listener.until(lambda it: it.events)
        assert numbers(listener) == [5]


@pytest.mark.parametrize(
    ("query", "headers", "name"),
    [
        ("depuis=x", {}, "depuis"),
        ("depuis=", {}, "depuis"),
        ("depuis=4", {}, "depuis"),
        ("depuis=1", {"last_event_id": "x"}, "Last-Event-ID"),
        ("", {"last_event_id": "1.1"}, "Last-Event-ID"),
    ],
)
async def test_a_cursor_of_elsewhere_is_refused_before_the_stream_begins(query, headers, name):
    source = Compteur()
    source.add(1, 2)
    async with Emission(source).on_air() as emission:
        refused = await emission.listen(query, **headers)
        assert refused.status == 400
        assert f'"parametre": "{name}"'.encode() in refused.body


async def test_many_listeners_cost_one_reading_and_one_writing():
    source = Compteur()
    async with Emission(source).on_air() as emission:
        asked = [emission.listen(hote=f"192.0.2.{n % 100}") for n in range(500)]
        listeners = await asyncio.gather(*asked)
        before = source.reads
        source.add(1)
        await emission.advance()
        for listener in listeners:
            await listener.until(lambda it: it.events)
        assert all(listener.events == [("1", "nombre", "1")] for listener in listeners)
        assert source.written == 1
        assert source.reads - before == 2, "one for the event, one to see that it is the last"


async def test_more_listeners_than_allowed_are_told_to_come_back():
    async with Emission(Compteur(), most=2).on_air() as emission:
        first, _ = await emission.listen(), await emission.listen()
        third = await emission.listen()
        assert third.status == 503
        assert third.headers["retry-after"] == "60"
        await first.close()
        fourth = await emission.listen()
        assert fourth.status == 200


async def test_one_address_does_not_take_all_places():
    async with Emission(Compteur(), most=SHARE_MIN * SHARE).on_air() as emission:
        of_one = [await emission.listen(hote=f"2001:db8::{n}") for n in range(SHARE_MIN + 1)]
        assert [listener.status for listener in of_one] == [200] * SHARE_MIN + [429]
        assert of_one[-1].headers["retry-after"] == "60"
        assert (await emission.listen(hote="192.0.2.1")).status == 200
        await of_one[0].close()
        assert (await emission.listen(hote="2001:db8::a")).status == 200


async def test_the_limit_holds_for_those_who_ask_at_the_same_time():
    source = Compteur()
    source.add(1, 2)
    async with Emission(source, most=3).on_air() as emission:
        asked = [emission.listen("depuis=1") for _ in range(10)]
        statuses = sorted(listener.status for listener in await asyncio.gather(*asked))
        assert statuses == [200] * 3 + [503] * 7


async def test_before_the_first_reading_there_is_no_stream():
    emission = Emission(Compteur())
    refused = await Ecoute(emission.app).begun()
    assert refused.status == 503
    await refused.close()


async def test_a_slow_reader_is_told_so_and_comes_back_without_loss(monkeypatch):
    monkeypatch.setattr(streams, "WAITING_MAX", 200)
    source = Compteur()
    async with Emission(source).on_air() as emission:
        slow, quick = await emission.listen(), await emission.listen()
        slow.paused.clear()
        sent = [number for number in range(1, 60) if number % 10]
        for number in range(1, 60):
            source.add(number)
            await emission.advance()
            await quick.until(lambda it, n=number: n % 10 == 0 or n in numbers(it))
        slow.paused.set()
        await slow.until(lambda it: it.is_ended)
        *told, last = slow.events
        assert last.event == "interruption"
        assert '"motif":"trop-lent"' in last.data
        assert numbers(slow) == sent[: len(told)]
        assert len(told) < len(sent)
        again = await emission.listen(last_event_id=last.id)
        await again.until(lambda it: 59 in numbers(it))
        assert numbers(slow) + numbers(again) == sent == numbers(quick)


def test_a_client_that_takes_nothing_is_cut(monkeypatch, caplog):
    monkeypatch.setattr(streams, "PATIENCE_S", 0.01)

    async def scenario():
        source = Compteur()
        async with Emission(source, most=1).on_air() as emission:
            stuck = await emission.listen()
            stuck.paused.clear()
            source.add(1)
            await emission.advance()
            await stuck.task
            assert not stuck.is_ended
            assert (await emission.listen()).status == 200

    asyncio.run(scenario())
    assert "took nothing" in caplog.text


async def test_silence_is_broken_and_says_where_a_filtered_client_stands(monkeypatch):
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.01)
    source = Compteur()
    async with Emission(source).on_air() as emission:
        listener = await emission.listen("minimum=100")
        source.add(1, 2, 3)
        await emission.advance()
        await listener.until(lambda it: it.last_id == "3")
        assert (listener.events, b": battement\n" in listener.body) == ([], True)


async def test_what_is_not_told_moves_the_reader_too():
    source = Compteur()
    source.add(1, 10, 20)
    async with Emission(source).on_air() as emission:
        listener = await emission.listen("depuis=1")
        source.add(30, 31)
        await emission.advance()
        await listener.until(lambda it: it.events)
        assert numbers(listener) == [31]


async def test_while_the_database_is_away_streams_stay_and_catch_up_after(monkeypatch):
    monkeypatch.setattr(streams, "DATABASE_RETRY_S", 0.01)
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.01)
    source = Compteur()
    source.add(1, 2, 3)
    async with Emission(source).on_air() as emission:
        there = await emission.listen()
        source.away = True
        back = await emission.listen(last_event_id="1")
        source.add(4)
        await emission.advance()
        for listener in (there, back):
            await listener.until(lambda it: it.body.count(b": battement") > 3)
            assert listener.events == []
        source.away = False
        await emission.advance()
        await there.until(lambda it: it.events)
        await back.until(lambda it: len(it.events) == 3)
        assert (numbers(there), numbers(back)) == ([4], [2, 3, 4])


async def test_a_place_that_the_database_lost_while_it_was_away_is_asked_for_again(monkeypatch):
    """Heard of in another process, and ahead of all that is written since: it would hide it."""
    monkeypatch.setattr(streams, "DATABASE_RETRY_S", 0.01)
    source = Compteur()
    source.add(1, 2, 3)
    async with Emission(source).on_air() as emission:
        source.away = True
        listener = await emission.listen(last_event_id="9")
        source.away = False
        source.add(4)
        await emission.advance()
        await listener.until(lambda it: it.is_ended)
        assert listener.last_id == "9"
        again = await emission.listen(last_event_id=listener.last_id)
        assert again.status == 400


async def test_few_of_many_readers_ask_an_absent_database_at_one_time(monkeypatch):
    """Each that asks takes a thread of the process: the others are for whoever else asks."""
    monkeypatch.setattr(streams, "DATABASE_RETRY_S", 0.01)
    source = Compteur()
    source.add(1, 2, 3)
    async with Emission(source).on_air() as emission:
        source.away = True
        for _ in range(10):
            await emission.listen(last_event_id="2")
        assert await most_askers(monkeypatch, source) == streams.REPLAYS


async def most_askers(monkeypatch, source) -> int:
    """How many ask a source that answers nobody, at one time."""
    asking, asked, answers = [], threading.Semaphore(0), threading.Event()

    def check(_place, _parametre):
        asking.append(None)
        asked.release()
        answers.wait()

    monkeypatch.setattr(source, "check", check)
    for _ in range(streams.REPLAYS):
        await asyncio.to_thread(asked.acquire)
    await asyncio.sleep(0.1)
    answers.set()
    return len(asking)


async def test_a_reader_that_another_process_had_brought_further_hears_nothing_twice():
    source = Compteur()
    source.add(1)
    async with Emission(source).on_air() as emission:
        source.add(2, 3)  # not yet given out here
        listener = await emission.listen("depuis=2")
        source.add(4)
        await emission.advance()
        await listener.until(lambda it: 4 in numbers(it))
        assert numbers(listener) == [3, 4]


async def test_a_long_absence_is_read_lot_by_lot():
    source = Compteur()
    source.add(*range(1, 1_000))
    async with Emission(source).on_air() as emission:
        listener = await emission.listen("depuis=0")
        await listener.until(lambda it: 999 in numbers(it))
        assert numbers(listener) == [n for n in range(1, 1_000) if n % 10]


async def test_two_kinds_of_events_share_one_id():
    first, second = Compteur("a"), Compteur("b")
    first.add(1)
    async with Emission(first, second).on_air() as emission:
        listener = await emission.listen()
        assert listener.last_id == "1.0"
        second.add(5)
        await emission.advance()
        first.add(2)
        await emission.advance()
        await listener.until(lambda it: len(it.events) == 2)
        assert listener.events == [("1.5", "b", "5"), ("2.5", "a", "2")]
        back = await emission.listen(last_event_id="1.0")
        await back.until(lambda it: len(it.events) == 2)
        assert sorted(event[1:] for event in back.events) == [("a", "2"), ("b", "5")]
        assert back.last_id == "2.5"
        # An id given before the second kind existed: that one begins now.
        older = await emission.listen(last_event_id="1")
        await older.until(lambda it: it.events)
        assert [event.event for event in older.events] == ["a"]


async def test_a_server_that_stops_ends_every_stream():
    async with Emission(Compteur()).on_air() as emission:
        listeners = [await emission.listen() for _ in range(3)]
        end_all()
        for listener in listeners:
            await listener.until(lambda it: it.is_ended)
            await listener.task
        assert emission.hub._open == set()


async def test_who_leaves_is_no_longer_listened_for():
    source = Compteur()
    async with Emission(source).on_air() as emission:
        listener = await emission.listen()
        await listener.close()
        assert (emission.hub._open, emission.hub._live) == (set(), set())
