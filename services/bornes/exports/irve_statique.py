"""The registry as an IRVE statique 2.3.1 file: the official columns, in their order, streamed."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from services.bornes import queries
from services.bornes.irve import NOMS
from shared.spreadsheets import ecrire

NOM = "irve-statique.csv"


def irve_statique(session: Session) -> Iterator[str]:
    """The file by pieces: one statement, so one state of the registry."""
    return ecrire(NOMS, queries.exported_points(session))
