"""Work that waits for others: taken for a time, done in no transaction, then ended or failed."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from shared import due_work
from shared.due_work import ATTEMPTS, schedule
from tests.due_work import TRAVAUX, working_database

BAIL = timedelta(minutes=5)


@pytest.fixture
def engine(clone_database: Callable[[], str]) -> Iterator[Engine]:
    with working_database(clone_database()) as engine:
        with engine.begin() as connection:
            schedule(connection, TRAVAUX, "appeler")
        yield engine


@pytest.fixture
def take(engine):
    def take(genre="appeler"):
        with Session(engine) as session, session.begin():
            return due_work.take(session, TRAVAUX, genre, BAIL)

    return take


@pytest.fixture
def fail(engine):
    def fail(taken, **options):
        with Session(engine) as session, session.begin():
            due_work.fail(session, TRAVAUX, taken, "panne", **options)

    return fail


def kept(engine):
    with engine.connect() as connection:
        return connection.execute(select(TRAVAUX)).one_or_none()


def make_due(engine):
    with engine.begin() as connection:
        connection.execute(update(TRAVAUX).values(du_le=func.now()))


def test_what_is_taken_is_nobody_else_s_until_the_lease_ends(engine, take):
    first = take()
    assert (first.essais, take(), take("autre")) == (1, None, None)
    make_due(engine)
    assert take().essais == 2


def test_what_is_done_is_gone_whoever_took_it_last(engine, take):
    first = take()
    make_due(engine)
    take()
    with Session(engine) as session, session.begin():
        due_work.end(session, TRAVAUX, first)
    assert kept(engine) is None


def test_a_failure_is_tried_later_and_given_up_in_the_end(engine, take, fail):
    fail(take(), most=2)
    row = kept(engine)
    assert (row.erreur, row.abandonne_le) == ("panne", None)
    assert take() is None
    make_due(engine)
    fail(take(), most=2)
    assert kept(engine).abandonne_le is not None


def test_who_lost_its_lease_writes_no_failure(engine, take, fail):
    first = take()
    make_due(engine)
    second = take()
    fail(first, most=1)
    row = kept(engine)
    assert (row.erreur, row.abandonne_le, row.du_le) == (None, None, second.du_le)
    assert ATTEMPTS > row.essais == 2


def test_an_end_that_cannot_be_written_is_given_up(monkeypatch):
    monkeypatch.setattr(due_work, "INSISTS_S", (0, 0))
    tries = []

    def write():
        tries.append(1)
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    with pytest.raises(psycopg.OperationalError):
        due_work.insist(write)
    assert len(tries) == 3


def test_a_write_that_is_wrong_is_not_repeated():
    tries = []

    def write():
        tries.append(1)
        raise psycopg.errors.UniqueViolation

    with pytest.raises(psycopg.errors.UniqueViolation):
        due_work.insist(write)
    assert len(tries) == 1
