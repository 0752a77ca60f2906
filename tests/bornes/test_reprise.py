"""PostgreSQL comes back otherwise than it was: without the last transactions, or read-only."""

from collections.abc import Iterator

import numpy as np
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.bornes import demonstration
from services.bornes.app import service
from shared import journal
from shared import vitrine as vitrine_module
from shared.db import open_engine
from shared.settings import Settings
from shared.vitrine import Vitrine
from tests.applications import opened
from tests.factories import take_irve

RENAME = text("UPDATE bornes.points_de_charge SET nom_station = :name WHERE station_id = :id")
LOSE = (
    "ALTER TABLE bornes.journal DISABLE TRIGGER USER",
    "DELETE FROM bornes.journal WHERE acteur = 'perdu'",
    "ALTER TABLE bornes.journal ENABLE TRIGGER USER",
)


@pytest.fixture
def engine(clone_database) -> Iterator[Engine]:
    with open_engine(clone_database()) as engine:
        with Session(engine) as session, session.begin():
            take_irve(session, b"".join(demonstration.irve(60)))
        yield engine


@pytest.fixture
def vitrine(engine) -> Vitrine:
    vitrine = Vitrine(engine, service.journal, service.source, service.autres)
    vitrine.refresh()
    return vitrine


def rename(engine: Engine, station: str, name: str, acteur: str) -> None:
    with engine.begin() as connection:
        connection.execute(RENAME, {"name": name, "id": station})
        entry = ("station.modifiee", station, acteur, {})
        journal.append(connection, service.journal, [entry])


def named(vitrine: Vitrine, station: str) -> bytes:
    assert vitrine.vue is not None
    row = vitrine.vue.version.row_of(station)
    assert row is not None
    return bytes(vitrine.vue.version.each_text("resume", np.array([row]))[0])


def test_what_is_lost_is_shown_no_more_and_what_follows_is(engine, vitrine, caplog) -> None:
    station = vitrine.vue.version.id_at(0).decode()
    rename(engine, station, "Perdue", "perdu")
    vitrine.refresh()
    assert b"Perdue" in named(vitrine, station)
    with engine.begin() as connection:
        for statement in LOSE:
            connection.execute(text(statement))
        connection.execute(RENAME, {"name": "Gardée", "id": station})
    vitrine.refresh()
    assert "Gardée".encode() in named(vitrine, station)
    assert "no longer has what was read" in caplog.text
    rename(engine, station, "Suivante", "essai")
    vitrine.refresh()
    assert b"Suivante" in named(vitrine, station)


def test_another_entry_at_the_same_place_is_not_what_was_read(engine, vitrine) -> None:
    """A copy of the disks gives the same numbers again."""
    station = vitrine.vue.version.id_at(0).decode()
    rename(engine, station, "Perdue", "perdu")
    vitrine.refresh()
    with engine.begin() as connection:
        connection.execute(text(LOSE[0]))
        connection.execute(text("UPDATE bornes.journal SET instant = now() WHERE acteur = 'perdu'"))
        connection.execute(text(LOSE[2]))
        connection.execute(RENAME, {"name": "Gardée", "id": station})
    vitrine.refresh()
    assert "Gardée".encode() in named(vitrine, station)


def test_a_transaction_that_holds_changes_back_is_measured_and_told(
    engine, vitrine, monkeypatch, caplog
) -> None:
    """Somebody else's, in a session left open: nothing else would tell it."""

    def held() -> float:
        vitrine.refresh()
        found = REGISTRY.get_sample_value("relance_journal_retenu_secondes", {"service": "bornes"})
        assert found is not None
        return found

    monkeypatch.setattr(vitrine_module, "HELD_S", 0)
    while held():
        pass  # another database's transaction
    station = vitrine.vue.version.id_at(0).decode()
    with engine.connect() as left_open:
        left_open.execute(text("SELECT pg_current_xact_id()"))
        rename(engine, station, "Attendue", "essai")
        assert held() > 0
        assert b"Attendue" not in named(vitrine, station)
        assert "keeps changes from being shown" in caplog.text
    while held():
        pass
    assert b"Attendue" in named(vitrine, station)


def test_a_database_that_takes_no_writes_is_told_as_one_that_is_busy(engine) -> None:
    """As where its disk is full, or at a replica: come back."""
    point = {"id_pdc_itinerance": "FRZZZE00000101", "motif": "hors_service"}
    with engine.begin() as connection:
        read_only = "default_transaction_read_only = on"
        connection.execute(text(f"ALTER DATABASE {engine.url.database} SET {read_only}"))
    engine.dispose()
    settings = Settings(database_url=engine.url.render_as_string(hide_password=False))
    with opened(service, settings) as app, TestClient(app) as client:
        answer = client.post("/signalements", json=point)
    assert (answer.status_code, answer.json()["code"]) == (503, "indisponible")
