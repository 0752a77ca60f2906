"""A producer's faults as CSV: what to correct at the source, one finding a line."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from services.bornes.cellules import CODES
from services.bornes.qualite import queries
from shared.transfers.spreadsheets import ecrire

COLONNES = ("ligne", "colonne", "code", "gravite", "libelle", "recu", "retenu", "source")


def anomalies(
    session: Session, import_id: int, *, code: str | None, prefixe: str | None
) -> Iterator[str]:
    """The file by pieces, of one rule or of all, of one operator or of all."""
    return ecrire(
        COLONNES,
        (
            (str(ligne), colonne, found, rule.gravite, rule.libelle, recu, retenu, rule.source)
            for ligne, colonne, found, recu, retenu in queries.findings(
                session, import_id, code=code, prefixe=prefixe
            )
            if (rule := CODES[found])
        ),
    )
