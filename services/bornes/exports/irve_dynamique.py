"""The states as an IRVE dynamique 2.3.1 file: the official columns, in their order."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy.orm import Session

from services.bornes.statuts import queries
from services.bornes.statuts.dynamique import NOMS
from shared.transfers.spreadsheets import ecrire

NOM = "irve-dynamique.csv"


def irve_dynamique(session: Session, peremption: timedelta) -> Iterator[str]:
    """The latest status of each point; older than `peremption`, its state is unknown."""
    return ecrire(NOMS, queries.exported(session, peremption))
