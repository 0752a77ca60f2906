"""The report of an import: its findings, in the order of the file's lines."""

from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from services.bornes.cellules import CODES
from services.bornes.qualite import queries
from shared.schemas.bornes_imports import ConstatImport
from shared.spreadsheets import ecrire

COLONNES = ("ligne", "colonne", "code", "gravite", "libelle", "recu", "retenu")


def rapport(session: Session, import_id: int) -> Iterator[ConstatImport]:
    """The findings of an import."""
    for ligne, colonne, code, recu, retenu in queries.findings(session, import_id):
        kind = CODES[code]
        yield ConstatImport(
            ligne=ligne,
            colonne=colonne,
            code=code,
            gravite=kind.gravite,
            libelle=kind.libelle,
            recu=recu,
            retenu=retenu,
        )


def en_csv(constats: Iterable[ConstatImport]) -> Iterator[str]:
    """One finding a row, by pieces."""
    rows = (
        (str(one.ligne), one.colonne, one.code, one.gravite, one.libelle, one.recu, one.retenu)
        for one in constats
    )
    return ecrire(COLONNES, rows)
