"""The report of an import: its findings, in the order of the file's lines."""

from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from services.bornes.attendus import attendu
from services.bornes.cellules import CODES
from services.bornes.qualite import queries
from shared.schemas.bornes_imports import ConstatImport
from shared.transfers.spreadsheets import ecrire

COLONNES = ("ligne", "colonne", "code", "gravite", "libelle", "recu", "retenu", "attendu")


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
            attendu=attendu(code, colonne),
        )


def en_csv(constats: Iterable[ConstatImport]) -> Iterator[str]:
    """One finding a row, by pieces."""
    return ecrire(COLONNES, map(_row, constats))


def _row(one: ConstatImport) -> tuple[str | None, ...]:
    found = (one.colonne, one.code, one.gravite, one.libelle, one.recu, one.retenu, one.attendu)
    return (str(one.ligne), *found)
