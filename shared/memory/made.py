"""Values derived from a segment or version, computed once and kept while it is in use."""

import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")
SEGMENTS: Final = 4
"""Base and recent rows of the version shown, and of the one before or after it."""


class Made(Generic[K, T]):
    """Made once of each object, by whoever asks for it first; those not in use are forgotten.

    Objects are known by their identity: they never change once made.
    """

    def __init__(self, make: Callable[[K], T], *, kept: int = SEGMENTS) -> None:
        self._make = make
        self._most = kept
        self._kept: list[tuple[K, T]] = []
        """The last asked for come first, but for small changes of place."""
        self._making, self._moving = threading.Lock(), threading.Lock()

    def of(self, source: K) -> T:
        found = self._find(source)
        if found is None:
            with self._making:
                found = self._find(source)
                if found is None:
                    found = source, self._make(source)
                    self._put_first(found)
        return found[1]

    def _find(self, source: K) -> tuple[K, T] | None:
        for place, one in enumerate(self._kept):
            if one[0] is source:
                if 2 * place >= self._most:
                    self._put_first(one)
                return one
        return None

    def _put_first(self, one: tuple[K, T]) -> None:
        with self._moving:  # never held while something is made
            others = [other for other in self._kept if other is not one]
            self._kept = [one, *others[: self._most - 1]]
