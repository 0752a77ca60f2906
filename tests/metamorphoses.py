"""The same rows written in another way, for tests of what must change nothing that is kept."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def in_csv(
    rows: Iterable[Mapping[str, Any]],
    name: Callable[[str], str] = str,
    before: str = "",
    **options: Any,
) -> str:
    """Rows as a CSV file, whose columns have other names; `options` are those of `csv.writer`."""
    buffer = io.StringIO(before)
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer, **options)
    first, *_ = rows = list(rows)
    writer.writerow(map(name, first))
    writer.writerows(row.values() for row in rows)
    return buffer.getvalue()


def changed(
    rows: Iterable[Mapping[str, str]], change: Callable[[str], str], *columns: str
) -> list[dict[str, str]]:
    """Rows in which the cells of some columns (else all) are written in another way."""
    return [{c: change(v) if c in (columns or row) else v for c, v in row.items()} for row in rows]
