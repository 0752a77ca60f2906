"""Streams a file's rows and findings into PostgreSQL."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import psycopg

from services.bornes.cellules import CODES
from services.bornes.imports import sql
from services.bornes.imports.constats import Trouve
from services.bornes.imports.fichier import Fichier, Ligne
from services.bornes.imports.lignes import Lecteur, Lot
from shared.memory.collector import uncollected
from shared.transfers.files import CHUNK, FichierRefuse

BATCH = 500
"""Rows read together: enough to make the cost of a batch vanish, little enough to stay flat."""
CONSTATS_MAX = 1_000_000
"""Findings of one file: nine times those of the whole country's. Each is a row of the report, and
each cell of a file may have one."""


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
    cursor.execute(sql.ANALYSER)


def rapporter(
    cursor: psycopg.Cursor[Any], constats: Iterable[tuple[int, Trouve]], *, import_id: int
) -> None:
    """Write the report of an import: its findings with their line, in this order."""
    with cursor.copy(sql.COPIER_ANOMALIES) as copy:
        for rang, (ligne, constat) in enumerate(constats, 1):
            copy.write(f"{import_id}\t{rang}\t{ligne}\t{constat.copie}\n")


def _lots(lignes: Iterator[Ligne]) -> Iterator[Sequence[Ligne]]:
    """Rows by batches."""
    while True:
        lot: list[Ligne] = []
        try:
            lot += islice(lignes, BATCH)
        except FichierRefuse:
            yield lot  # what is wrong before is told first
            raise
        if not lot:
            return
        yield lot


def _report(findings: IO[bytes], import_id: int) -> Callable[[Lot], None]:
    """A function that numbers the findings of a batch and keeps them for COPY."""
    known = 0

    def write(lot: Lot) -> None:
        nonlocal known
        found = [(ligne, one) for ligne in sorted(lot.constats) for one in lot.constats[ligne]]
        if known + len(found) > CONSTATS_MAX:
            raise _too_many(*found[CONSTATS_MAX - known])
        lines = [
            f"{import_id}\t{rang}\t{ligne}\t{constat.copie}\n"
            for rang, (ligne, constat) in enumerate(found, known + 1)
        ]
        known += len(found)
        findings.write("".join(lines).encode())

    return write


def _too_many(ligne: int, constat: Trouve) -> FichierRefuse:
    """The refusal of a file that has more findings than a report may tell."""
    place = "" if constat.colonne is None else f", colonne « {constat.colonne} »"
    return FichierRefuse(
        f"Le fichier a plus de {CONSTATS_MAX} constats : rien n’en est pris. Corrigez ce qui se "
        f"répète, puis renvoyez-le ; par exemple, ligne {ligne}{place} : "
        f"{CODES[constat.code].libelle}.",
        ligne=ligne,
        colonne=constat.colonne,
    )
