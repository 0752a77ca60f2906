"""Memoises the reading of cells: the values of a column repeat."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeVar

MEMO: Final = 4_096
"""Distinct cells remembered a column."""
CELLULE_MAX: Final = 200
"""Characters of a cell worth remembering: memory stays flat whatever a file holds."""
T = TypeVar("T")


def memo(read: Callable[..., T]) -> Callable[..., T]:
    """A pure reader of texts, which reads what is short once."""
    known = lru_cache(maxsize=MEMO)(read)

    def remembered(*cells: str) -> T:
        return known(*cells) if sum(map(len, cells)) <= CELLULE_MAX else read(*cells)

    return remembered
