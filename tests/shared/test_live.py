"""Answers that depend on what is live: their own cache, their own tag, the others untouched."""

from datetime import UTC, datetime
from typing import Annotated

import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict
from starlette.testclient import TestClient

from shared.hot.answering import Answering
from shared.hot.live import Living, etag_of, names
from shared.hot.reads import Answer, Reads, VueDep
from shared.journal import Curseur
from shared.observability import Observer
from shared.vitrine import vue


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    libre: bool | None = None
    autre: str = ""


class Etalage:
    perimee_depuis = None

    def __init__(self) -> None:
        self.vue = vue(None, Curseur(1, 1), datetime(2026, 1, 31, tzinfo=UTC))


class Direct:
    vu: str | None = "un"


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def direct() -> Direct:
    return Direct()


@pytest.fixture
def etalage() -> Etalage:
    return Etalage()


@pytest.fixture
def client(asked, direct, etalage) -> TestClient:
    reads = Reads(live=["libre", "pris"])

    @reads.get("/choses", model=None, media_type="text/plain")
    def choses(vue: VueDep, question: Annotated[Question, Query()]) -> Answer:
        asked.append("choses")
        return Answer([b"choses ", str(vue.direct).encode()])

    @reads.get("/vives", model=None, media_type="text/plain", live=True)
    def vives(vue: VueDep) -> Answer:
        asked.append("vives")
        return Answer(str(vue.direct).encode() * 1_000)

    layer = Answering(reads, FastAPI(), etalage, Observer("essai", lambda _: None), direct)
    return TestClient(layer)


def test_only_what_is_asked_for_depends_on_what_is_live(client) -> None:
    for query in ("", "?autre=%20", "?autre=maintenant"):
        assert client.get(f"/choses{query}").text == "choses None"
    assert client.get("/choses?libre=true").text == "choses un"
    assert client.get("/choses?%6cibre=true").text == "choses un"
    assert client.get("/vives").text == "un" * 1_000
    assert "last-modified" in client.get("/choses").headers
    assert "last-modified" not in client.get("/vives").headers


def test_each_has_its_cache_and_its_tag(client, direct, asked) -> None:
    for _ in range(3):
        plain, live = client.get("/choses"), client.get("/vives")
    assert asked == ["choses", "vives", "choses", "vives"]
    direct.vu = "deux"
    tags = {"if-none-match": f"{plain.headers['etag']}, {live.headers['etag']}"}
    assert client.get("/choses", headers=tags).status_code == 304
    changed = client.get("/vives", headers=tags)
    assert (changed.status_code, changed.text[:4]) == (200, "deux")
    assert asked[4:] == ["vives"]


def test_a_live_answer_that_says_the_same_has_the_same_tag(client, direct, etalage) -> None:
    tag = client.get("/vives").headers["etag"]
    direct.vu = "deux"
    assert client.get("/vives").headers["etag"] != tag
    direct.vu = "un"
    etalage.vue = vue(None, Curseur(2, 2), datetime(2026, 2, 1, tzinfo=UTC))
    unchanged = client.get("/vives", headers={"if-none-match": tag})
    assert (unchanged.status_code, unchanged.headers["etag"]) == (304, tag)
    assert unchanged.headers["cache-control"].startswith("public, max-age=0")
    assert client.get("/vives", headers={"if-none-match": "*"}).status_code == 304


def test_live_answers_wait_for_the_first_reading(client, direct) -> None:
    direct.vu = None
    assert client.get("/vives").status_code == 503
    assert client.get("/choses").status_code == 200


def test_what_is_seen_with_what_is_live_is_made_once_of_both(direct, etalage) -> None:
    living, shown = Living(direct), etalage.vue
    first = living.view(shown)
    assert (first.headers, first.direct) == (shown.headers, "un")
    assert living.view(shown) is first
    direct.vu = "deux"
    assert living.view(shown).direct == "deux"
    newer = vue(None, Curseur(2, 2), datetime(2026, 2, 1, tzinfo=UTC))
    assert living.view(newer).headers is newer.headers


def test_a_tag_does_not_depend_on_how_a_body_is_cut() -> None:
    assert etag_of([b"ab", memoryview(b"c")]) == etag_of([b"abc"]) != etag_of([b"abd"])


@pytest.mark.parametrize(
    ("query", "found"),
    [(b"libre=1", True), (b"a=1&libre=", True), (b"l%69bre=1", True), (b"a=%20", False)],
)
def test_a_name_is_found_escaped_or_not(query, found) -> None:
    assert names(b"libre=", query) is found
