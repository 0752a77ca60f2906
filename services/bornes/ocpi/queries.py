"""What OCPI reads from the database: pages of Locations, tariffs, partners.

The vitrine does not serve here: OCPI tells withdrawn points, and asks by instant of change.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Interval,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    join,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from services.bornes.irve import NON_CONCERNE
from services.bornes.models import DepartPoint, DernierStatut, PartieOcpi, PointDeCharge
from services.bornes.models import Station as StationRow
from services.bornes.ocpi.connecteurs import PLUGS
from services.bornes.ocpi.locations import Point, Station, Statut, group

PAGE_MAX: Final = 100
"""`X-Limit`: Locations in the longest page."""
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
END: Final = datetime(9999, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
"""What PostgreSQL keeps of an instant."""
_SECOND: Final = timedelta(seconds=1)

_INSTANT = DateTime(timezone=True)
_HAS_PLUG = or_(*(getattr(PointDeCharge, plug.colonne) for plug in PLUGS))
_HORS_ITINERANCE = DepartPoint.station_id.regexp_match("^NC[0-9a-f]{16}$")


def _evses(**others: ColumnElement[Any]) -> Select[Any]:
    """Points with a plug, read for OCPI but for some columns."""
    names = (*Point._fields, "date_maj")
    columns = (others.get(name, getattr(PointDeCharge, name)).label(name) for name in names)
    return select(*columns).where(_HAS_PLUG)


_EVSES = union_all(
    _evses(),
    # OCPI deletes nothing: a point that went to another station stays, removed, under the first.
    _evses(
        station_id=DepartPoint.station_id.expression,
        id_station_itinerance=case(
            (_HORS_ITINERANCE, NON_CONCERNE), else_=DepartPoint.station_id.expression
        ),
        modifie_le=DepartPoint.parti_le.expression,
        retire_le=DepartPoint.parti_le.expression,
    ).join(DepartPoint, DepartPoint.point_id == PointDeCharge.id),
).subquery("evses")
_SHOWN = exists().where(_EVSES.c.station_id == StationRow.id)
_EXPIRES = DernierStatut.horodatage + bindparam("peremption", type_=Interval)
_HOLDS = func.now() <= _EXPIRES
_LIVE_SINCE = case((_HOLDS, DernierStatut.change_le), else_=_EXPIRES)
"""A state that is no more believed becomes unknown when it expires: that too is a change."""
_LIVE = (
    select(PointDeCharge.station_id, func.max(_LIVE_SINCE).label("instant"))
    .join(DernierStatut, DernierStatut.point_id == PointDeCharge.id)
    .where(PointDeCharge.retire_le.is_(None), _HAS_PLUG)
    .group_by(PointDeCharge.station_id)
    .subquery()
)
_STATIONS = join(StationRow, _LIVE, _LIVE.c.station_id == StationRow.id, isouter=True)
_MAJ: ColumnElement[datetime] = func.greatest(StationRow.modifiee_le, _LIVE.c.instant)
"""The later of what is declared and what is live."""
_CHANGED = (
    bindparam("debut", type_=_INSTANT) <= _MAJ,
    bindparam("fin", type_=_INSTANT) > _MAJ,
)
_COUNT = select(func.count()).select_from(_STATIONS).where(*_CHANGED, _SHOWN)
_ORDER: tuple[ColumnElement[datetime], ColumnElement[str]] = (_MAJ, StationRow.id.expression)
_PAGE = (
    select(StationRow.id, _MAJ)
    .select_from(_STATIONS)
    .where(*_CHANGED, _SHOWN)
    .order_by(*_ORDER)
    .offset(bindparam("offset"))
    .limit(bindparam("limit"))
)
_PAGE_AFTER = _PAGE.where(
    tuple_(*_ORDER)
    > tuple_(
        bindparam("apres_instant", type_=_INSTANT),
        bindparam("apres_id", type_=Text),
        types=[_INSTANT, Text()],
    )
)
_ONE = (
    select(StationRow.id, _MAJ)
    .select_from(_STATIONS)
    .where(StationRow.id == func.any(bindparam("ids", type_=ARRAY(Text))), _SHOWN)
    .limit(1)
)
_POINTS = (
    select(*(_EVSES.c[name] for name in Point._fields))
    .where(_EVSES.c.station_id == func.any(bindparam("ids", type_=ARRAY(Text))))
    # The latest declaration of a living point speaks for the station.
    .order_by(
        _EVSES.c.station_id,
        _EVSES.c.retire_le.desc().nulls_first(),
        _EVSES.c.date_maj.desc(),
        _EVSES.c.id,
    )
)
_UNKNOWN = literal("inconnu")
_STATUTS = select(
    DernierStatut.point_id,
    case((_HOLDS, DernierStatut.etat_pdc), else_=_UNKNOWN),
    case((_HOLDS, DernierStatut.occupation_pdc), else_=_UNKNOWN),
    _LIVE_SINCE,
).where(DernierStatut.point_id == func.any(bindparam("ids", type_=ARRAY(Text))))
_PRICED = (
    select(
        func.min(PointDeCharge.id_station_itinerance).label("id_station_itinerance"),
        PointDeCharge.gratuit,
        PointDeCharge.tarification,
        func.max(PointDeCharge.modifie_le).label("modifie_le"),
    )
    .where(
        _HAS_PLUG,
        or_(PointDeCharge.gratuit.is_(True), PointDeCharge.tarification.is_not(None)),
    )
    .group_by(
        func.left(PointDeCharge.id_station_itinerance, 5),
        PointDeCharge.gratuit,
        PointDeCharge.tarification,
    )
)
_LEFT_OUT = (
    select(
        PointDeCharge.id,
        PointDeCharge.station_id,
        PointDeCharge.nom_enseigne,
        PointDeCharge.prise_type_autre,
    )
    .where(PointDeCharge.retire_le.is_(None), ~_HAS_PLUG)
    .order_by(PointDeCharge.station_id, PointDeCharge.id)
)


class Fenetre(NamedTuple):
    """Which Locations: those last updated from an instant, included, to another, excluded."""

    debut: datetime
    fin: datetime

    @classmethod
    def of(cls, date_from: datetime | None, date_to: datetime | None) -> "Fenetre":
        """Bounds on the instants stored, whose fractions of a second OCPI is not told."""
        return cls(_next_second(date_from, BEGINNING), _next_second(date_to, END))


def _next_second(moment: datetime | None, absent: datetime) -> datetime:
    """The first whole second not before an instant: told ≥ it exactly when stored ≥ this."""
    if moment is None:
        return absent
    moment = min(max(moment.astimezone(UTC), BEGINNING), END)
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + _SECOND


def count_stations(session: Session, fenetre: Fenetre, peremption: timedelta) -> int:
    values = {**fenetre._asdict(), "peremption": peremption}
    return session.execute(_COUNT, values).scalar_one()


def stations(
    session: Session,
    fenetre: Fenetre,
    *,
    offset: int,
    limit: int,
    after: tuple[datetime, str] | None,
    peremption: timedelta,
) -> list[Station]:
    """A page of stations, oldest change first; `after` a place, or past `offset`."""
    window = {**fenetre._asdict(), "peremption": peremption}
    values = {**window, "limit": limit, "offset": offset}
    if after is None:
        return _whole(session, _PAGE, values)
    values |= {"offset": 0, "apres_instant": after[0], "apres_id": after[1]}
    return _whole(session, _PAGE_AFTER, values)


def find_station(session: Session, identifiant: str, peremption: timedelta) -> Station | None:
    """A station by its id, whose case does not count in OCPI."""
    ids = [identifiant, identifiant.upper(), f"NC{identifiant[2:].lower()}"]
    values = {"ids": ids, "peremption": peremption}
    return next(iter(_whole(session, _ONE, values)), None)


def _whole(
    session: Session, statement: Select[str, datetime], values: dict[str, object]
) -> list[Station]:
    found = {id_: maj for id_, maj in session.execute(statement, values)}  # noqa: C416 a Row
    points = [Point._make(row) for row in session.execute(_POINTS, {"ids": list(found)})]
    asked = {"ids": [point.id for point in points], "peremption": values["peremption"]}
    statuts = {row[0]: Statut(*row[1:]) for row in session.execute(_STATUTS, asked)}
    return group(found, points, statuts)


def priced(session: Session) -> Sequence[Row[str, bool | None, str | None, datetime]]:
    """Each price that points of a party declare, with the latest change of one of them."""
    return session.execute(_PRICED).all()


def left_out(session: Session) -> Iterator[Row[str, str, str, bool]]:
    """Living points that OCPI cannot show: no plug at all, or only one it has no word for."""
    yield from session.execute(_LEFT_OUT)


def find_party(session: Session, empreintes: Sequence[bytes]) -> PartieOcpi | None:
    """The partner that may present one of these tokens now, or presents the one before again."""
    holds = or_(PartieOcpi.expire_le.is_(None), PartieOcpi.expire_le > func.now())
    statement = select(PartieOcpi).where(
        or_(
            and_(PartieOcpi.empreinte.in_(empreintes), holds),
            and_(
                PartieOcpi.precedente.in_(empreintes), PartieOcpi.precedente_expire_le > func.now()
            ),
        )
    )
    return session.scalars(statement).first()


def list_parties(session: Session) -> Sequence[PartieOcpi]:
    return session.scalars(select(PartieOcpi).order_by(PartieOcpi.id)).all()
