"""What no parameter may be, whatever the route."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Query
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
