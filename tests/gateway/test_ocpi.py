"""OCPI through the gateway: its tokens reach the service, mounted or remote, and nothing else."""

import asyncio
import json
from functools import partial

import httpx
import pytest
from sqlalchemy.orm import Session

from gateway.keys import KeyRing, is_foreign
from gateway.upstreams import RemoteService
from services.bornes.app import service
from services.bornes.ocpi import commands
from shared.db import open_engine
from shared.service import ServiceApp
from tests.factories import irve_station, take_irve
from tests.gateway.conftest import serving
from tests.ocpi import authorization, partner

PATIENCE_S = 60
"""Generous: nothing here measures time."""
get = partial(httpx.get, timeout=PATIENCE_S)


@pytest.fixture
def database(clone_database):
    """The URL of a registry of three stations, and the token A of an invited partner."""
    url = clone_database()
    rows = [irve_station(1, f"FRESSP{number}")[0] for number in range(3)]
    with open_engine(url) as engine, Session(engine) as session, session.begin():
        take_irve(session, rows)
        token = commands.inviter(session, "Un partenaire", jours=30)
    return url, token


@pytest.fixture(params=["mounted", "remote"])
def address(request, database, settings, stack, front):
    """Where the gateway answers for the registry."""
    config = settings.model_copy(
        update={"database_url": database[0], "bornes_ocpi_hotes": "127.0.0.1"}
    )
    upstream = ServiceApp(service, config)
    if request.param == "remote":
        port = stack.enter_context(serving(upstream))
        upstream = RemoteService(f"http://127.0.0.1:{port}", timeout_s=10)
    return f"http://127.0.0.1:{front(bornes=upstream)}"


def test_a_partner_registers_and_reads_by_the_addresses_it_is_given(address, database):
    with (
        partner() as theirs,
        httpx.Client(headers=authorization(database[1]), timeout=PATIENCE_S) as client,
    ):
        versions = client.get(f"{address}/v1/bornes/ocpi/versions").json()["data"]
        assert versions[1] == {"version": "2.3.0", "url": f"{address}/v1/bornes/ocpi/2.3.0"}
        endpoints = client.get(versions[1]["url"]).json()["data"]["endpoints"]
        where = {one["identifier"]: one["url"] for one in endpoints}
        done = client.post(where["credentials"], json=theirs.credentials())
        assert done.json()["data"]["url"] == f"{address}/v1/bornes/ocpi/versions"
        client.headers.update(authorization(done.json()["data"]["token"]))
        sent = {"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"}
        first = client.get(f"{where['locations']}?limit=2", headers=sent)
        assert (first.headers["x-request-id"], first.headers["x-correlation-id"]) == ("r-1", "c-1")
        following = first.links["next"]["url"]
        assert following.startswith(f"{where['locations']}?")
        pages = [first.json()["data"], client.get(following).json()["data"]]
        assert [len(page) for page in pages] == [2, 1]


def test_a_key_of_the_suite_is_no_ocpi_token(address):
    for value in ("Bearer abc", "Basic abc", "Token abc"):
        answer = get(f"{address}/v1/bornes/ocpi/versions", headers={"Authorization": value})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Token")


def test_an_ocpi_token_opens_nothing_else(address, database):
    answer = get(f"{address}/v1/bornes/imports", headers=authorization(database[1]))
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("value", "foreign"),
    [
        (b"Token abc", True),
        (b"token abc", True),
        (b"Tokens abc", False),
        (b"Token", False),
        (b"Bearer abc", False),
        (b"Bearer Token abc", False),
        (b"", False),
    ],
)
def test_only_the_scheme_of_ocpi_passes(value, foreign):
    assert is_foreign(value) is foreign
    assert asyncio.run(KeyRing(None, None).exchange(value, "bornes")) is None


def test_the_token_that_reaches_a_service_is_the_one_that_was_sent(front):
    async def upstream(scope, _receive, send):
        sent = [value.decode() for name, value in scope["headers"] if name == b"authorization"]
        body = json.dumps(sent).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    port = front(essai=upstream)
    url = f"http://127.0.0.1:{port}/v1/essai/x"
    assert get(url, headers={"Authorization": "Token abc"}).json() == ["Token abc"]
    assert get(url, headers={"Authorization": "Bearer abc"}).json() == []
    doubled = [("Authorization", "Bearer abc"), ("Authorization", "Token abc")]
    assert get(url, headers=doubled).json() == ["Token abc"]
