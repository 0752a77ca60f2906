"""The vitrine: the public objects of a service in memory, one immutable version after another."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, Final, Protocol

from prometheus_client import Gauge
from sqlalchemy import Connection, Engine, Table

from shared import journal
from shared.conditional import http_date
from shared.following import Following
from shared.journal import EPOCH, ZERO, Curseur, Entree, Repere
from shared.memory import collector
from shared.memory.segments import Segment, Version

logger = logging.getLogger(__name__)
STALE_S = 5.0
"""Without an answer of the database for this long, what is known may have aged."""
HELD_S = 60.0
"""A transaction that holds changes back for longer than an import lasts was forgotten."""
HELD: Final = Gauge(
    "relance_journal_retenu_secondes",
    "For how long the oldest change not shown yet has waited for an open transaction",
    ("service",),
)
ANSWERED: Final = Gauge(
    "relance_base_reponse_secondes",
    "When the database of the read model last answered, in Unix time",
    ("service",),
)
RELEASE = version("grand-paris-relance")
REST_S = 10.0
"""Without a change for so long, what changed joins the base: searches then need no masks."""
BATCH = 20_000
"""Entries taken in one by one; past that, all objects are read again, in one piece."""


class Source(Protocol):
    """How a service's public objects are read from its database."""

    genre: str
    """First word of the genres of the journal's entries about these objects."""

    def load(self, connection: Connection) -> Segment:
        """All living objects."""
        ...

    def reload(self, connection: Connection, ids: Sequence[str]) -> Segment:
        """Those of the objects `ids` that are alive."""
        ...

    def prepare(self, version: Version) -> None:  # noqa: ARG002 for those who need it
        """Make what searches need beside columns, before readers see a version."""
        return


class Direct(Protocol):
    """What changes too often to be journalled, followed beside the vitrine."""

    tell: Callable[[], None]
    """Called when there is something new."""

    @property
    def vu(self) -> Any:
        """What readers see: the same object as long as it is the same; None before it is read."""
        ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Vue:
    """What a reader sees: a version and where in the journal it stands."""

    version: Version
    curseur: Curseur
    """How far the journal was read."""
    instant: datetime
    """Of the last change it shows."""
    headers: tuple[tuple[bytes, bytes], ...]
    """ETag and Last-Modified, made once a version."""
    autres: Mapping[str, Version] = field(default_factory=dict)
    """The service's other kinds of objects, at the same place in the journal."""
    direct: Any = None
    """What the service's `Direct` shows, in a read that depends on it."""

    @property
    def etag(self) -> bytes:
        return self.headers[0][1]


def vue(
    shown: Version,
    curseur: Curseur,
    instant: datetime,
    autres: Mapping[str, Version] = MappingProxyType({}),
    lu: Curseur | None = None,
) -> Vue:
    """What is shown since the entry at `curseur`; `lu`: how far the journal was read, if farther.

    Entries about what is not shown leave tags as they are: clients keep what they have.
    """
    # What is shown and how: the place in the journal, and the release that writes it.
    etag = f'W/"{RELEASE}.{curseur.xid}.{curseur.position}"'.encode()
    headers = ((b"etag", etag), (b"last-modified", http_date(instant).encode()))
    return Vue(shown, lu or curseur, instant, headers, autres)


def _renewed(
    seen: Version, source: Source, ids: Collection[str], connection: Connection
) -> Version:
    """The version once the objects `ids` were read again."""
    ordered = sorted(ids)
    return seen.apply(ordered, source.reload(connection, ordered)) if ordered else seen


class Vitrine(Following):
    """Loads the objects once, then follows the journal in a thread of its own."""

    def __init__(
        self,
        engine: Engine,
        journal_table: Table,
        source: Source,
        autres: Sequence[Source] = (),
    ) -> None:
        """`autres`: the service's other kinds of objects, shown beside those of `source`."""
        super().__init__(engine, journal_table, name="vitrine")
        self.vue: Vue | None = None
        """None until the first load."""
        self.tell: Callable[[], None] = lambda: None
        """Called after each refresh, in its thread, for whoever follows what is shown."""
        self._source = source
        self._autres = {other.genre: other for other in autres}
        self._lock = threading.Lock()
        self._read: Repere = ZERO, EPOCH
        """The last entry that was taken in."""
        self._fresh = time.monotonic()
        """When the database last answered."""
        self._told = float("-inf")
        """When it was last told that changes are held back."""
        self._moved = 0.0
        """When a change was last taken in."""

    @property
    def perimee_depuis(self) -> datetime | None:
        """Since when the database has not answered; reads go on with what is known.

        None before the first load: nothing is shown that could have aged.
        """
        if self.vue is None:
            return None
        late = time.monotonic() - self._fresh
        return datetime.now(UTC) - timedelta(seconds=late) if late > STALE_S else None

    def refresh(self) -> None:
        """Load, or catch up with every committed change."""
        with self._lock:
            if self.vue is None:
                self._load()
                collector.settled()
            while self._advance():
                self._moved = time.monotonic()
            self._fresh = time.monotonic()
            ANSWERED.labels(self._table.schema).set_to_current_time()
            self._settle()
        self.tell()

    def _load(self) -> None:
        genres = (self._source.genre, *self._autres)
        with self._engine.connect() as connection:
            lu = journal.head(connection, self._table)
            curseur, instant = journal.head(connection, self._table, genres)
            autres = {
                word: Version.of(source.load(connection)) for word, source in self._autres.items()
            }
            shown = Version.of(self._source.load(connection))
            self._show(vue(shown, curseur, instant, autres, lu[0]))
            self._read = lu

    def _show(self, seen: Vue) -> None:
        """Let readers see a version, once its source has prepared it."""
        self._source.prepare(seen.version)
        self.vue = seen

    def _advance(self) -> bool:
        """Take in the entries that came since; False when there was none."""
        seen = self.vue
        assert seen is not None
        place, instant = self._read
        with self._engine.connect() as connection:
            entries = journal.after_known(connection, self._table, place, BATCH, instant)
            if entries == []:
                self._tell_held(journal.held(connection, self._table))
                return False
            if entries is not None and len(entries) < BATCH:
                self._show(self._renew(seen, entries, connection))
                self._read = entries[-1].curseur, entries[-1].instant
                return True
        if entries is None:
            logger.error("vitrine: %s no longer has what was read, which is shown no more", place)
        # A batch cut short could show half of an import.
        self._load()
        return True

    def _tell_held(self, seconds: float) -> None:
        """Measure what a transaction of anybody's keeps from readers: nothing else would show."""
        HELD.labels(self._table.schema).set(seconds)
        if seconds > HELD_S and time.monotonic() - self._told > HELD_S:
            self._told = time.monotonic()
            logger.warning(
                "vitrine: an open transaction keeps changes from being shown, for %.0f s", seconds
            )

    def _renew(self, seen: Vue, entries: Sequence[Entree], connection: Connection) -> Vue:
        """The view once the objects that entries are about were read again."""
        subjects: dict[str, set[str]] = {
            word: set() for word in (self._source.genre, *self._autres)
        }
        last: Entree | None = None
        for entry in entries:
            word = entry.genre.partition(".")[0]
            if word in subjects:
                subjects[word].add(entry.sujet)
                last = entry
        lu = entries[-1].curseur
        if last is None:
            return replace(seen, curseur=lu)
        renewed = _renewed(seen.version, self._source, subjects[self._source.genre], connection)
        autres = {
            word: _renewed(seen.autres[word], source, subjects[word], connection)
            for word, source in self._autres.items()
        }
        return vue(renewed, last.curseur, last.instant, autres, lu)

    def _settle(self) -> None:
        """Once changes pause, make searches as fast as on a base just loaded."""
        seen = self.vue
        assert seen is not None
        versions = (seen.version, *seen.autres.values())
        if any(one.changed for one in versions) and time.monotonic() - self._moved > REST_S:
            autres = {word: one.merged() for word, one in seen.autres.items()}
            self._show(replace(seen, version=seen.version.merged(), autres=autres))
