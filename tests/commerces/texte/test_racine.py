"""The address of the directory is its collection: alone, mounted and asked from elsewhere."""

import pytest
from starlette.testclient import TestClient

from gateway.app import create_gateway
from gateway.openapi import merge
from services.commerces.app import service
from shared.settings import Settings
from tests.applications import opened
from tests.commerces.conftest import Etalage, fiche_of

ADDRESSES = ("mounted", "/v1/commerces"), ("alone", "/v1/commerces"), ("alone", "/")
HERE = {"livre_a": "2.3522,48.8566", "limite": 1}


@pytest.fixture
def app():
    with opened(service, Settings(database_url="postgresql://localhost/nowhere")) as app:
        app.vitrine.vue = Etalage([fiche_of(1), fiche_of(2)]).vue
        yield app


@pytest.fixture(params=ADDRESSES, ids=" ".join)
def asked(request, app):
    """A client and the root as it asks for it."""
    kind, address = request.param
    served = app if kind == "alone" else create_gateway({"commerces": app}, Settings())
    return TestClient(served, headers={"Origin": "https://ailleurs.example"}), address


def test_the_root_is_the_collection(asked):
    client, root = asked
    collection = f"{root.rstrip('/')}/fiches"
    for question in ({}, HERE, {"inconnu": "1"}):
        found, expected = (client.get(one, params=question) for one in (root, collection))
        assert found.status_code == expected.status_code
        if found.status_code == 200:
            assert found.json() == expected.json()
        else:
            assert found.json()["instance"] == root
        for header in ("content-type", "cache-control", "access-control-allow-origin", "link"):
            assert found.headers.get(header) == expected.headers.get(header)
    assert client.get(root).json()["numberMatched"] == 2


def test_the_root_has_its_methods_and_conditions(asked):
    client, root = asked
    answer = client.get(root)
    again = client.get(root, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head(root)
    assert (head.status_code, head.headers["etag"]) == (200, answer.headers["etag"])
    for refused in (client.post(root), client.options(root)):
        assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
    preflight = {"Access-Control-Request-Method": "GET"}
    assert client.options(root, headers=preflight).status_code == 200


def test_the_next_page_follows_from_the_root(asked):
    client, root = asked
    first = client.get(root, params={"limite": 1})
    second = client.get(f"{root}{first.links['next']['url']}")
    assert [one.json()["features"][0]["id"] for one in (first, second)] in (["1", "2"], ["2", "1"])


def test_the_contract_names_the_root_as_the_gateway_serves_it(app):
    paths = merge({"commerces": app.openapi()}, {"info": {"title": "x"}, "paths": {}})["paths"]
    assert paths["/v1/commerces"]["get"]["parameters"]
    assert "/v1/commerces/" not in paths
