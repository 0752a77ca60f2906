"""Hot reads: a question is understood or refused by name, an answer carries its headers."""

import gzip
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

import brotli
import orjson
import pytest
from fastapi import FastAPI, Path, Query
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field
from starlette.testclient import TestClient

from shared.auth import declared_access
from shared.hot import answering
from shared.hot.answering import Answering
from shared.hot.reads import QUERY_MAX, Answer, Reads, UrlDep, VueDep, parse_query
from shared.http.replies import negotiate
from shared.journal import Curseur
from shared.observability import Observer
from shared.problems import InvalidParameter, NotFound
from shared.vitrine import vue

LONG = b'"' + b"x" * 2_000 + b'"'


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    n: Annotated[int, Field(ge=1, le=9)] = 1
    mots: list[str] | None = None


class Fake:
    """A vitrine whose state a test decides."""

    def __init__(self) -> None:
        self.vue = None
        self.perimee_depuis = None


@pytest.fixture
def asked() -> list:
    return []


@pytest.fixture
def reads(asked) -> Reads:
    reads = Reads()

    @reads.get("/choses", model=dict, media_type="application/json")
    def choses(vue: VueDep, question: Annotated[Question, Query()]) -> Answer:
        """Des choses."""
        asked.append(question)
        return Answer(orjson.dumps(question.model_dump()), ((b"link", b"<?n=2>; rel=next"),))

    @reads.get("/choses/{id}", model=dict, media_type="application/json")
    def chose(vue: VueDep, id: Annotated[str, Path()]) -> Answer:
        """Une chose."""
        if id == "absente":
            raise NotFound("Aucune chose absente.")
        if id == "cassée":
            raise RuntimeError("secret")
        return Answer(LONG)

    @reads.get("/carrés/{z}/{x}.bin", model=None, media_type="application/octet-stream")
    def square(
        vue: VueDep, z: Annotated[int, Path(ge=0, le=20)], x: Annotated[int, Path(ge=0)]
    ) -> Answer:
        """Un carré."""
        return Answer(b"%d %d" % (z, x))

    @reads.get("/choses/{id}/ici", model=dict, media_type="application/json")
    def here(vue: VueDep, id: Annotated[str, Path(max_length=4)], url: UrlDep) -> Answer:
        """Une adresse."""
        asked.append(url)
        return Answer(f"{url}/choses/{id}".encode())

    return reads


@pytest.fixture
def vitrine() -> Fake:
    vitrine = Fake()
    vitrine.vue = vue(None, Curseur(7, 1), datetime(2026, 1, 31, 8, tzinfo=UTC))
    return vitrine


@pytest.fixture
def lines() -> list[bytes]:
    return []


@pytest.fixture
def client(reads, vitrine, lines) -> TestClient:
    app = FastAPI(redirect_slashes=False)
    app.include_router(reads.router)
    layer = Answering(reads, app, vitrine, Observer("essai", lines.append))
    return TestClient(layer, headers={"accept-encoding": "identity"})


def test_an_answer_carries_all_its_headers(client) -> None:
    answer = client.get("/choses?n=3&mots=a&mots=b%20c")
    assert answer.json() == {"n": 3, "mots": ["a", "b c"]}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["etag"].startswith('W/"')
    assert answer.headers["last-modified"] == "Sat, 31 Jan 2026 08:00:00 GMT"
    assert answer.headers["cache-control"].startswith("public, max-age=")
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["link"] == "<?n=2>; rel=next"
    assert "relance-fraicheur" not in answer.headers


def test_a_browser_elsewhere_may_read_the_headers_it_needs(client) -> None:
    exposed = client.get("/choses", headers={"origin": "https://ville.example"})
    assert "link" in exposed.headers["access-control-expose-headers"]
    refused = client.get("/choses?n=x", headers={"origin": "https://ville.example"})
    assert "retry-after" in refused.headers["access-control-expose-headers"]


@pytest.mark.parametrize("path", ["/choses", "/choses?n=x", "/rien-de-tel"])
def test_an_answer_depends_on_no_header_that_vary_does_not_name(client, path) -> None:
    """A cache would give a page the answer of a program, whose headers it may not read."""
    plain = client.get(path)
    paged = client.get(path, headers={"origin": "https://ville.example"})
    assert "origin" not in plain.headers.get("vary", "").lower()
    kept = plain.headers.keys() - {"x-request-id"}
    assert {name: paged.headers.get(name) for name in kept} == {
        name: plain.headers[name] for name in kept
    }
    assert paged.headers.keys() == plain.headers.keys()


def test_head_is_get_without_its_body(client) -> None:
    get, head = client.get("/choses"), client.head("/choses")
    assert head.status_code == 200
    assert head.content == b""
    same = set(get.headers) - {"x-request-id"}
    assert {k: get.headers[k] for k in same} == {k: head.headers[k] for k in same}


def test_what_the_client_already_has_is_not_sent_again(client, vitrine, asked) -> None:
    tag = client.get("/choses").headers["etag"]
    again = client.get("/choses", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert len(asked) == 1, "the question itself is not looked at"
    vitrine.vue = vue(None, Curseur(8, 2), datetime(2026, 2, 1, tzinfo=UTC))
    fresh = client.get("/choses", headers={"if-none-match": tag})
    assert fresh.status_code == 200
    assert fresh.headers["etag"] != tag


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("if-none-match", "*", 304),
        ("if-modified-since", "Sat, 31 Jan 2026 08:00:00 GMT", 304),
        ("if-modified-since", "Sun, 01 Feb 2026 08:00:00 GMT", 304),
        ("if-modified-since", "Sat, 31 Jan 2026 07:59:59 GMT", 200),
        ("if-modified-since", "hier", 200),
    ],
)
def test_what_exists_or_is_not_newer_is_not_sent(client, header, value, status, times) -> None:
    for _ in range(times):
        answer = client.get("/choses?n=7", headers={header: value})
    assert answer.status_code == status
    assert answer.headers["etag"].startswith('W/"')
    # A tag proves that the question has an answer; these prove nothing.
    assert client.get("/choses/absente", headers={header: value}).status_code == 404
    assert client.get("/choses?n=0", headers={header: value}).status_code == 400


def test_a_tag_says_more_than_a_date(client) -> None:
    both = {"if-none-match": '"autre"', "if-modified-since": "Sun, 01 Feb 2026 08:00:00 GMT"}
    assert client.get("/choses", headers=both).status_code == 200


def test_the_answer_to_a_question_that_comes_back_is_kept_for_the_version(
    client, vitrine, asked
) -> None:
    for _ in range(4):
        client.get("/choses?n=4")
    client.get("/choses?n=5")
    assert [question.n for question in asked] == [4, 4, 5]
    vitrine.vue = vue(None, Curseur(8, 2), datetime(2026, 2, 1, tzinfo=UTC))
    for _ in range(2):
        client.get("/choses?n=4")
    assert [question.n for question in asked] == [4, 4, 5, 4]


def test_only_so_many_questions_are_remembered(client, asked, monkeypatch) -> None:
    monkeypatch.setattr(answering, "ASKED_MAX", 2)
    for n in (1, 2, 3, 1, 1, 1):
        client.get(f"/choses?n={n}")
    assert [question.n for question in asked] == [1, 2, 3, 1, 1]


def test_the_answers_kept_stay_within_bounds(client, asked, monkeypatch) -> None:
    monkeypatch.setattr(answering, "CACHE_BYTES", 3_500)  # two of them
    for n in (1, 1, 2, 2, 1, 2, 3, 3, 3, 1, 2):
        client.get(f"/choses?n={n}")
    assert [question.n for question in asked] == [1, 1, 2, 2, 3, 3, 1, 2]


@pytest.mark.parametrize(
    ("query", "parametre"),
    [
        ("n=0", "n"),
        ("n=deux", "n"),
        ("n=1&n=2", "n"),
        ("inconnu=1", "inconnu"),
        ("n=%FF", "?"),
        ("n=1&x=" + "y" * 5_000, "?"),
    ],
)
def test_a_bad_parameter_is_named(client, query, parametre) -> None:
    answer = client.get(f"/choses?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["parametre"] == parametre


def test_a_read_without_query_accepts_none(client) -> None:
    assert client.get("/choses/a?x=1").json()["parametre"] == "x"


def test_a_keyed_read(client) -> None:
    assert client.get("/choses/a").content == LONG
    missing = client.get("/choses/absente")
    assert (missing.status_code, missing.json()["code"]) == (404, "introuvable")
    assert client.get("/choses/").status_code == 404


def test_a_path_may_have_several_parameters_and_an_end(client) -> None:
    assert client.get("/carrés/12/34.bin").content == b"12 34"
    assert client.get("/carrés/12/34.mvt").status_code == 404
    assert client.get("/carrés/12/34").status_code == 404
    assert client.get("/carrés/12/3/4.bin").status_code == 404
    for path, name in (("21/0", "z"), ("a/0", "z"), ("0/-1", "x"), ("0/0?x=1", "x")):
        before, question, after = path.partition("?")
        answer = client.get(f"/carrés/{before}.bin{question}{after}")
        assert (answer.status_code, answer.json()["parametre"]) == (400, name)
    assert client.get("/choses/trop-long/ici").json()["parametre"] == "id"


def test_an_answer_with_addresses_is_that_of_the_address_asked(client, asked) -> None:
    for host in ("un.example", "deux.example") * 3:
        answer = client.get("/choses/a/ici", headers={"host": host})
        assert answer.text == f"http://{host}/choses/a"
    assert client.get("/choses/a/ici", headers={"host": "<"}).json()["parametre"] == "Host"


def test_an_answer_about_now_lasts_a_minute(client, vitrine, asked, monkeypatch) -> None:
    def ask(query, **headers):
        return client.get(f"/choses?{query}", headers=headers)

    monkeypatch.setattr(answering.time, "time", lambda: 600.0)
    tag = ask("mots=maintenant").headers["etag"]
    assert "last-modified" not in ask("mots=maintenant").headers
    assert ask("mots=hier").headers["etag"].startswith(vitrine.vue.etag.decode()[:-1] + "-")
    assert tag.startswith(vitrine.vue.etag.decode()[:-1] + ".10-")
    monkeypatch.setattr(answering.time, "time", lambda: 659.9)
    assert ask("mots=maintenant", **{"if-none-match": tag}).status_code == 304
    monkeypatch.setattr(answering.time, "time", lambda: 660.0)
    assert ask("mots=maintenant", **{"if-none-match": tag}).status_code == 200
    assert ".11-" in ask("mots=%6Daintenant").headers["etag"]


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip", "gzip"),
        ("br, gzip", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*;q=0", None),
        ("identity", None),
        ("gzip;q=oops", None),
    ],
)
def test_compression_is_negotiated(client, accept, coding) -> None:
    negotiated = negotiate(accept.encode())
    assert negotiated == (coding.encode() if coding else None)
    with client.stream("GET", "/choses/a", headers={"accept-encoding": accept}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == coding
    decode = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}[coding]
    assert decode(raw) == LONG


def test_a_small_answer_is_left_as_it_is(client) -> None:
    answer = client.get("/choses", headers={"accept-encoding": "br"})
    assert "content-encoding" not in answer.headers


def test_before_the_first_load_the_client_is_told_to_come_back(client, vitrine) -> None:
    vitrine.vue = None
    answer = client.get("/choses")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


def test_an_old_vitrine_says_so(client, vitrine) -> None:
    vitrine.perimee_depuis = datetime(2026, 1, 31, 9, 0, 0, 5, tzinfo=UTC)
    expected = "perimee; depuis=2026-01-31T09:00:00+00:00"
    assert client.get("/choses").headers["relance-fraicheur"] == expected


def test_a_database_that_comes_back_in_the_middle_of_a_read_breaks_nothing(
    client, monkeypatch
) -> None:
    said = iter([datetime(2026, 1, 31, 9, tzinfo=UTC)])
    monkeypatch.setattr(Fake, "perimee_depuis", property(lambda _: next(said, None)), raising=False)
    assert client.get("/choses").status_code == 200


def test_a_request_is_told_once_with_its_route(client, lines) -> None:
    answer = client.get("/choses/a", headers={"x-request-id": "abc-1"})
    assert answer.headers["x-request-id"] == "abc-1"
    (line,) = map(orjson.loads, lines)
    assert (line["request_id"], line["route"], line["statut"]) == ("abc-1", "/choses/{id}", 200)
    assert line["octets"] == len(LONG)


def test_what_is_no_read_goes_on(client) -> None:
    assert client.post("/choses").status_code == 405
    assert client.get("/ailleurs").status_code == 404


def test_reads_are_documented_and_public(reads) -> None:
    app = FastAPI()
    app.include_router(reads.router)
    operation = app.openapi()["paths"]["/choses"]["get"]
    assert {p["name"] for p in operation["parameters"]} == {"n", "mots"}
    assert all(declared_access(route) == "public" for route in reads.router.routes)


words = st.text(min_size=1, max_size=5).filter(lambda t: t.isascii() and t.isalnum())


@given(st.dictionaries(words, words, max_size=5))
def test_a_query_written_plainly_is_read_back(values) -> None:
    query = "&".join(f"{name}={value}" for name, value in values.items())
    assert parse_query(query.encode(), frozenset()) == values


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (b"mots=a+b", {"mots": "a b"}),
        (b"mots=a%2Bb", {"mots": "a+b"}),
        (b"&a=1&&b=2&", {"a": "1", "b": "2"}),
        (b"a=" + b"x" * (QUERY_MAX - 2), {"a": "x" * (QUERY_MAX - 2)}),
    ],
)
def test_a_query_is_read_as_forms_and_careless_programs_write_it(query, values) -> None:
    assert parse_query(query, frozenset()) == values


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(query) -> None:
    with suppress(InvalidParameter):
        assert isinstance(parse_query(query, frozenset({"a"})), dict)


def test_one_question_s_tag_is_no_proof_for_another(client) -> None:
    tag = client.get("/choses").headers["etag"]
    for path in ("/choses?n=2", "/choses/absente", "/choses?n=0"):
        assert client.get(path, headers={"if-none-match": tag}).status_code != 304


def test_a_bug_in_a_read_is_a_problem_that_tells_nothing(client, lines, caplog) -> None:
    answer = client.get("/choses/cassée")
    assert (answer.status_code, answer.json()["code"]) == (500, "erreur-interne")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "secret" in caplog.text
    assert orjson.loads(lines[-1])["statut"] == 500
