"""HEAD and OPTIONS where only GET and POST are declared."""

import orjson
import pytest
from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from shared import problems
from shared.http.methods import Methods
from shared.observability import Observability, Observer

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

    @router.post("/actions")
    def agir() -> None: ...

    @router.get("/longue")
    def longue() -> StreamingResponse:
        return StreamingResponse(produce(), headers={"etag": '"v"'})

    app = FastAPI(redirect_slashes=False)
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "HEAD"])
    app.include_router(router)
    problems.install(app)
    return TestClient(Methods(app))


def test_head_has_the_headers_of_get(client) -> None:
    head, get = client.head("/choses"), client.get("/choses")
    assert head.status_code == 200
    assert head.content == b""
    assert dict(head.headers) == dict(get.headers)


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/choses", "/choses"),
        ("HEAD", "/choses", "/choses"),
        ("HEAD", "/choses/a", "/choses/{id}"),
        ("PUT", "/choses", "/choses"),
        ("GET", "/rien", "(aucune)"),
    ],
)
def test_every_request_is_counted_under_its_route(client, method, path, route) -> None:
    lines: list[bytes] = []
    watched = TestClient(Observability(client.app, Observer("essai", lines.append)))
    watched.request(method, path)
    line = orjson.loads(lines[-1])
    assert (line["methode"], line["route"]) == (method, route)


def test_head_does_not_produce_a_long_body(client) -> None:
    PRODUCED.clear()
    head = client.head("/longue")
    assert (head.headers["etag"], head.content) == ('"v"', b"")
    assert len(PRODUCED) < 1_000


async def test_an_answer_to_head_ends_with_its_headers(client) -> None:
    """Or its client would wait, and a long body be produced for nobody."""
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message["type"])

    asked = {"type": "http", "method": "HEAD", "path": "/choses", "query_string": b""}
    await client.app({**asked, "headers": []}, receive, send)
    assert sent == ["http.response.start", "http.response.body"]


def test_options_lists_what_may_be_asked(client) -> None:
    answer = client.options("/choses")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert "content-length" not in answer.headers


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


def test_head_of_nothing_is_not_found(client) -> None:
    assert client.head("/ailleurs").status_code == 404


@pytest.mark.parametrize("method", ["HEAD", "GET", "DELETE", "MKCOL"])
def test_an_address_that_only_takes_post_says_so_to_all_others(client, method) -> None:
    """Even where the same address would be that of a thing that is read."""
    for path in ("/actions", "/choses/recherche"):
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")


def test_a_refused_method_is_told_of_all_the_others(client) -> None:
    answer = client.delete("/choses")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
