"""What searches need beside columns, made once of each segment or version in use."""

import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")
SEGMENTS: Final = 4
"""Base and recent rows of the version shown, and of the one before or after it."""


class Made(Generic[K, T]):
    """Made once of each object, by whoever asks for it first; the oldest are forgotten.

    Objects are known by their identity: they never change once made.
    """

    def __init__(self, make: Callable[[K], T], *, kept: int = SEGMENTS) -> None:
        self._make = make
        self._most = kept
        self._kept: list[tuple[K, T]] = []
        self._lock = threading.Lock()

    def of(self, source: K) -> T:
        found = self._find(source)
        if found is None:
            with self._lock:
                found = self._find(source)
                if found is None:
                    found = source, self._make(source)
                    self._kept = [found, *self._kept[: self._most - 1]]
        return found[1]

    def _find(self, source: K) -> tuple[K, T] | None:
        return next((one for one in self._kept if one[0] is source), None)
