"""Every request leaves one line and one measure, whatever became of it."""

import logging
import sys
import time

import anyio
import orjson
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from shared.observability import (
    CAME,
    REQUEST_LINES,
    WATCH,
    JsonFormatter,
    Observability,
    Observer,
    configure_logging,
)


@pytest.fixture
def lines() -> list[bytes]:
    return []


@pytest.fixture
def client(lines) -> TestClient:
    app = FastAPI()

    @app.get("/choses/{id}")
    def chose(id: str) -> str:
        return id

    @app.get("/longue")
    def longue() -> StreamingResponse:
        return StreamingResponse(iter([b"abc", b"de"]))

    @app.get("/panne")
    def panne() -> None:
        raise RuntimeError("secret")

    layer = Observability(app, Observer("essai", lines.append))
    return TestClient(layer, raise_server_exceptions=False)


def last(lines: list[bytes]) -> dict:
    return orjson.loads(lines[-1])


def test_a_line_says_what_was_asked_and_answered(client, lines) -> None:
    answer = client.get("/choses/a?cle=secrete")
    line = last(lines)
    assert line["route"] == "/choses/{id}"
    assert line["chemin"] == "/choses/a"
    assert line["service"] == "essai"
    assert (line["methode"], line["statut"], line["octets"]) == ("GET", 200, 3)
    assert line["duree_ms"] >= 0
    assert line["request_id"] == answer.headers["x-request-id"]
    assert b"secrete" not in lines[-1], "a query may carry what no log should keep"


def test_what_a_request_waited_for_before_it_was_watched_is_in_its_duration(lines) -> None:
    observer = Observer("essai", lines.append)
    scope = {"headers": [], "method": "GET", "path": "/", CAME: time.perf_counter() - 4}
    observer.end(observer.begin(scope), scope, "/", 200, 0)
    assert last(lines)["duree_ms"] >= 4000


def test_the_client_s_ids_are_kept_when_well_formed(client, lines) -> None:
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    client.get("/choses/a", headers={"x-request-id": "mon-id.1", "traceparent": trace})
    assert (last(lines)["request_id"], last(lines)["traceparent"]) == ("mon-id.1", trace)


@pytest.mark.parametrize("bad", ["", "a b", "x" * 65, "é", 'a"b'])
def test_ill_formed_ids_are_replaced(client, lines, bad) -> None:
    client.get("/choses/a", headers=[(b"x-request-id", bad.encode()), (b"traceparent", b"00-zz")])
    assert last(lines)["request_id"] != bad
    assert last(lines)["traceparent"].startswith("00-")


@pytest.mark.parametrize("zeros", ["0" * 32 + "-" + "b" * 16, "a" * 32 + "-" + "0" * 16])
def test_zeros_name_no_trace(client, lines, zeros) -> None:
    client.get("/choses/a", headers={"traceparent": f"00-{zeros}-01"})
    assert zeros not in last(lines)["traceparent"]


def test_ids_do_not_repeat(client, lines) -> None:
    seen = {client.get("/choses/a").headers["x-request-id"] for _ in range(50)}
    assert len(seen) == 50


def test_a_stream_is_counted_whole(client, lines) -> None:
    client.get("/longue")
    assert last(lines)["octets"] == 5


def test_a_crash_is_told_as_an_error(client, lines) -> None:
    client.get("/panne")
    assert (last(lines)["statut"], last(lines)["niveau"]) == (500, "error")


def test_unknown_paths_share_one_label(client) -> None:
    labels = {"service": "essai", "methode": "GET", "route": "(aucune)", "statut": "404"}
    before = REGISTRY.get_sample_value("relance_requetes_total", labels) or 0
    for path in ("/x", "/y", "/z"):
        client.get(path)
    assert REGISTRY.get_sample_value("relance_requetes_total", labels) == before + 3


def test_invented_methods_share_one_label(client) -> None:
    labels = {"service": "essai", "methode": "AUTRE", "route": "(aucune)", "statut": "404"}
    before = REGISTRY.get_sample_value("relance_requetes_total", labels) or 0
    client.request("PROPFIND", "/x")
    assert REGISTRY.get_sample_value("relance_requetes_total", labels) == before + 1


def test_a_request_is_told_once_by_the_layer_that_knows_it_best(lines) -> None:
    async def inner(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 204})

    async def ask() -> None:
        layer = Observability(inner, Observer("essai", lines.append))
        await layer({"type": "http", "headers": [], WATCH: "outer"}, None, sent)

    async def sent(message) -> None:
        pass

    anyio.run(ask)
    assert lines == []


def test_logs_are_json_lines() -> None:
    try:
        int("raison")
    except ValueError:
        record = logging.LogRecord("a.b", logging.WARNING, "", 0, "dit %s", ("é",), sys.exc_info())
    line = orjson.loads(JsonFormatter().format(record))
    assert (line["niveau"], line["message"], line["origine"]) == ("warning", "dit é", "a.b")
    assert "raison" in line["erreur"]


def test_a_quiet_process_only_tells_of_failures(client, lines) -> None:
    REQUEST_LINES.setLevel(logging.WARNING)
    client.get("/choses/a")
    client.get("/panne")
    assert [orjson.loads(line)["statut"] for line in lines] == [500]


def test_configured_logging_writes_them(capsys) -> None:
    configure_logging()
    logging.getLogger("x").info("bonjour")
    # The address of a webhook or of a partner may hold a secret.
    logging.getLogger("httpx").info("HTTP Request: POST https://exemple.fr/?jeton=secret")
    assert orjson.loads(capsys.readouterr().err)["message"] == "bonjour"
