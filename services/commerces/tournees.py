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
    boxes_hold,
    holds,
)
from shared.columns import Array, Ints, Table, merge, ranges
from shared.made import Made
from shared.segments import Segment

Offered = Callable[[Table, Ints], Mask]
"""Which rows of some parts are offered, wherever they go."""


@dataclass(frozen=True, slots=True)
class Tournee:
    """The modalities of one kind, copied in the order that finds them. Never changed once made.

    First those that serve everywhere, then those that name places, by the number of what they
    name, then those with a radius or a contour, then those of which nothing says where they go.
    """

    rows: Ints
    """Which of the segment's parts each is."""
    parts: Table
    bounds: Ints
    """Those that name number n are bounds[n] to bounds[n + 1]; the first serve everywhere."""
    situees: slice
    """Those with a radius or a contour."""

    @classmethod
    def of(cls, parts: Table, genre: int) -> Self:
        columns = parts.columns
        rows = np.flatnonzero(columns["genre"] == genre)
        portee = columns["portee"][rows]
        placed = (portee == RAYON) | (portee == CONTOUR)
        unknown = (portee == NON_DITE) & (columns["sans_zone"][rows] == INCONNU)
        named = portee == NOMMEE
        groups = (~(placed | unknown | named), named, placed, unknown)
        everywhere, naming, situated, _ = counts = [np.count_nonzero(group) for group in groups]
        group = np.repeat(np.arange(len(counts)), counts)
        apart = np.concatenate([rows[one] for one in groups])
        # Only what names places has a number.
        order = apart[np.lexsort((columns["nommee"][apart], group))]
        numbers = np.bincount(columns["nommee"][rows[named]])
        bounds = np.concatenate(([0], np.cumsum(numbers))) + everywhere
        first = everywhere + naming
        return cls(order, merge([parts], order), bounds, slice(first, first + situated))

    def surely(self, lieu: Lieu, *, unknown: bool) -> list[Ints]:
        """Those that serve a place, less those to measure; with `unknown`, also what may."""
        numbers = NOMMEES.numbers(lieu.codes)
        # Others than this segment's have larger numbers, or no row.
        numbers = numbers[numbers < self.bounds.size - 1]
        found = [
            np.arange(self.bounds[0]),
            ranges(self.bounds[numbers], self.bounds[numbers + 1]),
        ]
        return [*found, np.arange(self.situees.stop, self.rows.size)] if unknown else found

    def near(self, lieu: Lieu) -> Ints:
        """Those whose box holds a place: they serve it if their radius or contour does."""
        return boxes_hold(self.parts, self.situees, lieu) + int(self.situees.start)

    def serving(self, lieu: Lieu, *, unknown: bool, offered: Offered) -> Ints:
        """Those that serve a place and are offered, as rows of the segment's parts."""
        surely = self.surely(lieu, unknown=unknown)
        found = np.concatenate((*surely, self.near(lieu)))
        kept = np.flatnonzero(offered(self.parts, found))
        found, sure = found.take(kept), int(kept.searchsorted(sum(one.size for one in surely)))
        near = found[sure:]
        held = near[holds(self.parts, near, lieu)]
        rows: Ints = self.rows.take(np.concatenate((found[:sure], held)))
        return rows


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
    """The listings that have a modality among `parts`; both ascending."""
    found = _MADE.of(segment).owners.take(parts)
    return found[np.flatnonzero(np.diff(found, prepend=-1))]


def offering(segment: Segment, rows: Ints, genres: int, offered: Callable[[Ints], Mask]) -> Ints:
    """Those of `rows` that offer one of these kinds; `offered` says of modalities if they are."""
    made = _MADE.of(segment)
    kinds = np.uint8(genres)
    always: Mask = (made.toujours[rows] & kinds) != 0
    perhaps = (made.parfois[rows] & kinds) != 0
    perhaps &= ~always
    if not perhaps.any():
        return rows[always]
    some = segment.any_part(rows[perhaps], offered)
    found: Ints = np.union1d(rows[always], some)
    return found


def offered(
    segment: Segment, rows: Ints, answering: Callable[[Ints], Mask], *, plain: bool
) -> Ints:
    """How many of `rows` have a modality that answers, by the bit of its kind.

    `plain`: all answer that are offered, so that only those between two dates have to be asked.
    """
    made = _MADE.of(segment)
    counts = np.zeros(sum(BITS.values()) + 1, dtype=np.int64)
    if plain:
        sets = np.bincount(made.toujours[rows], minlength=counts.size)
        for bit in BITS.values():
            counts[bit] = sets[(np.arange(sets.size) & bit) != 0].sum()
        rows = rows[made.parfois[rows] != 0]
    parts = ranges(segment.bounds[rows], segment.bounds[rows + 1])
    if plain:
        columns = segment.parts.columns
        parts = parts[(columns["du"][parts] > 0) | (columns["au"][parts] < TOUJOURS)]
    parts = parts[answering(parts)]
    counts += np.bincount(segment.parts.columns["genre"][parts], minlength=counts.size)
    return counts


def serving(segment: Segment, genres: int, lieu: Lieu, *, unknown: bool, offered: Offered) -> Ints:
    """The modalities of these kinds that serve a place, as rows of parts, ascending.

    `offered` keeps some of them first: days and hours are told sooner than who is near enough.
    """
    kinds = _MADE.of(segment).genres.items()
    asked = [tournee for genre, tournee in kinds if genre & genres]
    each = [one.serving(lieu, unknown=unknown, offered=offered) for one in asked]
    return np.sort(np.concatenate(each))
