"""Reads the CSV files of facts that stand beside the code using them."""

import csv
from pathlib import Path


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table, by its header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words(cell: str) -> tuple[str, ...]:
    """The words of a cell, which bars part; none of an empty one."""
    return tuple(filter(None, cell.split("|")))
