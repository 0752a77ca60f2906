"""CSV that a spreadsheet opens without computing anything."""

import re

_FORMULA = re.compile(r"[=+\-@\t\r].")
_PLAIN = re.compile(r"[+-][\d .()/-]+")


def neutraliser(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute; numbers and phones stay."""
    if _FORMULA.match(cell) and not _PLAIN.fullmatch(cell):
        return f"'{cell}"
    return cell
