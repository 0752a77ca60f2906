"""The history of statuses: its months come and go, and a question costs those that can answer."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from services.bornes.models import TRAVAUX
from services.bornes.statuts import queries
from services.bornes.statuts.commands import (
    _create_month,
    _today,
    enregistrer,
    forget_months,
    prepare_months,
)
from services.bornes.statuts.dynamique import lire
from services.bornes.taches import atelier
from shared.db import make_engine
from shared.due_work import abandoned, schedule
from shared.journal import ZERO, Curseur
from shared.settings import Settings
from shared.worker import run_due
from tests.bornes.statuts.conftest import NOW, PEREMPTION, cells


def months_of(session, first, number):
    """Months of history from one on, made as the work of each would have."""
    made = []
    for _ in range(number):
        _create_month(session, first)
        made.append(first)
        first = (first + timedelta(days=31)).replace(day=1)
    return made


def test_months_are_made_ahead_and_dropped_when_old(session):
    old = date(2020, 1, 1)
    months_of(session, old, 1)
    prepare_months(session)
    prepare_months(session)
    this = _today(session).replace(day=1)
    ahead = [this, (this + timedelta(days=31)).replace(day=1)]
    assert queries.months(session) == [old, *ahead]
    last_day = date(2020, 1, 31)
    age = (_today(session) - last_day).days
    forget_months(session, keep=age)
    assert queries.months(session) == [old, *ahead], "its last day is not older than that"
    forget_months(session, keep=age - 1)
    assert queries.months(session) == ahead


def test_the_worker_turns_the_months(clone_database):
    engine = make_engine(clone_database())
    with Session(engine) as session, session.begin():
        schedule(session, TRAVAUX, "statuts.tourner")
    assert run_due(engine, atelier(Settings())) == 1
    with Session(engine) as session:
        assert len(queries.months(session)) == 2
        assert abandoned(session, TRAVAUX) == []
    engine.dispose()


def test_what_a_question_costs_does_not_grow_with_the_history(engine, registered):
    """Partitions locked, thus planned: of 400 days kept, those that the answer may be in."""
    this = datetime.now(UTC).date().replace(day=1)
    with Session(engine) as session, session.begin():
        first = (this - timedelta(days=400)).replace(day=1)
        before = [one for one in queries.months(session) if one < this]
        assert before == []
        months_of(session, first, (this.year - first.year) * 12 + this.month - first.month)
        assert len(queries.months(session)) >= 14

    def touched(ask):
        with Session(engine) as session, session.begin():
            ask(session)
            return session.scalar(
                text(
                    "SELECT count(DISTINCT relation) FROM pg_locks JOIN pg_inherits"
                    " ON inhrelid = relation WHERE pid = pg_backend_pid()"
                    " AND inhparent = to_regclass('bornes.statuts_historique')"
                )
            )

    now = datetime.now(UTC)
    recent, month_ago = now - timedelta(days=1), now - timedelta(days=30)
    point = registered[0]

    def tell(session):
        status = lire(cells(point, age_s=-1))
        enregistrer(session, [status], prefixes=None, peremption=PEREMPTION)

    assert touched(tell) == 1
    found = touched(lambda s: queries.changes(s.connection(), ZERO, 10, since=recent))
    assert found <= 3  # yesterday, today, tomorrow
    assert touched(lambda s: queries.last_change(s.connection(), recent)) <= 3
    assert touched(lambda s: queries.is_to_come(s.connection(), ZERO)) == 0
    inside, after = queries.parts(month_ago, now)[1:]
    assert touched(lambda s: s.execute(inside, {"point": point})) <= 4
    assert touched(lambda s: s.execute(after, {"point": point})) <= 3
    whole = touched(lambda s: queries.lignes(s, point, month_ago, now))
    assert whole <= 16  # the state that the period begins with may be as old as the history


def test_what_is_older_than_the_stream_tells_is_not_even_read(engine, registered):
    """The month is whole, but the reading begins at the first change that may be told."""
    point, old = registered[0], NOW - timedelta(days=2)
    with Session(engine) as session, session.begin():
        if (month := old.date().replace(day=1)) not in queries.months(session):
            _create_month(session, month)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO bornes.statuts_historique"
                " (recu_le, point_id, etat_pdc, occupation_pdc, horodatage)"
                " SELECT :old, :point, 'en_service', 'libre', :old FROM generate_series(1, 500)"
            ),
            {"old": old, "point": point},
        )
    since = NOW - timedelta(days=1)
    with engine.connect() as connection:
        assert queries.last_change(connection, since) == ZERO
    with Session(engine) as session, session.begin():
        enregistrer(session, [lire(cells(point))], prefixes=None, peremption=PEREMPTION)
    asked = []
    with engine.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        event.listen(connection, "before_cursor_execute", lambda *a: asked.append(a[2:4]))
        (change,) = queries.changes(connection, ZERO, 10, since=since)
        assert queries.last_change(connection, since) == (change.xid, change.position)
        for statement, parameters in asked[:2]:
            plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE) {statement}", parameters)
            assert "Rows Removed by Filter" not in "\n".join(plan.scalars())


def test_a_place_to_come_is_known_without_the_history(engine, registered):
    with Session(engine) as session, session.begin():
        enregistrer(session, [lire(cells(registered[0]))], prefixes=None, peremption=PEREMPTION)
    with engine.connect() as connection:
        last = queries.last_change(connection, NOW - timedelta(hours=1))
        assert last > ZERO
        assert not queries.is_to_come(connection, ZERO)
        assert not queries.is_to_come(connection, last)
        assert queries.is_to_come(connection, Curseur(last.xid, last.position + 1))
        assert queries.is_to_come(connection, Curseur(2**60, 0))
