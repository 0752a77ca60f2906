"""Every public GET of the registry has an ETag and answers 304 to who cites it."""

from io import BytesIO
from typing import Final

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from services.bornes.app import service
from services.bornes.commands import declare_site, import_avitaillement
from shared.auth import declared_access
from shared.schemas.bornes_sites import SiteNouveau
from shared.service import create_service
from shared.settings import Settings
from tests.bornes.test_flux import send
from tests.conftest import _database, _url
from tests.factories import irve_station, point, point_csv

WITHOUT: Final = {
    "/flux": "a stream has no version",
    "/sante/vivant": "a probe asks about this moment",
    "/sante/pret": "a probe asks about this moment",
    "/openapi.json": "written by the framework",
}
QUESTIONS: Final = {
    "/stations/{id}": "/stations/FRXXXP1",
    "/points-de-charge/{id}": "/points-de-charge/FRXXXE100",
    "/points-de-charge/{id}/disponibilite": "/points-de-charge/FRXXXE100/disponibilite",
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
}
"""How to ask what needs a parameter."""
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


def public_gets() -> list[str]:
    settings = Settings(database_url="postgresql://localhost/nowhere")
    app = create_service(service, settings).fastapi
    return sorted(
        context.path
        for context in iter_route_contexts(app.routes)
        if declared_access(context) == "public" and "GET" in (context.methods or ())
    )


@pytest.fixture(scope="module")
def client(server_url, template):
    with _database(server_url, template) as name:
        url = _url(server_url, name)
        send(url, irve_station(2, raccordement="direct"))
        app = create_service(service, Settings(database_url=url))
        with Session(app.fastapi.state.engine) as session, session.begin():
            declare_site(session, SiteNouveau.model_validate(SITE), auteur="essai")
            file = BytesIO(point_csv([point()]))
            import_avitaillement(session, file, nom="a", producteur="a", acteur="a")
        app.vitrine.refresh()
        app.direct.refresh()
        yield TestClient(app)
        app._follower.dispose()
        app.fastapi.state.engine.dispose()


@pytest.mark.parametrize("path", [path for path in public_gets() if path not in WITHOUT])
def test_what_did_not_change_is_not_sent_again(client, path):
    question = QUESTIONS.get(path, path)
    first = client.get(question)
    assert first.status_code == 200, first.text
    again = client.get(question, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get(question, headers={"If-None-Match": '"autre"'}).status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "br"])
@pytest.mark.parametrize("path", [path for path in public_gets() if path not in WITHOUT])
def test_a_shared_cache_is_told_what_is_compressed(client, path, coding):
    answer = client.get(QUESTIONS.get(path, path), headers={"Accept-Encoding": coding})
    if "content-encoding" in answer.headers:
        varies = answer.headers["vary"].lower().replace(" ", "").split(",")
        assert "accept-encoding" in varies


def test_the_exceptions_are_still_there():
    assert set(WITHOUT) - {"/openapi.json"} <= set(public_gets())
