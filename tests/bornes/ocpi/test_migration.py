"""The stations that points left before anything was kept of it are read in the journal."""

from alembic import command
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.bornes.app import service
from shared.db import make_engine
from shared.migrations import config, upgrade
from tests.factories import irve_station, take_irve

DEPARTS = text("SELECT point_id, station_id FROM bornes.departs ORDER BY 1, 2")


def test_what_left_before_is_found_in_the_journal(clone_database):
    engine = make_engine(clone_database())
    one, two = irve_station(2, "FRESSP1")
    elsewhere = {"id_station_itinerance": "FRESSP9"}
    with Session(engine) as session:
        for rows in (
            [one, two],
            [one | elsewhere, two | elsewhere],
            [one, two | elsewhere],  # one came back
        ):
            take_irve(session, rows, seuil_perte=1)
            session.commit()
        kept = [tuple(row) for row in session.execute(DEPARTS)]
    assert kept == [("FRESSE100", "FRESSP9"), ("FRESSE101", "FRESSP1")]
    url = engine.url.render_as_string(hide_password=False)
    command.downgrade(config(service.dossier, url), "0009")
    upgrade(service.dossier, url)
    with Session(engine) as session:
        assert [tuple(row) for row in session.execute(DEPARTS)] == kept
    engine.dispose()
