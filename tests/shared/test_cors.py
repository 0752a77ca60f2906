"""CORS: what pages of other sites may ask, and refusals in the words of all others."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from shared.http.cors import Cors
from shared.schemas.problemes import Probleme

ASKED = {"origin": "https://ville.example", "access-control-request-method": "GET"}
PREFIX = "access-control-request-"


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.add_middleware(Cors, allow_origins=["*"], allow_methods=["GET"], allow_headers=["X-Cle"])
    app.get("/choses")(lambda: {"n": 1})
    return TestClient(app)


def test_what_is_allowed_is_told(client) -> None:
    answer = client.options("/choses", headers=ASKED | {f"{PREFIX}headers": "x-cle"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert client.get("/choses", headers=ASKED).json() == {"n": 1}
    assert client.options("/choses").status_code == 405


@pytest.mark.parametrize(
    ("more", "parametres", "permis"),
    [
        ({f"{PREFIX}method": "DELETE"}, ["Access-Control-Request-Method"], "GET"),
        ({f"{PREFIX}headers": "authorization"}, ["Access-Control-Request-Headers"], "x-cle"),
        (
            {f"{PREFIX}private-network": "true"},
            ["Access-Control-Request-Private-Network"],
            "autres sites",
        ),
        (
            {f"{PREFIX}method": "PUT", f"{PREFIX}headers": "range"},
            ["Access-Control-Request-Method", "Access-Control-Request-Headers"],
            "GET",
        ),
    ],
)
def test_a_refused_preflight_is_a_problem_that_says_what_is_allowed(
    client, more, parametres, permis
) -> None:
    answer = client.options("/choses", headers=ASKED | more)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["vary"].startswith("Origin")
    problem = Probleme.model_validate(answer.json())
    assert problem.code == "parametre-invalide"
    assert [erreur.parametre for erreur in problem.erreurs or ()] == parametres
    assert permis in problem.detail
