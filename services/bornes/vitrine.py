"""The registry in memory: stations by place, their points, and ready fragments of JSON."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import numpy as np
from sqlalchemy import Connection

from services.bornes import fiches, queries
from services.bornes.fiches import LignePdc
from services.bornes.filtres import HORAIRES, LIBELLES, MOTS, bits
from services.bornes.tuiles import APPARENCES, apparence
from shared.columns import Array, Table, Writer
from shared.mercator import project
from shared.schemas.commun import slug
from shared.segments import Segment
from shared.spatial import fixed, keys

PREFIX = 5
"""Length of an AFIREV prefix: country and operator, FRxxx."""
WORD_COLUMNS = ("commune", "arrondissement", "ept", "operateur", "enseigne", "prefixe")
"""Columns of words (numbers of MOTS), in the order of `_words`."""


class StationSource:
    """How the vitrine reads stations."""

    def load(self, connection: Connection) -> Segment:
        return segment(queries.living_points(connection))

    def reload(self, connection: Connection, ids: Sequence[str]) -> Segment:
        return segment(queries.living_points(connection, ids))


def segment(points: Iterable[LignePdc]) -> Segment:
    """Stations and their points from rows that come station by station."""
    stations = _Stations()
    for _, rows in groupby(points, key=attrgetter("station_id")):
        stations.add(list(rows))
    return stations.segment()


class _Stations:
    """Columns while they grow."""

    def __init__(self) -> None:
        self.ids: list[bytes] = []
        self.counts: list[int] = []
        self.lon: list[int] = []
        self.lat: list[int] = []
        self.words: list[tuple[int, ...]] = []
        self.horaires: list[int] = []
        self.apparences: list[int] = []
        self.maj: list[int] = []
        self.resumes = Writer()
        self.complements = Writer()
        self.pdc_ids: list[bytes] = []
        self.pdc_bits: list[int] = []
        self.pdc_power: list[float] = []
        self.pdc_maj: list[int] = []
        self.pdc_fiches = Writer()

    def add(self, points: list[LignePdc]) -> None:
        first = points[0]
        self.ids.append(first.station_id.encode())
        self.counts.append(len(points))
        self.lon.append(fixed(first.lon))
        self.lat.append(fixed(first.lat))
        self.words.append(tuple(map(MOTS.number, _words(first))))
        self.horaires.append(HORAIRES.number(first.horaires))
        self.apparences.append(APPARENCES.number(apparence(points)))
        self.maj.append(first.date_maj.toordinal())
        self.resumes.append(fiches.resume(points))
        self.complements.append(fiches.complement(first))
        for point in points:
            self.pdc_ids.append(point.id.encode())
            self.pdc_bits.append(bits(point))
            self.pdc_power.append(point.puissance_nominale)
            self.pdc_maj.append(point.date_maj.toordinal())
            self.pdc_fiches.append(fiches.fiche_pdc(point))

    def segment(self) -> Segment:
        lon, lat = np.array(self.lon, dtype=np.int32), np.array(self.lat, dtype=np.int32)
        words = np.array(self.words, dtype=np.int32).reshape(len(self.ids), len(WORD_COLUMNS))
        x, y = project(lon, lat)
        columns: dict[str, Array] = {
            "key": keys(lon, lat),
            "lon": lon,
            "lat": lat,
            "x": x,
            "y": y,
            **dict(zip(WORD_COLUMNS, words.T.copy(), strict=True)),
            "points": np.array(self.counts, dtype=np.int32),
            "horaires": np.array(self.horaires, dtype=np.int32),
            "apparence": np.array(self.apparences, dtype=np.int32),
            "maj": np.array(self.maj, dtype=np.int32),
        }
        stations = Table.of(
            np.array(self.ids, dtype=np.bytes_),
            columns,
            {"resume": self.resumes.texts(), "complement": self.complements.texts()},
        )
        points = Table.of(
            np.array(self.pdc_ids, dtype=np.bytes_),
            {
                "bits": np.array(self.pdc_bits, dtype=np.uint64),
                "puissance": np.array(self.pdc_power, dtype=np.float32),
                "maj": np.array(self.pdc_maj, dtype=np.int32),
            },
            {"fiche": self.pdc_fiches.texts()},
        )
        return Segment.of(stations, points, self.counts)


def _words(first: LignePdc) -> Iterator[str]:
    yield first.code_commune or ""
    yield first.code_arrondissement or ""
    yield first.territoire or ""
    operateur = first.nom_operateur or ""
    LIBELLES.setdefault(slug(operateur), operateur)
    yield slug(operateur)
    yield slug(first.nom_enseigne)
    yield slug(first.station_id[:PREFIX])
