"""Counts the steps that a regular expression takes on a text, as `re` does: no clock is asked.

The tree of a pattern, as `re` parses it, is walked with a way back at each choice. What stands for
one character or a place is left to `re` itself; what repeats, chooses and looks ahead is ours, so
that it can be counted.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from re import _compiler, _constants, _parser
from typing import Any, Final

Goes = Callable[[int], bool]
Matcher = Callable[[int, Goes], bool]
SINGLE: Final = {_constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY, _constants.IN}
REPEATS: Final = {
    _constants.MAX_REPEAT,
    _constants.MIN_REPEAT,
    _constants.POSSESSIVE_REPEAT,
}
LOOKS: Final = {_constants.ASSERT, _constants.ASSERT_NOT}
ANCHORED: Final = ("match", "fullmatch")
FOREVER: Final = sys.maxsize
FEW_HUNDREDS: Final = 100
DEEP: Final = 100_000


class TooManyError(Exception):
    """The counter went past its limit."""


def inside(item: Any) -> list[Any]:
    """The trees that an item of a tree holds."""
    kind, told = item
    if kind in REPEATS:
        return [told[2]]
    if kind is _constants.BRANCH:
        return list(told[1])
    if kind is _constants.SUBPATTERN:
        return [told[3]]
    if kind is _constants.ATOMIC_GROUP:
        return [told]
    return [told[1]] if kind in LOOKS else []


def walk(tree: Any) -> Iterator[Any]:
    """All the items of a tree, those inside others too."""
    for item in tree:
        yield item
        for other in inside(item):
            yield from walk(other)


def bounds(item: Any, bounded: int | None = None) -> tuple[int, int]:
    """How many times an item repeats what it holds; those of few hundreds count as `bounded`."""
    least, most = item[1][:2]
    if most is _constants.MAXREPEAT or (bounded is not None and most >= FEW_HUNDREDS):
        return least, FOREVER
    return least, int(most) if bounded is None else max(least, min(int(most), bounded))


@contextmanager
def _deep() -> Iterator[None]:
    """Each item of a text takes some calls of Python inside those of the item before it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(DEEP)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _first_of(ways: list[Matcher]) -> Matcher:
    def run(position: int, goes: Goes) -> bool:
        for way in ways:  # noqa: SIM110 `any` would call Python from C, whose stack is short
            if way(position, goes):
                return True
        return False

    return run


class Counter:
    """One pattern, ready to be tried on texts.

    `bounded` stands for any bound above it: what `{1,64}` costs more than `{1,8}` has an end,
    whatever the text, which needs not be so long to show what has none. A bound of a hundred or
    more is as good as none.
    """

    def __init__(self, pattern: re.Pattern[Any], *, bounded: int | None = None) -> None:
        self.pattern = pattern
        self.binary = isinstance(pattern.pattern, bytes)
        self.tree = _parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
        self.ends: list[int] = []
        """Where the matches of the last text ended."""
        self._bounded = bounded
        self._flags = self.tree.state.flags
        self._text = ""
        self._steps = self._limit = 0
        self._groups: dict[int, str] = {}
        self._known: dict[str, Callable[[str], bool]] = {}
        self._all = self._sequence(self.tree)

    def steps(self, text: str, way: str, limit: int = FOREVER) -> int:
        """Steps of `match`, of `fullmatch`, or of all that `finditer` finds; TooManyError."""
        self._text, self._steps, self._limit, self.ends = text, 0, limit, []
        with _deep():
            self._try(way)
        return self._steps

    def _try(self, way: str) -> None:
        position, text = 0, self._text
        while position <= len(text):
            found = self._from(position, whole=way == "fullmatch")
            if found:
                self.ends.append(self._end)
            if way in ANCHORED:
                break
            position = max(self._end, position + 1) if found else position + 1

    def fits(self, item: Any) -> Callable[[str], bool]:
        """Whether a character is what a single item stands for."""
        key = repr(item)
        if key not in self._known:
            alone, known = self._alone(item), dict[str, bool]()

            def fits(character: str) -> bool:
                found = known.get(character)
                if found is None:
                    found = alone.fullmatch(self.told(character)) is not None
                    known[character] = found
                return found

            self._known[key] = fits
        return self._known[key]

    def _from(self, start: int, *, whole: bool) -> bool:
        def end(position: int) -> bool:
            self._end = position
            return not whole or position == len(self._text)

        self._groups = {}
        return self._all(start, end)

    def told(self, text: str) -> Any:
        return text.encode("latin-1") if self.binary else text

    def _alone(self, item: Any) -> re.Pattern[Any]:
        """A single item of the tree, as `re` would look for it."""
        tree = _parser.SubPattern(self.tree.state, [item])
        return _compiler.compile(tree, self._flags)

    def _step(self) -> None:
        self._steps += 1
        if self._steps > self._limit:
            raise TooManyError

    def _sequence(self, items: Any) -> Matcher:
        matchers = [self._item(item) for item in items]
        if len(matchers) == 1:
            return matchers[0]

        def run(position: int, goes: Goes, rank: int = 0) -> bool:
            if rank == len(matchers):
                return goes(position)
            return matchers[rank](position, lambda end: run(end, goes, rank + 1))

        return run

    def _item(self, item: Any) -> Matcher:
        kind, told = item
        if kind is _constants.AT or (kind in LOOKS and told[0] < 0):
            return self._place(item)
        if kind is _constants.GROUPREF:
            return self._again(told)
        if kind in SINGLE | REPEATS:
            return self._single(item) if kind in SINGLE else self._repeat(item)
        return self._around(kind, told, [self._sequence(tree) for tree in inside(item)])

    def _around(self, kind: Any, told: Any, within: list[Matcher]) -> Matcher:
        if kind is _constants.BRANCH:
            return _first_of(within)
        (body,) = within
        if kind is _constants.SUBPATTERN:
            return body if told[0] is None else self._group(told[0], body)
        if kind in LOOKS:
            wanted = kind is _constants.ASSERT
            return lambda at, goes: body(at, lambda _: True) is wanted and goes(at)
        assert kind is _constants.ATOMIC_GROUP, f"{kind} is not counted here"
        return self._atomic(body)

    def _single(self, item: Any) -> Matcher:
        fits = self.fits(item)

        def run(position: int, goes: Goes) -> bool:
            self._step()
            return position < len(self._text) and fits(self._text[position]) and goes(position + 1)

        return run

    def _place(self, item: Any) -> Matcher:
        alone = self._alone(item)

        def run(position: int, goes: Goes) -> bool:
            self._step()
            return alone.match(self.told(self._text), position) is not None and goes(position)

        return run

    def _again(self, group: int) -> Matcher:
        def run(position: int, goes: Goes) -> bool:
            self._step()
            told = self._groups.get(group)
            if told is None:
                return False
            end = position + len(told)
            return self._text[position:end].lower() == told.lower() and goes(end)

        return run

    def _group(self, number: int, body: Matcher) -> Matcher:
        def run(position: int, goes: Goes) -> bool:
            before = dict(self._groups)

            def closed(end: int) -> bool:
                self._groups[number] = self._text[position:end]
                return goes(end)

            if body(position, closed):
                return True
            self._groups = before
            return False

        return run

    def _atomic(self, body: Matcher) -> Matcher:
        def run(position: int, goes: Goes) -> bool:
            ends: list[int] = []
            return body(position, lambda end: not ends.append(end)) and goes(ends[0])

        return run

    def _repeat(self, item: Any) -> Matcher:
        kind, (*_, body) = item
        least, most = bounds(item, self._bounded)
        if len(body) == 1 and body[0][0] in SINGLE and kind is not _constants.MIN_REPEAT:
            run = self._row(self.fits(body[0]), least, most)
        else:
            lazy = kind is _constants.MIN_REPEAT
            run = self._rounds(self._sequence(body), least, most, lazy=lazy)
        return self._atomic(run) if kind is _constants.POSSESSIVE_REPEAT else run

    def _row(self, fits: Callable[[str], bool], least: int, most: int) -> Matcher:
        """A character repeated: all that there are, then given back one by one."""

        def run(position: int, goes: Goes) -> bool:
            end, last = position, min(len(self._text), position + most)
            while end < last and fits(self._text[end]):
                self._step()
                end += 1
            for place in range(end, position + least - 1, -1):
                self._step()
                if goes(place):
                    return True
            return False

        return run

    def _rounds(self, body: Matcher, least: int, most: int, *, lazy: bool) -> Matcher:
        def run(position: int, goes: Goes, done: int = 0) -> bool:
            self._step()
            if done < least:
                return body(position, lambda end: run(end, goes, done + 1))

            def again(end: int) -> bool:
                return end != position and run(end, goes, done + 1)  # else it would go on for ever

            if lazy:
                return goes(position) or (done < most and body(position, again))
            return (done < most and body(position, again)) or goes(position)

        return run
