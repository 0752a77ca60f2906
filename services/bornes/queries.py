"""Queries of the registry."""

from collections.abc import Iterator, Sequence
from functools import partial

from sqlalchemy import ARRAY, Connection, Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

from services.bornes.bandes import band
from services.bornes.deploiement.presences import Presence
from services.bornes.fiches import LignePdc
from services.bornes.models import (
    JOURNAL,
    EvenementSite,
    ImportFichier,
    PointDeCharge,
    SiteDeploiement,
)
from services.bornes.programmes import commune_today
from shared import journal
from shared.transfers import imports

_IDS = ARRAY(Text)
_LIVING = (
    select(*(getattr(PointDeCharge, name) for name in LignePdc._fields))
    .where(PointDeCharge.retire_le.is_(None))
    .order_by(PointDeCharge.station_id, PointDeCharge.date_maj.desc(), PointDeCharge.id)
)
_LIVING_OF = _LIVING.where(PointDeCharge.station_id == func.any(bindparam("ids", type_=_IDS)))
# As the driver's own cursor takes them: written once, a change costs less to read than to write.
_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_SQL, _SQL_OF = (str(one.compile(dialect=_DIALECT)) for one in (_LIVING, _LIVING_OF))

_CHUNK = 5_000


def living_points(
    connection: Connection, stations: Sequence[str] | None = None
) -> Iterator[LignePdc]:
    """Living charging points of all stations, or of some: station by station.

    The first row of a station speaks for it: its latest declaration.
    """
    # The driver's own cursor: ORM rows would double the time of a load of 200,000 points.
    driver = connection.connection.driver_connection
    assert driver is not None
    if stations is not None:
        with driver.cursor(binary=True) as cursor:
            cursor.execute(_SQL_OF, {"ids": list(stations)})
            yield from map(LignePdc._make, cursor)
        return
    # On the server's side: the rows of all stations would fill the memory.
    with driver.cursor(name="living_points", binary=True) as cursor:
        cursor.execute(_SQL)
        while rows := cursor.fetchmany(_CHUNK):
            yield from map(LignePdc._make, rows)


list_imports = partial(imports.listed, kind=ImportFichier)
"""Imports from the latest to the oldest."""


_SITES_SEEN = select(
    select(func.count()).select_from(SiteDeploiement).scalar_subquery(),
    select(func.count()).select_from(EvenementSite).scalar_subquery(),
)
_DAY = "(%s AT TIME ZONE 'Europe/Paris')::date"
_PRESENCES = text(
    f"""
    SELECT id, station_id, coalesce(code_insee_commune, code_commune), nom_operateur,
           puissance_nominale, date_mise_en_service, {_DAY % "retire_le"}, absences.jours
    FROM bornes.points_de_charge LEFT JOIN (
        SELECT point_id, array_agg(ARRAY[{_DAY % "du"}, {_DAY % "au"}]) AS jours
        FROM bornes.absences GROUP BY point_id
    ) AS absences ON point_id = id
    WHERE code_commune IS NOT NULL
    """
)


def presences(session: Session) -> list[Presence]:
    """Every charging point of the Métropole the registry ever had, with its days."""
    return [
        Presence(
            point=point,
            station=station,
            commune=commune_today(commune),
            operateur=operateur or "",
            bande=band(kw),
            debut=debut,
            fin=fin,
            absences=absences or (),
        )
        for point, station, commune, operateur, kw, debut, fin, absences in session.execute(
            _PRESENCES
        )
    ]


def deployment_state(session: Session) -> tuple[int, ...]:
    """What names all that progress is read from: points by the journal, sites by their number.

    Sites and their events are only ever added.
    """
    sites, events = session.execute(_SITES_SEEN).one()
    return (*journal.seen(session, JOURNAL), sites, events)
