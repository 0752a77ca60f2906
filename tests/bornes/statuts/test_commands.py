"""Statuses in the database: the latest wins, changes are kept by day, the journal sees nothing."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session

from services.bornes.models import HISTORIQUE, JOURNAL, DernierStatut
from services.bornes.signalements.commands import report
from services.bornes.signalements.models import SignalementPoint
from services.bornes.statuts import queries
from services.bornes.statuts.commands import (
    enregistrer,
)
from services.bornes.statuts.dynamique import lire
from shared.journal import ZERO, Curseur
from shared.schemas.bornes_signalements import MotifSignalement, SignalementNouveau
from tests.bornes.statuts.conftest import NOW, PEREMPTION, cells, codes


def latest(session, point):
    session.expire_all()
    return session.get(DernierStatut, point)


def history(session, point):
    rows = session.execute(
        select(HISTORIQUE).where(HISTORIQUE.c.point_id == point).order_by(HISTORIQUE.c.horodatage)
    )
    return [(row.occupation_pdc, row.horodatage, row.vu_avant) for row in rows]


def ago(seconds):
    return NOW - timedelta(seconds=seconds)


def test_a_status_is_kept_and_the_journal_does_not_grow(session, points, tell):
    before = session.scalar(select(func.count()).select_from(JOURNAL))
    (verdict,) = tell(cells(points[0], etat_prise_type_2="fonctionnel"))
    assert verdict.accepte
    assert codes(verdict) == []
    found = latest(session, points[0])
    assert (found.etat_pdc, found.occupation_pdc, found.horodatage) == ("en_service", "libre", NOW)
    assert (found.etat_prise_type_2, found.etat_prise_type_ef) == ("fonctionnel", None)
    assert (found.depuis, found.vu_avant, found.nombre) == (NOW, None, 1)
    assert session.scalar(select(func.count()).select_from(JOURNAL)) == before


def test_an_older_status_is_refused_and_the_same_one_sent_twice_is_not(session, points, tell):
    tell(cells(points[0], age_s=60))
    assert codes(*tell(cells(points[0], occupation="occupe", age_s=61))) == ["ANTE"]
    assert codes(*tell(cells(points[0], occupation="occupe", age_s=60))) == ["ANTE"]
    assert codes(*tell(cells(points[0], age_s=60))) == []
    assert latest(session, points[0]).occupation_pdc == "libre"
    assert latest(session, points[0]).nombre == 1


def test_an_unknown_or_withdrawn_point_is_refused_alone(session, points, tell):
    session.execute(
        text("UPDATE bornes.points_de_charge SET retire_le = now() WHERE id = :id"),
        {"id": points[1]},
    )
    found = tell(cells("FRXXXE404"), cells(points[1]), cells(points[2]))
    assert list(map(codes, found)) == [["INCO"], ["INCO"], []]


def test_the_history_has_one_row_a_change_of_state(session, points, tell):
    point = points[0]
    for age, occupation in ((290, "libre"), (240, "libre"), (180, "occupe"), (120, "occupe")):
        tell(cells(point, occupation=occupation, age_s=age))
    assert history(session, point) == [
        ("libre", ago(290), None),
        ("occupe", ago(180), ago(240)),
    ]
    assert latest(session, point).depuis == ago(180)


def test_an_outage_told_in_one_call_has_its_history(session, points, tell):
    point, other = points[:2]
    told = (
        cells(point, age_s=10),
        cells(point, "hors_service", "inconnu", age_s=250),
        cells(other, age_s=20),
        cells(point, age_s=290),
    )
    assert [codes(verdict) for verdict in tell(*told)] == [[], [], [], []]
    assert history(session, point) == [
        ("libre", ago(290), None),
        ("inconnu", ago(250), ago(290)),
        ("libre", ago(10), ago(250)),
    ]
    assert latest(session, point).horodatage == ago(10)
    assert history(session, other) == [("libre", ago(20), None)]
    again = [codes(verdict) for verdict in tell(*told)]
    assert again == [[], ["ANTE"], [], ["ANTE"]]
    assert len(history(session, point)) == 3


def test_the_same_state_after_a_silence_is_a_new_row(session, points, tell):
    point = points[0]
    tell(cells(point, age_s=3_600))
    tell(cells(point, age_s=3_000))  # ten minutes later: it still held
    tell(cells(point, age_s=2_399))  # one second too late
    assert history(session, point) == [
        ("libre", ago(3_600), None),
        ("libre", ago(2_399), ago(3_000)),
    ]


def test_more_than_one_status_a_minute_is_said_and_taken(session, points, tell):
    tell(cells(points[0], age_s=2))
    session.execute(text("UPDATE bornes.statuts SET nombre = 1439"))
    assert codes(*tell(cells(points[0], age_s=1))) == []
    (verdict,) = tell(cells(points[0]))
    assert (codes(verdict), verdict.accepte) == (["OVRT"], True)


def test_a_burst_of_ten_thousand_is_one_transaction(session, points, tell):
    session.execute(
        text(
            "INSERT INTO bornes.points_de_charge SELECT (p).* FROM ("
            " SELECT jsonb_populate_record(q, jsonb_build_object('id', 'FRXXXE' || 1000000 + n)) p"
            " FROM bornes.points_de_charge q, generate_series(1, 10000) n WHERE q.id = :id) t"
        ),
        {"id": points[0]},
    )
    ids = [f"FRXXXE{1_000_000 + n}" for n in range(1, 10_001)]
    assert all(verdict.accepte for verdict in tell(*map(cells, ids)))
    assert session.scalar(select(func.count()).select_from(DernierStatut)) == 10_000


def report_both(session, points):
    for point in points[:2]:
        told = SignalementNouveau(id_pdc_itinerance=point, motif=MotifSignalement.HORS_SERVICE)
        report(session, told, empreinte=bytes(16), per_hour=10)


def reported(session):
    """What became of the report of each point."""
    session.expire_all()
    return {one.point_id: one.etat for one in session.scalars(select(SignalementPoint))}


def test_a_point_back_in_service_answers_what_was_reported_of_it(session, points, tell):
    tell(cells(points[0], "hors_service", "inconnu", age_s=10), cells(points[1], age_s=10))
    report_both(session, points)
    # Both are told in service after the report; only one of them was not.
    now = datetime.now(UTC)
    later = (NOW - now).total_seconds() - 1
    tell(cells(points[0], age_s=later), cells(points[1], age_s=later), maintenant=now)
    assert reported(session) == {points[0]: "clos", points[1]: "ouvert"}


def test_each_point_of_a_call_answers_at_its_own_instant(session, points, tell):
    tell(*(cells(point, "hors_service", "inconnu", age_s=10) for point in points[:2]))
    report_both(session, points)
    now = datetime.now(UTC)
    later = (NOW - now).total_seconds() - 1
    tell(cells(points[0], age_s=5), cells(points[1], age_s=later), maintenant=now)
    assert reported(session) == {points[0]: "ouvert", points[1]: "clos"}


def test_a_point_is_back_even_if_nothing_was_known_of_it_meanwhile(session, points, tell):
    tell(*(cells(point, "hors_service", "inconnu", age_s=10) for point in points[:2]))
    report_both(session, points)
    tell(cells(points[0], "inconnu", "inconnu", age_s=5))
    now = datetime.now(UTC)
    later = (NOW - now).total_seconds() - 1
    tell(cells(points[0], age_s=later), maintenant=now)
    assert reported(session) == {points[0]: "clos", points[1]: "ouvert"}


def test_points_that_come_back_in_several_rounds_are_answered_in_one_order(session, points, tell):
    """Reports are locked once a call: twice, it could wait for who takes them in their order."""
    tell(*(cells(point, "hors_service", "inconnu", age_s=30) for point in points[:2]))
    report_both(session, points)
    now = datetime.now(UTC)
    later = (NOW - now).total_seconds() - 1
    locks = []

    def see(_connection, _cursor, statement, *_):
        if "FOR UPDATE" in statement:
            locks.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", see)
    tell(
        cells(points[1], age_s=later),
        # The other one comes back in the second round only.
        cells(points[0], "hors_service", "inconnu", age_s=5),
        cells(points[0], age_s=later),
        maintenant=now,
    )
    event.remove(connection, "before_cursor_execute", see)
    assert reported(session) == dict.fromkeys(points[:2], "clos")
    assert len(locks) == 1


def test_changes_are_read_in_commit_order_from_a_place(session, points, tell):
    tell(cells(points[0]), cells(points[1]))
    connection = session.connection()
    # This transaction is not over: nothing of it is final.
    assert queries.changes(connection, ZERO, 10, since=ago(3_600)) == []


@pytest.mark.parametrize("newest_first", [True, False])
def test_two_writers_at_once_leave_the_newest(engine, registered, newest_first):
    """Whatever the order of their points, and whoever commits last."""
    barrier = Barrier(2)
    errors = []

    def write(ids, age_s, occupation):
        try:
            with Session(engine) as session, session.begin():
                barrier.wait(10)
                for start in range(0, len(ids), 10):
                    rows = [cells(p, occupation=occupation, age_s=age_s) for p in ids[start:][:10]]
                    enregistrer(
                        session,
                        map(lire, rows),
                        prefixes=None,
                        peremption=PEREMPTION,
                        maintenant=NOW,
                    )
        except Exception as error:  # noqa: BLE001 told to the test
            errors.append(error)

    ages = (1, 2) if newest_first else (2, 1)
    threads = [
        Thread(target=write, args=(registered, ages[0], "libre" if newest_first else "occupe")),
        Thread(target=write, args=(registered, ages[1], "occupe" if newest_first else "libre")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    with Session(engine) as session:
        rows = session.execute(select(DernierStatut.horodatage, DernierStatut.occupation_pdc))
        assert set(map(tuple, rows)) == {(ago(1), "libre")}


def test_changes_and_latest_are_read_once_each_however_transactions_end(engine, registered):
    """The slower of two transactions is neither lost nor waited for."""
    repeatable = engine.execution_options(isolation_level="REPEATABLE READ")

    def read(snapshot):
        with repeatable.connect() as connection:
            found = queries.since(connection, snapshot)
        return {row[0] for row in found.rows}, found.snapshot

    def tell(session, point):
        enregistrer(session, [lire(cells(point))], prefixes=None, peremption=PEREMPTION)

    first, second, third = registered[:3]
    _, place = read(None)
    with Session(engine) as slow, slow.begin():
        tell(slow, first)
        with Session(engine) as fast, fast.begin():
            tell(fast, second)
        found, place = read(place)
        assert found == {second}
        found, place = read(place)
        assert found == set()
        with engine.connect() as connection:
            assert queries.changes(connection, ZERO, 10, since=ago(3_600)) == []
    found, place = read(place)
    assert found == {first}
    with Session(engine) as session, session.begin():
        tell(session, third)
    found, place = read(place)
    assert found == {third}
    assert read(None)[0] == {first, second, third}
    with engine.connect() as connection:
        rows = queries.changes(connection, ZERO, 10, since=ago(3_600))
        assert [row.point_id for row in rows] == [first, second, third]
        after = Curseur(rows[0].xid, rows[0].position)
        assert [
            row.point_id for row in queries.changes(connection, after, 1, since=ago(3_600))
        ] == [second]
