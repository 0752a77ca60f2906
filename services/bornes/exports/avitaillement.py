"""The refuelling stations as a file valid against our own schema."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from services.bornes.avitaillement import queries
from services.bornes.avitaillement.schema import SCHEMA
from shared.transfers.spreadsheets import ecrire

NOM_CSV = "avitaillement.csv"
NOM_GEOJSON = "avitaillement.geojson"


def avitaillement(session: Session) -> Iterator[str]:
    """The file by pieces: one statement, so one state of the registry."""
    return ecrire(SCHEMA.noms, queries.exported_points(session))
