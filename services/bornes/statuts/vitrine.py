"""Keeps the states in memory in step with the database, in a thread of its own."""

import time
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine

from services.bornes.models import DernierStatut
from services.bornes.statuts import queries
from services.bornes.statuts.etats import Etats
from shared.following import Following

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE_S: Final = 0.05
"""Between two readings: a hundred calls a second are read twenty times, not a hundred."""
_TABLE: Final = DernierStatut.metadata.tables["bornes.statuts"]


class SuiviEtats(Following):
    """What readers see of the states; it goes on growing old while the database is down."""

    def __init__(self, engine: Engine, peremption_s: int) -> None:
        super().__init__(engine, _TABLE, name="etats", pause_s=PAUSE_S)
        self.tell: Callable[[], None] = lambda: None
        """Called when statuses were taken in, for whoever follows them further."""
        self._peremption_s = peremption_s
        self._snapshot: str | None = None
        self._known: Etats | None = None
        self._shown: tuple[Etats, Etats, int] | None = None
        """What is known, the same as of a later second, and until when that one holds."""

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

    def connected(self) -> None:
        """All are read again: a snapshot says nothing to another server."""
        self._snapshot = None

    def refresh(self) -> None:
        """Take in the statuses committed since the last reading."""
        with self._engine.connect() as connection:
            found = queries.since(connection, self._snapshot)
        known = self._known
        if known is None or self._snapshot is None:
            known = Etats.none(self._peremption_s)
        if found.rows or self._snapshot is None:
            self._known = known.apply(found.rows, int(time.time()))
        self._snapshot = found.snapshot
        if found.rows:
            self.tell()
