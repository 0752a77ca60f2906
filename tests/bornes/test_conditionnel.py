"""Every GET of the registry has an ETag and answers 304 to who cites it."""

from typing import Final

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from services.bornes.app import service
from services.bornes.signalements.commands import report
from services.bornes.sites.commands import declare_site
from shared.auth import Acteur, declared_access
from shared.http.replies import COMPRESS_FROM
from shared.schemas.bornes_signalements import MotifSignalement, SignalementNouveau
from shared.schemas.bornes_sites import SiteNouveau
from shared.service import ServiceApp
from shared.settings import Settings
from tests.applications import SECRET, bearer, opened
from tests.factories import irve_station, point, take_irve, take_points

WITHOUT: Final = {
    "/flux": "a stream has no version",
    "/sante/vivant": "a probe asks about this moment",
    "/sante/pret": "a probe asks about this moment",
    "/openapi.json": "written by the framework",
}
QUESTIONS: Final = {
    "/stations/{id}": "/stations/FRXXXP1",
    "/points-de-charge/{id}": "/points-de-charge/FRXXXE100",
    # Of days that ended: until now, it is another answer each second.
    "/points-de-charge/{id}/disponibilite": (
        "/points-de-charge/FRXXXE100/disponibilite?du=2026-01-01&au=2026-01-31"
    ),
    "/stations/proches": "/stations/proches?lon=2.35&lat=48.85",
    "/grappes": "/grappes?zoom=10",
    "/tuiles/{z}/{x}/{y}.mvt": "/tuiles/10/518/352.mvt",
    "/ogc/collections/{id}": "/ogc/collections/stations",
    "/ogc/collections/stations/items/{id}": "/ogc/collections/stations/items/FRXXXP1",
    "/ogc/collections/points_de_charge/items/{id}": (
        "/ogc/collections/points_de_charge/items/FRXXXE100"
    ),
    "/avitaillement/stations/proches": "/avitaillement/stations/proches?lon=2.35&lat=48.85",
    "/avitaillement/stations/{id}": "/avitaillement/stations/FRAVI-1",
    "/avitaillement/tuiles/{z}/{x}/{y}.mvt": "/avitaillement/tuiles/10/518/352.mvt",
    "/qualite/anomalies.csv": "/qualite/anomalies.csv?producteur=essai",
    "/deploiement/programmes/{code}": "/deploiement/programmes/AIP-2019",
    "/deploiement/programmes/{code}/avancement": "/deploiement/programmes/AIP-2019/avancement",
    "/deploiement/sites/{id}": "/deploiement/sites/1",
    "/imports/{id}": "/imports/1",
    "/imports/{id}/rapport.csv": "/imports/1/rapport.csv",
    "/imports/{id}/rapport.json": "/imports/1/rapport.json",
    "/signalements/{id}": "/signalements/1",
}
"""How to ask what needs a parameter."""
SIGNALEMENT: Final = SignalementNouveau(
    id_pdc_itinerance="FRXXXE100", motif=MotifSignalement.HORS_SERVICE
)
SITE: Final = {
    "programme": "AIP-2019",
    "prefixe": "FRXXX",
    "nom": "Mairie",
    "adresse": "Place Victor Hugo 93200 Saint-Denis",
    "code_commune": "93066",
    "lon": 2.3574,
    "lat": 48.9362,
    "pdc": {"7.4-22": 2},
    "publics": ["particuliers"],
}


def gets() -> dict[str, object]:
    """Who may ask each GET; OCPI's have a protocol of their own, and its tests."""
    settings = Settings(database_url="postgresql://localhost/nowhere")
    app = ServiceApp(service, settings).fastapi
    return {
        context.path: declared_access(context)
        for context in sorted(iter_route_contexts(app.routes), key=lambda one: one.path)
        if "GET" in (context.methods or ()) and not context.path.startswith("/ocpi")
    }


def public_gets() -> list[str]:
    return [path for path, access in gets().items() if access == "public"]


def agents_gets() -> list[str]:
    return [p for p, access in gets().items() if access != "public" and p not in WITHOUT]


@pytest.fixture(scope="module")
def client(clone_for_all):
    settings = Settings(database_url=clone_for_all(), secret_interne=SECRET)
    with opened(service, settings) as app:
        with Session(app.fastapi.state.engine) as session, session.begin():
            take_irve(session, irve_station(2, raccordement="direct"))
            declare_site(session, SiteNouveau.model_validate(SITE), auteur="essai")
            report(session, SIGNALEMENT, empreinte=b"e", per_hour=5)
            take_points(session, [point()])
        app.vitrine.refresh()
        app.direct.refresh()
        yield TestClient(app)


@pytest.mark.parametrize("path", [path for path in public_gets() if path not in WITHOUT])
def test_what_did_not_change_is_not_sent_again(client, path):
    question = QUESTIONS.get(path, path)
    first = client.get(question)
    assert first.status_code == 200, first.text
    again = client.get(question, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get(question, headers={"If-None-Match": '"autre"'}).status_code == 200


@pytest.mark.parametrize("path", agents_gets())
def test_what_an_agent_has_is_not_sent_again(client, path):
    acteur = Acteur("métropole", "metropole", frozenset({"bornes:importer", "bornes:signalements"}))
    key = bearer(acteur, service="bornes")
    question = QUESTIONS.get(path, path)
    first = client.get(question, headers=key)
    assert first.status_code == 200, first.text
    again = client.get(question, headers=key | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "public" not in first.headers.get("cache-control", "")


@pytest.mark.parametrize(
    ("accept", "wanted"), [("gzip", "gzip"), ("br", "br"), ("br;q=0, gzip;q=0", None)]
)
@pytest.mark.parametrize("path", [path for path in public_gets() if path not in WITHOUT])
def test_what_is_sent_is_what_is_accepted_and_a_shared_cache_is_told(client, path, accept, wanted):
    question = QUESTIONS.get(path, path)
    answer = client.get(question, headers={"Accept-Encoding": accept})
    long = len(answer.content) >= COMPRESS_FROM
    assert answer.headers.get("content-encoding") in ({wanted} if long else {wanted, None})
    again = client.get(question, headers={"If-None-Match": answer.headers["etag"]})
    for one in (answer, again):
        assert "accept-encoding" in one.headers["vary"].lower().replace(" ", "").split(",")


def test_the_exceptions_are_still_there():
    assert set(WITHOUT) - {"/openapi.json"} <= set(public_gets())
