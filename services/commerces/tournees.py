"""An index of the modalities of a segment, in the order that finds which serve a place.

Whole columns say it too (`desserte.served`), of every modality there is. Here each kind has its
own short columns, modalities that name communes come by what they name, and those with a radius
or a contour by their boxes: a place is then served by a few thousand rows that nobody else reads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from services.commerces.desserte import (
    BITS,
    BOITE,
    CONTOUR,
    INCONNU,
    NOMMEE,
    NOMMEES,
    NON_DITE,
    RAYON,
    TOUJOURS,
    TOUTES,
    Lieu,
    Mask,
    Pick,
    boxes_hold,
    contours_hold,
)
from shared.memory.columns import Array, Ints, Table, firsts_of, ranges
from shared.memory.made import Made
from shared.memory.segments import Segment
from shared.memory.spatial import (
    Measures,
    half_chords,
    half_vector,
    half_vectors,
    haversines_of,
)

Offered = Callable[[Pick], Mask]
"""Which modalities are offered, wherever they go, from their columns."""
OFFRE: Final = np.dtype([(name, np.int32) for name in ("du", "au", "horaires", "secteur")])
"""Days and hours of a modality, side by side: they are spread in memory, and each is read at
once."""
GROUP: Final = 64
"""Boxes that one box around them all spares asking of each. They come in the order of place."""


@dataclass(frozen=True, slots=True)
class Tournee:
    """The modalities of one kind, in the order that finds them. Never changed once made.

    First those that serve everywhere, then those that name places, by the number of what they
    name, then those with a radius or a contour, then those of which nothing says where they go.
    """

    genre: int
    parts: Table
    """The segment's."""
    rows: Ints
    """Which of these parts each is."""
    offres: Array
    """Of type OFFRE."""
    bounds: Ints
    """Those that name number n are bounds[n] to bounds[n + 1]; the first serve everywhere."""
    situees: slice
    """Those with a radius or a contour."""
    groupes: Ints
    """A box around each group of GROUP of the latter: west, east, south, north."""
    boites: Ints
    """The boxes of a group, then of the next: of shape (groups, 4, GROUP)."""
    cercles: Measures
    """Half vectors of where the latter are, and what `half_chords` within their radius do not
    pass: -1 of a contour, as distance does not tell what it holds."""

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
        first = int(everywhere + naming)
        situees = slice(first, first + int(situated))
        own = {name: column[order[situees]] for name, column in columns.items()}
        boites = _grouped(np.array([own[side] for side in BOITE]))
        return cls(
            genre=genre,
            parts=parts,
            rows=order,
            offres=_offres(columns, order),
            bounds=bounds,
            situees=situees,
            groupes=_around(boites),
            boites=boites,
            cercles=_cercles(own),
        )

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
        groups = boxes_hold(self.groupes, lieu)
        which, place = np.divmod(boxes_hold(self.boites[groups].swapaxes(0, 1), lieu), GROUP)
        near: Ints = groups[which] * GROUP + place + self.situees.start
        return near

    def serving(self, lieu: Lieu, *, unknown: bool, offered: Offered) -> Ints:
        """Those that serve a place and are offered, as rows of the segment's parts."""
        surely = self.surely(lieu, unknown=unknown)
        found = np.concatenate((*surely, self.near(lieu)))
        offres = self.offres.take(found)
        kept = np.flatnonzero(offered(lambda name: self._column(offres, name)))
        found = found.take(kept)
        sure = int(kept.searchsorted(sum(one.size for one in surely)))
        held = self._held(found[sure:], lieu)
        served: Ints = self.rows.take(np.concatenate((found[:sure], found[sure:][held])))
        return served

    def _column(self, offres: Array, name: str) -> Array:
        return np.full(offres.size, self.genre, np.uint8) if name == "genre" else offres[name]

    def _held(self, near: Ints, lieu: Lieu) -> Mask:
        """Whether radii and contours hold a position, exactly."""
        cercles = self.cercles.take(near - self.situees.start, axis=0)
        radius = cercles[:, 3]
        held: Mask = half_chords(cercles[:, :3], half_vector((lieu.lon, lieu.lat))) <= radius
        drawn = np.flatnonzero(radius < 0)
        if drawn.size:
            held[drawn] = contours_hold(self.parts, self.rows[near[drawn]], lieu)
        return held


def _offres(columns: Mapping[str, Array], rows: Ints) -> Array:
    offres = np.empty(rows.size, dtype=OFFRE)
    for name in OFFRE.names or ():
        offres[name] = columns[name][rows]
    return offres


def _grouped(boites: Array) -> Ints:
    """Boxes by GROUP, the last group filled with what holds nothing."""
    size = boites.shape[1]
    groups = -(-size // GROUP)
    padded = np.empty((len(BOITE), groups * GROUP), dtype=np.int32)
    padded[::2], padded[1::2] = (getattr(np.iinfo(np.int32), side) for side in ("max", "min"))
    padded[:, :size] = boites
    return np.ascontiguousarray(padded.reshape(len(BOITE), groups, GROUP).swapaxes(0, 1))


def _around(boites: Ints) -> Ints:
    """What holds every box of a group."""
    west, east, south, north = boites.swapaxes(0, 1)
    return np.array([west.min(axis=1), east.max(axis=1), south.min(axis=1), north.max(axis=1)])


def _cercles(columns: Mapping[str, Array]) -> Measures:
    places = half_vectors(columns["lon"], columns["lat"])
    rayon = np.where(columns["portee"] == RAYON, haversines_of(columns["rayon"]), -1)
    return np.column_stack((places, rayon))


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
    return found.take(firsts_of(found))


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
    counts = np.zeros(TOUTES + 1, dtype=np.int64)
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
