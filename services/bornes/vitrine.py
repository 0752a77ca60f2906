"""The registry in memory: stations by place, their points, and ready fragments of JSON."""

from array import array
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter

import numpy as np
from sqlalchemy import Connection

from services.bornes import fiches, queries
from services.bornes.fiches import LignePdc
from services.bornes.filtres import bits
from services.bornes.lieux import Lieux
from services.bornes.statuts.etats import PDC
from services.bornes.tuiles import APPARENCES, apparence
from shared.memory import neighbours
from shared.memory.collector import uncollected
from shared.memory.columns import Array, Table, Writer
from shared.memory.segments import Segment, Version
from shared.vitrine import Source


class StationSource(Source):
    """How the vitrine reads stations."""

    genre = "station"

    def load(self, connection: Connection) -> Segment:
        with uncollected():
            return segment(queries.living_points(connection))

    def reload(self, connection: Connection, ids: Sequence[str]) -> Segment:
        return segment(queries.living_points(connection, ids))

    def prepare(self, version: Version) -> None:
        neighbours.prepare(version)


def segment(points: Iterable[LignePdc]) -> Segment:
    """Stations and their points from rows that come station by station."""
    stations = _Stations()
    for _, rows in groupby(points, key=attrgetter("station_id")):
        stations.add(list(rows))
    return stations.segment()


class _Stations:
    """Columns while they grow."""

    def __init__(self) -> None:
        self.lieux = Lieux()
        self.apparences = array("i")
        self.maj = array("i")
        self.resumes = Writer()
        self.complements = Writer()
        self.pdc_numbers = array("q")
        self.pdc_bits = array("Q")
        self.pdc_power = array("f")
        self.pdc_maj = array("i")
        self.pdc_fiches = Writer()
        self.pdc_propres = Writer()

    def add(self, points: list[LignePdc]) -> None:
        first = points[0]
        self.lieux.add(first.station_id, first, len(points))
        self.apparences.append(APPARENCES.number(apparence(points)))
        self.maj.append(first.date_maj.toordinal())
        self.resumes.append(fiches.resume(points))
        self.complements.append(fiches.complement(first))
        of_station = fiches.of_station(first)
        for point in points:
            self.pdc_numbers.append(PDC.number(point.id))
            self.pdc_bits.append(bits(point))
            self.pdc_power.append(point.puissance_nominale)
            self.pdc_maj.append(point.date_maj.toordinal())
            self.pdc_fiches.append(fiches.fiche_pdc(point))
            self.pdc_propres.append(fiches.propre(point, of_station))

    def segment(self) -> Segment:
        columns: dict[str, Array] = {
            **self.lieux.columns(),
            "apparence": np.array(self.apparences, dtype=np.int32),
            "maj": np.array(self.maj, dtype=np.int32),
        }
        stations = Table.of(
            self.lieux.ids(),
            columns,
            {"resume": self.resumes.texts(), "complement": self.complements.texts()},
        )
        points = Table.of(
            # Not kept one by one while rows come: they are in the vocabulary already.
            np.array([PDC.words[number].encode() for number in self.pdc_numbers], dtype=np.bytes_),
            {
                "numero": np.array(self.pdc_numbers, dtype=np.int64),
                "bits": np.array(self.pdc_bits, dtype=np.uint64),
                "puissance": np.array(self.pdc_power, dtype=np.float32),
                "maj": np.array(self.pdc_maj, dtype=np.int32),
            },
            {"fiche": self.pdc_fiches.texts(), "propre": self.pdc_propres.texts()},
        )
        return Segment.of(stations, points, self.lieux.counts)
