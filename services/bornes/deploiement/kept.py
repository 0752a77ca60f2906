"""A cache of results computed from the database, dropped as soon as its state changes."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Values of one state of the database, by what was asked; another state forgets them.

    The state must be read before what the values are made of: a value may then be newer than its
    state, never older.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: tuple[Hashable, dict[Hashable, T]] = None, {}
        self._making = threading.Lock()

    def of(self, state: Hashable, asked: Hashable, make: Callable[[], T]) -> T:
        """The value, made once by whoever asks first."""
        found = self._find(state, asked)
        if not found:
            with self._making:
                found = self._find(state, asked) or [self._make(state, asked, make)]
        return found[0]

    def _find(self, state: Hashable, asked: Hashable) -> list[T]:
        known, values = self._known
        return [values[asked]] if known == state and asked in values else []

    def _make(self, state: Hashable, asked: Hashable, make: Callable[[], T]) -> T:
        value = make()
        known, values = self._known
        kept = list(values.items()) if known == state else []
        kept.append((asked, value))
        self._known = state, dict(kept[-self._most :])
        return value
