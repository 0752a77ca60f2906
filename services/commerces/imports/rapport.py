"""The report of an import as CSV: one finding a row."""

from collections.abc import Iterable, Iterator

from shared.schemas.commerces_imports import LigneRapport
from shared.transfers.spreadsheets import ecrire

COLONNES = (
    "ligne",
    "statut",
    "nom",
    "fiche",
    "code",
    "gravite",
    "libelle",
    "colonne",
    "recu",
    "retenu",
    "attendu",
)


def en_csv(lignes: Iterable[LigneRapport]) -> Iterator[str]:
    """The report by pieces; a line of which nothing is said has one row too."""
    return ecrire(COLONNES, (row for ligne in lignes for row in _rows(ligne)))


def _rows(ligne: LigneRapport) -> Iterator[tuple[str | None, ...]]:
    fiche = None if ligne.fiche is None else str(ligne.fiche)
    own = (str(ligne.ligne), ligne.statut.value, ligne.nom, fiche)
    for one in ligne.constats:
        found = (one.code, one.gravite, one.libelle, one.colonne, one.recu, one.retenu)
        yield (*own, *found, one.attendu)
    if not ligne.constats:
        yield (*own, *[None] * (len(COLONNES) - len(own)))
