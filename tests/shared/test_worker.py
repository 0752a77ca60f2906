"""Due work is done once, by one worker at a time, and what keeps failing stays in sight."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from shared import outages, worker
from shared.db import make_engine
from shared.due_work import ATTEMPTS, LONGEST_WAIT, abandoned, resume, schedule
from shared.worker import Atelier, Tache, run_due, run_forever
from tests.due_work import TRAVAUX, working_database


@pytest.fixture
def engine(clone_database: Callable[[], str]) -> Iterator[Engine]:
    with working_database(clone_database()) as engine:
        yield engine


def record(session, corps) -> None:
    session.execute(text("INSERT INTO essai.faits VALUES (:nom)"), corps)


def fail(session, corps) -> None:
    record(session, corps)
    raise ValueError("panne\0")


ATELIER = Atelier(TRAVAUX, {"noter": Tache(record), "rater": Tache(fail)})


def plan(engine: Engine, genre: str, name: str = "a", **options) -> None:
    with engine.begin() as connection:
        schedule(connection, TRAVAUX, genre, corps={"nom": name}, **options)


def done(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT nom FROM essai.faits ORDER BY nom")))


def waiting(engine: Engine) -> list:
    with engine.connect() as connection:
        return list(connection.execute(select(TRAVAUX).order_by(TRAVAUX.c.id)))


def make_all_due(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(TRAVAUX).values(du_le=func.now()))


def test_due_work_is_done_and_gone(engine):
    plan(engine, "noter", "a")
    plan(engine, "noter", "b")
    assert run_due(engine, ATELIER) == 2
    assert done(engine) == ["a", "b"]
    assert waiting(engine) == []


def test_what_is_due_later_or_unknown_here_waits(engine):
    plan(engine, "noter", du_le=datetime.now(UTC) + timedelta(days=1))
    plan(engine, "d'une autre version")
    assert run_due(engine, ATELIER) == 0
    assert len(waiting(engine)) == 2


def test_a_key_that_waits_is_planned_once(engine):
    plan(engine, "noter", "a", cle="k")
    plan(engine, "noter", "b", cle="k")
    assert run_due(engine, ATELIER) == 1
    assert done(engine) == ["a"]


def test_two_workers_share_the_work_without_waiting(engine):
    plan(engine, "noter", "lent")
    plan(engine, "noter", "rapide")
    begun, finish = threading.Event(), threading.Event()

    def slow(session, corps) -> None:
        begun.set()
        finish.wait()
        record(session, corps)

    first = threading.Thread(
        target=run_due, args=(engine, Atelier(TRAVAUX, {"noter": Tache(slow)}))
    )
    first.start()
    begun.wait()
    assert run_due(engine, ATELIER) == 1
    assert done(engine) == ["rapide"]
    finish.set()
    first.join()
    assert done(engine) == ["lent", "rapide"]
    assert waiting(engine) == []


def test_work_that_only_reads_keeps_no_reader_of_a_journal_waiting(engine):
    """They wait for the oldest transaction that has a number."""
    numbers = []

    def think(session, corps):
        number = text("SELECT CAST(pg_current_xact_id_if_assigned() AS text)")
        numbers.append(session.scalar(number))

    plan(engine, "penser")
    assert run_due(engine, Atelier(TRAVAUX, {"penser": Tache(think)})) == 1
    assert numbers == [None]
    assert waiting(engine) == []


def test_work_that_another_worker_has_just_ended_is_left(engine, monkeypatch):
    plan(engine, "noter")
    real = worker.holds

    def late(session, cle):
        monkeypatch.setattr(worker, "holds", real)
        assert run_due(engine, ATELIER) == 1
        return real(session, cle)

    monkeypatch.setattr(worker, "holds", late)
    assert run_due(engine, ATELIER) == 0
    assert done(engine) == ["a"]


def test_many_workers_do_each_piece_once(engine):
    for number in range(40):
        plan(engine, "noter", f"{number:02}")
    workers = [threading.Thread(target=run_due, args=(engine, ATELIER)) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert done(engine) == [f"{number:02}" for number in range(40)]
    assert waiting(engine) == []


def test_a_failure_is_undone_noted_and_tried_later(engine):
    plan(engine, "rater")
    assert run_due(engine, ATELIER) == 1
    assert done(engine) == []
    (work,) = waiting(engine)
    assert (work.essais, work.erreur) == (1, "ValueError: panne")
    assert work.du_le > datetime.now(UTC)
    assert run_due(engine, ATELIER) == 0


def test_waits_double(engine):
    plan(engine, "rater")
    waits = []
    for _ in range(4):
        make_all_due(engine)
        with engine.connect() as connection:
            before = connection.scalar(select(func.now()))
        run_due(engine, ATELIER)
        waits.append((waiting(engine)[0].du_le - before) // timedelta(seconds=10))
    assert waits == [1, 2, 4, 8]


def test_a_constraint_seen_at_commit_is_a_failure_like_another(engine):
    plan(engine, "noter", "a")
    plan(engine, "noter", "a")
    assert run_due(engine, ATELIER) == 2
    (work,) = waiting(engine)
    assert work.erreur.startswith("IntegrityError")


def test_work_that_keeps_failing_is_set_aside_until_someone_resumes_it(engine):
    plan(engine, "rater")
    for _ in range(ATTEMPTS):
        make_all_due(engine)
        assert run_due(engine, ATELIER) == 1
    make_all_due(engine)
    assert run_due(engine, ATELIER) == 0
    with engine.begin() as connection:
        (work,) = abandoned(connection, TRAVAUX)
        assert (work.essais, work.corps) == (ATTEMPTS, {"nom": "a"})
        resume(connection, TRAVAUX, work.id)
    assert run_due(engine, Atelier(TRAVAUX, {"rater": Tache(record)})) == 1
    assert done(engine) == ["a"]


def test_only_what_was_given_up_is_resumed(engine):
    plan(engine, "rater")
    run_due(engine, ATELIER)
    with engine.begin() as connection:
        assert resume(connection, TRAVAUX, waiting(engine)[0].id) == 0
        assert resume(connection, TRAVAUX) == 0
    assert waiting(engine)[0].essais == 1


def test_how_much_was_given_up_is_measured(engine):
    plan(engine, "rater")
    plan(engine, "arreter", "b")
    with engine.begin() as connection:
        failed = TRAVAUX.c.genre == "rater"
        connection.execute(update(TRAVAUX).where(failed).values(essais=ATTEMPTS - 1))
    stop = threading.Event()
    last = Tache(lambda _session, _corps: stop.set())
    run_forever([(engine, Atelier(TRAVAUX, {"rater": Tache(fail), "arreter": last}))], stop)
    given_up = REGISTRY.get_sample_value("relance_travaux_abandonnes", {"service": "essai"})
    assert given_up == 1


def test_what_keeps_failing_is_measured_before_it_is_given_up(engine):
    plan(engine, "rater")
    plan(engine, "arreter", "b")
    with engine.begin() as connection:
        failed = TRAVAUX.c.genre == "rater"
        connection.execute(update(TRAVAUX).where(failed).values(essais=worker.FAILING_FROM - 1))
    stop = threading.Event()
    last = Tache(lambda _session, _corps: stop.set())
    run_forever([(engine, Atelier(TRAVAUX, {"rater": Tache(fail), "arreter": last}))], stop)
    failing = REGISTRY.get_sample_value("relance_travaux_en_echec", {"service": "essai"})
    given_up = REGISTRY.get_sample_value("relance_travaux_abandonnes", {"service": "essai"})
    assert (failing, given_up) == (1, 0)


def test_recurring_work_comes_back_even_after_failures(engine):
    def tick(session, corps) -> None:
        raise ValueError

    atelier = Atelier(TRAVAUX, {"battre": Tache(tick, chaque=timedelta(hours=1))})
    plan(engine, "battre", cle="battre")
    for _ in range(ATTEMPTS):
        make_all_due(engine)
        run_due(engine, atelier)
    (work,) = waiting(engine)
    assert (work.essais, work.abandonne_le) == (0, None)


def test_a_failure_told_late_leaves_the_turn_that_another_worker_ended(engine):
    def tick(session, corps) -> None:
        with engine.begin() as other:
            other.execute(update(TRAVAUX).values(du_le=func.now() + timedelta(hours=1)))
        raise ValueError

    plan(engine, "battre", cle="battre")
    assert (
        run_due(engine, Atelier(TRAVAUX, {"battre": Tache(tick, chaque=timedelta(hours=1))})) == 1
    )
    (work,) = waiting(engine)
    assert (work.essais, work.erreur) == (0, None)


def test_the_worker_starts_recurring_work_and_stops_when_told(engine):
    stop = threading.Event()

    def tick(session, corps) -> None:
        record(session, {"nom": "battement"})
        stop.set()

    atelier = Atelier(TRAVAUX, {"battre": Tache(tick, chaque=timedelta(hours=1))})
    run_forever([(engine, atelier)], stop)
    stop.clear()
    run_due(engine, atelier)
    assert done(engine) == ["battement"]
    (work,) = waiting(engine)
    assert work.du_le > datetime.now(UTC)


def test_what_fails_goes_on_waiting_when_the_worker_starts_again(engine):
    """Longer than its own turn."""
    stop = threading.Event()
    later = datetime.now(UTC) + LONGEST_WAIT - timedelta(minutes=5)
    plan(engine, "rater", cle="rater", du_le=later)
    plan(engine, "arreter")
    taches = {
        "rater": Tache(fail, chaque=timedelta(minutes=1)),
        "arreter": Tache(lambda _session, _corps: stop.set()),
    }
    run_forever([(engine, Atelier(TRAVAUX, taches))], stop)
    assert [work.du_le for work in waiting(engine)] == [later]


def test_a_clock_that_was_wrong_puts_no_recurring_work_off_for_years(engine):
    stop = threading.Event()
    plan(engine, "battre", cle="battre", du_le=datetime(2099, 1, 1, tzinfo=UTC))
    plan(engine, "attendre", cle="attendre", du_le=datetime.now(UTC) + timedelta(minutes=1))
    plan(engine, "arreter")
    taches = {
        "battre": Tache(record, chaque=timedelta(hours=6)),
        "attendre": Tache(record, chaque=timedelta(hours=6)),
        "arreter": Tache(lambda _session, _corps: stop.set()),
    }
    run_forever([(engine, Atelier(TRAVAUX, taches))], stop)
    with engine.connect() as connection:
        left = select(TRAVAUX.c.cle, TRAVAUX.c.du_le - func.now())
        waits = dict(connection.execute(left).all())
    assert waits["battre"] <= timedelta(hours=6)
    assert waits["attendre"] <= timedelta(minutes=1)


def test_a_service_without_database_does_not_stop_the_others(engine):
    plan(engine, "arreter")
    stop = threading.Event()
    lost = make_engine("postgresql://relance@/postgres?host=/nowhere")
    last = Tache(lambda _session, _corps: stop.set())
    run_forever([(lost, ATELIER), (engine, Atelier(TRAVAUX, {"arreter": last}))], stop)
    assert waiting(engine) == []


def cut(session, corps) -> None:
    """Lose the connection in the middle of the work, as when the database is restarted."""
    record(session, corps)
    me = session.scalar(text("SELECT pg_backend_pid()"))
    with session.bind.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": me})
    record(session, corps)


def test_work_cut_from_its_database_counts_a_try_and_the_rest_goes_on(engine):
    plan(engine, "couper")
    plan(engine, "arreter", "b")
    stop = threading.Event()

    def last(session, corps) -> None:
        record(session, corps)
        stop.set()

    taches = {"couper": Tache(cut), "arreter": Tache(last)}
    run_forever([(engine, Atelier(TRAVAUX, taches))], stop)
    assert done(engine) == ["b"]
    (work,) = waiting(engine)
    assert (work.genre, work.essais) == ("couper", 1)
    assert work.erreur.startswith("OperationalError")
    assert work.du_le > datetime.now(UTC)


def test_whatever_goes_wrong_in_a_round_the_next_still_works(engine, monkeypatch):
    plan(engine, "arreter")
    stop, wrong = threading.Event(), [PoolTimeoutError("panne"), PendingRollbackError("panne")]

    def begin(*args):
        if wrong:
            raise wrong.pop()
        return Session(*args)

    monkeypatch.setattr(worker, "Session", begin)
    monkeypatch.setattr(outages, "FIRST_S", 0)
    last = Tache(lambda _session, _corps: stop.set())
    run_forever([(engine, Atelier(TRAVAUX, {"arreter": last}))], stop)
    assert waiting(engine) == []


def test_the_worker_stops_between_two_tasks(engine):
    for name in ("a", "b", "c"):
        plan(engine, "noter", name)
    stop = threading.Event()

    def once(session, corps) -> None:
        record(session, corps)
        stop.set()

    run_forever([(engine, Atelier(TRAVAUX, {"noter": Tache(once)}))], stop)
    assert done(engine) == ["a"]
    assert len(waiting(engine)) == 2
