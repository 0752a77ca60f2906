"""The vitrine: a service's public objects in memory, one immutable version after the other."""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.exc import DBAPIError

from shared import journal
from shared.journal import Curseur, Listener
from shared.segments import Segment, Version

logger = logging.getLogger(__name__)
POLL_S = 0.5
"""Covers a lost notification, and entries that wait for an older transaction to end."""
RETRY_S = 1.0
"""Between two attempts to reach a database that does not answer."""
REST_S = 10.0
"""Without a change for so long, what changed joins the base: searches then need no masks."""
BATCH = 20_000
"""Entries taken in one by one; past that, all objects are read again, in one piece."""


class Source(Protocol):
    """How a service's public objects are read from its database."""

    def load(self, connection: Connection) -> Segment:
        """All living objects."""
        ...

    def reload(self, connection: Connection, ids: Sequence[str]) -> Segment:
        """Those of the objects `ids` that are alive."""
        ...


@dataclass(frozen=True, slots=True)
class Vue:
    """What a reader sees: a version and where in the journal it stands."""

    version: Version
    curseur: Curseur
    instant: datetime
    """Of the last change it shows."""
    headers: tuple[tuple[bytes, bytes], ...]
    """ETag and Last-Modified, made once a version."""

    @property
    def etag(self) -> bytes:
        return self.headers[0][1]


def vue(version: Version, curseur: Curseur, instant: datetime) -> Vue:
    # The URL carries the query; the place in the journal says the rest, alike in every process.
    etag = f'W/"{curseur.encode()}"'.encode()
    modified = instant.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").encode()
    return Vue(version, curseur, instant, ((b"etag", etag), (b"last-modified", modified)))


class Vitrine:
    """Loads the objects once, then follows the journal in a thread of its own."""

    def __init__(self, engine: Engine, journal_table: Table, source: Source) -> None:
        self.vue: Vue | None = None
        """None until the first load."""
        self.perimee_depuis: datetime | None = None
        """Since when the database has not answered; reads go on with what is known."""
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")
        self._journal = journal_table
        self._source = source
        self._lock = threading.Lock()
        self._moved = 0.0
        """When a change was last taken in."""
        self._stop = threading.Event()
        self._listener: Listener | None = None
        self._thread = threading.Thread(target=self._follow, name="vitrine", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._listener is not None:
            self._listener.wake()
        if self._thread.is_alive():
            self._thread.join()

    def refresh(self) -> None:
        """Load, or catch up with every committed change."""
        with self._lock:
            if self.vue is None:
                self._load()
            while self._advance():
                self._moved = time.monotonic()
            self._settle()

    def _load(self) -> None:
        with self._engine.connect() as connection:
            curseur, instant = journal.head(connection, self._journal)
            self.vue = vue(Version.of(self._source.load(connection)), curseur, instant)

    def _advance(self) -> bool:
        """Take in the entries that came since; False when there was none."""
        seen = self.vue
        assert seen is not None
        with self._engine.connect() as connection:
            entries = journal.read(connection, self._journal, after=seen.curseur, limit=BATCH)
            if not entries:
                return False
            if len(entries) < BATCH:
                ids = sorted({entry.sujet for entry in entries})
                version = seen.version.apply(ids, self._source.reload(connection, ids))
                self.vue = vue(version, entries[-1].curseur, entries[-1].instant)
                return True
        # A batch cut short could show half of an import.
        self._load()
        return True

    def _settle(self) -> None:
        """Once changes pause, make searches as fast as on a base just loaded."""
        seen = self.vue
        assert seen is not None
        if seen.version.changed and time.monotonic() - self._moved > REST_S:
            self.vue = replace(seen, version=seen.version.merged())

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except DBAPIError as error:
                self._fall_behind()
                logger.warning("vitrine: database unreachable, serving what is known: %s", error)
            except Exception:
                # Nothing may end the thread in silence: the service would age without a word.
                self._fall_behind()
                logger.exception("vitrine: a change could not be taken in")

    def _listen(self) -> None:
        with Listener(self._engine, self._journal) as listener:
            self._listener = listener
            try:
                while not self._stop.is_set():
                    self.refresh()
                    self.perimee_depuis = None
                    listener.wait(POLL_S)
            finally:
                self._listener = None

    def _fall_behind(self) -> None:
        self.perimee_depuis = self.perimee_depuis or datetime.now(UTC)
        self._stop.wait(RETRY_S)
