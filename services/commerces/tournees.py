"""Which modalities serve a place: those of a segment in the order that finds them.

Whole columns say it too (`desserte.served`), of every modality there is. Here each kind has its
own short columns, modalities that name communes come by what they name, and those with a radius
or a contour by their boxes: a place is then served by a few thousand rows that nobody else reads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from services.commerces.desserte import (
    BITS,
    CONTOUR,
    INCONNU,
    NOMMEE,
    NOMMEES,
    NON_DITE,
    RAYON,
    TOUJOURS,
    Lieu,
    Mask,
    holds,
)
from shared.columns import Array, Ints, Table, ranges
from shared.made import Made
from shared.segments import Segment
from shared.spatial import fixed

_SIDES: Final = ("ouest", "est", "sud", "nord")


@dataclass(frozen=True, slots=True)
class Tournee:
    """The modalities of one kind, as rows of the parts of a segment. Never changed once made."""

    sans_zone: tuple[Ints, Ints]
    """Those that say nothing of where: what serves, and what is not known to."""
    nommees: Ints
    """Those that name places, by the number of what they name."""
    bounds: Ints
    """Those of number n are nommees[bounds[n]:bounds[n + 1]]."""
    situees: Ints
    """Those with a radius or a contour."""
    boites: tuple[Array, Array, Array, Array]
    """West, east, south and north of each of these."""

    @classmethod
    def of(cls, parts: Table, genre: int) -> Self:
        columns = parts.columns
        rows = np.flatnonzero(columns["genre"] == genre)
        portee = columns["portee"][rows]
        nowhere, named = rows[portee == NON_DITE], rows[portee == NOMMEE]
        placed = rows[(portee == RAYON) | (portee == CONTOUR)]
        unknown = columns["sans_zone"][nowhere] == INCONNU
        numbers = columns["nommee"][named]
        order = np.argsort(numbers, kind="stable")
        counts = np.bincount(numbers)
        west, east, south, north = (columns[side][placed] for side in _SIDES)
        return cls(
            (nowhere[~unknown], nowhere[unknown]),
            named[order],
            np.concatenate(([0], np.cumsum(counts))),
            placed,
            (west, east, south, north),
        )

    def surely(self, lieu: Lieu, *, unknown: bool) -> list[Ints]:
        """The rows that serve a place, less those to measure; with `unknown`, also what may."""
        served, perhaps = self.sans_zone
        found = [served, self._naming(lieu)]
        return [*found, perhaps] if unknown else found

    def _naming(self, lieu: Lieu) -> Ints:
        numbers = NOMMEES.numbers(lieu.codes)
        # Others than this segment's have larger numbers, or no row.
        numbers = numbers[numbers < self.bounds.size - 1]
        return self.nommees[ranges(self.bounds[numbers], self.bounds[numbers + 1])]

    def near(self, lieu: Lieu) -> Ints:
        """The rows whose box holds a place: they serve it if their radius or contour does."""
        x, y = fixed(lieu.lon), fixed(lieu.lat)
        west, east, south, north = self.boites
        near = west <= x
        near &= east >= x
        near &= south <= y
        near &= north >= y
        return self.situees[np.flatnonzero(near)]


@dataclass(frozen=True, slots=True)
class Tournees:
    """The modalities of a segment, by kind, and whose each is."""

    genres: dict[int, Tournee]
    """By bit of BITS."""
    owners: Ints
    """The listing of each row of the parts."""
    toujours: Array
    """The kinds, as bits, that each listing offers every day."""
    parfois: Array
    """The same of those that it offers between two dates."""

    @classmethod
    def of(cls, segment: Segment) -> Self:
        genres = {genre: Tournee.of(segment.parts, genre) for genre in BITS.values()}
        owners = np.repeat(np.arange(len(segment)), np.diff(segment.bounds))
        columns = segment.parts.columns
        dated = (columns["du"] > 0) | (columns["au"] < TOUJOURS)
        toujours, parfois = np.zeros((2, len(segment)), dtype=np.uint8)
        for bits, kept in ((toujours, ~dated), (parfois, dated)):
            np.bitwise_or.at(bits, owners[kept], columns["genre"][kept])
        return cls(genres, owners, toujours, parfois)


_MADE: Final = Made(Tournees.of)


def prepare(segment: Segment) -> None:
    """Make what searches of a segment need, before readers see it."""
    _MADE.of(segment)


def owners(segment: Segment, parts: Ints) -> Ints:
    """The listings that have a modality among `parts`, ascending."""
    marks = np.zeros(len(segment), dtype=np.bool_)
    marks[_MADE.of(segment).owners[parts]] = True
    return np.flatnonzero(marks)


def offering(segment: Segment, rows: Ints, genres: int, offered: Callable[[Ints], Mask]) -> Ints:
    """Those of `rows` that offer one of these kinds; `offered` says of modalities if they are."""
    made = _MADE.of(segment)
    kinds = np.uint8(genres)
    always = (made.toujours[rows] & kinds) != 0
    perhaps = (made.parfois[rows] & kinds) != 0
    perhaps &= ~always
    if not perhaps.any():
        return rows[always]
    found: Ints = np.union1d(rows[always], segment.any_part(rows[perhaps], offered))
    return found


def serving(
    segment: Segment,
    genres: int,
    lieu: Lieu,
    *,
    unknown: bool,
    offered: Callable[[Ints], Mask],
) -> Ints:
    """The modalities of these kinds that serve a place, as rows of parts in no order.

    `offered` keeps some of them first: days and hours are told sooner than who is near enough.
    """
    asked = [one for genre, one in _MADE.of(segment).genres.items() if genre & genres]
    surely = np.concatenate([rows for one in asked for rows in one.surely(lieu, unknown=unknown)])
    rows = np.concatenate((surely, *(one.near(lieu) for one in asked)))
    kept = np.flatnonzero(offered(rows))
    rows, sure = rows[kept], int(np.searchsorted(kept, surely.size))
    near = rows[sure:]
    return np.concatenate((rows[:sure], near[holds(segment.parts, near, lieu)]))
