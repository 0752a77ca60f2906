"""The one thread of a process that reads live event sources on behalf of all listeners."""

import logging
import threading
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from shared.feeds.streams import LOT, Hub
from shared.outages import Outage
from shared.problems import InvalidParameter
from shared.revisions import RevisionError

if TYPE_CHECKING:
    from shared.feeds.events import Place

logger = logging.getLogger(__name__)
POLL_S = 2.0
"""Covers a lost call, and a database that was away."""
PAUSE_S = 0.05
"""The shortest time between two readings: a hundred commits a second are read as twenty batches."""


class Follower:
    """Gives what comes in the sources to the hub, in a thread of its own."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._places: list[Place] = []
        """Empty until every source knows its present."""
        self._outage = Outage(
            logger, "stream: nothing new can be told", "stream: what is new is told again"
        )
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="flux", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something may have come. From any thread."""
        self._woken.set()

    def stop(self) -> None:
        self._stopped.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join()

    def advance(self) -> None:
        """Give out all that came since the last time."""
        sources = self._hub.sources
        if not self._places:
            heads = [head for source in sources.all if (head := source.head()) is not None]
            if len(heads) < len(sources.all):
                return
            self._places = heads
            self._hub.begin(heads)
        for index, source in enumerate(sources.all):
            while (lot := source.read(self._places[index], LOT)).place != self._places[index]:
                batch = sources.batch(index, lot, self._places)
                self._places[index] = lot.place
                self._hub.publish(batch)

    def _follow(self) -> None:
        while not self._stopped.is_set():
            try:
                self.advance()
                self._outage.ended()
            except InvalidParameter:
                # A server took over that lost the last transactions: nobody stands anywhere.
                logger.error("stream: a source no longer has what was told; all begin again")  # noqa: TRY400 the trace says nothing more
                self._places = []
                self.wake()
            except (SQLAlchemyError, RevisionError) as error:
                self._outage.failed(error, level=logging.WARNING)
            except Exception as error:  # noqa: BLE001 told with its trace
                # Nothing may end the thread in silence: all would listen to nobody.
                self._outage.failed(error, trace=True)
            self._stopped.wait(PAUSE_S)
            self._woken.wait(POLL_S)
            self._woken.clear()
