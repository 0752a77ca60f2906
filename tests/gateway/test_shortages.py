"""A disk without room, a database that lets nothing last: what callers and commands are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient
from typer.testing import CliRunner

from gateway.cli import app
from services.bornes.app import service
from shared.auth import Acteur
from shared.db import open_engine
from shared.settings import Settings
from shared.transfers import uploads
from tests.applications import SECRET, bearer, opened
from tests.factories import irve_csv, irve_station

LIMIT = "options=-c%20statement_timeout%3D1000"


@pytest.fixture
def limited(url: str) -> str:
    """The address of a database that interrupts what lasts a second."""
    return f"{url}{'&' if '?' in url else '?'}{LIMIT}"


@pytest.fixture
def client(limited: str) -> Iterator[TestClient]:
    acteur = Acteur("FRESS", "operateur", frozenset({"bornes:importer"}), prefixes=frozenset())
    with opened(service, Settings(database_url=limited, secret_interne=SECRET)) as served:
        client = TestClient(served, raise_server_exceptions=False)
        client.headers.update(bearer(acteur, service="bornes"))
        yield client


@contextmanager
def locked(url: str) -> Iterator[None]:
    """A table that everybody waits for."""
    with open_engine(url) as engine, engine.begin() as other:
        other.execute(text("LOCK TABLE bornes.imports"))
        yield


def send(client: TestClient) -> dict[str, object]:
    answer = client.post("/imports", content=irve_csv(irve_station(1, "FRESSP1")))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60"), answer.text
    return answer.json()


def test_a_file_that_finds_no_room_is_told(client, monkeypatch, caplog):
    def full(**_):
        return Path("/dev/full").open("r+b", buffering=0)

    monkeypatch.setattr(uploads, "SpooledTemporaryFile", full)
    assert "plus de place sur son disque" in send(client)["detail"]
    (line,) = [one for one in caplog.records if one.name == "shared.service"]
    assert "No space left on device" in line.getMessage()


def test_what_the_database_interrupts_is_told(client, url):
    with locked(url):
        assert "statement_timeout" in send(client)["detail"]


def test_a_command_that_finds_no_room_says_so(url, monkeypatch):
    found = CliRunner().invoke(app, ["bornes", "exporter", "/dev/full"])
    assert (found.exit_code, "Le disque est plein" in found.output) == (1, True), found.output


def test_a_command_that_the_database_interrupts_says_so(url, limited, monkeypatch, tmp_path):
    monkeypatch.setenv("RELANCE_DATABASE_URL", limited)
    file = tmp_path / "a.csv"
    file.write_bytes(irve_csv(irve_station(1, "FRESSP1")))
    with locked(url):
        found = CliRunner().invoke(app, ["bornes", "import", str(file)])
    assert (found.exit_code, "statement_timeout" in found.output) == (1, True), found.output
