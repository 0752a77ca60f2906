"""A database table mirrored in memory by a thread that survives any error."""

import logging
import threading
from abc import ABC, abstractmethod
from typing import Final

from sqlalchemy import Engine, Table

from shared.db import DATABASE_ERRORS, in_snapshots
from shared.journal import Listener
from shared.outages import Outage
from shared.revisions import RevisionError

logger = logging.getLogger(__name__)
POLL_S = 0.5
"""Covers a lost notification, and entries that wait for an older transaction to end."""
RETRY_S = 1.0
"""Between two attempts to reach a database that does not answer."""


class Following(ABC):
    """Refreshed at each commit that a table announces, and now and then."""

    def __init__(self, engine: Engine, table: Table, *, name: str, pause_s: float = 0.0) -> None:
        """`pause_s`: the shortest time between two readings."""
        self._engine: Final = in_snapshots(engine)
        self._table = table
        self._pause_s = pause_s
        self._stop = threading.Event()
        self._listener: Listener | None = None
        self.refused = False
        """Whether nothing could be asked of the database the last time."""
        self.of_another_revision = False
        """Whether that was because its tables are not those of this program."""
        self._outage = Outage(
            logger,
            f"{name}: what is new cannot be taken in, serving what is known",
            f"{name}: what is new is taken in again",
        )
        self._thread = threading.Thread(target=self._follow, name=name, daemon=True)

    def connected(self) -> None:
        """Another connection: a server may have taken over that lost the last transactions."""
        return

    @abstractmethod
    def refresh(self) -> None:
        """Take in what was committed since the last time."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        listener = self._listener
        if listener is not None:
            listener.wake()
        if self._thread.is_alive():
            self._thread.join()

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except (*DATABASE_ERRORS, RevisionError) as error:
                self.refused = True
                self.of_another_revision = isinstance(error, RevisionError)
                self._outage.failed(error, level=logging.WARNING)
            except Exception as error:  # noqa: BLE001 told with its trace
                # Nothing may end the thread in silence: what is shown would age without a word.
                self._outage.failed(error, trace=True)
            # Not less and less often: what is shown ages, and one connection tells that it may.
            self._stop.wait(RETRY_S)

    def _listen(self) -> None:
        with Listener(self._engine, self._table) as listener:
            self._listener = listener
            self.refused = self.of_another_revision = False
            self.connected()
            try:
                while not self._stop.is_set():
                    self.refresh()
                    self._outage.ended()
                    self._stop.wait(self._pause_s)
                    listener.wait(POLL_S)
            finally:
                self._listener = None
