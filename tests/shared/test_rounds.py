"""Rounds of the worker: they outlive any failure, and say each once."""

import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import Engine, text

from shared import outages
from shared.db import make_engine
from shared.worker import Atelier, run_forever
from tests.due_work import TRAVAUX, working_database


@pytest.fixture
def engine(clone_database: Callable[[], str]) -> Iterator[Engine]:
    with working_database(clone_database()) as engine:
        yield engine


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.timeout(60)
def test_a_thread_that_ends_anyway_ends_all(engine):
    def go_round(given):
        raise SystemExit

    run_forever([(engine, Atelier(TRAVAUX, {}, (go_round,)))], threading.Event())


def test_rounds_go_on_until_the_end_whatever_happens(engine):
    stop, calls = threading.Event(), []

    def go_round(given):
        assert given is engine
        calls.append(1)
        if len(calls) == 1:
            return 1  # at once again
        if len(calls) == 2:
            stop.set()
        raise ValueError("panne")

    run_forever([(engine, Atelier(TRAVAUX, {}, (go_round,)))], stop)
    assert len(calls) == 2


def test_a_database_that_is_away_is_told_once_by_all_rounds(monkeypatch, caplog):
    monkeypatch.setattr(outages, "FIRST_S", 0)
    monkeypatch.setattr(outages, "LONGEST_S", 0)
    lost = make_engine("postgresql://relance@/postgres?host=/nowhere")
    stop, calls = threading.Event(), []

    def go_round(given):
        calls.append(1)
        if len(calls) > 40:
            stop.set()
        with given.connect():
            raise AssertionError

    run_forever([(lost, Atelier(TRAVAUX, {}, (go_round,) * 3))], stop)
    (told,) = caplog.messages
    assert told.startswith("worker: the database of essai is away: ")


def test_the_driver_s_own_words_are_told_alike(engine, caplog):
    """Of a cursor that is used without SQLAlchemy."""
    stop = threading.Event()

    def go_round(_given):
        stop.set()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    run_forever([(engine, Atelier(TRAVAUX, {}, (go_round,)))], stop)
    told = caplog.records[0]
    assert told.getMessage().startswith("worker: the database of essai is away: ")
    assert not told.exc_info


def test_a_database_that_is_back_is_told_once(engine, monkeypatch, caplog):
    monkeypatch.setattr(outages, "FIRST_S", 0)
    stop, away = threading.Event(), make_engine("postgresql://relance@/postgres?host=/nowhere")
    ends = iter((away, away, engine, engine))

    def go_round(_given):
        with next(ends, engine).connect():
            pass
        if next(ends, None) is None:
            stop.set()
        return 1

    run_forever([(engine, Atelier(TRAVAUX, {}, (go_round,)))], stop)
    begin, end = caplog.messages
    assert begin.startswith("worker: the database of essai is away: ")
    assert end.startswith("worker: the database of essai is back, after ")


def test_a_round_that_keeps_failing_says_why_once_with_its_trace(engine, monkeypatch, caplog):
    monkeypatch.setattr(outages, "FIRST_S", 0)
    stop, calls = threading.Event(), []

    def go_round(_given):
        calls.append(1)
        if len(calls) > 5:
            stop.set()
        raise ValueError("panne")

    run_forever([(engine, Atelier(TRAVAUX, {}, (go_round,)))], stop)
    (record,) = caplog.records
    assert record.getMessage() == "worker: a round of go_round failed: panne"
    assert record.exc_info


def test_rounds_wait_for_a_database_that_is_away(engine):
    stop = threading.Event()

    def go_round(given):
        stop.set()
        with given.connect() as connection:
            connection.execute(text("SELECT 1 FROM essai.nulle_part"))

    run_forever([(engine, Atelier(TRAVAUX, {}, (go_round,)))], stop)
