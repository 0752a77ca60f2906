"""Streams a file's rows and findings into PostgreSQL."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import psycopg

from services.bornes.imports import sql
from services.bornes.imports.constats import Trouve
from services.bornes.imports.fichier import Fichier, Ligne
from services.bornes.imports.lignes import Lecteur, Lot
from shared.collector import uncollected
from shared.files import CHUNK, FichierRefuse

BATCH = 500
"""Rows read together: enough to make the cost of a batch vanish, little enough to stay flat."""


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
            for lot in map(lecteur.lire, _lots(fichier.lignes())):
                copy.write("".join([f"{copie}\n" for copie in lot.copies]))
                report(lot)
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


def _lots(lignes: Iterable[Ligne]) -> Iterator[Sequence[Ligne]]:
    """Rows by batches."""
    lot: list[Ligne] = []
    try:
        for ligne in lignes:
            lot.append(ligne)
            if len(lot) == BATCH:
                yield lot
                lot = []
    except FichierRefuse:
        yield lot  # what is wrong before is told first
        raise
    if lot:
        yield lot


def _report(findings: IO[bytes], import_id: int) -> Callable[[Lot], None]:
    """A function that numbers the findings of a batch and keeps them for COPY."""
    numbers = count(1)

    def write(lot: Lot) -> None:
        lines = [
            f"{import_id}\t{next(numbers)}\t{ligne}\t{constat.copie}\n"
            for ligne in sorted(lot.constats)
            for constat in lot.constats[ligne]
        ]
        findings.write("".join(lines).encode())

    return write
