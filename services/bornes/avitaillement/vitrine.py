"""The refuelling stations in memory: by place, with their points and ready fragments of JSON."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from services.bornes.avitaillement import fiches, queries
from services.bornes.avitaillement.fiches import Ligne
from services.bornes.avitaillement.filtres import bits
from services.bornes.lieux import Lieux
from services.bornes.tuiles import APPARENCES
from shared.memory.columns import Table, Writer
from shared.memory.segments import Segment
from shared.vitrine import Source

if TYPE_CHECKING:
    from sqlalchemy import Connection

GENRE = "avitaillement"
"""First word of the journal's genres about these stations, and their name in the vitrine."""


class AvitaillementSource(Source):
    """How the vitrine reads refuelling stations."""

    genre = GENRE

    def load(self, connection: "Connection") -> Segment:
        return segment(queries.living_points(connection))

    def reload(self, connection: "Connection", ids: Sequence[str]) -> Segment:
        return segment(queries.living_points(connection, ids))


def segment(points: Iterable[Ligne]) -> Segment:
    """Stations and their points from rows that come station by station."""
    lieux, fragments = Lieux(), Writer()
    apparences: list[int] = []
    ids: list[bytes] = []
    flags: list[int] = []
    pressions: list[int] = []
    for station, group in groupby(points, key=attrgetter("id_station")):
        rows = list(group)
        lieux.add(station, rows[0], len(rows))
        apparences.append(APPARENCES.number(fiches.apparence(rows)))
        fragments.append(fiches.fiche(rows))
        for row in rows:
            ids.append(row.id_point.encode())
            flags.append(bits(row))
            pressions.append(row.pression_bar or 0)
    table = Table.of(
        lieux.ids(),
        {**lieux.columns(), "apparence": np.array(apparences, dtype=np.int32)},
        {"resume": fragments.texts()},
    )
    parts = Table.of(
        np.array(ids, dtype=np.bytes_),
        {
            "bits": np.array(flags, dtype=np.uint64),
            "pression": np.array(pressions, dtype=np.int32),
        },
        {},
    )
    return Segment.of(table, parts, lieux.counts)
