"""Objects of the vitrine that have no position: a number and a text each."""

from collections.abc import Iterable

import numpy as np

from shared.memory.columns import Array, Table, Writer
from shared.memory.segments import Segment


def segment(name: str, objects: Iterable[tuple[int, bytes]]) -> Segment:
    """Objects as a segment, their text under a name."""
    ids: list[bytes] = []
    texts = Writer()
    for number, text in objects:
        ids.append(b"%d" % number)
        texts.append(text)
    nowhere = np.zeros(len(ids), dtype=np.int64)
    columns: dict[str, Array] = dict.fromkeys(("key", "lon", "lat"), nowhere)
    table = Table.of(np.array(ids, dtype=np.bytes_), columns, {name: texts.texts()})
    no_parts = Table.of(np.array([], dtype=np.bytes_), {}, {})
    return Segment.of(table, no_parts, [0] * len(ids))
