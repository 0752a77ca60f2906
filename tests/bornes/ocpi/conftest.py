"""A registry that speaks OCPI, with a partner invited or registered."""

import pytest
from sqlalchemy.orm import Session

from services.bornes.ocpi import commands
from tests.ocpi import authorization, register


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"bornes_ocpi_hotes": "127.0.0.1"})


@pytest.fixture
def database(app):
    """Opens a session that commits."""

    def opened():
        return Session(app.fastapi.state.engine)

    return opened


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
def stations(receive):
    """Puts stations in the registry, given as rows."""

    def put(*rows, producteur="essai"):
        receive(rows, producteur, seuil_perte=1)

    return put
