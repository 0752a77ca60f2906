"""The live stream, from the public door, in both shapes of the suite."""

import gzip
import json
import os
import time
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from services.bornes.demonstration import irve
from tests.e2e.conftest import SECRET, running
from tests.sse import parse

FLUX = "/v1/bornes/flux"
PATIENCE_S = 60


@contextmanager
def listening(client, **headers):
    """The pieces of a stream, as they come."""
    limit = time.monotonic() + PATIENCE_S
    while True:
        with client.stream("GET", FLUX, headers=headers, timeout=PATIENCE_S) as answer:
            # The place of a listener that just left is free once the service has noticed.
            if answer.status_code == 503 and time.monotonic() < limit:
                continue
            assert answer.status_code == 200
            yield answer
            return


def events(answer, count):
    """The first events of a stream."""
    content = b""
    for piece in answer.iter_bytes():
        content += piece
        found, _ = parse(content)
        if len(found) >= count:
            return found
    return pytest.fail("the stream ended")


def send(client, cle):
    """A file of ten points that nobody has sent before."""
    prefix = b"FR%b" % os.urandom(2).hex().upper()[:3].encode()
    file = b"".join(irve(10, seed=11)).replace(b"FRZZZ", prefix)
    answer = client.post(
        "/v1/bornes/imports",
        params={"nom": "flux.csv.gz"},
        content=gzip.compress(file, mtime=0),
        headers=cle | {"Content-Type": "application/gzip"},
    )
    assert answer.status_code in {201, 202}, answer.text
    if answer.status_code == 202:
        confirmed = client.post(
            f"{answer.headers['location']}/confirmation",
            headers=cle | {"If-Match": answer.headers["etag"]},
        )
        assert confirmed.is_success, confirmed.text


def test_a_change_is_heard_then_heard_again_from_its_id(client, cle):
    with listening(client) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        send(client, cle)
        told = events(answer, 3)
    assert {event.event for event in told} == {"changement"}
    with listening(client, **{"Last-Event-ID": told[0].id}) as again:
        assert events(again, 2)[:2] == told[1:3]
    first, *following = [json.loads(event.data) for event in told[:3]]
    asked = {"depuis": first["curseur"], "limite": 2}
    assert client.get("/v1/bornes/changements", params=asked).json()["elements"] == following


def test_who_leaves_makes_room(client):
    for _ in range(3):
        with ExitStack() as stack:
            for _ in range(2):
                stack.enter_context(listening(client))
            refused = client.get(FLUX)
            assert (refused.status_code, refused.json()["code"]) == (503, "indisponible")
            assert refused.headers["retry-after"]


def test_other_ways_to_ask(client):
    assert client.post(FLUX).headers["allow"] == "GET, HEAD, OPTIONS"
    asked = {
        "Origin": "https://exemple.fr",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "last-event-id",
    }
    allowed = client.options(FLUX, headers=asked)
    assert allowed.status_code == 200
    assert "last-event-id" in allowed.headers["access-control-allow-headers"].lower()
    limit = time.monotonic() + PATIENCE_S
    while (told := client.head(FLUX)).status_code == 503 and time.monotonic() < limit:
        pass
    assert (told.status_code, told.content) == (200, b"")


@pytest.mark.parametrize("apart", [False, True])
def test_processes_stop_at_once_whoever_listens(demo_database, tmp_path, apart):
    variables = {"RELANCE_DATABASE_URL": demo_database, "RELANCE_SECRET_INTERNE": SECRET}
    logs = [tmp_path / "bornes.log", tmp_path / "gateway.log"]
    with ExitStack() as client:
        with ExitStack() as processes:
            if apart:
                process = running("serve", "bornes", log=logs[0], **variables)
                variables["RELANCE_BORNES_URL"] = processes.enter_context(process)
            process = running("serve", "gateway", log=logs[1], **variables)
            address = processes.enter_context(process)
            http = client.enter_context(httpx.Client(base_url=address, trust_env=False, timeout=30))
            answer = client.enter_context(listening(http))
            pieces = answer.iter_bytes()
            assert next(pieces).startswith(b"retry:")
        assert list(pieces) == [], "the stream ends, and is not cut"
    told = "".join(log.read_text() for log in logs if log.exists())
    assert "timeout graceful shutdown exceeded" not in told
