"""Storage of cached responses: keyed by question, bounded in count and bytes, LRU eviction."""

from collections import OrderedDict, defaultdict
from itertools import chain
from typing import Final, NamedTuple

from gateway.cache_rules import Headers, Terms, Varied, suits

VARIANTS_MAX: Final = 8
"""Answers kept for one question, to requests that differ in what they vary with."""
ENTRY_BYTES: Final = 2_000
"""What an answer weighs beside its bytes: tuples, lists, dictionaries."""


class Key(NamedTuple):
    """What two requests have in common when one's answer is the other's."""

    target: bytes | str
    """As the client wrote it."""
    query: bytes
    host: bytes
    """With the scheme: where the links of an answer lead."""
    scheme: str
    codings: bytes
    has_origin: bool
    """Asked by a web page: the answer then holds CORS headers, often without saying it varies."""


class Stored(NamedTuple):
    """An answer that may serve again."""

    status: int
    headers: Headers
    body: bytes
    etag: bytes | None
    terms: Terms
    varied: Varied
    born: float
    """When its age was 0, on our clock."""
    asked: float
    """When the service was last asked about it."""
    size: int
    """Bytes of memory, about."""
    failed: float = float("-inf")
    """When it last failed to answer."""


def stored(
    status: int,
    headers: Headers,
    body: bytes,
    *,
    terms: Terms,
    varied: Varied,
    born: float,
    asked: float,
) -> Stored:
    """An answer as it is kept."""
    written = sum(map(len, chain.from_iterable(chain(headers, varied))))
    size = len(body) + written + ENTRY_BYTES
    etag = dict(headers).get(b"etag")
    return Stored(status, headers, body, etag, terms, varied, born, asked, size)


class Store:
    """What all caches of a process keep, for its one event loop."""

    def __init__(self, *, max_items: int, max_bytes: int) -> None:
        self.items = 0
        self.bytes = 0
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._known: OrderedDict[Key, tuple[str, tuple[Stored, ...]]] = OrderedDict()
        """By question, the path and the variants, last used last."""
        self._paths: defaultdict[str, set[Key]] = defaultdict(set)

    def __contains__(self, key: Key) -> bool:
        return key in self._known

    def find(self, key: Key, asked: Headers) -> Stored | None:
        """The answer that suits a request."""
        known = self._known.get(key)
        if known is None:
            return None
        self._known.move_to_end(key)
        for variant in known[1]:
            if not variant.varied or suits(variant.varied, asked):
                return variant
        return None

    def put(self, key: Key, path: str, new: Stored) -> None:
        """Keep an answer in place of the one it replaces."""
        others: tuple[Stored, ...] = ()
        if key in self._known:
            others = tuple([v for v in self._known[key][1] if v.varied != new.varied])
            self.drop(key)
        self._add(key, path, (new, *others[: VARIANTS_MAX - 1]))
        while self.items > self._max_items or self.bytes > self._max_bytes:
            self.drop(next(iter(self._known)))

    def drop(self, key: Key) -> None:
        """Forget the answers to one question."""
        if key not in self._known:
            return
        path, variants = self._known.pop(key)
        keys = self._paths[path]
        keys.discard(key)
        if not keys:
            del self._paths[path]
        self.items -= len(variants)
        self.bytes -= _weight(key, variants)

    def forget(self, path: str) -> None:
        """Forget every answer at a path, decoded: whatever its query, its host, its variants."""
        for key in tuple(self._paths.get(path, ())):
            self.drop(key)

    def _add(self, key: Key, path: str, variants: tuple[Stored, ...]) -> None:
        self._known[key] = path, variants
        self._paths[path].add(key)
        self.items += len(variants)
        self.bytes += _weight(key, variants)


def _weight(key: Key, variants: tuple[Stored, ...]) -> int:
    size = len(key.target) + len(key.query) + len(key.host)
    for variant in variants:
        size += variant.size
    return size
