"""A journal goes on where its backup was restored into a cluster that is behind."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from services.bornes.models import JOURNAL as REGISTRY
from services.commerces.models import JOURNAL as DIRECTORY
from shared import journal
from shared.db import open_engine
from shared.journal import ZERO, Curseur
from shared.migrations import upgrade

SERVICES = Path(__file__).parents[2] / "services"
AHEAD = 10**12
"""Transactions of the cluster that was saved."""
JOURNALS = pytest.mark.parametrize("table", [REGISTRY, DIRECTORY], ids=lambda table: table.schema)


@pytest.fixture
def engine(clone_database: Callable[[], str]) -> Iterator[Engine]:
    with open_engine(clone_database()) as engine:
        yield engine


def write(engine: Engine, table, name: str) -> None:
    with engine.begin() as connection:
        journal.append(connection, table, [("essai.fait", name, "essai", {})])


def read(engine: Engine, table, after: Curseur, expected: int) -> list[str]:
    """The subjects that follow; another database's transaction may hold them back for a moment."""
    while True:
        with engine.connect() as connection:
            found = journal.read(connection, table, after, 100)
        if len(found) >= expected:
            return [entry.sujet for entry in found]


def come_from_afar(engine: Engine, table) -> None:
    """The rows as a dump of a cluster that is ahead gives them."""
    with engine.begin() as connection:
        for statement in (
            "ALTER TABLE {0} DISABLE TRIGGER USER",
            f"UPDATE {{0}} SET xid = CAST(CAST({AHEAD} + position AS text) AS xid8)",
            "ALTER TABLE {0} ENABLE TRIGGER USER",
        ):
            connection.execute(text(statement.format(table.fullname)))


def migrate(engine: Engine, table) -> None:
    url = engine.url.render_as_string(hide_password=False)
    upgrade(SERVICES / (table.schema or ""), url)


def last(engine: Engine, table) -> Curseur:
    with engine.connect() as connection:
        return journal.head(connection, table)[0]


@JOURNALS
def test_cursors_of_before_hold_and_what_follows_comes_after_them(engine, table):
    write(engine, table, "avant")
    write(engine, table, "dernier")
    come_from_afar(engine, table)
    with engine.connect() as connection:
        row = connection.execute(select(table).where(table.c.sujet == "avant")).one()
    held = Curseur(row.xid, row.position)
    migrate(engine, table)
    write(engine, table, "après")
    assert read(engine, table, held, 2) == ["dernier", "après"]
    assert read(engine, table, ZERO, 3) == ["avant", "dernier", "après"]
    assert last(engine, table) > held


@JOURNALS
def test_a_journal_that_is_not_behind_is_left_alone(engine, table):
    write(engine, table, "avant")
    read(engine, table, ZERO, 1)
    before = last(engine, table)
    migrate(engine, table)
    write(engine, table, "après")
    assert read(engine, table, before, 1) == ["après"]
    assert last(engine, table).xid < before.xid + 2**31


@JOURNALS
def test_it_may_be_restored_again(engine, table):
    for round_ in ("a", "b", "c"):
        write(engine, table, round_)
        come_from_afar(engine, table)
        migrate(engine, table)
    write(engine, table, "d")
    migrate(engine, table)
    assert read(engine, table, ZERO, 4) == ["a", "b", "c", "d"]


def test_an_empty_journal_has_nothing_to_go_on_from(engine):
    migrate(engine, DIRECTORY)
    write(engine, DIRECTORY, "a")
    assert last(engine, DIRECTORY).xid < AHEAD
