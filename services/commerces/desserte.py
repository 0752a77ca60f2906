"""Which modalities serve a place: kept as columns, tested at once for a position or commune."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import TypeAdapter

from services.commerces import zones
from services.commerces.fiches import MODALITES, LigneFiche, LigneModalite
from shared import territoire
from shared.memory.columns import Array, Ints, Table, Texts, Vocabulary, Writer, ranges
from shared.memory.places import asked_commune
from shared.memory.spatial import DEGREE, fixed, haversines, metres
from shared.schemas.commerces_positions import lon_lat
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commerces_zones import Zone
from shared.territoire.mesures import METRES_PER_DEGREE

Mask = NDArray[np.bool_]
Chosen = Ints | slice
"""Rows of parts: some, or all of them."""
Pick = Callable[[str], Array]
"""A column of some modalities, by its name."""

NON_DITE, NOMMEE, RAYON, CONTOUR = range(4)
"""How a zone is written: not at all, by codes, as a radius, as a contour."""
OUI, INCONNU, NON = 2, 1, 0
"""Whether a place is served."""
BITS: Final[Mapping[Modalite, int]] = {genre: 1 << n for n, genre in enumerate(MODALITES)}
TOUTES: Final = sum(BITS.values())
"""All kinds of modalities, as bits."""
TOUJOURS: Final = 2**31 - 1
NULLE_PART: Final = 0
"""The number of no code at all."""
BOITE: Final = ("ouest", "est", "sud", "nord")
"""Sides of a box."""
EDGE: Final = 4
"""Numbers of an edge."""
_GENRES: Final = {str(genre): bit for genre, bit in BITS.items()}
_NUMBERS: Final[Mapping[str, type[np.generic]]] = {
    "genre": np.uint8,
    "portee": np.uint8,
    "sans_zone": np.uint8,
    "nommee": np.int32,
    "rayon": np.int32,
    "lon": np.int32,
    "lat": np.int32,
    "du": np.int32,
    "au": np.int32,
    "horaires": np.int32,
    "secteur": np.int32,
}
_ZONE: Final[TypeAdapter[Zone]] = TypeAdapter(Zone)


class Lieu(NamedTuple):
    """A place to serve."""

    codes: frozenset[str]
    """Its commune, and its arrondissement in Paris."""
    lon: float
    lat: float

    @classmethod
    def of(cls, asked: str) -> "Lieu":
        """The place that `lon,lat` or a commune's code gives; the latter has a reference point."""
        position = lon_lat(asked)
        if position is not None:
            where = territoire.locate(*position)
            codes = {where.code_commune, where.code_arrondissement} if where else set()
            return cls(frozenset(filter(None, codes)), *position)
        found, point = asked_commune(asked, parametre="livre_a"), territoire.point_of(asked)
        assert point is not None, "a commune has a point"
        return cls(frozenset(filter(None, (found.commune.code, found.arrondissement))), *point)


class _Named:
    """Sets of codes as numbers, and which of them have a code."""

    def __init__(self) -> None:
        self._sets = Vocabulary()
        self._having: dict[str, list[int]] = defaultdict(list)
        self._sets.number("")  # NULLE_PART

    def number(self, codes: frozenset[str]) -> int:
        known = len(self._sets.words)
        number = self._sets.number(",".join(sorted(codes)))
        if number == known:
            for code in codes:
                self._having[code].append(number)
        return number

    def naming(self, codes: Iterable[str]) -> NDArray[np.uint8]:
        """By number: `OUI` for a set that has one of these codes, else `NON`."""
        found = self.numbers(codes)
        # Read after the codes: a set that comes meanwhile has its number.
        named = np.full(len(self._sets.words), NON, dtype=np.uint8)
        named[found] = OUI
        return named

    def numbers(self, codes: Iterable[str]) -> Ints:
        """The sets that have one of these codes, each once, ascending."""
        found = {number for code in codes for number in self._having.get(code, ())}
        return np.array(sorted(found), dtype=np.int64)


NOMMEES: Final = _Named()


class _Portee(NamedTuple):
    """Where a modality goes, as it is kept."""

    portee: int
    nommee: int
    rayon: int
    contour: bytes


@lru_cache(maxsize=4096)
def _portee(text: str | None) -> _Portee:
    """What a zone says, given as its JSON: checked when it was written, not once more here."""
    zone: dict[str, Any] = {"type": None} if text is None else orjson.loads(text)
    match zone["type"]:
        case "rayon":
            return _Portee(RAYON, NULLE_PART, zone["rayon_m"], b"")
        case "polygone":
            return _Portee(CONTOUR, NULLE_PART, 0, zones.edges_of(zone["geometrie"]).tobytes())
        case None:
            return _Portee(NON_DITE, NULLE_PART, 0, b"")
        case _:
            codes = zones.codes_served(_ZONE.validate_python(zone))
            return _Portee(NOMMEE, NOMMEES.number(codes), 0, b"")


class Modalites:
    """Columns of modalities while they grow."""

    def __init__(self) -> None:
        self.ids: list[bytes] = []
        self.numbers = array("i")
        self.contours = Writer()

    def add(self, fiche: LigneFiche, modalite: LigneModalite, horaires: int, secteur: int) -> None:
        where = _portee(modalite.zone)
        self.ids.append(b"%d/%b" % (fiche.id, modalite.genre.encode()))
        self.contours.append(where.contour)
        first, last = modalite.du, modalite.au
        self.numbers.extend(  # in the order of _NUMBERS
            (
                _GENRES[modalite.genre],
                where.portee,
                _sans_zone(modalite),
                where.nommee,
                where.rayon,
                fixed(fiche.lon),
                fixed(fiche.lat),
                first.toordinal() if first else 0,
                last.toordinal() if last else TOUJOURS,
                horaires,
                secteur,
            )
        )

    def table(self) -> Table:
        columns: dict[str, Array] = {
            name: numbers.astype(_NUMBERS[name])
            for name, numbers in zip(
                _NUMBERS,
                np.array(self.numbers, dtype=np.int32).reshape(-1, len(_NUMBERS)).T,
                strict=True,
            )
        }
        contours = self.contours.texts()
        boxes = _boxes(columns, contours)
        columns |= dict(zip(BOITE, boxes, strict=True))
        return Table.of(np.array(self.ids, dtype=np.bytes_), columns, {"contour": contours})


def _sans_zone(modalite: LigneModalite) -> int:
    """The answer of a modality that says nothing of where; NON for one that does."""
    if modalite.zone is not None:
        return NON
    return INCONNU if modalite.genre in zones.CHEZ_LE_CLIENT else OUI


def _boxes(columns: Mapping[str, Array], contours: Texts) -> Array:
    """What radii and contours may hold, by side of BOITE; elsewhere nothing."""
    boxes = np.empty((len(BOITE), columns["portee"].size), dtype=np.int32)
    boxes[::2], boxes[1::2] = 1, 0
    disc = np.flatnonzero(columns["portee"] == RAYON)
    lon, lat = columns["lon"][disc].astype(np.int64), columns["lat"][disc].astype(np.int64)
    # A thousandth wider: what is in a box is measured exactly.
    reach = columns["rayon"][disc] * (1.001 * DEGREE / METRES_PER_DEGREE) + 1
    across = reach / np.cos(np.radians(np.abs(lat) / DEGREE) + np.radians(reach / DEGREE))
    boxes[:, disc] = np.rint((lon - across, lon + across, lat - reach, lat + reach))
    drawn = np.flatnonzero(columns["portee"] == CONTOUR)
    if drawn.size:
        edges = np.frombuffer(contours.buffer, dtype=np.int32).reshape(-1, EDGE)
        starts = contours.offsets[drawn] // (EDGE * edges.itemsize)
        for place, (least, side) in enumerate(
            ((np.minimum, 0), (np.maximum, 0), (np.minimum, 1), (np.maximum, 1))
        ):
            boxes[place, drawn] = least.reduceat(least(edges[:, side], edges[:, side + 2]), starts)
    return boxes


def served(parts: Table, chosen: Chosen, lieu: Lieu) -> NDArray[np.uint8]:
    """Whether modalities serve a place: `OUI`, `NON`, or `INCONNU` where nothing says where to."""
    columns = parts.columns
    # What is said by codes or not at all; NON for the others, so that one of both is right.
    answer: NDArray[np.uint8] = columns["sans_zone"][chosen].copy()
    answer |= NOMMEES.naming(lieu.codes).take(columns["nommee"][chosen])
    near = boxes_hold([columns[side][chosen] for side in BOITE], lieu)
    if near.size:
        rows = near if isinstance(chosen, slice) else chosen[near]
        answer[near] = np.where(holds(parts, rows, lieu), OUI, NON)
    return answer


def boxes_hold(boites: Sequence[Array] | Array, lieu: Lieu) -> Ints:
    """Which boxes, given by their four sides, hold a position: a radius or a contour may then."""
    west, east, south, north = boites
    x, y = fixed(lieu.lon), fixed(lieu.lat)
    within = west <= x
    within &= east >= x
    within &= south <= y
    within &= north >= y
    return np.flatnonzero(within)


def holds(parts: Table, rows: Ints, lieu: Lieu) -> Mask:
    """Whether radii and contours hold a position, exactly."""
    columns = parts.columns
    lon, lat, rayon, portee = (columns[name][rows] for name in ("lon", "lat", "rayon", "portee"))
    away = metres(haversines(lon, lat, (lieu.lon, lieu.lat)))
    held: Mask = (portee == RAYON) & (away <= rayon)
    drawn = np.flatnonzero(portee == CONTOUR)
    if drawn.size:
        held[drawn] = contours_hold(parts, rows[drawn], lieu)
    return held


def contours_hold(parts: Table, rows: Ints, lieu: Lieu) -> Mask:
    """Whether the contours of some parts hold a position."""
    texts = parts.texts["contour"]
    edges = np.frombuffer(texts.buffer, dtype=np.int32).reshape(-1, EDGE)
    starts, ends = (texts.offsets[rows + n] // edges.strides[0] for n in range(2))
    own = edges.take(ranges(starts, ends), axis=0)
    return zones.hold(own, ends - starts, fixed(lieu.lon), fixed(lieu.lat))
