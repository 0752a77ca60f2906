"""CSV output that is safe to open in a spreadsheet: formulas are neutralised."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

_FORMULA = re.compile(r"[=+\-@\t\r].", re.DOTALL)
_PLAIN = re.compile(r"[+-][\d .()/-]+")
_BATCH = 1_000
"""Rows a piece."""


def neutraliser(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute; numbers and phones stay."""
    if _FORMULA.match(cell) and not _PLAIN.fullmatch(cell):
        return f"'{cell}"
    return cell


def ecrire(header: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Iterator[str]:
    """A CSV file by pieces; an absent value is an empty cell."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    for number, row in enumerate(rows, 1):
        writer.writerow([cell and neutraliser(cell) for cell in row])
        if number % _BATCH == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
