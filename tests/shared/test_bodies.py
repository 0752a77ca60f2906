"""Bodies that are parsed whole have a bound."""

from typing import Annotated

from fastapi import APIRouter, Body, FastAPI
from starlette.testclient import TestClient

from shared import problems
from shared.http.bodies import PetitCorps

SMALL = PetitCorps.octets_max
JSON = {"Content-Type": "application/json"}


def test_what_is_too_large_is_refused_without_cutting_its_sender():
    router = APIRouter(route_class=PetitCorps)

    @router.post("/")
    async def take(body: Annotated[str, Body()]) -> int:
        return len(body)

    app = FastAPI()
    problems.install(app)
    app.include_router(router)
    with TestClient(app) as client:
        largest = f'"{"a" * (SMALL - 2)}"'
        assert client.post("/", content=largest, headers=JSON).json() == SMALL - 2
        answer = client.post("/", content=b" " * (SMALL + 1))
        assert answer.status_code == 413
        assert answer.json()["code"] == "trop-volumineux"
        assert "connection" not in answer.headers
