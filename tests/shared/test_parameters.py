"""What no parameter may be, whatever the route."""

from functools import reduce
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Query, Request
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict

from shared import problems
from shared.parameters import well_formed


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limite: int = 5
    nom: str | None = None
    prise: list[str] | None = None


@pytest.fixture
def client() -> TestClient:
    app = FastAPI(dependencies=[Depends(well_formed)])
    problems.install(app)

    @app.get("/points/{id}")
    async def read(id: str, question: Annotated[Question, Query()]) -> Question:
        return question.model_copy(update={"nom": id})

    @app.post("/points")
    async def write(question: Question) -> Question:
        return question

    @app.post("/fichiers")
    async def take(request: Request) -> int:
        return len(await request.body())

    return TestClient(app)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("a?nom=%00", "nom"),
        ("a?nom=b%00c", "nom"),
        ("a?inconnu=%00", "inconnu"),
        ("a%00", "id"),
        ("a?limite=1&limite=2", "limite"),
        ("a?nom=x&limite=1&nom=x", "nom"),
        ("a?inconnu=1&inconnu=2", "inconnu"),
    ],
)
def test_refused_by_its_name(client: TestClient, asked: str, name: str) -> None:
    response = client.get(f"/points/{asked}")
    assert response.status_code == 400
    assert response.json()["parametre"] == name


def test_a_list_may_be_repeated(client: TestClient) -> None:
    asked = client.get("/points/a?prise=ef&prise=2&limite=1")
    assert asked.json() == {"limite": 1, "nom": "a", "prise": ["ef", "2"]}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"nom": "\0"}, "#/nom"),
        ({"limite": 1, "prise": ["ef", "a\0b"]}, "#/prise/1"),
        ({"inconnu": {"a/b": ["\0"]}}, "#/inconnu/a~1b/0"),
        (reduce(lambda inside, _: [inside], range(500), "\0"), "#" + "/0" * 500),
    ],
)
def test_a_nul_in_a_body_is_pointed_at(client: TestClient, body: object, pointer: str) -> None:
    response = client.post("/points", json=body)
    assert response.status_code == 422
    assert [one["pointer"] for one in response.json()["erreurs"]] == [pointer]


def test_what_only_looks_like_a_nul_is_kept(client: TestClient) -> None:
    assert client.post("/points", json={"nom": r"\u0000"}).json()["nom"] == r"\u0000"
    assert client.post("/points", json={"\0": 1}).status_code == 422
    assert client.post("/fichiers", content=b'"\\u0000"').json() == 8


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "text/plain"])
def test_a_nul_where_no_json_is_sent_is_no_matter(client: TestClient, media_type: str) -> None:
    """The body is refused for what it is, whoever sends it."""
    headers = {"content-type": media_type}
    for body in (rb"a=\u0000", rb'{"nom": "\u0000"}', b'"\xff\\u0000"', b"[" * 9_000 + rb'"\u0000'):
        refused = client.post("/points", content=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "corps-invalide")
