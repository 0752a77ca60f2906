"""The closed lists of words of a listing: their names, and how others write them (mots_admis.csv).

Searches name them, files of shops are read with them, and the taxonomy publishes them.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from services.commerces.mots import singulier
from shared.schemas.commerces_taxonomie import MotAdmis
from shared.transfers.tables import rows, words

LISTES: Final = ("modalites", "labels", "paiements", "accessibilites", "canaux")
CHEMIN: Final = Path(__file__).with_name("mots_admis.csv")


@cache
def mots_admis() -> Mapping[str, list[MotAdmis]]:
    """The words of each list, in the order of the contract."""
    found: dict[str, list[MotAdmis]] = {liste: [] for liste in LISTES}
    for row in rows(CHEMIN):
        synonymes = list(words(row["synonymes"]))
        found[row["liste"]].append(MotAdmis(code=row["code"], nom=row["nom"], synonymes=synonymes))
    return found


@cache
def noms() -> Mapping[str, str]:
    """What each word is called."""
    return {one.code: one.nom for words in mots_admis().values() for one in words}


@cache
def _by_name(liste: str) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for one in mots_admis()[liste]:
        for name in (one.code, one.nom, *one.synonymes):
            names.setdefault(singulier(name), one.code)
        # A spreadsheet that drops what it takes for marks.
        names.setdefault(one.code.replace("_", ""), one.code)
    return names


def of_name(liste: str, name: str) -> str | None:
    """The word of a list that a name means, whatever its accents, case and plural."""
    return _by_name(liste).get(singulier(name))
