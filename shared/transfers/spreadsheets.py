"""What spreadsheets do to files: CSV that is safe to open in one, errors and days in cells.

French spreadsheets part the cells of a file at its semicolons, whatever we part them with, and
then know nothing of our quotes: what follows a semicolon or a line break may begin a cell too.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from io import StringIO

_BEGINS = r"(?:\A|(?<=[;\t\r\n]))"
"""Where a spreadsheet may see the beginning of a cell."""
SIGNES = "=+-@＝＋－＠"
"""What begins a formula; spreadsheets set for Chinese or Japanese take the wide ones for it."""
_FORMULA = re.compile(
    rf"{_BEGINS}(?=[{re.escape(SIGNES)}\t\r].)(?![+-][\d .()/-]+(?:[;\t\r\n]|\Z))", re.DOTALL
)
"""Before what it would compute, but for numbers and phones."""
_NEUTRALISED = re.compile(
    rf"\A'(?=[{re.escape(SIGNES[1:])}])|(?<=[;\t\r\n])'(?=[{re.escape(SIGNES)}\t\r])"
)
ERREURS = frozenset(
    (
        *("#n/a", "#ref!", "#value!", "#valeur!", "#name?", "#nom?", "#div/0!", "#null!", "#nul!"),
        *("#num!", "#nombre!", "#calc!", "#error!", "err:502", "err:504", "err:508", "err:511"),
    )
)
"""What Excel and LibreOffice show where they could not compute, in small letters."""
_TEXT = re.compile(r'\s*="((?:[^"]|"")*)"\s*')
_SERIAL = re.compile(r"([0-9]{5})(?:[.,][0-9]{1,12})?")
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(36_526, 73_051)
"""Days of 2000 to 2099: another number is no date that a file of ours would hold."""
_BATCH = 1_000
"""Rows a piece."""


def neutraliser(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute; numbers and phones stay."""
    return _FORMULA.sub("'", cell)


def retrouver(cell: str) -> str:
    """What a cell said before it was neutralised; one that begins with `=` stays marked."""
    return _NEUTRALISED.sub("", cell)


def sans_egal(cell: str) -> str:
    """The text of a cell that is a formula of nothing else, `="01234"`, as numbers are kept whole.

    Any other cell is itself, less the spaces around it where it is one.
    """
    found = _TEXT.fullmatch(cell) if "=" in cell else None
    return found[1].replace('""', '"') if found else cell


def jour_compte(cell: str) -> date | None:
    """The day that a spreadsheet wrote as a number, which it counts from 1900: `46053`."""
    found = _SERIAL.fullmatch(cell)
    if found is None or int(found[1]) not in _SERIALS:
        return None
    return _SERIAL_ZERO + timedelta(days=int(found[1]))


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
