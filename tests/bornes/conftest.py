"""Stations in memory, without a database, and the service's reads over them."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.bornes.app import service
from services.bornes.fiches import LignePdc
from services.bornes.statuts.etats import AUCUN
from services.bornes.vitrine import segment
from shared import problems
from shared.hot.answering import Answering
from shared.journal import Curseur
from shared.memory.segments import Version
from shared.observability import Observer
from shared.schemas.bornes_imports import Import
from shared.service import ServiceApp
from shared.settings import Settings
from shared.vitrine import Vue, vue
from tests.applications import SECRET, opened
from tests.factories import take_irve

PATIENCE_S = 20
"""Generous: nothing here measures time."""

PLAIN: dict[str, Any] = {
    "id": "FRXXXE1",
    "station_id": "FRXXXP1",
    "id_pdc_local": None,
    "puissance_nominale": 22.0,
    "prise_type_ef": False,
    "prise_type_2": True,
    "prise_type_combo_ccs": False,
    "prise_type_chademo": False,
    "prise_type_autre": False,
    "cable_t2_attache": None,
    "gratuit": None,
    "paiement_acte": True,
    "paiement_cb": None,
    "paiement_autre": None,
    "tarification": None,
    "condition_acces": "Accès libre",
    "reservation": False,
    "accessibilite_pmr": "Accessibilité inconnue",
    "restriction_gabarit": "Aucune",
    "station_deux_roues": False,
    "date_mise_en_service": date(2021, 7, 1),
    "observations": None,
    "date_maj": date(2024, 1, 31),
    "lon": 2.35,
    "lat": 48.85,
    "id_station_local": None,
    "nom_station": "Une station",
    "nom_enseigne": "Enseigne",
    "nom_operateur": "Opérateur d'essai",
    "nom_amenageur": None,
    "siren_amenageur": None,
    "num_pdl": None,
    "contact_amenageur": None,
    "contact_operateur": "contact@exemple.fr",
    "telephone_operateur": None,
    "adresse_station": "1 rue de l'Essai 75004 Paris",
    "code_insee_commune": "75104",
    "implantation_station": "Voirie",
    "nbre_pdc": 1,
    "horaires": "24/7",
    "raccordement": None,
    "code_commune": "75056",
    "code_arrondissement": "75104",
    "territoire": "T1",
    "producteur": "essai",
}


class Etalage:
    """A vitrine that shows the rows it is given."""

    def __init__(self, points: Iterable[LignePdc]) -> None:
        self.perimee_depuis = None
        self.vue: Vue
        self.show(Version.of(segment(points)))

    def show(self, version: Version) -> None:
        self.vue = vue(version, Curseur(1, 1), datetime(2026, 1, 31, tzinfo=UTC))


class EtatsMontres:
    """The states it is given."""

    vu = AUCUN

    def tell(self, point: str, etat: str, occupation: str, horodatage: datetime) -> None:
        row = (point, etat, occupation, horodatage, None, None, None, None)
        self.vu = self.vu.apply([row], int(datetime.now(UTC).timestamp()))


@pytest.fixture
def ligne() -> Callable[..., LignePdc]:
    """A charging point, plain but for what is named."""

    def make(**changes: Any) -> LignePdc:
        values = PLAIN | changes
        values.setdefault("id_pdc_itinerance", values["id"])
        values.setdefault("id_station_itinerance", values["station_id"])
        return LignePdc(**values)

    return make


@pytest.fixture
def ouvrir() -> Callable[[Iterable[LignePdc]], TestClient]:
    """A client of the public reads over some charging points, given station by station."""

    def open_over(points: Iterable[LignePdc]) -> TestClient:
        etalage = Etalage(points)
        app = FastAPI()
        problems.install(app)
        app.state.vitrine = etalage
        app.state.direct = direct = EtatsMontres()
        for router in service.routers:
            app.include_router(router)
        observer = Observer("bornes", lambda _: None)
        layer = Answering(service.reads, app, etalage, observer, direct)
        client = TestClient(layer)
        client.direct = direct
        client.etalage = etalage
        return client

    return open_over


@pytest.fixture
def send(session: Session) -> Callable[..., Import]:
    """Import some rows as a producer's file, in the test's transaction."""
    return partial(take_irve, session)


@pytest.fixture
def settings(clone_database: Callable[[], str]) -> Settings:
    """Those of `app`: a database of its own."""
    return Settings(database_url=clone_database(), secret_interne=SECRET)


@pytest.fixture
def app(settings: Settings) -> Iterator[ServiceApp]:
    """The service over its database; nothing follows what is written there."""
    with opened(service, settings) as app:
        yield app


@pytest.fixture
def client(app: ServiceApp) -> TestClient:
    return TestClient(app)


@pytest.fixture
def receive(app: ServiceApp) -> Callable[..., Import]:
    """Import these rows as the only file of their producer, in the database of `app`."""

    def receive(*given: Any, **options: Any) -> Import:
        with Session(app.fastapi.state.engine) as session, session.begin():
            return take_irve(session, *given, **options)

    return receive


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
