"""Queries on statuses: the latest, what changed since a point in time, the history of a point."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    DateTime,
    Row,
    Select,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Session

from services.bornes.models import HISTORIQUE, DernierStatut, PointDeCharge
from services.bornes.statuts.disponibilite import Ligne
from services.bornes.statuts.dynamique import NOMS, PRISES, Statut
from services.bornes.statuts.suite import Tenu
from shared import numbering
from shared.journal import ZERO, Curseur, Xid8

_IDS = bindparam("ids", type_=ARRAY(Text))
_KNOWN = select(PointDeCharge.id).where(
    PointDeCharge.id == func.any(_IDS), PointDeCharge.retire_le.is_(None)
)
_LATEST = (
    select(DernierStatut.etat_pdc, DernierStatut.occupation_pdc, DernierStatut.horodatage)
    .add_columns(DernierStatut.point_id)
    .where(DernierStatut.point_id == func.any(_IDS))
)
_AT = HISTORIQUE.c.horodatage
_HISTORY = select(
    HISTORIQUE.c.etat_pdc, HISTORIQUE.c.occupation_pdc, _AT, HISTORIQUE.c.vu_avant
).where(HISTORIQUE.c.point_id == bindparam("point"))
_RECEIVED = HISTORIQUE.c.recu_le
AVANCE: Final = timedelta(days=1)
"""A status is received after its instant but for the clocks of two machines: minutes (FTRT)."""
_LAST = select(DernierStatut.horodatage).where(DernierStatut.point_id == bindparam("point"))
_MONTHS = text(
    """
    SELECT to_date(right(c.relname, 6), 'YYYYMM')
    FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = to_regclass('bornes.statuts_historique') ORDER BY 1
    """
)
_FOLLOWED = f"point_id, etat_pdc, occupation_pdc, horodatage, {', '.join(PRISES)}"
_ALL = f"SELECT {_FOLLOWED} FROM bornes.statuts"
_SINCE = f"""
    {_ALL} WHERE xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
      AND NOT pg_visible_in_snapshot(xid, %(seen)s::pg_snapshot)
      AND xid < pg_snapshot_xmax(pg_current_snapshot())
"""
"""A row past what this snapshot knows of came with a backup, from a cluster that was ahead."""


class Suite(NamedTuple):
    """Rows of `statuts`, and the snapshot they were read in: where to go on from."""

    rows: list[tuple[Any, ...]]
    snapshot: str


def known(session: Session, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that are points in service."""
    return set(session.scalars(_KNOWN, {"ids": ids})) if ids else set()


def already_known(session: Session, statuts: Sequence[Statut]) -> set[str]:
    """Points whose latest status says the same at the same instant: sent twice, taken once."""
    if not statuts:
        return set()
    asked = {statut.id_pdc_itinerance: statut[1:4] for statut in statuts}
    rows = session.execute(_LATEST, {"ids": list(asked)})
    return {row.point_id for row in rows if tuple(row)[:3] == asked[row.point_id]}


_HELD = select(
    func.now(),
    *(getattr(DernierStatut, name) for name in ("point_id", *NOMS[1:])),
    DernierStatut.depuis,
    DernierStatut.vu_avant,
    DernierStatut.connu_avant,
    DernierStatut.jour,
    DernierStatut.nombre,
).where(DernierStatut.point_id == func.any(_IDS))


def held(session: Session, ids: Sequence[str]) -> tuple[datetime, dict[str, Tenu]]:
    """What is kept of points that all have a status, and the transaction's instant."""
    rows = session.execute(_HELD, {"ids": ids}).all()
    count = 1 + len(NOMS)
    return rows[0][0], {row[1]: Tenu(Statut(*row[1:count]), *row[count:]) for row in rows}


def months(session: Session) -> list[date]:
    """Months that have a partition, by their first day."""
    return list(session.scalars(_MONTHS))


def since(connection: Connection, snapshot: str | None) -> Suite:
    """Statuses committed after a snapshot (None: all), with the snapshot of this reading.

    A snapshot knows which transactions were under way: one that ends later is read then, and
    none twice, however long another lasts. The connection must be in REPEATABLE READ.
    """
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor:
        (now,) = cursor.execute("SELECT pg_current_snapshot()::text").fetchone()
        statement = _ALL if snapshot is None else _SINCE
        return Suite(cursor.execute(statement, {"seen": snapshot}).fetchall(), now)


def lignes(session: Session, point: str, debut: datetime, fin: datetime) -> list[Ligne]:
    """The changes of a point from the last one before `debut` to the first one after `fin`."""
    asked = {"point": point}
    return [Ligne(*row) for part in parts(debut, fin) for row in session.execute(part, asked)]


def parts(debut: datetime, fin: datetime) -> Sequence[Select[Any]]:
    """The last change before a period, those of it, the first one after it."""
    return (
        _HISTORY.where(debut >= _AT).order_by(_AT.desc()).limit(1),
        _HISTORY.where(debut < _AT, fin > _AT, debut - AVANCE < _RECEIVED).order_by(_AT),
        _HISTORY.where(fin <= _AT, fin - AVANCE < _RECEIVED).order_by(_AT).limit(1),
    )


def last_told(session: Session, point: str) -> datetime | None:
    """When the latest status of a point was told."""
    return session.scalar(_LAST, {"point": point})


def find_point(session: Session, point: str) -> str | None:
    """A point that the registry ever had."""
    return session.scalar(select(PointDeCharge.id).where(PointDeCharge.id == point))


_ORDER = (HISTORIQUE.c.xid, HISTORIQUE.c.position)
_XMIN = literal_column(numbering.horizon("bornes"), Xid8())
_FINAL = HISTORIQUE.c.xid < _XMIN
_LATER_THAN_ALL = select(literal_column("last_value", BigInteger()), _XMIN).select_from(
    text("bornes.statuts_historique_position")
)


def _since(statement: Select[Any]) -> Select[Any]:
    """Only what was received since the instant `depuis`.

    Rows are read in the order of their transactions, which is that of their reception but for
    the length of one: by the first of them, the others before it are not even passed over.
    """
    instant = bindparam("depuis", type_=DateTime(timezone=True))
    first = select(HISTORIQUE.c.xid).where(instant <= _RECEIVED).order_by(_RECEIVED).limit(1)
    return statement.where(instant <= _RECEIVED, HISTORIQUE.c.xid >= first.scalar_subquery())


_AFTER = tuple_(bindparam("xid", type_=Xid8()), bindparam("position", type_=BigInteger()))
_FOLLOWING = _since(
    select(HISTORIQUE)
    .where(_FINAL, tuple_(*_ORDER) > _AFTER)
    .order_by(*_ORDER)
    .limit(bindparam("limite"))
)
_LAST_CHANGE = _since(
    select(*_ORDER).where(_FINAL).order_by(*(column.desc() for column in _ORDER)).limit(1)
)


def changes(
    connection: Connection, after: Curseur, limit: int, *, since: datetime
) -> Sequence[Row[Any]]:
    """Changes of state after a place, in an order that no later commit can change.

    As `shared.journal.read`: only transactions older than every running one. Of those received
    before an instant, none is told: the history behind it costs nothing.
    """
    asked = {**after._asdict(), "limite": limit, "depuis": since}
    return connection.execute(_FOLLOWING, asked).all()


def last_change(connection: Connection, since: datetime) -> Curseur:
    """Place of the last change of state, of those received since an instant; ZERO for none."""
    found = connection.execute(_LAST_CHANGE, {"depuis": since}).first()
    return ZERO if found is None else Curseur(*found)


def is_to_come(connection: Connection, place: Curseur) -> bool:
    """Whether a place is past all that can have been read, without looking at the history."""
    last, xmin = connection.execute(_LATER_THAN_ALL).one()
    return place.position > last or place.xid >= xmin
