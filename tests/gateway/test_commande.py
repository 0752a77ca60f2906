"""The commands of the reference page: what each operation needs is in its own."""

import json
import shlex

import pytest

from gateway.accueil.commande import command
from gateway.embedded import SERVICES
from gateway.openapi import merge
from shared.service import ServiceApp
from shared.settings import Settings

HERE = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def document():
    settings = Settings(database_url="postgresql://localhost/nowhere")
    services = {name: ServiceApp(one, settings).openapi() for name, one in SERVICES.items()}
    return merge(services, {"info": {"title": "Passerelle"}, "paths": {}})


@pytest.fixture
def typed(document):
    """The words that a shell reads of the command of an operation."""

    def words(method, path):
        operation = document["paths"][path][method]
        return shlex.split(command(path, method, operation, document, HERE))

    return words


def test_a_public_read_is_an_address(typed):
    path = "/v1/bornes/stations/proches"
    assert typed("get", path) == ["curl", f"{HERE}{path}?lon=2.3522&lat=48.8566"]


def test_a_stream_comes_event_by_event(typed):
    assert typed("get", "/v1/bornes/flux") == ["curl", "-N", f"{HERE}/v1/bornes/flux"]


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("/v1/bornes/imports", "Authorization: Bearer rgp_…"),
        ("/v1/bornes/ocpi/versions", "Authorization: Token VOTRE_JETON"),
        ("/v1/commerces/moi", "Authorization: Token VOTRE_JETON"),
    ],
)
def test_who_asks_is_said_as_the_operation_wants_it(typed, path, header):
    assert header in typed("get", path)


def test_a_change_cites_the_version_and_sends_an_example(typed):
    words = typed("put", "/v1/commerces/gestion/regimes/{id}")
    assert words[:3] == ["curl", "-X", "PUT"]
    assert 'If-Match: "…"' in words
    sent = json.loads(words[words.index("-d") + 1])
    assert sent["motif"] == "État d’urgence sanitaire"


def test_a_post_without_body_says_its_verb(typed):
    assert typed("post", "/v1/commerces/moi/confirmation")[:3] == ["curl", "-X", "POST"]


def test_a_file_is_sent_as_its_type(typed):
    words = typed("post", "/v1/bornes/imports")
    assert words[3:7] == ["-H", "Content-Type: text/csv", "--data-binary", "@FICHIER"]
    assert "-X" not in words


def test_no_parameter_of_a_path_is_left_as_it_is(document, typed):
    left = [
        path
        for path, operations in document["paths"].items()
        if "get" in operations
        if any("{" in word for word in typed("get", path))
    ]
    assert left == []
