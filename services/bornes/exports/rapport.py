"""The report of an import as CSV: one finding a line."""

import csv
from collections.abc import Iterator
from typing import TextIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.bornes.exports.tableur import neutraliser
from services.bornes.irve import CODES
from services.bornes.models import ImportAnomalie

COLONNES = ("ligne", "colonne", "code", "gravite", "libelle", "recu", "retenu")
_CHUNK = 2_000


def lignes_du_rapport(session: Session, import_id: int) -> Iterator[tuple[str, ...]]:
    """The findings in the file's order, streamed."""
    statement = (
        select(
            ImportAnomalie.ligne,
            ImportAnomalie.colonne,
            ImportAnomalie.code,
            ImportAnomalie.recu,
            ImportAnomalie.retenu,
        )
        .where(ImportAnomalie.import_id == import_id)
        .order_by(ImportAnomalie.ligne, ImportAnomalie.rang)
        .execution_options(yield_per=_CHUNK)
    )
    for ligne, colonne, code, recu, retenu in session.execute(statement):
        gravite, libelle, _ = CODES[code]
        texts = (neutraliser(recu or ""), neutraliser(retenu or ""))
        yield str(ligne), colonne or "", code, gravite, libelle, *texts


def ecrire_rapport(session: Session, import_id: int, rapport: TextIO) -> None:
    writer = csv.writer(rapport)
    writer.writerow(COLONNES)
    writer.writerows(lignes_du_rapport(session, import_id))
