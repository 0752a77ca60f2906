"""A response on its way through the cache: passed on, copied, or held until complete."""

import asyncio
from enum import Enum, auto
from typing import Final

from starlette.types import Message, Receive, Scope

from gateway import cache_rules as rules
from gateway.cache_store import Key, Stored, stored
from shared.http.addresses import HOST

BODY_MAX: Final = 500_000
"""A longer body is passed on as it comes, and not kept."""


_NOT_MODIFIED: Final = 304


class Mode(Enum):
    """What becomes of an answer."""

    UNKNOWN = auto()
    PASSED = auto()
    """On its way, not to be kept."""
    COPIED = auto()
    """On its way as it comes, its length unknown; kept if it ends and is small enough."""
    HELD = auto()
    """Small and worth keeping: sent once whole, so that a slow client makes nobody wait."""
    VALID = auto()
    """The service says that what is kept still holds."""
    CHANGED = auto()
    """It says that of something else."""
    FAILED = auto()
    """What is kept serves in its place."""


class Exchange:
    """A request to the service, for the client that sent it and for those that wait for the same.

    `ended` is set as soon as the others know what to do: take `shared`, ask in its place if it
    `is_abandoned`, else ask each for itself.
    """

    def __init__(
        self, scope: Scope, key: Key, stale: Stored | None, *, now: float, reason: bytes
    ) -> None:
        self.key = key
        self.path: str = scope["path"]
        self.ended = asyncio.Event()
        self.found: Stored | None = None
        """What its client gets, of what may serve again."""
        self.shared: Stored | None = None
        """What those who wait get."""
        self.is_abandoned = False
        """The client left before the answer was known."""
        self.is_spoiled = False
        """The resource changed meanwhile: the answer may be older than the change."""
        self.mode = Mode.UNKNOWN
        self.is_held = True
        """Nothing of the answer goes to its client yet."""
        self.status = 0
        self.is_whole = False
        self.may_keep = True
        """False when the service takes back what it allowed."""
        self.stale = stale
        self.asked: rules.Headers = scope["headers"]
        self._is_get = scope["method"] == "GET"
        self._now = now
        self._reason = reason
        self._headers: rules.Headers = ()
        self._terms: rules.Terms | None = None
        self._varied: rules.Varied = ()
        self._chunks: list[bytes] = []
        self._size = 0
        self._detail = b""

    def listened(self, receive: Receive) -> Receive:
        """The client's messages, among which its departure is noticed."""

        async def heard() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.is_abandoned = True
            return message

        return heard

    def take(self, message: Message) -> Message | None:
        """Keep what the message is worth; gives back what goes to the client at once."""
        if message["type"] == "http.response.start":
            self._begin(message["status"], message["headers"])
            self.is_held = self.mode is not Mode.PASSED and self.mode is not Mode.COPIED
            if self.is_held:
                return None
            return {
                **message,
                "headers": [*message["headers"], (b"cache-status", self.note())],
            }
        if self.mode is not Mode.PASSED:
            self._read(message.get("body", b""))
            self.is_whole = not message.get("more_body", False)
        return None if self.is_held else message

    @property
    def has_superseded(self) -> bool:
        """The service gave an answer that may not be kept in place of one that was."""
        return self.stale is not None and self.is_own and self.status not in rules.FAILURES

    @property
    def is_own(self) -> bool:
        """The service allows nobody else to have the answer."""
        return self.mode is Mode.PASSED and self._is_get and self._terms is None

    def result(self) -> Stored | None:
        """The answer that may serve again, now that it ended; `may_keep` says for how many."""
        if self.mode is Mode.VALID:
            assert self.stale is not None
            headers: rules.Headers = rules.freshened(self.stale.headers, self._headers)
            body = self.stale.body
            status = self.stale.status
            self._terms = rules.terms(status, headers)
            variant = rules.varied(headers, self.asked)
            self.may_keep = self._terms is not None and variant is not None
            self._varied = variant or ()
        elif self.is_whole and (self.mode is Mode.HELD or self.mode is Mode.COPIED):
            chunks = self._chunks
            status, body = self.status, chunks[0] if len(chunks) == 1 else b"".join(chunks)
            headers = rules.kept(self._headers, len(body))
        else:
            return None
        age = rules.seconds(dict(self._headers).get(b"age", b""))
        return stored(
            status,
            headers,
            body,
            terms=self._terms or rules.Terms(0, 0, 0),
            varied=self._varied,
            born=self._now - age,
            asked=self._now,
        )

    def note(self, more: bytes = b"") -> bytes:
        """What `Cache-Status` says (RFC 9211)."""
        return b'"relance"; fwd=' + self._reason + more + self._detail

    def own_age(self) -> list[tuple[bytes, bytes]]:
        """`Age`, if the answer came with one."""
        return [header for header in self._headers if header[0] == b"age"]

    def _begin(self, status: int, headers: rules.Headers) -> None:
        self.status, self._headers = status, headers
        if self.stale is not None and self.stale.etag is not None and status == _NOT_MODIFIED:
            self.mode = Mode.VALID if self._names(self.stale) else Mode.CHANGED
        elif status in rules.FAILURES and self.has_spare:
            self.mode = Mode.FAILED
        else:
            self.mode = self._worth()

    def _names(self, known: Stored) -> bool:
        """Whether the tag of a 304, if it has one, is that of what is kept."""
        assert known.etag is not None
        tag = dict(self._headers).get(b"etag", known.etag)
        return tag.removeprefix(b"W/") == known.etag.removeprefix(b"W/")

    @property
    def has_spare(self) -> bool:
        """What is kept may serve in place of a failure."""
        if self.stale is None:
            return False
        lifetime = self.stale.terms.fresh_s + self.stale.terms.error_s
        return self._now - self.stale.born < lifetime

    def _worth(self) -> Mode:
        self._terms = rules.terms(self.status, self._headers) if self._is_get else None
        variant = rules.varied(self._headers, self.asked) if self._terms is not None else None
        if variant is None or not self._is_anyones(variant):
            return Mode.PASSED
        self._varied = variant
        length = dict(self._headers).get(b"content-length")
        if length is None:
            return Mode.COPIED
        return Mode.HELD if int(length) <= BODY_MAX else Mode.PASSED

    def _is_anyones(self, variant: rules.Varied) -> bool:
        """Whether nothing but the key and what the answer varies with can have shaped it."""
        odd = rules.odd_header(self.asked, variant)
        if odd is not None:
            self._detail = b'; detail="' + odd[:64] + b'"'
            return False
        return (
            HOST.fullmatch(self.key.host) is not None
            and rules.suits_codings(self._headers, self.key.codings)
            and not rules.forbids_keeping(self.asked)
        )

    def _read(self, chunk: bytes) -> None:
        if self.mode is not Mode.HELD and self.mode is not Mode.COPIED:
            return
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self.mode is Mode.COPIED and self._size > BODY_MAX:
            self.mode = Mode.PASSED
            self._chunks.clear()
