"""Does the background jobs of services: shared among workers, retried, never lost silently."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final, Self

from prometheus_client import Gauge
from sqlalchemy import Connection, Engine, Row, Table, func, select, update
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from shared.db import DATABASE_ERRORS, holds, is_away
from shared.due_work import LONGEST_WAIT, after_failure, end, schedule, select_due
from shared.outages import Outage
from shared.revisions import RevisionError

logger = logging.getLogger(__name__)
GIVEN_UP: Final = Gauge("relance_travaux_abandonnes", "Due work given up", ("service",))
FAILING_FROM: Final = 3
"""A failure that comes back so often is no accident."""
FAILING: Final = Gauge(
    "relance_travaux_en_echec", "Due work that keeps failing and is tried again", ("service",)
)
CLAIMS: Final = 100
"""Pieces of due work looked at to find one that no other worker has in hand."""
PAUSE_S = 1.0
"""Between two looks at a table where nothing is due."""


@dataclass(frozen=True, slots=True)
class Tache:
    """What one kind of work does, and how often when it recurs."""

    run: Callable[[Session, dict[str, Any]], object]
    """Its writes are committed with the end of the work, or undone with its failure."""
    chaque: timedelta | None = None

    @classmethod
    def simple(cls, run: Callable[[Session], object], chaque: timedelta | None = None) -> Self:
        """Work that needs nothing but a transaction."""
        return cls(lambda session, _corps: run(session), chaque)


@dataclass(frozen=True, slots=True)
class Atelier:
    """The due work of one service: its table and its tasks by `genre`."""

    table: Table
    taches: Mapping[str, Tache]
    tournees: Sequence[Callable[[Engine], int]] = ()
    """Work that waits for others and so holds no transaction meanwhile: each is called again and
    again in a thread of its own, at once as long as it says that it did something."""
    mesures: Sequence[Callable[[Connection], None]] = ()
    """What else Prometheus reads of its service, looked at with the due work."""


def run_due(engine: Engine, atelier: Atelier, stop: threading.Event | None = None) -> int:
    """Try everything that is due, one transaction each, until `stop`; how much was tried."""
    tried = 0
    while (stop is None or not stop.is_set()) and _run_one(engine, atelier):
        tried += 1
    return tried


def run_forever(ateliers: Sequence[tuple[Engine, Atelier]], stop: threading.Event) -> None:
    """Do the due work of several services until `stop`, which is set however the work ends."""
    threads = [
        threading.Thread(target=_go_round, args=(one, stop), name="tournee")
        for engine, atelier in ateliers
        for one in _rounds(engine, atelier, stop)
    ]
    served = ", ".join(str(atelier.table.schema) for _, atelier in ateliers)
    logger.info("worker: doing the due work of %s", served)
    for thread in threads:
        thread.start()
    try:
        stop.wait()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        logger.info("worker: ended")


@dataclass(frozen=True, slots=True)
class _Round:
    """What a thread does again and again, and what is told of its failures."""

    do: Callable[[], int]
    """How much it did: it is called again at once as long as it did something."""
    failing: Outage
    away: Outage
    """Of its database: all its rounds fail together, which is told once."""


def _rounds(engine: Engine, atelier: Atelier, stop: threading.Event) -> Iterator[_Round]:
    schema = atelier.table.schema
    base = f"worker: the database of {schema}"
    away = Outage(logger, f"{base} is away", f"{base} is back")
    due = partial(_do_due_work, atelier=atelier, started=threading.Event(), stop=stop)
    named: list[tuple[str, Callable[[Engine], int]]] = [(f"worker: the work of {schema}", due)]
    for tournee in atelier.tournees:
        # Not its `repr`: what a round was given has secrets.
        name = (tournee.func if isinstance(tournee, partial) else tournee).__name__
        named.append((f"worker: a round of {name}", tournee))
    for what, do in named:
        failing = Outage(logger, f"{what} failed", f"{what} works again")
        yield _Round(partial(do, engine), failing, away)


def _do_due_work(
    engine: Engine, atelier: Atelier, started: threading.Event, stop: threading.Event
) -> int:
    """Try what is due; recurring work is planned first, once."""
    if not started.is_set():
        _start_recurring(engine, atelier)
        started.set()
    tried = run_due(engine, atelier, stop)
    _measure(engine, atelier)
    return tried


def _measure(engine: Engine, atelier: Atelier) -> None:
    table = atelier.table
    given_up = func.count().filter(table.c.abandonne_le.is_not(None))
    failing = func.count().filter(
        table.c.abandonne_le.is_(None), table.c.essais >= FAILING_FROM, table.c.erreur.is_not(None)
    )
    with engine.connect() as connection:
        found = connection.execute(select(given_up, failing).select_from(table)).one()
        for measure in atelier.mesures:
            measure(connection)
    for gauge, number in zip((GIVEN_UP, FAILING), found, strict=True):
        gauge.labels(table.schema).set(number)


def _go_round(one: _Round, stop: threading.Event) -> None:
    try:
        while not stop.is_set():
            stop.wait(_attempt(one))
    finally:
        # A thread that ends for a reason nobody thought of ends all: the process is started anew.
        stop.set()


def _attempt(one: _Round) -> float:
    """One turn; how many seconds to wait before the next.

    No failure may end the thread: its work would stop without a word.
    """
    try:
        did = one.do()
    except (*DATABASE_ERRORS, PoolTimeoutError, RevisionError) as error:
        # Without a trace, which would say nothing more.
        return (one.away if is_away(error) else one.failing).failed(error)
    except Exception as error:  # noqa: BLE001 told with its trace
        return one.failing.failed(error, trace=True)
    one.away.ended()
    one.failing.ended()
    return 0 if did else PAUSE_S


def _start_recurring(engine: Engine, atelier: Atelier) -> None:
    with engine.begin() as connection:
        for genre, tache in atelier.taches.items():
            if tache.chaque:
                schedule(connection, atelier.table, genre, cle=genre)
                # Planned by a clock that was wrong, or by other settings, it would wait for years.
                turn = func.now() + max(tache.chaque, LONGEST_WAIT)
                late = (atelier.table.c.cle == genre, atelier.table.c.du_le > turn)
                connection.execute(update(atelier.table).where(*late).values(du_le=turn))


def _run_one(engine: Engine, atelier: Atelier) -> bool:
    row: Row[Any] | None = None
    try:
        with Session(engine) as session, session.begin():
            row = _claim(session, atelier)
            if row is None:
                return False
            _do(session, atelier, row)
    except Exception as error:
        if row is None:
            raise
        logger.exception("worker: %s %s failed", row.genre, row.id)
        _note_failure(engine, atelier, row, error)
    return True


def _claim(session: Session, atelier: Atelier) -> Row[Any] | None:
    """The oldest due work that nobody has in hand, this transaction's for as long as it lasts.

    By an advisory lock: one of its row would give the transaction a number, and the readers of
    the journals wait for the oldest that has one. Work that reads and thinks keeps nobody waiting
    until it writes.
    """
    table = atelier.table
    due = select_due(table, atelier.taches)
    for row in session.execute(due.limit(CLAIMS)).all():
        with session.begin_nested() as claim:
            if holds(session, f"{table.fullname}.{row.id}"):
                # Whoever had it may have just ended it.
                mine = session.execute(due.where(table.c.id == row.id)).first()
                if mine is not None:
                    return mine
            claim.rollback()
    return None


def _do(session: Session, atelier: Atelier, row: Row[Any]) -> None:
    table, tache = atelier.table, atelier.taches[row.genre]
    tache.run(session, row.corps)
    if tache.chaque is None:
        end(session, table, row)
    else:
        again = {"du_le": func.now() + tache.chaque, "essais": 0, "erreur": None}
        session.execute(update(table).where(table.c.id == row.id).values(again))


def _note_failure(engine: Engine, atelier: Atelier, row: Row[Any], error: Exception) -> None:
    """Count the try in a transaction of its own: the work's may have died with its connection.

    Whoever took the work between the two has written its own end, which stays.
    """
    table = atelier.table
    same = (table.c.id == row.id, table.c.essais == row.essais, table.c.du_le == row.du_le)
    erreur = f"{type(error).__name__}: {error}"
    values = after_failure(row.essais + 1, atelier.taches[row.genre].chaque, erreur)
    with engine.begin() as connection:
        connection.execute(update(table).where(*same).values(values))
