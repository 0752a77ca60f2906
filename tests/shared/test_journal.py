"""The journal loses no entry, forgets none, and wakes whoever follows it."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import Engine, MetaData, Table, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateSchema

from shared.db import make_engine, new_metadata, open_engine
from shared.journal import (
    BATCH,
    EPOCH,
    ZERO,
    Curseur,
    Entree,
    Listener,
    after_known,
    append,
    create_statements,
    head,
    journal_table,
    read,
    seen,
)
from tests.examples import tried_on

METADATA = new_metadata("essai")
JOURNAL = journal_table(METADATA)


@pytest.fixture
def journal(clone_database: Callable[[], str]) -> Iterator[Engine]:
    """A database with a journal of its own."""
    with open_engine(clone_database()) as engine:
        with engine.begin() as connection:
            connection.execute(CreateSchema("essai"))
            METADATA.create_all(connection)
            for statement in create_statements("essai"):
                connection.execute(text(statement))
        yield engine


def entry(sujet: str, **corps: object) -> tuple[str, str, str, dict]:
    return ("essai.fait", sujet, "test", corps)


def read_all(engine: Engine, expected: int, after: Curseur = ZERO) -> list[Entree]:
    """All entries; another database's transaction may hold the last ones back for a moment."""
    while True:
        with engine.connect() as connection:
            entries = read(connection, JOURNAL, after, limit=1_000_000)
        if len(entries) >= expected:
            return entries


def test_an_entry_comes_back_as_written(journal):
    with journal.begin() as connection:
        append(connection, JOURNAL, [entry("a", nom="Éclair ⚡", n=[1, None])])
    (found,) = read_all(journal, 1)
    assert found[2:] == ("essai.fait", "a", "test", {"nom": "Éclair ⚡", "n": [1, None]})
    assert found.instant.tzinfo is not None
    with journal.connect() as connection:
        assert head(connection, JOURNAL) == (found.curseur, found.instant)


def test_an_empty_journal_has_a_head(journal):
    with journal.connect() as connection:
        assert head(connection, JOURNAL) == (ZERO, EPOCH)
        assert read(connection, JOURNAL, ZERO, 10) == []
        append(connection, JOURNAL, [])


def test_a_slow_transaction_is_lost_by_the_naive_cursor_and_not_by_ours(journal):
    slow, fast = journal.connect(), journal.connect()
    with slow, fast, journal.connect() as reader:
        append(slow, JOURNAL, [entry("lent")])
        append(fast, JOURNAL, [entry("rapide")])
        fast.commit()

        naive = select(JOURNAL.c.position, JOURNAL.c.sujet).order_by(JOURNAL.c.position)
        seen_naive = reader.execute(naive).all()
        seen = read(reader, JOURNAL, ZERO, 10)
        reader.commit()
        slow.commit()

        last = seen_naive[-1].position
        seen_naive += reader.execute(naive.where(JOURNAL.c.position > last)).all()
    assert [row.sujet for row in seen_naive] == ["rapide"], "the naive reader would be right"
    assert seen == [], "an entry is shown while an older transaction runs"
    assert [entree.sujet for entree in read_all(journal, 2)] == ["lent", "rapide"]


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["write", "commit", "roll back", "read"])),
    max_size=25,
)


@tried_on(30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_the_order_of_commits_a_follower_sees_each_entry_once(journal, steps):
    with journal.connect() as connection:
        cursor = start = head(connection, JOURNAL)[0]
    writers = [journal.connect() for _ in range(3)]
    pending: list[list[str]] = [[], [], []]
    committed: list[str] = []
    followed: list[str] = []
    for number, (who, what) in enumerate(steps):
        if what == "write":
            append(writers[who], JOURNAL, [entry(str(number))])
            pending[who].append(str(number))
        elif what == "read":
            with journal.connect() as connection:
                for found in read(connection, JOURNAL, cursor, limit=2):
                    cursor = found.curseur
                    followed.append(found.sujet)
        else:
            writers[who].commit() if what == "commit" else writers[who].rollback()
            committed += pending[who] if what == "commit" else []
            pending[who] = []
    for writer in writers:
        writer.close()
    followed += [e.sujet for e in read_all(journal, len(committed) - len(followed), cursor)]
    assert sorted(followed) == sorted(committed)
    assert followed == [e.sujet for e in read_all(journal, len(committed), start)]


def test_pages_follow_each_other(journal):
    with journal.begin() as connection:
        append(connection, JOURNAL, (entry(str(i)) for i in range(7)))
    everything = read_all(journal, 7)
    pages, cursor = [], ZERO
    with journal.connect() as connection:
        while page := read(connection, JOURNAL, cursor, limit=3):
            pages.append(page)
            cursor = page[-1].curseur
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [entree for page in pages for entree in page] == everything


def test_what_follows_an_entry_is_told_to_who_met_that_very_entry(journal):
    with journal.begin() as connection:
        append(connection, JOURNAL, [entry(sujet) for sujet in "abc"])
    met, *others = read_all(journal, 3)
    elsewhere = met.curseur._replace(position=met.curseur.position + 100)
    later = met.instant + timedelta(seconds=1)
    with journal.connect() as connection:
        for instant in (None, met.instant):
            assert after_known(connection, JOURNAL, met.curseur, 10, instant) == others
        assert after_known(connection, JOURNAL, met.curseur, 1) == others[:1]
        assert after_known(connection, JOURNAL, others[-1].curseur, 10) == []
        assert after_known(connection, JOURNAL, ZERO, 10) == [met, *others]
        assert after_known(connection, JOURNAL, met.curseur, 10, later) is None, "another database"
        assert after_known(connection, JOURNAL, elsewhere, 10) is None
        never = met.curseur._replace(xid=met.curseur.xid - 1)
        assert after_known(connection, JOURNAL, never, 10) is None, "others follow it, all the same"


def test_many_entries_are_few_statements_in_their_order(journal):
    count = 2 * BATCH + 1
    with Session(journal) as session, session.begin():
        append(session, JOURNAL, (entry(str(i), i=i) for i in range(count)))
        calls = session.scalar(select(func.count(JOURNAL.c.instant.distinct())))
    assert calls == count, "each entry has its own instant"
    assert [e.corps["i"] for e in read_all(journal, count)] == list(range(count))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE essai.journal SET sujet = 'b'",
        "DELETE FROM essai.journal",
        "TRUNCATE essai.journal",
        "INSERT INTO essai.journal VALUES (1, '1', now(), 'genre', 'sujet', 'acteur', '{}')",
    ],
)
def test_what_is_written_stays(journal, statement):
    with journal.begin() as connection:
        append(connection, JOURNAL, [entry("a")])
    with pytest.raises(DBAPIError), journal.begin() as connection:
        connection.execute(text(statement))
    assert [found.sujet for found in read_all(journal, 1)] == ["a"]


FOLLOWER = """
import sys
from sqlalchemy import MetaData, Table
from shared.db import make_engine
from shared.journal import Listener
engine = make_engine(sys.argv[1])
with Listener(engine, Table("journal", MetaData(schema="essai"))) as listener:
    print("ready", flush=True)
    listener.wait(3600)
    print("woken", flush=True)
engine.dispose()
"""


def test_a_commit_wakes_a_listener_of_another_process(journal):
    url = journal.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", FOLLOWER, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout.readline() == "ready\n"
        with journal.begin() as connection:
            append(connection, JOURNAL, [entry("a")])
        assert follower.stdout.readline() == "woken\n"
    assert follower.returncode == 0


def test_a_notice_that_came_before_the_wait_ends_it(journal):
    with Listener(journal, JOURNAL) as listener:
        with journal.begin() as connection:
            append(connection, JOURNAL, [entry("a")])
        listener.wait(3600)


def test_another_thread_ends_the_wait_and_silence_too(journal):
    with Listener(journal, JOURNAL) as listener:
        listener.wait(0.01)
        woken = []
        threading.Timer(0.05, lambda: (woken.append(True), listener.wake())).start()
        listener.wait(3600)
        assert woken


def test_ending_the_wait_of_a_listener_that_stopped_is_no_error(journal):
    with Listener(journal, JOURNAL) as listener:
        pass
    listener.wake()


def test_a_lost_connection_is_an_error_of_the_database(journal):
    with Listener(journal, JOURNAL) as listener:
        with journal.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
                )
            )
        # The farewell of the server may come before its end: a wait or two may return.
        with pytest.raises(DBAPIError):
            _ = [listener.wait(5) for _ in range(100)]


def test_a_database_that_is_away_is_an_error_of_the_database():
    engine = make_engine("postgresql://relance@/postgres?host=/nowhere")
    with pytest.raises(DBAPIError), Listener(engine, JOURNAL):
        pass


def test_a_listener_takes_no_place_in_the_pool(journal):
    with ExitStack() as listeners:
        for _ in range(10):
            listeners.enter_context(Listener(journal, JOURNAL))
        with journal.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1


def test_each_service_has_its_own_channel():
    other: Table = journal_table(MetaData(schema="autre"))
    assert "'autre_journal'" in create_statements("autre")[0]
    assert other.schema == "autre"


def test_whatever_is_committed_is_seen_as_another_state(journal):
    """Even what a slower transaction wrote at a smaller position."""

    def state():
        with journal.connect() as connection:
            return seen(connection, JOURNAL)

    states = [state()]
    with journal.connect() as slow:
        append(slow, JOURNAL, [entry("lent")])
        for name in ("a", "b"):
            with journal.begin() as fast:
                append(fast, JOURNAL, [entry(name)])
            states.append(state())
        assert state() == states[-1]
        slow.commit()
    states.append(state())
    assert len(set(states)) == len(states) == 4
