"""Filters of the live stream: where an event happened, and whether a listener asked for it."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from services.bornes.filtres import MOTS
from shared.feeds.events import Event, Keep
from shared.memory.segments import Segment
from shared.memory.spatial import Box, fixed


class Endroit(NamedTuple):
    """A position (shared.memory.spatial.fixed) and its codes, "" for none."""

    lon: int
    lat: int
    commune: str
    arrondissement: str
    ept: str


def endroit_at(segment: Segment, row: int) -> Endroit:
    """Where a station of the vitrine is."""
    columns = segment.table.columns
    words = (MOTS.words[columns[name][row]] for name in Endroit._fields[2:])
    return Endroit(int(columns["lon"][row]), int(columns["lat"][row]), *words)


def endroit_avant(avant: tuple[float, float, str | None, str | None, str | None]) -> Endroit:
    """Where a station was, as an entry of the journal tells."""
    lon, lat, *words = avant
    return Endroit(fixed(lon), fixed(lat), *(word or "" for word in words))


def wanted(genres: Collection[str] | None, words: Mapping[str, str], box: Box | None) -> Keep:
    """Events of these kinds that touch these places; None and nothing: all.

    Everyone is told of an event that nobody can place.
    """
    sides = None if box is None else (fixed(box[0]), fixed(box[1]), fixed(box[2]), fixed(box[3]))

    def keep(name: str, event: Event) -> bool:
        if genres is not None and name not in genres:
            return False
        endroits = event.subject
        assert isinstance(endroits, Collection)
        return not endroits or any(_is_there(endroit, words, sides) for endroit in endroits)

    return keep


def _is_there(
    endroit: Endroit, words: Mapping[str, str], sides: tuple[int, int, int, int] | None
) -> bool:
    if any(getattr(endroit, name) != word for name, word in words.items()):
        return False
    if sides is None:
        return True
    west, south, east, north = sides
    return west <= endroit.lon <= east and south <= endroit.lat <= north
