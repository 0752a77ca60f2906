"""A server takes over that lost the last transactions: what is shown is what it holds."""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from services.bornes import demonstration
from services.bornes.app import service
from services.bornes.commands import import_irve
from shared import journal
from shared.db import make_engine
from shared.vitrine import Vitrine

RENAME = text("UPDATE bornes.points_de_charge SET nom_station = :name WHERE station_id = :id")
LOSE = (
    "ALTER TABLE bornes.journal DISABLE TRIGGER USER",
    "DELETE FROM bornes.journal WHERE acteur = 'perdu'",
    "ALTER TABLE bornes.journal ENABLE TRIGGER USER",
)


@pytest.fixture
def engine(clone_database) -> Iterator[Engine]:
    engine = make_engine(clone_database())
    with Session(engine) as session, session.begin():
        content = BytesIO(b"".join(demonstration.irve(60)))
        import_irve(session, content, nom="essai.csv", producteur="essai", acteur="essai")
    yield engine
    engine.dispose()


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
