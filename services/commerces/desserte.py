"""Who serves a place: modalities as columns, asked about a position or a commune at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from services.commerces import zones
from services.commerces.fiches import MODALITES, LigneFiche, LigneModalite
from shared import territoire
from shared.columns import Array, Ints, Table, Vocabulary, Writer
from shared.problems import InvalidParameter
from shared.schemas.commerces import lon_lat
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commerces_zones import Zone, ZonePolygone, ZoneRayon
from shared.spatial import distances, fixed

Mask = NDArray[np.bool_]
Chosen = Ints | slice
"""Rows of parts: some, or all of them."""

NON_DITE, NOMMEE, RAYON, CONTOUR = range(4)
"""How a zone is written: not at all, by codes, as a radius, as a contour."""
OUI, INCONNU, NON = 2, 1, 0
"""Whether a place is served."""
CHEZ_LE_CLIENT: Final = (Modalite.LIVRAISON, Modalite.DEPANNAGE_URGENCE)
"""Modalities that come to the customer: where they go is not known unless it is said."""
BITS: Final[Mapping[Modalite, int]] = {genre: 1 << n for n, genre in enumerate(MODALITES)}
TOUJOURS: Final = 2**31 - 1
_COMING: Final = sum(BITS[genre] for genre in CHEZ_LE_CLIENT)
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
        found, point = territoire.resolve(asked), territoire.point_of(asked)
        if found is None or point is None:
            raise InvalidParameter(
                "livre_a", f"{asked} n'est pas le code INSEE d'une commune de la Métropole."
            )
        return cls(frozenset(filter(None, (found.commune.code, found.arrondissement))), *point)


class _Named:
    """Sets of codes as numbers, and which of them have a code."""

    def __init__(self) -> None:
        self._sets = Vocabulary()
        self._having: dict[str, list[int]] = defaultdict(list)

    def number(self, codes: frozenset[str]) -> int:
        known = len(self._sets.words)
        number = self._sets.number(",".join(sorted(codes)))
        if number == known:
            for code in codes:
                self._having[code].append(number)
        return number

    def naming(self, codes: Iterable[str]) -> Mask:
        """By number: whether a set has one of these codes."""
        found = [number for code in codes for number in self._having.get(code, ())]
        # Sets that come meanwhile are of a version that no reader sees yet.
        named = np.zeros(len(self._sets.words), dtype=np.bool_)
        named[found] = True
        return named


NOMMEES: Final = _Named()


class Modalites:
    """Columns of modalities while they grow."""

    def __init__(self) -> None:
        self.ids: list[bytes] = []
        self.genre: list[int] = []
        self.portee: list[int] = []
        self.nommee: list[int] = []
        self.boxes: list[tuple[int, int, int, int]] = []
        self.rayon: list[int] = []
        self.places: list[tuple[float, float]] = []
        self.days: list[tuple[int, int]] = []
        self.horaires: list[int] = []
        self.contours = Writer()

    def add(self, fiche: LigneFiche, modalite: LigneModalite, horaires: int) -> None:
        here = (fiche.lon, fiche.lat)
        zone = _ZONE.validate_json(modalite.zone) if modalite.zone is not None else None
        box = zones.box_of(zone, here)
        self.ids.append(f"{fiche.id}/{modalite.genre}".encode())
        self.genre.append(BITS[Modalite(modalite.genre)])
        self.portee.append(_portee(zone))
        self.nommee.append(NOMMEES.number(zones.codes_served(zone)))
        # One unit wider: rounded, a box must still hold all that it held.
        self.boxes.append(
            (1, 1, 0, 0)
            if box is None
            else (fixed(box[0]) - 1, fixed(box[1]) - 1, fixed(box[2]) + 1, fixed(box[3]) + 1)
        )
        self.rayon.append(zone.rayon_m if isinstance(zone, ZoneRayon) else 0)
        self.places.append(here)
        first, last = modalite.du, modalite.au
        self.days.append(
            (first.toordinal() if first else 0, last.toordinal() if last else TOUJOURS)
        )
        self.horaires.append(horaires)
        self.contours.append(zones.edges_of(zone).tobytes())

    def table(self) -> Table:
        boxes = np.array(self.boxes, dtype=np.int32).reshape(-1, 4).T
        places = np.array(self.places, dtype=np.float64).reshape(-1, 2).T
        days = np.array(self.days, dtype=np.int32).reshape(-1, 2).T
        columns: dict[str, Array] = {
            "genre": np.array(self.genre, dtype=np.uint8),
            "portee": np.array(self.portee, dtype=np.uint8),
            "nommee": np.array(self.nommee, dtype=np.int32),
            **dict(zip(("ouest", "sud", "est", "nord"), boxes.copy(), strict=True)),
            "rayon": np.array(self.rayon, dtype=np.int32),
            "lon": np.array([fixed(lon) for lon in places[0]], dtype=np.int32),
            "lat": np.array([fixed(lat) for lat in places[1]], dtype=np.int32),
            "du": days[0].copy(),
            "au": days[1].copy(),
            "horaires": np.array(self.horaires, dtype=np.int32),
        }
        ids = np.array(self.ids, dtype=np.bytes_)
        return Table.of(ids, columns, {"contour": self.contours.texts()})


def _portee(zone: Zone | None) -> int:
    if zone is None:
        return NON_DITE
    if isinstance(zone, ZoneRayon):
        return RAYON
    return CONTOUR if isinstance(zone, ZonePolygone) else NOMMEE


def served(parts: Table, chosen: Chosen, lieu: Lieu) -> NDArray[np.uint8]:
    """Whether modalities serve a place: `OUI`, `NON`, or `INCONNU` where nothing says where to."""
    columns = parts.columns
    portee = columns["portee"][chosen]
    answer = np.zeros(portee.size, dtype=np.uint8)
    answer[NOMMEES.naming(lieu.codes)[columns["nommee"][chosen]]] = OUI
    unsaid = portee == NON_DITE
    comes = (columns["genre"][chosen] & np.uint8(_COMING)) != 0
    answer[unsaid] = np.where(comes[unsaid], INCONNU, OUI)
    near = _boxes_hold(columns, chosen, fixed(lieu.lon), fixed(lieu.lat))
    if near.size:
        rows = near if isinstance(chosen, slice) else chosen[near]
        answer[near] = np.where(_holds(parts, rows, lieu), OUI, NON)
    return answer


def _boxes_hold(columns: Mapping[str, Array], chosen: Chosen, x: int, y: int) -> Ints:
    """Places in `chosen` whose box holds a position: a radius or a contour may then."""
    within = columns["ouest"][chosen] <= x
    within &= columns["est"][chosen] >= x
    within &= columns["sud"][chosen] <= y
    within &= columns["nord"][chosen] >= y
    return np.flatnonzero(within)


def _holds(parts: Table, rows: Ints, lieu: Lieu) -> Mask:
    """Whether radii and contours hold a position, exactly."""
    held = np.zeros(rows.size, dtype=np.bool_)
    radius = np.flatnonzero(parts.columns["portee"][rows] == RAYON)
    here = rows[radius]
    away = distances(parts.columns["lon"][here], parts.columns["lat"][here], (lieu.lon, lieu.lat))
    held[radius] = away <= parts.columns["rayon"][here]
    contour = np.flatnonzero(parts.columns["portee"][rows] == CONTOUR)
    if contour.size:
        texts = parts.texts["contour"].each(rows[contour])
        edges = np.frombuffer(b"".join(texts), dtype=np.int32).reshape(-1, 4)
        counts = np.array([len(text) for text in texts], dtype=np.int64) // edges.strides[0]
        held[contour] = zones.hold(edges, counts, fixed(lieu.lon), fixed(lieu.lat))
    return held
