"""The vitrine follows its database: changes of any process, restarts, and the time in between."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.bornes import demonstration, filtres
from services.bornes.api import exports
from services.bornes.app import service
from services.bornes.avitaillement.vitrine import GENRE
from services.bornes.exports import avitaillement, geojson
from services.bornes.vitrine import StationSource
from shared import db, following, journal
from shared import vitrine as vitrine_module
from shared.db import open_engine
from shared.migrations import upgrade
from shared.postgres import start_embedded
from shared.schemas.bornes import Filtres, StationResume
from shared.schemas.geo import FeatureCollection
from shared.service import ServiceApp
from shared.settings import Settings
from shared.vitrine import Vitrine
from tests import applications
from tests.bornes.conftest import wait_until
from tests.factories import point, take_irve, take_points

CHANGE = """
import sys
from sqlalchemy import text
from services.bornes.models import JOURNAL
from shared import journal
from shared.db import make_engine
engine = make_engine(sys.argv[1])
with engine.begin() as connection:
    connection.execute(text(
        "UPDATE bornes.points_de_charge SET nom_station = 'Renommée' WHERE station_id = :id"
    ), {"id": sys.argv[2]})
    journal.append(connection, JOURNAL, [("station.modifiee", sys.argv[2], "essai", {})])
engine.dispose()
"""


def fill(url: str, points: int) -> None:
    with open_engine(url) as engine, Session(engine) as session, session.begin():
        take_irve(session, b"".join(demonstration.irve(points)))


@contextmanager
def running(url: str) -> Iterator[tuple[ServiceApp, TestClient]]:
    settings = Settings(database_url=url)
    with applications.opened(service, settings) as app, TestClient(app) as client:
        wait_until(lambda: app.vitrine.vue is not None)
        yield app, client


@pytest.fixture
def engine(database) -> Iterator[Engine]:
    with open_engine(database) as engine:
        yield engine


@pytest.fixture
def database(clone_database) -> str:
    url = clone_database()
    fill(url, 60)
    return url


def a_station(client: TestClient) -> str:
    return client.get("/stations?limite=1").json()["features"][0]["id"]


def test_a_change_by_another_process_is_shown(database, monkeypatch) -> None:
    # The poll is put out of reach: only the notice sent at commit can wake the vitrine. How
    # long it takes is measured by `make bench`.
    monkeypatch.setattr(following, "POLL_S", 3_600)
    with running(database) as (_, client):
        station = a_station(client)
        tag = client.get("/stations").headers["etag"]
        subprocess.run([sys.executable, "-c", CHANGE, database, station], check=True)

        def name() -> str:
            return client.get(f"/stations/{station}").json()["properties"]["nom_station"]

        wait_until(lambda: name() == "Renommée")
        assert client.get("/stations").headers["etag"] != tag


def test_a_lost_notice_is_covered_by_the_poll(database) -> None:
    with running(database) as (_, client):
        station = a_station(client)
        with open_engine(database) as engine, engine.begin() as connection:
            connection.execute(text("ALTER TABLE bornes.journal DISABLE TRIGGER annonce"))
            connection.execute(
                text("UPDATE bornes.points_de_charge SET retire_le = now() WHERE station_id = :id"),
                {"id": station},
            )
            connection.execute(
                text(
                    "INSERT INTO bornes.journal (genre, sujet, acteur, corps)"
                    " VALUES ('station.retiree', :id, 'essai', '{}')"
                ),
                {"id": station},
            )
        wait_until(lambda: client.get(f"/stations/{station}").status_code == 404)


def test_a_batch_too_large_is_read_again_in_one_piece(database, engine, monkeypatch) -> None:
    vitrine = Vitrine(engine, service.journal, service.source)
    vitrine.refresh()
    assert vitrine.vue is not None
    before = len(vitrine.vue.version)
    monkeypatch.setattr(vitrine_module, "BATCH", 3)
    reloads = []
    monkeypatch.setattr(StationSource, "reload", lambda *_: reloads.append(1))
    fill(database, 120)
    vitrine.refresh()
    assert len(vitrine.vue.version) > before
    assert reloads == []


def test_following_and_loading_show_the_same(database, engine) -> None:
    follower = Vitrine(engine, service.journal, service.source)
    follower.refresh()
    fill(database, 90)
    follower.refresh()
    newcomer = Vitrine(engine, service.journal, service.source)
    newcomer.refresh()
    assert follower.vue is not None
    assert newcomer.vue is not None
    assert follower.vue.etag == newcomer.vue.etag

    def everything(vitrine: Vitrine) -> bytes:
        assert vitrine.vue is not None
        version = vitrine.vue.version
        rows = version.select(filtres.search(Filtres(), {}), None)
        return b"".join(version.texts("resume", rows))

    assert everything(follower) == everything(newcomer)


def test_what_changed_joins_the_base_once_changes_pause(database, engine, monkeypatch) -> None:
    vitrine = Vitrine(engine, service.journal, service.source)
    vitrine.refresh()
    fill(database, 90)
    vitrine.refresh()
    moving = vitrine.vue
    assert moving is not None
    assert moving.version.changed
    monkeypatch.setattr(vitrine_module, "REST_S", 0)
    vitrine.refresh()
    assert vitrine.vue is not None
    assert not vitrine.vue.version.changed
    assert len(vitrine.vue.version) == len(moving.version)
    assert vitrine.vue.etag == moving.etag


def test_another_kind_of_object_is_followed_apart_and_settles_too(
    database, engine, monkeypatch
) -> None:
    vitrine = Vitrine(engine, service.journal, service.source, service.autres)
    vitrine.refresh()
    with Session(engine) as session, session.begin():
        take_points(session, [point()])
    before = vitrine.vue
    assert before is not None
    vitrine.refresh()
    moving = vitrine.vue
    assert moving is not None
    assert moving.version is before.version
    assert (len(moving.autres[GENRE]), moving.autres[GENRE].changed) == (1, True)
    assert moving.etag != before.etag
    monkeypatch.setattr(vitrine_module, "REST_S", 0)
    vitrine.refresh()
    assert vitrine.vue is not None
    assert not vitrine.vue.autres[GENRE].changed
    assert len(vitrine.vue.autres[GENRE]) == 1
    fresh = Vitrine(engine, service.journal, service.source, service.autres)
    fresh.refresh()
    assert fresh.vue is not None
    texts = [one.autres[GENRE].base.table.texts["resume"] for one in (vitrine.vue, fresh.vue)]
    assert bytes(texts[0].buffer) == bytes(texts[1].buffer)


def test_an_entry_about_what_is_not_shown_leaves_the_tags_as_they_are(database, engine) -> None:
    vitrine = Vitrine(engine, service.journal, service.source, service.autres)
    vitrine.refresh()
    before = vitrine.vue
    assert before is not None
    with engine.begin() as connection:
        entry = ("signalement.recu", before.version.id_at(0).decode(), "essai", {})
        journal.append(connection, service.journal, [entry])
    vitrine.refresh()
    fresh = Vitrine(engine, service.journal, service.source, service.autres)
    fresh.refresh()
    for after in (vitrine.vue, fresh.vue):
        assert after is not None
        assert after.headers == before.headers
        assert after.curseur > before.curseur
    assert vitrine.vue is not None
    assert vitrine.vue.version is before.version


def test_an_error_in_a_change_does_not_end_the_thread(database, monkeypatch) -> None:
    with running(database) as (app, client):
        failures = []

        def broken(*_: object) -> None:
            failures.append(1)
            monkeypatch.undo()
            raise ValueError("a bug")

        monkeypatch.setattr(following, "RETRY_S", 0.01)
        monkeypatch.setattr(StationSource, "reload", broken)
        station = a_station(client)
        subprocess.run([sys.executable, "-c", CHANGE, database, station], check=True)
        wait_until(
            lambda: (
                "Renommée" in client.get(f"/stations/{station}").text
                and app.vitrine.perimee_depuis is None
            )
        )
        assert failures


def answered() -> float:
    """When the database last answered, as Prometheus is told."""
    found = REGISTRY.get_sample_value("relance_base_reponse_secondes", {"service": "bornes"})
    assert found is not None
    return found


def test_reads_go_on_while_postgresql_is_stopped(tmp_path: Path, monkeypatch) -> None:
    tmp_path.chmod(0o711)
    monkeypatch.setattr(following, "RETRY_S", 0.05)
    monkeypatch.setattr(vitrine_module, "STALE_S", 0.5 + following.POLL_S)
    cluster = start_embedded(tmp_path / "donnees", jetable=True)
    try:
        upgrade(service.dossier, cluster.url)
        fill(cluster.url, 60)
        with running(cluster.url) as (_, client):
            station = a_station(client)
            known = client.get("/stations").json()
            # The states are read apart: without them a station is not shown.
            wait_until(lambda: client.get("/sante/pret").status_code == 200)
            cluster.stop()
            stopped = time.time()
            wait_until(lambda: "relance-fraicheur" in client.get("/stations").headers)
            assert answered() <= stopped
            assert client.get("/stations").json() == known
            assert client.get("/stations/proches?lon=2.35&lat=48.85").status_code == 200
            assert client.get(f"/stations/{station}").status_code == 200
            for export in ("irve-statique.csv", "stations.geojson"):
                assert station in client.get(f"/exports/{export}").text
            ready = client.get("/sante/pret")
            assert (ready.status_code, ready.json()["base_de_donnees"]) == (200, "injoignable")
            cluster = start_embedded(tmp_path / "donnees", jetable=True)
            wait_until(lambda: "relance-fraicheur" not in client.get("/stations").headers)
            assert answered() > stopped
            subprocess.run([sys.executable, "-c", CHANGE, cluster.url, station], check=True)
            wait_until(lambda: "Renommée" in client.get(f"/stations/{station}").text)
    finally:
        cluster.stop()


def test_the_geojson_export_is_every_station_once(database, monkeypatch) -> None:
    monkeypatch.setattr(geojson, "PIECE", 7)
    with running(database) as (app, client):
        answer = client.get("/exports/stations.geojson")
        assert answer.headers["content-type"] == "application/geo+json"
        export = FeatureCollection[StationResume].model_validate(answer.json())
        ids = [feature.id for feature in export.features]
        assert sorted(ids) == sorted(set(ids))
        assert len(ids) == len(app.vitrine.vue.version)
        again = client.get(
            "/exports/stations.geojson", headers={"if-none-match": answer.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")


def test_the_points_are_a_geojson_file_too(database) -> None:
    with running(database) as (_, client):
        answer = client.get("/exports/irve-statique.geojson")
        assert answer.headers["content-type"] == "application/geo+json"
        assert 'filename="irve-statique.geojson"' in answer.headers["content-disposition"]
        held = {"if-none-match": answer.headers["etag"]}
        again = client.get("/exports/irve-statique.geojson", headers=held)
        assert (again.status_code, again.content) == (304, b"")


def test_the_parquet_export_is_a_file_of_the_registry(database) -> None:
    with running(database) as (_, client):
        answer = client.get("/exports/irve-statique.parquet")
        assert answer.headers["content-type"] == "application/vnd.apache.parquet"
        assert 'filename="irve-statique.parquet"' in answer.headers["content-disposition"]
        assert (answer.content[:4], answer.content[-4:]) == (b"PAR1", b"PAR1")
        held = {"if-none-match": answer.headers["etag"]}
        again = client.get("/exports/irve-statique.parquet", headers=held)
        assert (again.status_code, again.content) == (304, b"")


def test_the_geojson_of_an_empty_registry_is_valid(clone_database) -> None:
    with running(clone_database()) as (_, client):
        for name in ("stations", "irve-statique"):
            assert client.get(f"/exports/{name}.geojson").json()["features"] == []
        assert client.get("/stations").json()["numberMatched"] == 0
        assert client.get("/facettes").json()["stations"] == 0


def test_slow_downloads_leave_the_service_its_connections(database) -> None:
    with running(database) as (app, client):
        answers = [
            app.fastapi.state.engine.pool.checkedout()
            for _ in range(10)
            if client.get("/exports/avitaillement.csv").status_code == 200
        ]
        assert answers == [0] * 10
        # Not even while the file is on its way.
        content = exports._content(app.fastapi.state.engine, avitaillement.avitaillement)
        assert next(content)
        assert app.fastapi.state.engine.pool.checkedout() == 0
        content.close()


def test_a_full_pool_asks_to_come_back_and_hides_nothing(database, monkeypatch) -> None:
    monkeypatch.setattr(db, "POOL_TIMEOUT_S", 0.05)
    with running(database) as (app, client):
        engine = app.fastapi.state.engine
        held = [engine.connect() for _ in range(engine.pool.size())]
        try:
            refused = client.get("/exports/avitaillement.csv")
            assert (refused.status_code, refused.json()["code"]) == (503, "indisponible")
            assert "retry-after" in refused.headers
            assert client.get("/sante/pret").status_code == 200
            station = a_station(client)
            subprocess.run([sys.executable, "-c", CHANGE, database, station], check=True)
            wait_until(lambda: "Renommée" in client.get(f"/stations/{station}").text)
        finally:
            for connection in held:
                connection.close()


def test_silence_of_the_database_ages_what_is_shown(database, monkeypatch) -> None:
    monkeypatch.setattr(vitrine_module, "STALE_S", -1)
    with running(database) as (_, client):
        files = [
            f"/exports/{name}"
            for name in (
                "irve-dynamique.csv",
                "irve-statique.csv",
                "irve-statique.geojson",
                "irve-statique.parquet",
                "stations.geojson",
                "avitaillement.geojson",
            )
        ]
        route = {"type": "LineString", "coordinates": [[2.34, 48.85], [2.36, 48.86]]}
        along = {"trace": route, "corridor_m": 500}
        for answer in (
            *map(client.get, ("/stations", *files)),
            client.post("/stations/itineraire", json=along),
        ):
            assert answer.status_code == 200, answer.text
            assert answer.headers["relance-fraicheur"].startswith("perimee; depuis=")
        assert client.get("/sante/pret").json()["base_de_donnees"] == "injoignable"
