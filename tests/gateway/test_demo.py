"""The demonstration: its data where they belong, its own PostgreSQL started again."""

import os
import signal
import threading
from contextlib import ExitStack
from functools import partial

import psycopg
import pytest
from starlette.responses import Response

from gateway import demo
from services.bornes import demonstration as bornes
from services.commerces import demonstration as commerces
from shared.postgres import PostgresError, find_running, start_embedded
from shared.settings import Settings


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "LOOK_S", 0.1)
    tmp_path.chmod(0o755)
    for parent in list(tmp_path.parents)[:2]:
        parent.chmod(0o755)
    cluster = start_embedded(tmp_path)
    yield cluster
    cluster.stop()


async def test_what_to_try_is_told_once_all_of_it_answers(monkeypatch):
    statuses = [503, 503, 200]
    told = []
    monkeypatch.setattr(demo, "_tell", lambda *said: told.append((said, list(statuses))))

    async def starting(scope, receive, send):
        assert scope["path"] == "/sante/pret"
        await Response(status_code=statuses.pop(0))(scope, receive, send)

    await demo._announce(starting, "settings", ["key"])
    assert told == [(("settings", ["key"]), [])]


def kill(folder):
    pid = (folder / "postgres/donnees/postmaster.pid").read_text().split()[0]
    os.kill(int(pid), signal.SIGKILL)


@pytest.mark.timeout(120)
def test_a_postgresql_that_is_killed_is_started_again(cluster, tmp_path, caplog):
    with demo.kept_running(cluster):
        kill(tmp_path)
        waiting = threading.Event()
        while "started again" not in caplog.text:
            waiting.wait(0.1)
    assert find_running(tmp_path) == cluster.url


@pytest.mark.timeout(120)
@pytest.mark.parametrize("error", [PostgresError("disque plein"), OSError(24, "disque plein")])
def test_one_that_cannot_start_is_told_once_and_tried_again(
    cluster, tmp_path, monkeypatch, caplog, error
):
    """Whatever the reason: what watches ended with a process that had too many files open."""
    tries = []
    start = type(cluster).start_again

    def refuse(one):
        tries.append(1)
        if len(tries) < 3:
            raise error
        start(one)

    monkeypatch.setattr(type(cluster), "start_again", refuse)
    cluster.stop()
    with demo.kept_running(cluster):
        waiting = threading.Event()
        while "PostgreSQL is started, after" not in caplog.text:
            waiting.wait(0.1)
    assert caplog.text.count("disque plein") == 1
    assert find_running(tmp_path) == cluster.url


@pytest.mark.timeout(120)
def test_one_that_comes_back_by_itself_is_told_and_so_is_its_next_end(cluster, monkeypatch, caplog):
    start = type(cluster).start_again

    def refuse(_one):
        raise PostgresError("disque plein")

    monkeypatch.setattr(type(cluster), "start_again", refuse)
    waiting = threading.Event()
    with demo.kept_running(cluster):
        for times in (1, 2):
            cluster.stop()
            while caplog.text.count("disque plein") < times:
                waiting.wait(0.1)
            start(cluster)
            while caplog.text.count("PostgreSQL is started, after") < times:
                waiting.wait(0.1)


def test_one_whose_connections_are_all_taken_still_runs(cluster, tmp_path):
    def take_all(taken):
        while True:
            taken.enter_context(psycopg.connect(cluster.url))

    with ExitStack() as taken:
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            take_all(taken)
        assert cluster.answers
        assert find_running(tmp_path) == cluster.url


def test_to_stop_what_has_ended_is_no_failure(cluster):
    cluster.stop()
    cluster.stop()
    assert not cluster.answers


def test_a_service_with_a_database_of_its_own_is_filled_there(
    clone_database, tmp_path, monkeypatch
):
    common, own = clone_database(), clone_database()
    monkeypatch.setenv("RELANCE_BORNES_DATABASE_URL", own)
    monkeypatch.setattr(bornes, "irve", partial(bornes.irve, 200))
    monkeypatch.setattr(commerces, "shops", partial(commerces.shops, 100))
    settings = Settings(dossier=tmp_path, database_url=common, secret_interne="s" * 32)
    demo.prepare(settings)
    numbers = []
    for url in (common, own):
        with psycopg.connect(url) as connection:
            points = connection.execute("SELECT count(*) FROM bornes.points_de_charge")
            keys = connection.execute("SELECT count(*) FROM gateway.cles")
            numbers.append((points.fetchone()[0] > 0, keys.fetchone()[0] > 0))
    assert numbers == [(False, True), (True, False)]
