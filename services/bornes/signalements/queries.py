"""Queries on the reports, for those who handle them and for the public."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Select, Text, bindparam, func, or_, select, text
from sqlalchemy.orm import Session

from services.bornes.models import PointDeCharge
from services.bornes.signalements.models import (
    EvenementSignalementPoint,
    SignalementPoint,
    SignalementRecu,
)
from services.bornes.signalements.regles import EN_COURS, Portee, Ressort
from shared.memory.places import asked_commune
from shared.schemas.bornes_signalements import RechercheSignalees, RechercheSignalements

COMMENTAIRES_MAX = 50
"""The last comments of a report, for who moderates it."""
UNDER_WAY = SignalementPoint.etat.in_(sorted(EN_COURS))


class Connu(NamedTuple):
    """A report and the point it is about."""

    signalement: SignalementPoint
    station: str
    nom_station: str
    adresse_station: str
    nom_operateur: str | None
    commune: str | None
    arrondissement: str | None

    @property
    def ressort(self) -> Ressort:
        return Ressort(self.signalement.point_id, self.commune, self.arrondissement)


class Suite(NamedTuple):
    """What was said of a report, and what became of it."""

    commentaires: Sequence[SignalementRecu]
    evenements: Sequence[EvenementSignalementPoint]


class Station(NamedTuple):
    """A station as the vitrine shows it: by the latest declaration of its points."""

    id: str
    nom: str
    lon: float
    lat: float


CONNU = select(
    SignalementPoint,
    PointDeCharge.station_id,
    PointDeCharge.nom_station,
    PointDeCharge.adresse_station,
    PointDeCharge.nom_operateur,
    PointDeCharge.code_commune,
    PointDeCharge.code_arrondissement,
).join(PointDeCharge, PointDeCharge.id == SignalementPoint.point_id)

_CODES = bindparam("communes", type_=ARRAY(Text))
_PREFIXES = bindparam("prefixes", type_=ARRAY(Text))
_SEEN = or_(
    bindparam("tout"),
    PointDeCharge.code_commune == func.any(_CODES),
    PointDeCharge.code_arrondissement == func.any(_CODES),
    # The driver's LIKE would read % and _ in a prefix.
    select(1)
    .select_from(func.unnest(_PREFIXES).alias("prefixe"))
    .where(func.starts_with(PointDeCharge.id, text("prefixe")))
    .exists(),
)
_RECUS = text(
    """
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY signalement_id ORDER BY id DESC) AS rang
        FROM bornes.signalements_recus
        WHERE signalement_id = ANY(:ids) AND commentaire IS NOT NULL
    ) AS recus WHERE rang <= :most
    """
)
_STATIONS = text(
    """
    SELECT id, nom_station, lon, lat FROM (
        SELECT DISTINCT ON (p.station_id) p.station_id AS id, p.nom_station, p.lon, p.lat
        FROM bornes.points_de_charge AS p
        WHERE p.retire_le IS NULL AND p.station_id IN (
            SELECT d.station_id
            FROM bornes.signalements AS s JOIN bornes.points_de_charge AS d ON d.id = s.point_id
            WHERE s.etat IN ('ouvert', 'confirme') AND d.retire_le IS NULL
              AND d.station_id > :after
              AND (CAST(:station AS text) IS NULL OR d.station_id = :station)
              AND (CAST(:commune AS text) IS NULL
                   OR :commune IN (d.code_commune, d.code_arrondissement))
        )
        ORDER BY p.station_id, p.date_maj DESC, p.id
    ) AS stations
    WHERE CAST(:lon_min AS float8) IS NULL
       OR (lon BETWEEN :lon_min AND :lon_max AND lat BETWEEN :lat_min AND :lat_max)
    ORDER BY id LIMIT :limit
    """
)


def find(session: Session, number: int, *, lock: bool = False) -> Connu | None:
    """A report; `lock` keeps others from changing it before this transaction ends."""
    statement = CONNU.where(SignalementPoint.id == number)
    if lock:
        statement = statement.with_for_update(of=SignalementPoint)
    options = {"populate_existing": True}
    row = session.execute(statement, execution_options=options).one_or_none()
    return None if row is None else Connu(*row)


def queue(
    session: Session, portee: Portee, recherche: RechercheSignalements, *, after: int, limit: int
) -> list[Connu]:
    """The reports that a caller sees, the oldest first."""
    statement = CONNU.where(_SEEN, SignalementPoint.id > after)
    for column, value in (
        (SignalementPoint.etat, recherche.etat),
        (SignalementPoint.motif, recherche.motif),
        (PointDeCharge.station_id, recherche.station),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if recherche.commune is not None:
        commune = asked_commune(recherche.commune).code
        statement = statement.where(
            or_(PointDeCharge.code_commune == commune, PointDeCharge.code_arrondissement == commune)
        )
    parameters = {
        "tout": portee.tout,
        "communes": sorted(portee.communes),
        "prefixes": sorted(filter(None, portee.prefixes)),
    }
    rows = session.execute(statement.order_by(SignalementPoint.id).limit(limit), parameters)
    return [Connu(*row) for row in rows]


def sequels(session: Session, ids: Sequence[int]) -> dict[int, Suite]:
    """The last comments and all events of some reports, in the order of reception."""
    found = {number: Suite([], []) for number in ids}
    last = session.scalars(_RECUS, {"ids": list(ids), "most": COMMENTAIRES_MAX}).all()
    recus: Select[Any] = select(SignalementRecu).where(SignalementRecu.id.in_(last))
    for recu in session.scalars(recus.order_by(SignalementRecu.id)):
        found[recu.signalement_id].commentaires.append(recu)  # type: ignore[attr-defined]
    events = select(EvenementSignalementPoint).where(
        EvenementSignalementPoint.signalement_id.in_(ids)
    )
    for event in session.scalars(events.order_by(EvenementSignalementPoint.id)):
        found[event.signalement_id].evenements.append(event)  # type: ignore[attr-defined]
    return found


def reported_stations(
    session: Session, recherche: RechercheSignalees, *, after: str, limit: int
) -> list[Station]:
    """Stations with a report under way on a point in service, by identifier."""
    bbox = recherche.bbox or (None, None, None, None)
    parameters = {
        "after": after,
        "station": recherche.station,
        "commune": None if recherche.commune is None else asked_commune(recherche.commune).code,
        **dict(zip(("lon_min", "lat_min", "lon_max", "lat_max"), bbox, strict=True)),
        "limit": limit,
    }
    return [Station(*row) for row in session.execute(_STATIONS, parameters)]


def under_way(session: Session, stations: Sequence[str]) -> list[Connu]:
    """The reports under way of some stations, on their points in service."""
    statement = CONNU.where(
        UNDER_WAY, PointDeCharge.station_id.in_(stations), PointDeCharge.retire_le.is_(None)
    ).order_by(SignalementPoint.id)
    return [Connu(*row) for row in session.execute(statement)]


def received_since(session: Session, empreinte: bytes, since: datetime) -> tuple[int, datetime]:
    """How many reports came from an origin since an instant, and when the first did."""
    number, first = session.execute(
        select(func.count(), func.min(SignalementRecu.recu_le)).where(
            SignalementRecu.empreinte == empreinte, SignalementRecu.recu_le > since
        )
    ).one()
    return number, first or since
