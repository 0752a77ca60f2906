"""What the registry reads from its database."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ARRAY, Connection, Row, Select, Text, bindparam, cast, func, select
from sqlalchemy.orm import Session

from services.bornes.fiches import LignePdc
from services.bornes.irve import NOMS
from services.bornes.models import ImportAnomalie, ImportFichier, PointDeCharge

_IDS = ARRAY(Text)
_LIVING = (
    select(*(getattr(PointDeCharge, name) for name in LignePdc._fields))
    .where(PointDeCharge.retire_le.is_(None))
    .order_by(PointDeCharge.station_id, PointDeCharge.date_maj.desc(), PointDeCharge.id)
)
_LIVING_OF = _LIVING.where(PointDeCharge.station_id == func.any(bindparam("ids", type_=_IDS)))

_POSITION = func.concat("[", PointDeCharge.lon, ",", PointDeCharge.lat, "]")
_EXPORTED = (
    select(
        *(
            _POSITION if nom == "coordonneesXY" else cast(getattr(PointDeCharge, nom), Text)
            for nom in NOMS
        )
    )
    .where(PointDeCharge.retire_le.is_(None))
    .order_by(PointDeCharge.station_id, PointDeCharge.id)
)

_CHUNK = 5_000


def living_points(
    connection: Connection, stations: Sequence[str] | None = None
) -> Iterator[LignePdc]:
    """Living charging points of all stations, or of some: station by station.

    The first row of a station speaks for it: its latest declaration.
    """
    statement: Select[*tuple[object, ...]] = _LIVING if stations is None else _LIVING_OF
    sql = str(statement.compile(connection))
    # The driver's own cursor: ORM rows would double the time of a load of 200,000 points.
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor(name="living_points") as cursor:
        cursor.itersize = _CHUNK
        cursor.execute(sql, None if stations is None else {"ids": list(stations)})
        yield from map(LignePdc._make, cursor)


def exported_points(session: Session) -> Iterator[Row[*tuple[str | None, ...]]]:
    """Living charging points as the texts of the standard's columns, streamed."""
    yield from session.execute(_EXPORTED.execution_options(yield_per=_CHUNK))


def find_import(session: Session, import_id: int) -> ImportFichier | None:
    return session.get(ImportFichier, import_id)


def list_imports(
    session: Session,
    *,
    producteur: str | None = None,
    etat: str | None = None,
    before: int | None = None,
    limit: int,
) -> Sequence[ImportFichier]:
    """Imports from the latest to the oldest."""
    statement = select(ImportFichier)
    if producteur is not None:
        statement = statement.where(ImportFichier.producteur == producteur)
    if etat is not None:
        statement = statement.where(ImportFichier.etat == etat)
    if before is not None:
        statement = statement.where(ImportFichier.id < before)
    return session.scalars(statement.order_by(ImportFichier.id.desc()).limit(limit)).all()


def findings(
    session: Session, import_id: int
) -> Iterator[Row[int, str | None, str, str | None, str | None]]:
    """What an import found, in the order of the file's lines, streamed."""
    statement = (
        select(
            ImportAnomalie.ligne,
            ImportAnomalie.colonne,
            ImportAnomalie.code,
            ImportAnomalie.recu,
            ImportAnomalie.retenu,
        )
        .where(ImportAnomalie.import_id == import_id)
        .order_by(ImportAnomalie.ligne, ImportAnomalie.rang)
    )
    yield from session.execute(statement.execution_options(yield_per=_CHUNK))
