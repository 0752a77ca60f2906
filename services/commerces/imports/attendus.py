"""What a cell that could not be read should have held, in French, for its sender to mend it."""

from functools import cache
from typing import Final

from services.commerces.imports.colonnes import COLONNES, Colonne, liste_de
from services.commerces.mots_admis import mots_admis

_ILLISIBLES: Final = frozenset(
    (
        *("OBLI", "POSA", "CPIL", "SIRI", "NAFI", "TELI", "MAII", "SITI", "SITR", "MONI"),
        *("VALI", "BANI", "ZONI", "DATI", "HEUI", "CATE"),
    )
)
"""Findings about a cell that has no value of its column; others show the value kept, or tell."""
_DE_GENRE: Final = {
    "date": "Une date AAAA-MM-JJ ou JJ/MM/AAAA.",
    "heure": "Une heure HH:MM.",
    "montant": "Un montant en euros : 25 ou 25,50.",
    "entier": "Un nombre de minutes : 45, ou 1 h 30.",
    "oui_non": "Oui ou non.",
}


def attendu(code: str, colonne: str | None) -> str | None:
    """What was expected in the column of a finding; None where its code says it all."""
    found = COLONNES.get(colonne) if colonne and code in _ILLISIBLES else None
    return _of(found) if found else None


@cache
def _of(colonne: Colonne) -> str:
    admis = mots_admis().get(liste_de(colonne))
    if admis:
        return "Des mots parmi : " + ", ".join(one.nom for one in admis) + "."
    if said := _DE_GENRE.get(colonne.genre):
        return said
    example = f" Exemple : {colonne.exemple}" if colonne.exemple else ""
    return colonne.description + example
