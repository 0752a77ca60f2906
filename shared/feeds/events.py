"""Live events: their sources, the id that combines several sources, and their SSE form."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple, Protocol

from shared.problems import InvalidParameter

Place = tuple[int, ...]
"""A place in the order of a source; a later one compares greater."""
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BETWEEN = "."
"""Between the parts of an id: no source writes it in a place."""


class Event(NamedTuple):
    """Something that happened, ready to be told."""

    place: Place
    data: bytes
    subject: object
    """What filters look at; each service knows its own."""


class Lot(NamedTuple):
    """Events that follow each other."""

    events: Sequence[Event]
    place: Place
    """How far they go: past what is not told to the public."""


class Source(Protocol):
    """One kind of events, in an order that no later event changes."""

    name: str
    """What `event:` says."""

    def head(self) -> Place | None:
        """Where the present is, without waiting; None while nothing is known."""
        ...

    def read(self, after: Place, limit: int) -> Lot:
        """What follows a place, up to the present; the same place when nothing does. It waits."""
        ...

    def encode(self, place: Place) -> str:
        """A place as part of an id."""
        ...

    def decode(self, text: str, parametre: str) -> Place:
        """The place that a part names; InvalidParameter when it names none."""
        ...

    def check(self, place: Place, parametre: str) -> None:
        """Refuse a place that never was one of this source. It waits."""
        ...


Keep = Callable[[str, Event], bool]
"""Which events, with their names, a listener wants."""


class Batch(NamedTuple):
    """A lot as it is sent: written once for all who listen."""

    source: int
    lot: Lot
    frames: Sequence[bytes]
    whole: bytes


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of one stream: the id of an event is a place in each."""

    all: tuple[Source, ...]

    def id(self, places: Sequence[Place]) -> str:
        return _BETWEEN.join(s.encode(place) for s, place in zip(self.all, places, strict=True))

    def decode(self, text: str, parametre: str) -> list[Place | None]:
        """Places of an id; None for a source that came after the id was given."""
        parts = text.split(_BETWEEN)
        if len(parts) > len(self.all):
            raise InvalidParameter(parametre, "Ce curseur n'a pas été donné par ce flux.")
        return [
            None if part is None else source.decode(part, parametre)
            for source, part in zip_longest(self.all, parts)
        ]

    def batch(self, source: int, lot: Lot, places: Sequence[Place]) -> Batch:
        """A lot written for a reader who stands at `places`."""
        told = self.all[source]
        parts = [s.encode(place) for s, place in zip(self.all, places, strict=True)]
        frames = []
        for event in lot.events:
            parts[source] = told.encode(event.place)
            frames.append(frame(event.data, name=told.name, id_=_BETWEEN.join(parts)))
        return Batch(source, lot, frames, b"".join(frames))


def frame(data: bytes, *, name: str, id_: str) -> bytes:
    """An event of the text/event-stream format; `name` and `id_` are one line each."""
    lines = b"".join(b"data: %b\n" % line for line in _LINE_END.split(data))
    return b"id: %b\nevent: %b\n%b\n" % (id_.encode(), name.encode(), lines)
