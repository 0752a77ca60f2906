"""A history kept by day becomes one kept by month, and back: nothing of it is lost."""

from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import text

from services.bornes.app import service
from shared.db import open_engine
from shared.migrations import config, upgrade

HISTORY = (
    (3, "FRXXXE100", "hors_service", datetime(2026, 9, 30, 23, 59, tzinfo=UTC)),
    (4, "FRXXXE100", "inconnu", datetime(2026, 10, 1, 0, 0, tzinfo=UTC)),
    (5, "FRXXXE101", "en_service", datetime(2026, 10, 1, 12, 0, tzinfo=UTC)),
)
PARTS = text(
    "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid"
    " WHERE inhparent = to_regclass('bornes.statuts_historique') ORDER BY relname"
)
ROWS = text(
    "SELECT position, point_id, etat_pdc, recu_le FROM bornes.statuts_historique ORDER BY position"
)


@pytest.fixture
def engine(clone_database, fill_points):
    with open_engine(clone_database()) as engine:
        fill_points(engine, 3)
        yield engine


def keep_by_day(engine):
    """The history and the latest statuses as they were kept before."""
    with engine.begin() as connection:
        for day in ("2026-09-30", "2026-10-01"):
            connection.execute(
                text(
                    f"CREATE TABLE bornes.statuts_historique_{day.replace('-', '')}"
                    " PARTITION OF bornes.statuts_historique"
                    f" FOR VALUES FROM ('{day} 00:00 UTC') TO ('{day} 24:00 UTC')"
                )
            )
        for position, point, etat, at in HISTORY:
            connection.execute(
                text(
                    "INSERT INTO bornes.statuts_historique (position, recu_le, point_id,"
                    " etat_pdc, occupation_pdc, horodatage)"
                    " VALUES (:position, :at, :point, :etat, 'inconnu', :at)"
                ),
                {"position": position, "point": point, "etat": etat, "at": at},
            )
            connection.execute(
                text(
                    "INSERT INTO bornes.statuts (point_id, etat_pdc, occupation_pdc, horodatage,"
                    " depuis, change_le, jour, nombre)"
                    " VALUES (:point, :etat, 'inconnu', :at, :at, :at, :at, 1)"
                    " ON CONFLICT (point_id) DO UPDATE SET etat_pdc = excluded.etat_pdc,"
                    " horodatage = excluded.horodatage"
                ),
                {"point": point, "etat": etat, "at": at},
            )


def test_a_history_by_day_becomes_one_by_month_and_back(engine):
    url = engine.url.render_as_string(hide_password=False)
    command.downgrade(config(service.dossier, url), "0007")
    keep_by_day(engine)
    upgrade(service.dossier, url)
    with engine.connect() as connection:
        assert list(map(tuple, connection.execute(ROWS))) == list(HISTORY)
        assert list(connection.scalars(PARTS)) == [
            "statuts_historique_202609",
            "statuts_historique_202610",
        ]
        known = connection.execute(
            text("SELECT point_id, connu_avant FROM bornes.statuts ORDER BY point_id")
        )
        assert list(map(tuple, known)) == [("FRXXXE100", "hors_service"), ("FRXXXE101", None)]
    command.downgrade(config(service.dossier, url), "0007")
    with engine.connect() as connection:
        assert list(map(tuple, connection.execute(ROWS))) == list(HISTORY)
        assert list(connection.scalars(PARTS)) == [
            "statuts_historique_20260930",
            "statuts_historique_20261001",
        ]
