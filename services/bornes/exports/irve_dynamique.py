"""The states as an IRVE dynamique 2.3.1 file: the official columns, in their order."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from services.bornes.exports.tableur import ecrire
from services.bornes.statuts import queries
from services.bornes.statuts.dynamique import NOMS

NOM = "irve-dynamique.csv"


def irve_dynamique(session: Session) -> Iterator[str]:
    """The latest status of each point as it was told, whatever its age: `horodatage` says it."""
    return ecrire(NOMS, queries.exported(session))
