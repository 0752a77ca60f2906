"""Streams a file's rows and findings into PostgreSQL, a batch at a time."""

from itertools import islice
from typing import Any

import psycopg

from services.bornes.imports import sql
from services.bornes.imports.fichier import Fichier
from services.bornes.imports.lignes import Lecteur

BATCH = 2_000
"""Rows a COPY: enough to make its cost vanish, little enough to stay flat."""


def charger(
    cursor: psycopg.Cursor[Any], fichier: Fichier, lecteur: Lecteur, *, import_id: int
) -> None:
    """Fill `lignes_lues` and the report of one import from its file."""
    for statement in sql.PREPARER:
        cursor.execute(statement)
    rang = 0
    rows = fichier.lignes()
    while batch := [lecteur.lire(row) for row in islice(rows, BATCH)]:
        _copy(cursor, sql.COPIER_LIGNES, [row.copie for row in batch])
        found = [constat.copie() for row in batch for constat in row.constats]
        numbered = [f"{import_id}\t{n}\t{line}" for n, line in enumerate(found, rang + 1)]
        _copy(cursor, sql.COPIER_ANOMALIES, numbered)
        rang += len(numbered)
    cursor.execute(sql.ANALYSER)


def _copy(cursor: psycopg.Cursor[Any], statement: str, lines: list[str]) -> None:
    if lines:
        with cursor.copy(statement) as copy:
            copy.write("\n".join(lines) + "\n")
