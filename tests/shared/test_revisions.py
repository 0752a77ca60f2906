"""A program asks nothing of tables of another revision, and says so."""

import logging
import threading
import time

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from starlette.testclient import TestClient

from gateway.embedded import SERVICES
from shared import revisions
from shared.db import make_engine, open_engine
from shared.migrations import NewerError, config, upgrade
from shared.revisions import RevisionError
from shared.service import ServiceApp
from shared.settings import Settings
from shared.worker import _attempt, _rounds

SERVICE = SERVICES["commerces"]


def set_revision(url, revision):
    with open_engine(url) as engine, engine.begin() as connection:
        statement = text("UPDATE commerces.alembic_version SET version_num = :revision")
        connection.execute(statement, {"revision": revision})


@pytest.fixture
def url(clone_database):
    return clone_database()


@pytest.fixture
def engine(url):
    with open_engine(url) as engine:
        revisions.expect(engine, SERVICE.dossier, SERVICE.nom)
        yield engine


def test_the_last_file_is_the_last_revision(migrated_folders):
    for folder in migrated_folders:
        script = ScriptDirectory.from_config(config(folder, ""))
        known = [revision.revision for revision in script.walk_revisions()]
        assert list(revisions.known(folder)) == known[::-1]


def test_tables_of_the_code_are_asked(engine):
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM commerces.fiches")) == 0


@pytest.mark.parametrize(
    ("revision", "told"),
    [("0001", "« relance db migrer » les met à jour"), ("9999", "remettez la version")],
)
def test_tables_of_another_revision_are_not(url, engine, revision, told):
    set_revision(url, revision)
    with pytest.raises(RevisionError, match=f"révision {revision}.*{told}"):
        engine.connect()


def test_nor_are_tables_that_do_not_exist(server_url, engine):
    bare = make_engine(server_url)
    revisions.expect(bare, SERVICE.dossier, "nulle_part")
    with pytest.raises(RevisionError, match="manquent : « relance db migrer » les crée"):
        bare.connect()
    bare.dispose()


def test_a_service_waits_for_its_tables(url, caplog):
    caplog.set_level(logging.WARNING)
    set_revision(url, "0001")
    app = ServiceApp(SERVICE, Settings(database_url=url))
    with TestClient(app) as client:
        refused = client.post("/acces", json={"courriel": "e@boutique.example", "fiche_id": 1})
        while not any(line.startswith("vitrine: ") for line in caplog.messages):
            time.sleep(0.01)
        ready = client.get("/sante/pret")
        set_revision(url, revisions.known(SERVICE.dossier)[-1])
        while client.get("/sante/pret").status_code != 200:
            time.sleep(0.05)
    assert (refused.status_code, ready.status_code) == (503, 503)
    assert ready.json()["base_de_donnees"] == "autre_revision"
    assert "relance db migrer" in refused.json()["detail"]
    told = [line for line in caplog.messages if line.startswith("vitrine: ")]
    assert "vitrine: what is new cannot be taken in, serving what is known: Les tables" in told[0]
    assert not any("unreachable" in line for line in caplog.messages)


def test_due_work_waits_for_its_tables(url, engine, caplog):

    set_revision(url, "9999")
    atelier = SERVICE.atelier(Settings(database_url=url, secret_interne="s" * 32))
    one = next(_rounds(engine, atelier, threading.Event()))
    assert _attempt(one) > 0
    (line,) = caplog.messages
    assert line.startswith("worker: the work of commerces failed: Les tables de « commerces »")


def test_tables_of_a_later_version_are_left_alone(url):
    set_revision(url, "9999")
    with pytest.raises(NewerError, match="restaurez la sauvegarde"):
        upgrade(SERVICE.dossier, url)
