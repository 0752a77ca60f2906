"""What a service says as it starts: of its database, of its data, of what may be asked."""

from pathlib import Path
from threading import Event

import pytest
from starlette.testclient import TestClient

from services.bornes.app import service
from services.bornes.vitrine import StationSource
from shared import following, vitrine
from shared.service import ServiceApp
from shared.settings import Settings
from tests.bornes.test_vitrine import running, wait_until


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_an_address_that_takes_post_only_is_no_station(clone_database, method) -> None:
    with running(clone_database()) as (_, client):
        for path in ("/stations/itineraire", "/statuts"):
            answer = client.request(method, path)
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")


def test_a_registry_in_which_nothing_changed_yet_says_no_date(clone_database) -> None:
    with running(clone_database()) as (_, client):
        told = client.get("/sante/pret").json()
    assert (told["objets"], told["derniere_modification"]) == (0, None)


def test_a_service_starts_before_its_database(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(following, "RETRY_S", 0.05)
    nowhere = f"postgresql://relance@/postgres?host={tmp_path}"
    with TestClient(ServiceApp(service, Settings(database_url=nowhere))) as client:
        alive = client.get("/sante/vivant")
        assert alive.status_code == 200
        wait_until(lambda: client.get("/sante/pret").json()["base_de_donnees"] == "injoignable")
        ready = client.get("/sante/pret")
        assert ready.status_code == 503
        assert {one.headers["cache-control"] for one in (alive, ready)} == {"no-store"}
        assert client.get("/stations").status_code == 503


def test_a_service_that_loads_says_neither_that_its_database_is_away_nor_that_it_has_aged(
    clone_database, monkeypatch
) -> None:
    monkeypatch.setattr(vitrine, "STALE_S", -1)
    may_go_on = Event()
    load = StationSource.load

    def slow(*arguments):
        may_go_on.wait()
        return load(*arguments)

    monkeypatch.setattr(StationSource, "load", slow)
    with TestClient(ServiceApp(service, Settings(database_url=clone_database()))) as client:
        try:
            told = client.get("/sante/pret")
            assert (told.status_code, told.json()["etat"]) == (503, "en_chargement")
            assert told.json()["base_de_donnees"] == "joignable"
            early = client.get("/stations")
            assert early.status_code == 503
            assert "relance-fraicheur" not in early.headers
        finally:
            may_go_on.set()
