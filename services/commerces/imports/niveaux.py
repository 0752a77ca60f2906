"""How many levels the JSON of a file may have, in an element or in a cell."""

from itertools import chain
from typing import Any, Final

import orjson

LEVELS_MAX: Final = 100
"""Levels of lists and objects: what tells a value as a text goes down them all."""


def is_deep(value: Any) -> bool:
    """Whether a value has more levels."""
    level: list[Any] = [[value]]
    for _ in range(LEVELS_MAX + 1):
        within = (one.values() if isinstance(one, dict) else one for one in level)
        level = [one for one in chain.from_iterable(within) if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def of_cell(text: str) -> Any:
    """The value of a cell that holds JSON; ValueError when it is none, or has more levels."""
    value = orjson.loads(text)
    if is_deep(value):
        raise ValueError(f"more than {LEVELS_MAX} levels")
    return value
