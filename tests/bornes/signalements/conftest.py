"""A registry with one station in Paris and one in Neuilly, and people who report its points."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from shared.auth import Acteur
from tests.applications import bearer
from tests.factories import irve_station

PARIS, NEUILLY = "FRABCE100", "FRNEUE100"
"""A point of each station."""
IN_NEUILLY = {
    "code_insee_commune": "92051",
    "coordonneesXY": "[2.2688,48.8848]",
    "adresse_station": "1 avenue du Roule 92200 Neuilly-sur-Seine",
    "nom_station": "Avenue du Roule",
}


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"bornes_signalements_par_heure": 5})


@pytest.fixture
def engine_of(app):
    return app.fastapi.state.engine


@pytest.fixture
def stations(receive):
    receive(irve_station(3, "FRABCP1"), "paris")
    receive(irve_station(2, "FRNEUP1", **IN_NEUILLY), "neuilly")


@pytest.fixture
def client(app, stations) -> TestClient:
    return TestClient(app)


@pytest.fixture
def signaler(app, stations) -> Callable[..., Any]:
    """Report a point from an address; the answer."""

    def signaler(point=PARIS, motif="hors_service", *, depuis="192.0.2.1", headers=None, **more):
        person = TestClient(app, client=(depuis, 50_000))
        body = {"id_pdc_itinerance": point, "motif": motif, **more}
        return person.post("/signalements", json=body, headers=headers)

    return signaler


def key(*territoire, role="commune", prefixes=(), scope="bornes:signalements", nom="Agents"):
    acteur = Acteur(
        nom, role, frozenset({scope}), frozenset(territoire), prefixes=frozenset(prefixes)
    )
    return bearer(acteur, service="bornes")


def metropole():
    return key(role="metropole", nom="Métropole")


def operateur(*prefixes):
    return key(role="operateur", prefixes=prefixes, nom="Métropolis")


def rows(engine, statement):
    """What a statement reads."""
    with engine.connect() as connection:
        return list(map(tuple, connection.execute(text(statement))))
