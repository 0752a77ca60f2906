import asyncio
import time
from types import SimpleNamespace
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from shared import problems
from shared.auth import LIFETIME_S, PUBLIC, Acteur, declared_access, require, sign, verify
from shared.problems import Unauthorized

SECRET = "s" * 32
ACTEUR = Acteur(
    organisation="Ville de Saint-Denis",
    role="commune",
    scopes=frozenset({"bornes:importer"}),
    territoire=frozenset({"93066"}),
    prefixes=frozenset({"FRXXX"}),
    cle="0123456789ab",
)
words = st.text(max_size=20)
acteurs = st.builds(
    Acteur,
    organisation=words,
    role=words,
    scopes=st.frozensets(words, max_size=4),
    territoire=st.frozensets(words, max_size=4),
    prefixes=st.frozensets(words, max_size=4),
    cle=st.none() | words,
)


def forge(header=None, secret=SECRET, **changes):
    now = int(time.time())
    claims = {
        "iss": "passerelle",
        "aud": "bornes",
        "iat": now,
        "exp": now + LIFETIME_S,
        "sub": "x",
        "role": "x",
        "scopes": ["bornes:importer"],
        "territoire": [],
        "prefixes": [],
        "cle": None,
        **changes,
    }
    claims = {key: value for key, value in claims.items() if value != "absent"}
    return jwt.encode(header or {"alg": "HS256"}, claims, OctKey.import_key(secret))


@given(acteurs)
def test_a_token_says_who_calls(acteur):
    token = sign(acteur, service="bornes", secret=SECRET)
    assert verify(token, service="bornes", secret=SECRET) == acteur


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        sign(ACTEUR, service="audits", secret=SECRET),
        sign(ACTEUR, service="bornes", secret="t" * 32),
        forge(iss="quelqu'un"),
        forge(iss="absent"),
        forge(aud="absent"),
        forge(iat="absent"),
        forge(exp="absent"),
        forge(exp=int(time.time()) - 60, iat=int(time.time()) - 120),
        forge(iat=int(time.time()) + 3600, exp=int(time.time()) + 3660),
        forge(exp=int(time.time()) + 3600),
        forge(sub="absent"),
        forge(scopes=None),
        # {"alg":"none"}, no signature
        "eyJhbGciOiJub25lIn0." + forge().split(".")[1] + ".",
    ],
)
def test_a_wrong_token_is_refused(token, caplog):
    with pytest.raises(Unauthorized):
        verify(token, service="bornes", secret=SECRET)
    (line,) = caplog.messages
    assert line.startswith("a token is refused: ")
    assert token not in line or not token


def test_a_short_secret_is_refused():
    with pytest.raises(RuntimeError, match="32 octets"):
        sign(ACTEUR, service="bornes", secret="court")


@pytest.fixture
def client():
    app = FastAPI()
    problems.install(app)
    app.state.settings = SimpleNamespace(secret_interne=SECRET)

    @app.get("/libre", dependencies=[PUBLIC])
    async def libre() -> str:
        return "ok"

    @app.get("/garde")
    async def garde(acteur: Annotated[Acteur, require("bornes:importer")]) -> str:
        return acteur.organisation

    @app.get("/autre", dependencies=[require("bornes:valider")])
    async def autre() -> str:
        return "ok"

    with TestClient(app) as client:
        yield client


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_public_route_asks_for_nothing(client):
    assert client.get("/libre").status_code == 200


def test_a_guarded_route_gives_the_caller(client):
    token = sign(ACTEUR, service="bornes", secret=SECRET)
    assert client.get("/garde", headers=bearer(token)).json() == "Ville de Saint-Denis"


@pytest.mark.parametrize(
    "headers", [{}, bearer("faux"), {"Authorization": "Basic YTpi"}, bearer("rgp_a_b")]
)
def test_without_a_good_token_401(client, headers):
    answer = client.get("/garde", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "authentification-requise"


def test_without_the_scope_403(client):
    token = sign(ACTEUR, service="bornes", secret=SECRET)
    answer = client.get("/autre", headers=bearer(token))
    assert answer.status_code == 403
    assert "bornes:valider" in answer.json()["detail"]


def test_a_service_without_secret_accepts_no_token(client):
    client.app.state.settings = SimpleNamespace(secret_interne=None)
    token = sign(ACTEUR, service="bornes", secret=SECRET)
    assert client.get("/garde", headers=bearer(token)).status_code == 401


def test_the_contract_documents_the_key(client):
    document = client.get("/openapi.json").json()
    assert document["paths"]["/garde"]["get"]["security"] == [{"cle": []}]
    assert "security" not in document["paths"]["/libre"]["get"]


def test_a_route_declares_one_access():
    router = APIRouter()

    async def nested(_acteur: Annotated[Acteur, require("bornes:importer")]) -> None: ...

    async def endpoint() -> None: ...

    for path, dependencies in {
        "/rien": [],
        "/libre": [PUBLIC],
        "/garde": [require("bornes:importer")],
        "/loin": [Depends(nested)],
        "/deux": [PUBLIC, require("bornes:importer")],
    }.items():
        router.get(path, dependencies=dependencies)(endpoint)

    found = {route.path: declared_access(route) for route in router.routes}
    assert found == {
        "/rien": None,
        "/libre": "public",
        "/garde": "bornes:importer",
        "/loin": "bornes:importer",
        "/deux": None,
    }
    assert declared_access(object()) is None
    assert asyncio.run(PUBLIC.dependency()) is None
