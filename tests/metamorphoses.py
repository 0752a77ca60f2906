"""The same rows written in another way, for tests of what must change nothing that is kept."""

import csv
import gzip
import io
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

nfd = partial(unicodedata.normalize, "NFD")
ENCODED: dict[str, Callable[[str], bytes]] = {
    "Windows": lambda text: text.encode("cp1252"),
    "Latin-9": lambda text: text.encode("iso8859-15"),
    "a mark": lambda text: text.encode("utf-8-sig"),
    "two marks": lambda text: b"\xef\xbb\xbf" + text.encode("utf-8-sig"),
    "gzip": lambda text: gzip.compress(text.encode()),
}
"""The bytes of a text that are its own affair."""


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


def of_any_list(rows: list[dict[str, str]], delimiter: str) -> dict[str, str]:
    """The ways that are of CSV and of spreadsheets, whatever the columns say."""
    written = partial(in_csv, delimiter=delimiter)
    plain, blank = written(rows), delimiter * (len(rows[0]) - 1) + "\r\n"
    return {
        "every cell in quotes": written(rows, quoting=csv.QUOTE_ALL),
        "headers in capitals": written(rows, name=str.upper),
        "accents in two signs": nfd(plain),
        "a delimiter more on each line": plain.replace("\r\n", f"{delimiter}\r\n"),
        "empty rows of a spreadsheet": plain + blank * 3,
        "a title above": f"Notre liste{delimiter * 3}\r\n\r\n{plain}",
        "sep=": written(rows, before=f"sep={delimiter}\r\n"),
        "line ends of old Macs": plain.replace("\r\n", "\r"),
        "line ends of two kinds": plain.replace("\r\n", "\n", 1),
        "no last line end": plain.rstrip(),
        "texts of a spreadsheet": written(changed(rows, '="{}"'.format)),
        "spaces around": written(changed(rows, " {}\N{NO-BREAK SPACE}".format)),
    }
