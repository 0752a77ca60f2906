"""Streams a file's rows and findings into PostgreSQL."""

from collections.abc import Callable, Iterable
from itertools import count, islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import psycopg

from services.bornes.imports import sql
from services.bornes.imports.constats import Trouve
from services.bornes.imports.fichier import Fichier
from services.bornes.imports.lignes import Lecteur, LigneLue
from shared.collector import uncollected
from shared.files import CHUNK

BATCH = 500
"""Rows a message: enough to make its cost vanish, little enough to stay flat."""


def charger(
    cursor: psycopg.Cursor[Any], fichier: Fichier, lecteur: Lecteur, *, import_id: int
) -> None:
    """Fill `lignes_lues` and the report of one import from its file.

    A connection copies into one table at a time: findings wait in a file, so that PostgreSQL
    stores rows while the next ones are read.
    """
    for statement in sql.PREPARER:
        cursor.execute(statement)
    with uncollected(), SpooledTemporaryFile(max_size=CHUNK) as findings:
        report = _report(findings, import_id)
        with cursor.copy(sql.COPIER_LIGNES) as copy:
            rows = map(lecteur.lire, fichier.lignes())
            while batch := list(islice(rows, BATCH)):
                copy.write("".join([f"{row.copie}\n" for row in batch]))
                report(batch)
        findings.seek(0)
        with cursor.copy(sql.COPIER_ANOMALIES) as copy:
            while chunk := findings.read(CHUNK):
                copy.write(chunk)
    for statement in sql.INDEXER:
        cursor.execute(statement)


def rapporter(
    cursor: psycopg.Cursor[Any], constats: Iterable[tuple[int, Trouve]], *, import_id: int
) -> None:
    """Write the report of an import: its findings with their line, in this order."""
    with cursor.copy(sql.COPIER_ANOMALIES) as copy:
        for rang, (ligne, constat) in enumerate(constats, 1):
            copy.write(f"{import_id}\t{rang}\t{ligne}\t{constat.copie}\n")


def _report(findings: IO[bytes], import_id: int) -> Callable[[list[LigneLue]], None]:
    """A function that numbers the findings of a batch and keeps them for COPY."""
    numbers = count(1)

    def write(batch: list[LigneLue]) -> None:
        lines = [
            f"{import_id}\t{next(numbers)}\t{row.numero}\t{constat.copie}\n"
            for row in batch
            for constat in row.constats
        ]
        findings.write("".join(lines).encode())

    return write
