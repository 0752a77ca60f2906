"""Hot reads as the server asks for them: what no client library shows of a reply."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import pytest
from fastapi import FastAPI, Path, Query
from pydantic import BaseModel

from shared.hot.answering import Answering
from shared.hot.reads import Answer, Reads, UrlDep, VueDep
from shared.journal import Curseur
from shared.observability import Observer
from shared.vitrine import vue


class Question(BaseModel):
    a: str = ""


class Shown:
    vue = vue(None, Curseur(7, 1), datetime(2026, 1, 31, 8, tzinfo=UTC))
    perimee_depuis = None


@pytest.fixture
def reads() -> Reads:
    reads = Reads()

    @reads.get("/choses/{id}", model=None, media_type="text/plain")
    def chose(vue: VueDep, id: Annotated[str, Path()]) -> Answer:
        return Answer(id.encode())

    @reads.get("/ancienne", model=None, media_type="text/plain")
    def moved(vue: VueDep, question: Annotated[Question, Query()]) -> Answer:
        return Answer(b"", ((b"location", b"/choses/neuve"), (b"link", b"<a>")), 308)

    @reads.get("/adresse", model=None, media_type="text/plain")
    def address(vue: VueDep, url: UrlDep) -> Answer:
        return Answer(url.encode())

    return reads


@pytest.fixture
def layer(reads) -> Answering:
    return Answering(reads, FastAPI(), Shown(), Observer("essai", lambda _: None))


def scope(path, method="GET", query=b""):
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": query,
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


def sent(layer, *asked):
    """Status, headers and body that the layer sends."""
    messages = []

    async def send(message) -> None:
        messages.append(message)

    asyncio.run(layer(scope(*asked), None, send))
    first, *rest = messages
    body = b"".join(message.get("body", b"") for message in rest)
    return first["status"], dict(first["headers"]), body


def test_a_client_that_says_nothing_of_itself_is_answered(layer) -> None:
    status, headers, body = sent(layer, "/choses/a")
    assert (status, headers[b"content-length"], body) == (200, b"1", b"a")


def test_head_sends_no_body_and_tells_its_length(layer) -> None:
    status, headers, body = sent(layer, "/choses/abc", "HEAD")
    assert (status, headers[b"content-length"], body) == (200, b"3", b"")


@pytest.mark.parametrize(
    ("query", "place"), [(b"", b"/choses/neuve"), (b"a=%20b", b"/choses/neuve?a=%20b")]
)
def test_what_moved_is_asked_there_with_the_same_question(layer, query, place) -> None:
    status, headers, body = sent(layer, "/ancienne", "GET", query)
    assert (status, headers[b"location"], headers[b"link"], body) == (308, place, b"<a>", b"")


def test_an_answer_with_addresses_waits_for_that_of_the_client(layer) -> None:
    assert layer.now(scope("/adresse")) is None
    assert layer.now(scope("/adresse"), waits=True) is not None
    assert layer.now(scope("/choses/a")) is not None
    assert layer.now(scope("/choses/a", "POST"), waits=True) is None


def test_an_address_that_others_spell_out_is_theirs(reads) -> None:
    reads.leave(["/choses/export.csv", "/choses/{id}", "/adresse"])
    assert reads.find("/choses/export.csv") is None
    for path, values in (("/choses/{id}", ("{id}",)), ("/choses/a", ("a",)), ("/adresse", ())):
        assert reads.find(path)[1] == values
