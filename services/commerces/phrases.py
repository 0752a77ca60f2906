"""Names of several words in a text: the longest one that begins at each word."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

Meaning = TypeVar("Meaning")


def runs(
    words: Sequence[str], find: Callable[[Sequence[str]], Meaning | None], longest: int
) -> Iterator[tuple[slice, Meaning | None]]:
    """A text cut in names, each the longest that `find` knows, and in words that begin none.

    `longest`: words of a name, at most.
    """
    here = 0
    while here < len(words):
        run, meaning = slice(here, here + 1), None
        for end in range(min(len(words), here + longest), here, -1):
            meaning = find(words[here:end])
            if meaning is not None:
                run = slice(here, end)
                break
        yield run, meaning
        here = run.stop


class Names(Generic[Meaning]):
    """A table of names, each the words that it is made of."""

    def __init__(self, meanings: Mapping[tuple[str, ...], Meaning]) -> None:
        self._meanings = meanings
        self._longest = max(map(len, meanings))

    def runs(self, words: Sequence[str]) -> Iterator[tuple[slice, Meaning | None]]:
        """A text cut in those names, as `runs` does."""
        return runs(words, lambda name: self._meanings.get(tuple(name)), self._longest)
