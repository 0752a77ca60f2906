"""Listings in memory, without a database, and the service's reads over them."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

import services.commerces.api.carte
import services.commerces.api.ogc  # noqa: F401 both declare their reads
from services.commerces.api.fiches import reads
from services.commerces.fiches import LigneFiche, LigneModalite
from services.commerces.queries import Publiee
from services.commerces.texte import plein_texte
from services.commerces.vitrine import segment
from shared import problems, territoire
from shared.hot.answering import Answering
from shared.journal import Curseur
from shared.memory.segments import Version
from shared.observability import Observer
from shared.schemas.commerces import Fiches
from shared.vitrine import Vue, vue

LIGNE = {
    "nom": "Fromagerie d'essai",
    "adresse": "1 rue de la Fontaine",
    "code_postal": "94440",
    "position": "48.7375,2.5553",
    "categories": "fromagerie",
    "modalites": "livraison",
}
"""A shop as a line of a file tells it."""
VERIFIE = datetime(2026, 1, 31, 9, tzinfo=UTC)
FICHE: dict[str, Any] = {
    "nom": "Un commerce",
    "categories": ["epicerie"],
    "description": None,
    "labels": [],
    "paiements": [],
    "accessibilites": [],
    "langues": [],
    "contacts": [],
    "horaires": None,
    "horaires_osm": None,
    "horaires_texte": None,
    "niveau_preuve": 1,
    "verifie_le": VERIFIE,
    "verifie_par": "cci",
    "source": "essai",
    "licence": None,
    "siret": None,
    "naf_rev2": None,
    "naf_2025": None,
    "adresse": "1 rue de l'Essai",
    "complement": None,
    "code_postal": "75004",
    "lon": 2.3522,
    "lat": 48.8566,
}
MODALITE: dict[str, Any] = {
    "genre": "comptoir",
    "horaires": None,
    "horaires_osm": None,
    "horaires_texte": None,
    "zone": None,
    "minimum": None,
    "frais": None,
    "franco": None,
    "delai_min": None,
    "canaux": [],
    "commande_jusqu_a": None,
    "du": None,
    "au": None,
    "note": None,
    "verifie_le": VERIFIE,
    "verifie_par": "cci",
    "source": "essai",
}


def as_text(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def modalite_of(fiche_id: int, **changes: Any) -> LigneModalite:
    values = MODALITE | changes
    return LigneModalite(
        fiche_id,
        **values | {"horaires": as_text(values["horaires"]), "zone": as_text(values["zone"])},
    )


def fiche_of(
    number: int, *, modalites: Iterable[dict[str, Any]] = ({},), **changes: Any
) -> Publiee:
    """A listing, plain but for what is named; its commune is where it stands."""
    values = FICHE | changes
    where = territoire.locate(values["lon"], values["lat"])
    assert where is not None
    ligne = LigneFiche(
        number,
        **values
        | {
            "contacts": as_text(values["contacts"]),
            "horaires": as_text(values["horaires"]),
            "code_commune": where.code_commune,
            "code_arrondissement": where.code_arrondissement,
            "territoire": where.territoire,
        },
    )
    return ligne, [modalite_of(number, **changes) for changes in modalites]


class Etalage:
    """A vitrine that shows the listings it is given."""

    def __init__(self, listings: Iterable[Publiee]) -> None:
        self.perimee_depuis = None
        self.vue: Vue
        self.show(Version.of(segment(listings)))

    def show(self, version: Version) -> None:
        plein_texte.prepare(version)
        self.vue = vue(version, Curseur(1, 1), VERIFIE)


@pytest.fixture
def faire() -> Callable[..., Publiee]:
    return fiche_of


@pytest.fixture
def ouvrir() -> Callable[[Iterable[Publiee]], TestClient]:
    """A client of the public reads over some listings."""

    def open_over(listings: Iterable[Publiee]) -> TestClient:
        etalage = Etalage(listings)
        app = FastAPI()
        problems.install(app)
        app.state.vitrine = etalage
        client = TestClient(Answering(reads, app, etalage, Observer("commerces", lambda _: None)))
        client.etalage = etalage
        client.app_of_files = app
        return client

    return open_over


def ids(answer):
    assert answer.status_code == 200, answer.text
    Fiches.model_validate(answer.json())
    return [feature["id"] for feature in answer.json()["features"]]


@pytest.fixture
def demander(ouvrir):
    """The ids that a search finds over some listings."""

    def ask(listings, **params):
        return ids(ouvrir(listings).get("/fiches", params=params))

    return ask
