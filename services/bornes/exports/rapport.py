"""The report of an import as CSV: one finding a line, in the order of the file's lines."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from services.bornes.cellules import CODES
from services.bornes.qualite import queries
from shared.spreadsheets import ecrire

COLONNES = ("ligne", "colonne", "code", "gravite", "libelle", "recu", "retenu")


def rapport(session: Session, import_id: int) -> Iterator[str]:
    """The report by pieces."""
    return ecrire(
        COLONNES,
        (
            (str(ligne), colonne, code, CODES[code].gravite, CODES[code].libelle, recu, retenu)
            for ligne, colonne, code, recu, retenu in queries.findings(session, import_id)
        ),
    )
