"""What fails again and again says so once, and is tried less and less often."""

import logging

import psycopg
import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from shared.db import is_away
from shared.outages import FIRST_S, LONGEST_S, Outage


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def outage(clock):
    return Outage(logging.getLogger("essai"), "it is away", "it is back", clock=clock)


def test_an_outage_is_told_when_it_begins_and_when_it_ends(outage, clock, caplog):
    outage.ended()
    for clock.now in range(100):
        outage.failed(OSError("panne"))
    outage.ended()
    outage.ended()
    assert caplog.messages == ["it is away: panne", "it is back, after 99 s"]


def test_each_kind_of_failure_is_told_once(outage, caplog):
    for _ in range(3):
        outage.failed(OSError("panne"))
        outage.failed(ValueError("faute"), trace=True)
    assert [(one.getMessage(), bool(one.exc_info)) for one in caplog.records] == [
        ("it is away: panne", False),
        ("it is away: faute", True),
    ]


def test_the_next_outage_is_told_again(outage, caplog):
    for _ in range(2):
        outage.failed(OSError("panne"), level=logging.WARNING)
        outage.ended()
    assert caplog.messages == ["it is away: panne", "it is back, after 0 s"] * 2
    assert {one.levelname for one in caplog.records} == {"WARNING"}


def test_waits_grow_with_the_outage_within_bounds(outage, clock):
    waits = []
    for _ in range(12):
        waits.append(outage.failed(OSError()))
        clock.now += waits[-1]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (FIRST_S, LONGEST_S)


def error(kind, wrapped, code):
    made = kind("panne")
    made.sqlstate = code
    return wrapped("SELECT 1", None, made)


@pytest.mark.parametrize(
    ("kind", "wrapped", "code", "away"),
    [
        (psycopg.OperationalError, OperationalError, None, True),
        (psycopg.errors.AdminShutdown, OperationalError, "57P01", True),
        (psycopg.errors.CannotConnectNow, OperationalError, "57P03", True),
        (psycopg.errors.TooManyConnections, OperationalError, "53300", True),
        (psycopg.errors.ConnectionFailure, OperationalError, "08006", True),
        (psycopg.errors.DeadlockDetected, OperationalError, "40P01", False),
        (psycopg.errors.DiskFull, OperationalError, "53100", False),
        (psycopg.errors.UndefinedTable, ProgrammingError, "42P01", False),
        (psycopg.ProgrammingError, ProgrammingError, None, False),
    ],
)
def test_which_errors_say_that_the_database_is_away(kind, wrapped, code, away):
    assert is_away(error(kind, wrapped, code)) is away
