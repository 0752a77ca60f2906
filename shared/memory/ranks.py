"""Pagination in another order than by place: sorted by a rank, then by id."""

from typing import NamedTuple

import numpy as np

from shared.memory.columns import Ints, gather
from shared.memory.segments import Version

Marque = tuple[int, str]
"""Where an object stands in such an order: its rank, then its id."""


class Ranked(NamedTuple):
    """A page in order, and where the next one starts."""

    places: Ints
    """Of its objects, among the rows given."""
    marque: Marque | None
    """Of the last one; None when nothing follows."""


def ranked(version: Version, rows: Ints, ranks: Ints, *, limit: int, past: Marque | None) -> Ranked:
    """The first `limit` of `rows` by rank then id, after a mark."""
    places = np.arange(rows.size)
    if past is not None:
        later = ranks > past[0]
        for place in np.flatnonzero(ranks == past[0]):
            later[place] = version.id_at(int(rows[place])) > past[1].encode()
        places = np.flatnonzero(later)
    if places.size > limit:
        # No id is read but those of the first ranks.
        last = np.partition(ranks[places], limit)[limit]
        places = places[ranks[places] <= last]
    ids = gather([segment.table.ids for segment in version.segments], rows[places])
    order = np.lexsort((ids, ranks[places]))
    page = order[:limit]
    marque = None
    if order.size > limit:
        marque = (int(ranks[places[page[-1]]]), ids[page[-1]].decode())
    return Ranked(places[page], marque)
