"""HEAD and OPTIONS where only GET and POST are declared."""

import pytest
from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from shared.methods import Methods

PRODUCED: list[int] = []


def produce():
    for n in range(1_000):
        PRODUCED.append(n)
        yield b"x" * 1_000


@pytest.fixture
def client() -> TestClient:
    router = APIRouter()

    @router.get("/choses")
    def choses() -> dict[str, int]:
        return {"n": 1}

    @router.post("/choses")
    def creer() -> None: ...

    @router.get("/choses/{id}")
    def chose(id: str) -> None: ...

    @router.post("/choses/recherche")
    def chercher() -> None: ...

    @router.get("/longue")
    def longue() -> StreamingResponse:
        return StreamingResponse(produce(), headers={"etag": '"v"'})

    app = FastAPI(redirect_slashes=False)
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "HEAD"])
    app.include_router(router)
    return TestClient(Methods(app))


def test_head_has_the_headers_of_get(client) -> None:
    head, get = client.head("/choses"), client.get("/choses")
    assert head.status_code == 200
    assert head.content == b""
    assert dict(head.headers) == dict(get.headers)


def test_head_does_not_produce_a_long_body(client) -> None:
    PRODUCED.clear()
    head = client.head("/longue")
    assert (head.headers["etag"], head.content) == ('"v"', b"")
    assert len(PRODUCED) < 1_000


def test_options_lists_what_may_be_asked(client) -> None:
    answer = client.options("/choses")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"


def test_an_address_spelled_out_is_not_a_parameter(client) -> None:
    assert client.options("/choses/recherche").headers["allow"] == "POST, OPTIONS"
    assert client.options("/choses/7").headers["allow"] == "GET, HEAD, OPTIONS"


def test_options_of_nothing_is_not_found(client) -> None:
    assert client.options("/ailleurs").status_code == 404


def test_a_preflight_is_answered_as_cors_says(client) -> None:
    asked = {"origin": "https://ville.example", "access-control-request-method": "GET"}
    answer = client.options("/choses", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"


def test_head_of_a_post_is_refused(client) -> None:
    assert client.head("/ailleurs").status_code == 404
