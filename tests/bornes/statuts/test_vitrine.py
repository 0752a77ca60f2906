"""The states are followed: by notice, by poll, through other versions, without PostgreSQL."""

import subprocess
import sys
import time
from contextlib import contextmanager

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.bornes.app import service
from services.bornes.statuts import vitrine as vitrine_module
from services.bornes.statuts.commands import enregistrer
from services.bornes.statuts.dynamique import lire
from services.bornes.statuts.etats import PDC
from services.bornes.statuts.vitrine import SuiviEtats
from shared import following
from shared.db import open_engine
from shared.migrations import upgrade
from shared.postgres import start_embedded
from shared.settings import Settings
from tests.applications import opened
from tests.bornes.conftest import wait_until
from tests.bornes.statuts.conftest import PEREMPTION
from tests.bornes.statuts.test_api import now_cells
from tests.factories import irve_station, take_irve

TELL = """
import sys
from datetime import UTC, datetime, timedelta
from sqlalchemy.orm import Session
from services.bornes.statuts.commands import enregistrer
from services.bornes.statuts.dynamique import Lu, Statut
from shared.db import make_engine
engine = make_engine(sys.argv[1])
with Session(engine) as session, session.begin():
    lu = Lu(None, Statut(sys.argv[2], "en_service", "libre", datetime.now(UTC)))
    enregistrer(session, [lu], prefixes=None, peremption=timedelta(minutes=10))
engine.dispose()
"""


@contextmanager
def running(url):
    with opened(service, Settings(database_url=url)) as app, TestClient(app) as client:
        wait_until(lambda: client.get("/sante/pret").status_code == 200)
        yield app, client


def tell(engine, *points, **more):
    with Session(engine) as session, session.begin():
        rows = [lire(now_cells(point, **more)) for point in points]
        verdicts = enregistrer(session, rows, prefixes=None, peremption=PEREMPTION)
    assert all(verdict.accepte for verdict in verdicts)


@pytest.fixture
def url(clone_database):
    return clone_database()


@pytest.fixture
def engine(url):
    with open_engine(url) as engine:
        yield engine


@pytest.fixture
def points(engine, fill_points):
    return fill_points(engine, 3)


def occupation(client, point):
    return client.get(f"/points-de-charge/{point}").json()["etat"]["occupation_pdc"]


def test_a_status_told_to_another_process_is_shown(url, points, monkeypatch):
    # The poll is out of reach: only the notice sent at commit can wake the follower.
    monkeypatch.setattr(following, "POLL_S", 3_600)
    with running(url) as (_, client):
        assert occupation(client, points[0]) == "inconnu"
        subprocess.run([sys.executable, "-c", TELL, url, points[0]], check=True)
        wait_until(lambda: occupation(client, points[0]) == "libre")
        assert client.get("/stations?disponible=true").json()["numberMatched"] == 1


def test_a_lost_notice_is_covered_by_the_poll(url, engine, points):
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE bornes.statuts DISABLE TRIGGER annonce"))
    with running(url) as (_, client):
        tell(engine, points[0])
        wait_until(lambda: occupation(client, points[0]) == "libre")


def test_states_survive_new_versions_and_wait_for_points_still_unknown(url, engine, points):
    with running(url) as (app, client):
        tell(engine, points[0])
        wait_until(lambda: occupation(client, points[0]) == "libre")
        version = app.vitrine.vue.version
        rows = irve_station(2, "FRXXXP2", coordonneesXY="[2.36,48.86]")
        with Session(engine) as session, session.begin():
            take_irve(session, rows, "autre")
            # Told in the transaction that creates it: the state may be known before the point.
            enregistrer(
                session, [lire(now_cells("FRXXXE200"))], prefixes=None, peremption=PEREMPTION
            )
        path = "/points-de-charge/FRXXXE200"
        wait_until(lambda: client.get(path).status_code == 200)
        wait_until(lambda: client.get(path).json()["etat"]["occupation_pdc"] == "libre")
        assert app.vitrine.vue.version is not version
        assert occupation(client, points[0]) == "libre"
        assert client.get("/stations?disponible=true").json()["numberMatched"] == 2


def test_only_what_is_new_is_read_again(engine, points):
    followed = SuiviEtats(engine, 600)
    assert followed.vu is None
    followed.refresh()
    first = followed.vu
    assert followed.vu is first
    followed.refresh()
    assert followed.vu is first
    tell(engine, points[0])
    followed.refresh()
    assert followed.vu is not first
    assert followed.vu.of(PDC.number(points[0])).libre


def test_states_are_read_anew_on_another_connection(engine, points):
    """The server behind it may have taken over without the last transactions."""
    tell(engine, points[0])
    followed = SuiviEtats(engine, 600)
    followed.refresh()
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM bornes.statuts"))
    followed.refresh()
    assert followed.vu.of(PDC.number(points[0])).libre
    followed.connected()
    followed.refresh()
    assert not followed.vu.of(PDC.number(points[0])).libre


def test_a_state_grows_old_without_anyone(engine, points, monkeypatch):
    tell(engine, points[0])
    followed = SuiviEtats(engine, 600)
    followed.refresh()
    number = PDC.number(points[0])
    assert orjson.loads(followed.vu.of(number).json)["etat_pdc"] == "en_service"
    now = time.time()
    monkeypatch.setattr(vitrine_module.time, "time", lambda: now + 602)
    aged = followed.vu
    told = orjson.loads(aged.of(number).json)
    assert (told["etat_pdc"], told["occupation_pdc"]) == ("inconnu", "inconnu")
    assert told["perime"]
    assert told["horodatage"] is not None
    assert followed.vu is aged


def test_nothing_ends_the_thread(engine, points, monkeypatch):
    monkeypatch.setattr(following, "RETRY_S", 0.01)
    followed = SuiviEtats(engine, 600)
    asked = []

    def fail():
        asked.append(1)
        raise ValueError("une erreur de programme")

    monkeypatch.setattr(followed, "refresh", fail)
    followed.start()
    wait_until(lambda: len(asked) > 2)
    monkeypatch.undo()
    wait_until(lambda: followed.vu is not None)
    followed.stop()


def test_states_are_shown_while_postgresql_is_stopped(tmp_path, fill_points, monkeypatch):
    monkeypatch.setattr(following, "RETRY_S", 0.1)
    tmp_path.chmod(0o755)
    for parent in list(tmp_path.parents)[:2]:
        parent.chmod(0o755)
    cluster = start_embedded(tmp_path / "donnees")
    try:
        upgrade(service.dossier, cluster.url)
        with open_engine(cluster.url) as engine:
            points = fill_points(engine, 2)
            tell(engine, points[0])
        with running(cluster.url) as (_, client):
            wait_until(lambda: occupation(client, points[0]) == "libre")
            cluster.stop()
            assert occupation(client, points[0]) == "libre"
            assert client.get("/stations?disponible=true").json()["numberMatched"] == 1
            cluster = start_embedded(tmp_path / "donnees")
            with open_engine(cluster.url) as engine:
                tell(engine, points[0], occupation="occupe")
            wait_until(lambda: occupation(client, points[0]) == "occupe")
    finally:
        cluster.stop()
