"""An index of the modalities of a segment, in the order that finds which serve a place.

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
from shared.memory.spatial import half_chords, half_vector, half_vectors, haversines_of

Offered = Callable[[Pick], Mask]
"""Which modalities are offered, wherever they go, from their columns."""
LIGNE: Final = np.dtype(
    [
        *((name, np.int32) for name in ("du", "au", "horaires", "secteur", "portee")),
        ("place", np.float64, 3),
        ("rayon", np.float64),
    ],
    align=True,
)
"""All that a search asks of a modality, side by side: they are spread in memory, and each is read
at once. `place` is a half vector, `rayon` what `half_chords` within it do not pass."""


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
    lignes: Array
    """Of type LIGNE."""
    bounds: Ints
    """Those that name number n are bounds[n] to bounds[n + 1]; the first serve everywhere."""
    situees: slice
    """Those with a radius or a contour."""
    boites: Array
    """Boxes of the latter: west, east, south, north."""

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
        boites = np.array([columns[side][order[situees]] for side in BOITE])
        return cls(genre, parts, order, _lignes(parts, order), bounds, situees, boites)

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
        near: Ints = boxes_hold(self.boites, lieu) + self.situees.start
        return near

    def serving(self, lieu: Lieu, *, unknown: bool, offered: Offered) -> Ints:
        """Those that serve a place and are offered, as rows of the segment's parts."""
        surely = self.surely(lieu, unknown=unknown)
        found = np.concatenate((*surely, self.near(lieu)))
        lignes = self.lignes.take(found)
        kept = np.flatnonzero(offered(lambda name: self._column(lignes, name)))
        rows = self.rows.take(found.take(kept))
        sure = int(kept.searchsorted(sum(one.size for one in surely)))
        held = self._held(rows[sure:], lignes.take(kept[sure:]), lieu)
        served: Ints = np.concatenate((rows[:sure], rows[sure:][held]))
        return served

    def _column(self, lignes: Array, name: str) -> Array:
        return np.full(lignes.size, self.genre, np.uint8) if name == "genre" else lignes[name]

    def _held(self, rows: Ints, lignes: Array, lieu: Lieu) -> Mask:
        """Whether radii and contours hold a position, exactly."""
        here = half_vector((lieu.lon, lieu.lat))
        held: Mask = half_chords(lignes["place"], here) <= lignes["rayon"]
        drawn = np.flatnonzero(lignes["portee"] == CONTOUR)
        if drawn.size:
            held[drawn] = contours_hold(self.parts, rows[drawn], lieu)
        return held


def _lignes(parts: Table, rows: Ints) -> Array:
    columns = {name: column[rows] for name, column in parts.columns.items()}
    lignes = np.empty(rows.size, dtype=LIGNE)
    for name in ("du", "au", "horaires", "secteur", "portee"):
        lignes[name] = columns[name]
    lignes["place"] = half_vectors(columns["lon"], columns["lat"])
    # Of a contour, none: what it holds is not told by distance.
    radius = np.where(columns["portee"] == RAYON, columns["rayon"], -1)
    lignes["rayon"] = np.where(radius < 0, -1, haversines_of(radius))
    return lignes


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
