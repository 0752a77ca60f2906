"""One thread a process reads the sources, whatever fails, until it is told to stop."""

import asyncio
import threading

from tests.emission import Compteur, Emission
from tests.sse import Ecoute, eventually


async def test_the_follower_lives_through_failures_and_stops_when_told(monkeypatch, caplog):
    monkeypatch.setattr("shared.feeds.follower.POLL_S", 0.01)

    class Fragile(Compteur):
        def read(self, after, limit):
            if self.numbers == [1]:
                raise RuntimeError("unexpected")
            return super().read(after, limit)

    source = Fragile()
    emission = Emission(source)
    emission.hub.open()
    emission.follower.start()
    await eventually(lambda: emission.hub.places is not None)
    listener = await Ecoute(emission.app).begun()
    source.away = True
    await eventually(lambda: "away" in caplog.text)
    source.add(1)
    await eventually(lambda: "unexpected" in caplog.text)
    source.away = False
    source.add(2)
    emission.follower.wake()
    await listener.until(lambda it: len(it.events) == 2)
    await listener.close()
    await asyncio.to_thread(emission.follower.stop)
    assert "flux" not in {thread.name for thread in threading.enumerate()}


async def test_all_begin_again_where_a_source_no_longer_has_what_was_told(monkeypatch, caplog):
    """A server took over that lost the last transactions."""
    monkeypatch.setattr("shared.feeds.follower.POLL_S", 0.01)

    class Failing(Compteur):
        def read(self, after, limit):
            self.check(after, "depuis")
            return super().read(after, limit)

    source = Failing()
    source.add(1, 2, 3)
    emission = Emission(source)
    emission.hub.open()
    emission.follower.start()
    await eventually(lambda: emission.hub.places == [(3,)])
    listener = await Ecoute(emission.app).begun()
    source.numbers = [1]
    await eventually(lambda: emission.hub.places == [(1,)])
    await listener.until(lambda it: it.is_ended)
    back = await Ecoute(emission.app).begun()
    source.add(2)
    emission.follower.wake()
    await back.until(lambda it: [event.data for event in it.events] == ["2"])
    await back.close()
    await asyncio.to_thread(emission.follower.stop)
    assert "all begin again" in caplog.text


async def test_a_follower_waits_for_every_source_to_know_its_present():
    source = Compteur()
    emission = Emission(source)
    emission.hub.open()
    source.head = lambda: None
    await emission.advance()
    assert emission.hub.places is None
    del source.head
    await emission.advance()
    assert emission.hub.places == [(0,)]
    emission.follower.stop()
