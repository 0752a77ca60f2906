"""The order in which objects are paginated, and the cursors that resume in it.

Objects come by place then id: an order that no version changes, so that following the pages shows
once whatever stays.
"""

import numpy as np

from shared.memory.columns import Ints
from shared.memory.segments import Version
from shared.pages import decode_cursor, encode_cursor

Mark = tuple[int, int, str]
"""Where an object stands in the order: key and latitude (shared.memory.spatial), then its id."""


def mark(version: Version, row: int) -> Mark:
    segment, place = version.locate(row)
    columns = segment.table.columns
    return int(columns["key"][place]), int(columns["lat"][place]), version.id_at(row).decode()


def after(version: Version, rows: Ints, last: Mark, *, from_it: bool = False) -> Ints:
    """Those of `rows` that come after a mark, or from it on."""
    key, lat, name = last[0], last[1], last[2].encode()
    keys, lats = version.column("key", rows), version.column("lat", rows)
    later = (keys > key) | ((keys == key) & (lats > lat))
    for place in np.flatnonzero((keys == key) & (lats == lat)):
        found = version.id_at(int(rows[place]))
        later[place] = found > name or (from_it and found == name)
    kept: Ints = rows[later]
    return kept


def page(
    version: Version, rows: Ints, *, curseur: str | None, limit: int
) -> tuple[Ints, str | None]:
    """At most `limit` of `rows`, from where `curseur` left off; the cursor of what follows them."""
    if curseur is not None:
        rows = after(version, rows, decode_cursor(curseur, (int, int, str)))
    if rows.size <= limit:
        return rows, None
    rows = rows[:limit]
    return rows, encode_cursor(*mark(version, int(rows[-1])))


def every(version: Version) -> Ints:
    """All objects, in that order."""
    return version.select(lambda segment, _box: np.arange(len(segment), dtype=np.int64), None)
