"""The live state in OCPI: what an EVSE says, when a Location moves, and when it does not."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from services.bornes.statuts.commands import enregistrer
from services.bornes.statuts.dynamique import lire
from shared.schemas.ocpi import Location
from tests.bornes.statuts.conftest import PEREMPTION, cells
from tests.factories import irve_station
from tests.ocpi import data

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def tell(database):
    def tell(point, *state, ago=0):
        told = datetime.now(UTC) - timedelta(seconds=ago)
        row = cells(point, *state) | {"horodatage": told.isoformat()}
        with database() as session, session.begin():
            (verdict,) = enregistrer(session, [lire(row)], prefixes=None, peremption=PEREMPTION)
        assert verdict.accepte

    return tell


@pytest.fixture
def registry(database, stations):
    """Two stations declared long ago; the ids of their points."""
    rows = [*irve_station(2, "FRXXXP1"), *irve_station(1, "FRXXXP2", coordonneesXY="[2.36,48.86]")]
    stations(*rows)
    with database() as session, session.begin():
        for table, column in (("stations", "modifiee_le"), ("points_de_charge", "modifie_le")):
            session.execute(text(f"UPDATE bornes.{table} SET {column} = '2024-01-01 UTC'"))
    return [row["id_pdc_itinerance"] for row in rows]


def evses(reader, station="FRXXXP1"):
    found = data(reader.get(f"/ocpi/2.2.1/locations/{station}"))
    Location.model_validate(found)
    return found["last_updated"], {one["uid"]: one for one in found["evses"]}


def moved(reader, since):
    listed = reader.get(f"/ocpi/2.2.1/locations?date_from={since:%Y-%m-%dT%H:%M:%SZ}")
    assert listed.headers["x-total-count"] == str(len(data(listed)))
    return [one["id"] for one in data(listed)]


def test_an_evse_says_its_state_and_moves_its_location(reader, registry, tell):
    assert moved(reader, LONG_AGO + timedelta(days=1)) == []
    tell(registry[0], "en_service", "occupe")
    last, found = evses(reader)
    assert found[registry[0]]["status"] == "CHARGING"
    assert found[registry[1]]["status"] == "UNKNOWN"
    assert found[registry[0]]["last_updated"] == last > found[registry[1]]["last_updated"]
    assert moved(reader, LONG_AGO + timedelta(days=1)) == ["FRXXXP1"]
    # Oldest change first: the station that moved comes last.
    assert moved(reader, LONG_AGO) == ["FRXXXP2", "FRXXXP1"]


def test_a_status_told_again_moves_nothing(reader, registry, tell, database):
    tell(registry[0], "en_service", "libre", ago=120)
    with database() as session, session.begin():
        session.execute(text("UPDATE bornes.statuts SET change_le = now() - interval '1 hour'"))
    before = evses(reader)
    tell(registry[0], "en_service", "libre", ago=60)
    assert evses(reader) == before
    tell(registry[0], "hors_service", "inconnu", ago=30)
    last, found = evses(reader)
    assert found[registry[0]]["status"] == "OUTOFORDER"
    assert last > before[0]


def test_a_late_status_is_dated_from_its_reception(reader, registry, tell):
    start = datetime.now(UTC) - timedelta(seconds=2)
    tell(registry[0], "en_service", "reserve", ago=500)
    assert evses(reader)[1][registry[0]]["status"] == "RESERVED"
    assert moved(reader, start) == ["FRXXXP1"]


def test_a_state_that_expires_moves_its_location_to_that_instant(reader, registry, tell):
    tell(registry[0], "en_service", "libre", ago=700)
    last, found = evses(reader)
    assert found[registry[0]]["status"] == "UNKNOWN"
    expired = datetime.now(UTC) - timedelta(seconds=100)
    assert abs(datetime.fromisoformat(last) - expired) < timedelta(seconds=30)
    assert moved(reader, expired - timedelta(seconds=60)) == ["FRXXXP1"]


def test_pages_follow_the_order_of_live_changes(reader, registry, tell):
    tell(registry[2], "en_service", "libre")
    tell(registry[0], "en_service", "libre")
    first = reader.get("/ocpi/2.2.1/locations?limit=1")
    assert [one["id"] for one in data(first)] == ["FRXXXP2"]
    link = first.headers["link"].partition(">")[0].lstrip("<")
    assert [one["id"] for one in data(reader.get(link))] == ["FRXXXP1"]
