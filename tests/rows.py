"""Texts that a regular expression may take long to read, made from what it is made of."""

import random
import re
from collections.abc import Iterator
from re import _constants
from typing import Any, Final

from tests.steps import REPEATS, SINGLE, Counter, TooManyError, bounds, inside, walk

BOUNDED: Final = 8
"""What stands for the bounds of repeats: the cost of one ends, and texts need not be longer."""
LENGTHS: Final = (24, 48, 96, 192, 384)
STEPS: Final = 200_000
GROWTH: Final = 2.6
"""A text twice as long takes twice the steps, and a little more; of a square, four times."""
SQUARE: Final = 4.4
"""The same, where a square is borne."""
ROWS: Final = 24
"""Pairs, then threes, of what a pattern names: drawn, the same each time."""
TAILS: Final = ("", "\x01", "\n\x01")
"""What ends a text: nothing, what nearly no pattern takes, what « . » and « $ » do not either."""
UNIVERSE: Final = (*map(chr, range(32, 127)), *"\n\téœ\u00a0–’€Â٣\u200b")


def grows(pattern: re.Pattern[Any], way: str, growth: float = GROWTH) -> str | None:
    """What makes the steps of a pattern grow faster than its text, if anything is found."""
    counter = Counter(pattern, bounded=BOUNDED)
    drawn = random.Random(pattern.pattern)
    plain, mixed = rows(counter, drawn)
    tried = [("", row) for row in (*plain, *mixed)]
    tried += [(head, row) for head in prefixes(counter, drawn) for row in plain]
    for head, row in tried:
        for tail in TAILS:
            if _grows(counter, way, (head, row, tail), growth):
                return f"{head!r} + {row!r} × n + {tail!r}"
    return None


def _grows(counter: Counter, way: str, text: tuple[str, str, str], growth: float) -> bool:
    head, row, tail = text
    counted = []
    for length in LENGTHS:
        whole = head + row * max(1, length // len(row)) + tail
        try:
            counted.append(counter.steps(whole, way, STEPS))
        except TooManyError:
            return True
        if len(counted) > 1 and counted[-1] <= growth * counted[-2]:
            return False
    return True


def rows(counter: Counter, drawn: random.Random) -> tuple[list[str], list[str]]:
    """What is repeated: what the pattern names; what it repeats, some pairs and threes of both."""
    words = units(counter)
    mixed: dict[str, None] = {}
    for item in walk(counter.tree):
        if item[0] in REPEATS and bounds(item)[1] >= BOUNDED:
            mixed |= dict.fromkeys(_sample(counter, item[1][2], drawn) for _ in range(4))
    for size in (2, 3):
        mixed |= dict.fromkeys("".join(drawn.choices(words, k=size)) for _ in range(ROWS) if words)
    return words, [row for row in mixed if row and row not in words]


def prefixes(counter: Counter, drawn: random.Random) -> list[str]:
    """What leads to each of the repeats."""
    return list(dict.fromkeys(filter(None, _before(counter, counter.tree, "", drawn))))


def _before(counter: Counter, tree: Any, told: str, drawn: random.Random) -> Iterator[str]:
    for item in tree:
        if item[0] in REPEATS and bounds(item)[1] >= BOUNDED:
            yield told
        for other in inside(item):
            yield from _before(counter, other, told, drawn)
        told += _sample(counter, [item], drawn)


def units(counter: Counter) -> list[str]:
    """The characters and the words that a pattern names, one of each kind where it names many."""
    found = dict.fromkeys(_words(counter.tree))
    for item in walk(counter.tree):
        if item[0] in SINGLE:
            found |= dict.fromkeys(_characters(counter, item))
    return list(found)


def _words(tree: Any) -> Iterator[str]:
    word = ""
    for item in (*tree, (None, None)):
        if item[0] is _constants.LITERAL:
            word += chr(item[1])
            continue
        if len(word) > 1:
            yield word
        word = ""
        for other in inside(item) if item[0] else ():
            yield from _words(other)


def _characters(counter: Counter, item: Any) -> list[str]:
    fits = counter.fits(item)
    kinds: dict[object, str] = {}
    for one in UNIVERSE:
        if (not counter.binary or ord(one) < 256) and fits(one):
            plain = one.isascii() and one.isalnum()
            kinds.setdefault((one.isdigit(), one.isalpha()) if plain else one, one)
    return list(kinds.values())[:6]


def sample(counter: Counter, drawn: random.Random) -> str:
    """A text that the pattern may well take."""
    return _sample(counter, counter.tree, drawn)


def _sample(counter: Counter, tree: Any, drawn: random.Random) -> str:
    found = ""
    for item in tree:
        if item[0] in SINGLE:
            found += drawn.choice(_characters(counter, item) or [""])
        elif item[0] in REPEATS:
            least, most = bounds(item)
            times = min(drawn.choice([least, min(least + 1, most)]), BOUNDED)
            found += "".join(_sample(counter, item[1][2], drawn) for _ in range(times))
        elif item[0] is _constants.BRANCH:
            found += _sample(counter, drawn.choice(inside(item)), drawn)
        elif item[0] in {_constants.SUBPATTERN, _constants.ATOMIC_GROUP}:
            found += _sample(counter, *inside(item), drawn)
    return found
