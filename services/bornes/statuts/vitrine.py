"""The states of the points followed from the database, in a thread of their own."""

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from services.bornes.models import DernierStatut
from services.bornes.statuts import queries
from services.bornes.statuts.etats import Etats
from shared.journal import Listener

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)
POLL_S = 0.5
"""Covers a lost notification."""
PAUSE_S: Final = 0.05
"""Between two readings: a hundred calls a second are read twenty times, not a hundred."""
RETRY_S: Final = 1.0
_TABLE: Final = DernierStatut.metadata.tables["bornes.statuts"]


class SuiviEtats:
    """What readers see of the states; it goes on growing old while the database is down."""

    def __init__(self, engine: Engine, peremption_s: int) -> None:
        self.tell: Callable[[], None] = lambda: None
        """Called when statuses were taken in, for whoever follows them further."""
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")
        self._peremption_s = peremption_s
        self._snapshot: str | None = None
        self._known: Etats | None = None
        self._shown: tuple[Etats, Etats, int] | None = None
        """What is known, the same as of a later second, and until when that one holds."""
        self._stop = threading.Event()
        self._listener: Listener | None = None
        self._thread = threading.Thread(target=self._follow, name="etats", daemon=True)

    @property
    def vu(self) -> Etats | None:
        """The states as of now; the same object as long as they are the same. None at first."""
        known, shown = self._known, self._shown
        if known is None:
            return None
        now = int(time.time())
        if shown is None or shown[0] is not known or now >= shown[2]:
            aged = known.at(now)
            shown = self._shown = known, aged, aged.holds_until
        return shown[1]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        listener = self._listener
        if listener is not None:
            listener.wake()
        if self._thread.is_alive():
            self._thread.join()

    def refresh(self) -> None:
        """Take in the statuses committed since the last reading."""
        with self._engine.connect() as connection:
            found = queries.since(connection, self._snapshot)
        known = self._known or Etats.none(self._peremption_s)
        if found.rows or self._known is None:
            self._known = known.apply(found.rows, int(time.time()))
        self._snapshot = found.snapshot
        if found.rows:
            self.tell()

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except DBAPIError as error:
                logger.warning("states: database unreachable, showing what is known: %s", error)
            except Exception:
                # Nothing may end the thread in silence: states would age without a word.
                logger.exception("states: some statuses could not be taken in")
            self._stop.wait(RETRY_S)

    def _listen(self) -> None:
        with Listener(self._engine, _TABLE) as listener:
            self._listener = listener
            try:
                while not self._stop.is_set():
                    self.refresh()
                    listener.wait(POLL_S)
                    self._stop.wait(PAUSE_S)
            finally:
                self._listener = None
