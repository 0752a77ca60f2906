"""A database that reads and does not write: its disk is full, or another takes over from it."""

import re
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from typer.testing import CliRunner

from gateway import keys, serving
from gateway.cli import app
from gateway.embedded import roles, scopes
from services.commerces.api import inscriptions
from shared.db import open_engine
from shared.settings import Settings
from tests.commerces.contribution.conftest import COURRIEL, FICHE
from tests.factories import irve_csv, irve_station

REGISTRATION = {"courriel": COURRIEL, "fiche": FICHE}


@pytest.fixture
def cles(url):
    """A key of each role with every right, all made before the database stops writing."""
    with open_engine(url) as engine, Session(engine) as session, session.begin():
        made = [
            keys.create(session, organisation=role, role=role, scopes=scopes()) for role in roles()
        ]
    name = urlsplit(url).path[1:]
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    return made


@pytest.fixture
def client(cles):
    with suite() as client:
        yield client


@contextmanager
def suite():
    settings = Settings(secret_interne="s" * 32)
    with TestClient(serving.gateway(settings), raise_server_exceptions=False) as client:
        while client.get("/sante/pret").status_code != 200:
            time.sleep(0.05)
        yield client


def test_every_read_goes_on(client, cles):
    reads = [
        path for path, does in client.get("/openapi.json").json()["paths"].items() if "get" in does
    ]
    streams = {path for path in reads if path.endswith("/flux")}
    assert len(reads) > 80
    for cle in (None, *cles):
        headers = {"Authorization": f"Bearer {cle}"} if cle else {}
        for path in set(reads) - streams:
            answer = client.get(re.sub(r"{\w+}", "1", path), headers=headers)
            assert answer.status_code < 500, (path, answer.text)


@pytest.mark.parametrize("nom", ["bornes", "commerces"])
def test_a_write_is_told_why_it_is_refused(client, cles, nom):
    headers = {"Authorization": f"Bearer {cles[0]}"}
    if nom == "bornes":
        body = irve_csv(irve_station(1, "FRESSP1"))
        answer = client.post("/v1/bornes/imports", content=body, headers=headers)
    else:
        answer = client.post("/v1/commerces/inscriptions", json=REGISTRATION)
    assert (answer.status_code, answer.json()["code"]) == (503, "indisponible"), answer.text
    assert "n'accepte plus d'écriture" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "60"


def test_the_log_says_which_request_was_refused(client, caplog):
    answer = client.post("/v1/commerces/inscriptions", json=REGISTRATION)
    (line,) = [one for one in caplog.records if one.name == "shared.service"]
    assert line.getMessage().startswith("database: (psycopg.errors.ReadOnlySqlTransaction)")
    assert "\n" not in line.getMessage()
    assert line.request_id == answer.headers["x-request-id"]


@pytest.mark.usefixtures("url")
def test_a_disk_that_fills_is_told_too(monkeypatch):
    """As the driver tells it where it is used without SQLAlchemy, by COPY."""
    reached = []

    def full(*_args, **_kwargs):
        reached.append(True)
        raise psycopg.errors.DiskFull("could not extend file")

    monkeypatch.setattr(inscriptions.commands, "register", full)
    with suite() as client:
        answer = client.post("/v1/commerces/inscriptions", json=REGISTRATION)
    assert reached
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "n'accepte plus d'écriture" in answer.json()["detail"]


def test_a_command_says_so(cles):
    answer = CliRunner().invoke(
        app, ["cles", "creer", "A", "--role", "cci", "--droit", "commerces:gerer"]
    )
    assert answer.exit_code == 1
    assert "n'accepte plus d'écriture" in answer.output
