"""Writes of statuses: one call in one transaction, and the monthly partitions of history.

No status appends to the journal: it lasts a minute, and a burst of them must not grow what keeps
every change for ever (docs/adr/0013). A point back in service does close what was reported of it,
which the journal tells.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from services.bornes.signalements.commands import close_on_status
from services.bornes.statuts import queries
from services.bornes.statuts.dynamique import NOMS, PRISES, Lu, Statut
from services.bornes.statuts.regles import PAR_JOUR_MAX, Verdict, juger
from services.bornes.statuts.rejeu import Rejeu
from services.bornes.statuts.suite import Suite, Tenu
from shared import clock
from shared.db import hold
from shared.schemas.bornes_statuts import STATUTS_MAX

_PRISES = ", ".join(PRISES)
_COLUMNS = f"point_id, etat_pdc, occupation_pdc, horodatage, {_PRISES}"
_TYPES = ("text[]", "text[]", "text[]", "timestamptz[]", *("text[]" for _ in PRISES))
_RECUS = ", ".join(f"CAST(:{nom} AS {kind})" for nom, kind in zip(NOMS, _TYPES, strict=True))
_UNBROKEN = """
    s.etat_pdc = excluded.etat_pdc AND s.occupation_pdc = excluded.occupation_pdc
    AND excluded.horodatage - s.horodatage <= CAST(:peremption AS interval)
"""
_WRITE = text(
    f"""
    WITH ecrits AS (
        INSERT INTO bornes.statuts AS s ({_COLUMNS}, depuis, change_le, jour, nombre)
        SELECT {_COLUMNS}, horodatage, now(), CAST(timezone('Europe/Paris', horodatage) AS date), 1
        FROM unnest({_RECUS}) AS recus ({_COLUMNS})
        ORDER BY point_id
        ON CONFLICT (point_id) DO UPDATE SET
            etat_pdc = excluded.etat_pdc,
            occupation_pdc = excluded.occupation_pdc,
            horodatage = excluded.horodatage,
            {", ".join(f"{prise} = excluded.{prise}" for prise in PRISES)},
            depuis = CASE WHEN {_UNBROKEN} THEN s.depuis ELSE excluded.horodatage END,
            vu_avant = CASE WHEN {_UNBROKEN} THEN s.vu_avant ELSE s.horodatage END,
            connu_avant = CASE WHEN s.etat_pdc = 'inconnu' THEN s.connu_avant ELSE s.etat_pdc END,
            change_le = CASE
                WHEN {_UNBROKEN} AND now() - s.horodatage <= CAST(:peremption AS interval)
                THEN s.change_le ELSE now() END,
            nombre = CASE WHEN s.jour = excluded.jour THEN s.nombre + 1 ELSE 1 END,
            jour = excluded.jour,
            recu_le = now(),
            xid = pg_current_xact_id()
        WHERE excluded.horodatage > s.horodatage
        RETURNING point_id, etat_pdc, occupation_pdc, horodatage, depuis, vu_avant, nombre,
            connu_avant
    ), changes AS (
        INSERT INTO bornes.statuts_historique
            (point_id, etat_pdc, occupation_pdc, horodatage, vu_avant)
        SELECT point_id, etat_pdc, occupation_pdc, horodatage, vu_avant
        FROM ecrits WHERE depuis = horodatage
    )
    SELECT point_id, horodatage, nombre, coalesce(
        depuis = horodatage AND etat_pdc = 'en_service' AND connu_avant = 'hors_service', false
    ) AS revenu
    FROM ecrits
    """
)
"""The latest wins whoever comes last; locks are taken in one order, so that two calls never wait
for each other. A row begins a state when `depuis` is its own instant: only then has it a history.
A point is back (`revenu`) when it was out of service the last time its state was known.
"""
_BESIDE = {
    "depuis": "timestamptz[]",
    "vu_avant": "timestamptz[]",
    "connu_avant": "text[]",
    "jour": "date[]",
    "nombre": "int[]",
    "a_change": "boolean[]",
}
_ALL_RECUS = ", ".join((_RECUS, *(f"CAST(:{name} AS {kind})" for name, kind in _BESIDE.items())))
_ALL_COLUMNS = f"{_COLUMNS}, {', '.join(_BESIDE)}"
_SET = ("etat_pdc", "occupation_pdc", "horodatage", *PRISES, *(set(_BESIDE) - {"a_change"}))
_LATEST = text(
    f"""
    UPDATE bornes.statuts AS s SET {", ".join(f"{name} = r.{name}" for name in sorted(_SET))},
        change_le = CASE WHEN r.a_change THEN now() ELSE s.change_le END,
        recu_le = now(), xid = pg_current_xact_id()
    FROM unnest({_ALL_RECUS}) AS r ({_ALL_COLUMNS})
    WHERE s.point_id = r.point_id
    """
)
_CHANGES = text(
    f"""
    INSERT INTO bornes.statuts_historique
        (point_id, etat_pdc, occupation_pdc, horodatage, vu_avant)
    SELECT point_id, etat_pdc, occupation_pdc, horodatage, vu_avant
    FROM unnest({_ALL_RECUS}) AS r ({_ALL_COLUMNS})
    """
)
_MOIS = "statuts_historique_"
_HAS_MONTH = text(
    f"SELECT to_regclass('bornes.{_MOIS}' || to_char(timezone('UTC', now()), 'YYYYMM'))"
)
_HISTORIQUE = "bornes.statuts_historique"


def enregistrer(
    session: Session,
    lus: Iterable[Lu],
    *,
    prefixes: Collection[str] | None,
    peremption: timedelta,
    maintenant: datetime | None = None,
) -> list[Verdict]:
    """Judge the statuses of a call and write the good ones; what became of each, in order.

    `prefixes` are the sender's (None: any); `peremption` is how long a status holds.
    """
    maintenant = maintenant or datetime.now(UTC)
    verdicts = juger(lus, maintenant=maintenant, prefixes=prefixes)
    back: dict[str, datetime] = {}
    first, further = _in_order(session, verdicts)
    if first:
        back |= _record(session, first, peremption)
    if further:
        back |= _follow(session, further, peremption)
    if back:
        close_on_status(session, back)  # once, or two calls could wait for each other
    return verdicts


Tour = Mapping[str, Verdict]
"""Good statuses to write together, by point: one a point."""


def _in_order(
    session: Session, verdicts: Iterable[Verdict]
) -> tuple[Tour, Sequence[tuple[str, Verdict]]]:
    """The good statuses of known points, from the oldest: each point's first, then the others."""
    good = [(v, v.statut) for v in verdicts if v.statut and v.accepte]
    known = queries.known(session, list({statut.id_pdc_itinerance for _, statut in good}))
    first: dict[str, Verdict] = {}
    further: list[tuple[str, Verdict]] = []
    for verdict, statut in sorted(good, key=lambda one: one[1].horodatage):
        point = statut.id_pdc_itinerance
        if point not in known:
            verdict.add("INCO")
        elif first.setdefault(point, verdict) is not verdict:
            further.append((point, verdict))
    return first, further


def _follow(
    session: Session, further: Sequence[tuple[str, Verdict]], peremption: timedelta
) -> dict[str, datetime]:
    """Write what follows the first statuses of some points, whose rows these have locked."""
    points = sorted({point for point, _ in further})
    now, held = queries.held(session, points)
    suite = Suite(held)
    for point, verdict in further:
        suite.dire(point, verdict, peremption=peremption, maintenant=now)
    latest = [suite.tenus[point] for point in sorted(suite.ecrits)]
    if latest:
        session.execute(_LATEST, _columns_of(latest))
    if suite.changements:
        session.execute(_CHANGES, _columns_of(suite.changements))
    return suite.revenus


def _columns_of(tenus: Sequence[Tenu]) -> dict[str, Sequence[Any]]:
    statuts = zip(*(tenu.statut for tenu in tenus), strict=True)
    beside = {name: [getattr(tenu, name) for tenu in tenus] for name in _BESIDE}
    return {**dict(zip(NOMS, map(list, statuts), strict=True)), **beside}


def _record(session: Session, tour: Tour, peremption: timedelta) -> dict[str, datetime]:
    """Write what is newer than the latest known; the points that are back, and since when."""
    statuts = {point: verdict.statut for point, verdict in tour.items() if verdict.statut}
    written = _write(session, list(statuts.values()), peremption)
    for row in written:
        if row.nombre > PAR_JOUR_MAX:
            tour[row.point_id].add("OVRT")
    others = statuts.keys() - {row.point_id for row in written}
    same = queries.already_known(session, [statuts[point] for point in others])
    for point in others - same:
        tour[point].add("ANTE")
    return {row.point_id: row.horodatage for row in written if row.revenu}


def _write(
    session: Session, statuts: Sequence[Statut], peremption: timedelta
) -> Sequence[Row[Any]]:
    """The statuses that were newer than the latest known."""
    if session.scalar(_HAS_MONTH) is None:  # no worker came by for a month
        prepare_months(session)
    columns = dict(zip(NOMS, map(list, zip(*statuts, strict=True)), strict=True))
    return session.execute(_WRITE, {**columns, "peremption": peremption}).all()


def redire(
    rejeu: Rejeu,
    *,
    pas_s: float,
    peremption: timedelta,
    session: Callable[[], AbstractContextManager[Session]],
) -> tuple[int, int]:
    """Tell all of it at its pace, or until Ctrl-C; how many statuses were accepted and refused."""
    accepted = refused = 0
    with suppress(KeyboardInterrupt):
        while not rejeu.fini:
            verdicts = [v for lot in _lots(rejeu) for v in _dire(lot, session, peremption)]
            accepted += sum(verdict.accepte for verdict in verdicts)
            refused += sum(not verdict.accepte for verdict in verdicts)
            time.sleep(pas_s)
    return accepted, refused


def _lots(rejeu: Rejeu) -> Iterator[list[Lu]]:
    """What is to be told now, as many at once as a call may hold."""
    lus = [Lu(None, statut) for statut in rejeu.lot(datetime.now(UTC))]
    for start in range(0, len(lus), STATUTS_MAX):
        yield lus[start : start + STATUTS_MAX]


def _dire(
    lus: list[Lu], session: Callable[[], AbstractContextManager[Session]], peremption: timedelta
) -> list[Verdict]:
    with session() as opened:
        return enregistrer(opened, lus, prefixes=None, peremption=peremption)


def prepare_months(session: Session) -> None:
    """Have a partition for this month and the next, in UTC."""
    hold(session, _HISTORIQUE)
    this = _today(session).replace(day=1)
    for month in sorted({this, _next(this)} - set(queries.months(session))):
        _create_month(session, month)


def _today(session: Session) -> date:
    """The day in UTC, which chooses the partition."""
    return clock.now(session).astimezone(UTC).date()


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _create_month(session: Session, month: date) -> None:
    """Made apart, then attached: whoever writes another month does not wait."""
    name = f"bornes.{_MOIS}{month:%Y%m}"
    session.execute(text(f"CREATE TABLE {name} (LIKE {_HISTORIQUE} INCLUDING DEFAULTS)"))
    session.execute(
        text(
            f"ALTER TABLE {_HISTORIQUE} ATTACH PARTITION {name}"
            f" FOR VALUES FROM ('{month} UTC') TO ('{_next(month)} UTC')"
        )
    )


def forget_months(session: Session, keep: int) -> None:
    """Drop the months that are wholly older than `keep` days: no row is deleted one by one."""
    hold(session, _HISTORIQUE)
    # Behind a long read this would hold up every writer: better to come back later.
    session.execute(text("SET LOCAL lock_timeout = '2s'"))
    oldest = _today(session) - timedelta(days=keep)
    for month in queries.months(session):
        if _next(month) <= oldest:
            session.execute(text(f"DROP TABLE bornes.{_MOIS}{month:%Y%m}"))
