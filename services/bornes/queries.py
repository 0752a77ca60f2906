"""What the registry reads from its database."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ARRAY, Connection, Select, Text, bindparam, func, select

from services.bornes.fiches import LignePdc
from services.bornes.models import PointDeCharge

_IDS = ARRAY(Text)
_LIVING = (
    select(*(getattr(PointDeCharge, name) for name in LignePdc._fields))
    .where(PointDeCharge.retire_le.is_(None))
    .order_by(PointDeCharge.station_id, PointDeCharge.date_maj.desc(), PointDeCharge.id)
)
_LIVING_OF = _LIVING.where(PointDeCharge.station_id == func.any(bindparam("ids", type_=_IDS)))

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
