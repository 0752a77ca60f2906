"""Queries on refuelling stations."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ARRAY, Connection, Row, Text, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session

from services.bornes.avitaillement.fiches import Ligne
from services.bornes.avitaillement.schema import COLONNES
from services.bornes.models import ImportFichier
from services.bornes.models import PointAvitaillement as Point

_IDS = ARRAY(Text)
_LIVING = (
    select(*(getattr(Point, name) for name in Ligne._fields))
    .where(Point.retire_le.is_(None))
    .order_by(Point.id_station, Point.date_maj.desc(), Point.id_point)
)
_LIVING_OF = _LIVING.where(Point.id_station == func.any(bindparam("ids", type_=_IDS)))


def living_points(connection: Connection, stations: Sequence[str] | None = None) -> Iterator[Ligne]:
    """Living points of all stations, or of some: station by station.

    The first row of a station speaks for it: its latest declaration.
    """
    if stations is None:
        rows = connection.execute(_LIVING)
    else:
        rows = connection.execute(_LIVING_OF, {"ids": list(stations)})
    return (Ligne(*row) for row in rows)


def known_points(
    session: Session, ids: Collection[str], producteur: str | None = None
) -> dict[str, Point]:
    """The points of these ids and all those of a producer, locked until this transaction ends."""
    chosen = Point.id_point == func.any(bindparam("ids", type_=_IDS))
    if producteur is not None:
        chosen = or_(chosen, Point.producteur == producteur)
    statement = select(Point).where(chosen).order_by(Point.id_point).with_for_update()
    found = session.scalars(statement, {"ids": list(ids)}).all()
    return {point.id_point: point for point in found}


def holders(session: Session, stations: Collection[str]) -> dict[str, set[str]]:
    """The producers of the living points of some stations; a station without any is not there."""
    statement = (
        select(Point.id_station, func.array_agg(Point.producteur.distinct()))
        .where(Point.id_station == func.any(bindparam("ids", type_=_IDS)))
        .where(Point.retire_le.is_(None))
        .group_by(Point.id_station)
    )
    return {
        station: set(producers)
        for station, producers in session.execute(statement, {"ids": list(stations)})
    }


def senders(session: Session, imports: Collection[int]) -> dict[int, list[str]]:
    """The prefixes that the senders of some imports answered for; none of who had no bound."""
    statement = select(ImportFichier.id, ImportFichier.prefixes).where(
        ImportFichier.id.in_(imports), ImportFichier.prefixes.is_not(None)
    )
    return {number: prefixes or [] for number, prefixes in session.execute(statement)}


def _exported(name: str, kind: str) -> object:
    if kind == "geopoint":
        return func.concat("[", Point.lon, ",", Point.lat, "]")
    column = getattr(Point, name)
    if kind == "datetime":
        return func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    return cast(column, Text)


_EXPORTED = (
    select(*(_exported(colonne.name, colonne.type) for colonne in COLONNES))  # type: ignore[call-overload]
    .where(Point.retire_le.is_(None))
    .order_by(Point.id_station, Point.id_point)
)


def exported_points(session: Session) -> Iterator[Row[*tuple[str | None, ...]]]:
    """Living points as the texts of the schema's columns."""
    yield from session.execute(_EXPORTED)
