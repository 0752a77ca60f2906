"""A registry that speaks OCPI, with a partner invited or registered."""

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.bornes.app import service
from services.bornes.ocpi import commands
from shared.settings import Settings
from tests.applications import SECRET, opened
from tests.factories import take_irve
from tests.ocpi import authorization, register


@pytest.fixture
def app(clone_database):
    config = Settings(
        database_url=clone_database(), secret_interne=SECRET, bornes_ocpi_hotes="127.0.0.1"
    )
    with opened(service, config) as app:
        yield app


@pytest.fixture
def database(app):
    """Opens a session that commits."""

    def opened():
        return Session(app.fastapi.state.engine)

    return opened


@pytest.fixture
def client(app):
    return TestClient(app)


@pytest.fixture
def token_a(database):
    with database() as session, session.begin():
        return commands.inviter(session, "Un partenaire", jours=30)


@pytest.fixture
def reader(client, token_a):
    """A registered partner: the client, and its headers."""
    client.headers.update(authorization(register(client, token_a)))
    return client


@pytest.fixture
def stations(database):
    """Puts stations in the registry, given as rows."""

    def put(*rows, producteur="essai"):
        with database() as session, session.begin():
            take_irve(session, rows, producteur, seuil_perte=1)

    return put
