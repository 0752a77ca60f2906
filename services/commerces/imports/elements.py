"""The objects of a JSON document one by one, whatever its size: memory holds one piece of it.

They are in a list, at the root or in a member of the root object, or one after the other (NDJSON).
"""

import io
import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any, Final, NoReturn

from services.commerces.imports.niveaux import LEVELS_MAX, is_deep
from shared.counts import counted, figure
from shared.transfers.files import FichierRefuse

PIECE: Final = 1 << 18
MAX_ELEMENT: Final = 1 << 22
"""Characters of the largest element."""
LISTES: Final = (
    "features",
    "records",
    "results",
    "etablissements",
    "commerces",
    "elements",
    "data",
)
"""Members of the root object that may hold the elements."""
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")
"""Half of a character beyond the first 65,536, an emoji; the other half should be beside it."""
_BLANK: Final = re.compile(r"[ \t\r\n]*")


def _constant(name: str) -> NoReturn:
    raise FichierRefuse(f"Le fichier contient {name} : ce n’est pas du JSON.")


def _whole(value: Any) -> Any:
    """A value of whole characters: half an emoji, which ends a text cut short, has no UTF-8.

    It is shown as destroyed.
    """
    text = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
    return json.loads(text.decode("utf-16", "replace"))


_DECODER: Final = json.JSONDecoder(parse_constant=_constant)


class Elements:
    """A reader of the elements of a document.

    A list has them under one of the names that such lists have, or if its first element is one.
    """

    def __init__(self, text: io.TextIOBase, is_element: Callable[[Any], bool]) -> None:
        self._text = text
        self._is_element = is_element
        self._buffer = ""
        self._place = 0
        self._rank = 0

    def __iter__(self) -> Iterator[Any]:
        first = self._peek()
        if first == "[":
            yield from self._list()
        elif first == "{" and self._is_one_of_several():
            while self._peek():
                self._rank += 1
                yield self._value()
        elif first == "{":
            yield from self._object()
        else:
            raise self._broken()
        if self._peek():
            raise FichierRefuse("Le fichier continue après la fin de son JSON.")

    def _is_one_of_several(self) -> bool:
        """Whether another object follows the first; one that fills a piece is a root."""
        try:
            _, end = _DECODER.raw_decode(self._buffer, self._place)
        except (json.JSONDecodeError, RecursionError):
            return False
        blank = _BLANK.match(self._buffer, end)
        assert blank is not None
        return self._buffer.startswith("{", blank.end())

    def _object(self) -> Iterator[Any]:
        self._place += 1
        taken: str | None = None
        if self._peek() == "}":
            self._place += 1
        else:
            more = True
            while more:
                name = self._value()
                self._take(":")
                if taken in LISTES or self._peek() != "[":
                    self._value()
                elif (found := self._elements(name)) is not None:
                    if taken is not None:
                        raise FichierRefuse(
                            f"Plusieurs listes de commerces, « {taken[:40]} » et « {name[:40]} » : "
                            "n’en gardez qu’une, sous le nom « commerces »."
                        )
                    taken = name
                    yield from found
                more = self._take(",}") == ","
        if taken is None:
            raise FichierRefuse(
                "Aucune liste de commerces (objets qui ont un nom et une adresse), ni en racine "
                f"ni sous {', '.join(LISTES)}."
            )

    def _elements(self, name: str) -> Iterator[Any] | None:
        """The elements of the list that begins here; None once a list of something else is read."""
        items, rank = self._list(), self._rank
        if name in LISTES:
            return items
        first = list(islice(items, 1))
        if any(map(self._is_element, first)):
            return chain(first, items)
        deque(items, maxlen=0)
        self._rank = rank
        return None

    def _list(self) -> Iterator[Any]:
        self._place += 1
        if self._peek() == "]":
            self._place += 1
            return
        more = True
        while more:
            self._rank += 1
            yield self._value()
            more = self._take(",]") == ","

    def _take(self, allowed: str) -> str:
        found = self._peek()
        if not found or found not in allowed:
            raise self._broken()
        self._place += 1
        return found

    def _peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            blank = _BLANK.match(self._buffer, self._place)
            assert blank is not None
            self._place = blank.end()
            if self._place < len(self._buffer):
                return self._buffer[self._place]
            if not self._more():
                return ""

    def _value(self) -> Any:
        self._peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._place)
            except json.JSONDecodeError:
                if not self._more():
                    raise self._broken() from None
                continue
            except RecursionError:
                raise FichierRefuse("Le JSON a trop de niveaux.", ligne=self._rank) from None
            if end == len(self._buffer) and self._more():
                continue  # a number may go on
            opened = sum(self._buffer.count(mark, self._place, end) for mark in "[{")
            if opened > LEVELS_MAX and is_deep(value):
                value = None  # no shop has as many levels
            halves = _HALF.search(self._buffer, self._place, end)
            self._place = end
            return _whole(value) if halves else value

    def _more(self) -> bool:
        """Read a piece more; what was read before is let go."""
        left = self._buffer[self._place :]
        if len(left) > MAX_ELEMENT:
            raise FichierRefuse(
                f"L’élément {self._rank} est mal écrit ou dépasse "
                f"{figure(MAX_ELEMENT)} caractères.",
                ligne=self._rank,
            )
        piece = self._text.read(PIECE)
        self._buffer, self._place = left + piece, 0
        return piece != ""

    def _broken(self) -> FichierRefuse:
        return FichierRefuse(
            f"Le JSON est tronqué ou mal écrit après {counted(self._rank, 'élément')}.",
            ligne=self._rank or None,
        )
