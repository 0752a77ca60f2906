"""The cache between a gateway and real services, on real sockets."""

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from gateway.app import create_gateway
from gateway.cache import Cache
from gateway.upstreams import RemoteService
from services.bornes.app import service
from shared.db import open_engine
from shared.service import ServiceApp
from tests.factories import irve_station, take_irve
from tests.gateway.conftest import serving
from tests.gateway.hop import answering, ask, problem

KEPT = [(b"cache-control", b"public, max-age=60"), (b"etag", b'"a"')]


class Counting:
    """A server that counts requests and says the same to each."""

    def __init__(self, said, *, pause=None):
        self.said, self.pause, self.asked = said, pause, []

    async def __call__(self, reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            self.asked.append(head)
            if self.pause is not None:
                await asyncio.to_thread(self.pause.wait, 5)
            writer.write(self.said)
            await writer.drain()


def told(headers=b"Cache-Control: public, max-age=60\r\n", body=b"bonjour"):
    return b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (headers, len(body), body)


def note(answer):
    return answer[1]["cache-status"].removeprefix('"relance"; ')


def test_headers_of_a_hit(before, capfdbinary):
    headers = b"Cache-Control: max-age=60\r\nConnection: x-intime\r\nX-Intime: 1\r\n"
    headers += b"Keep-Alive: timeout=5\r\nX-Request-ID: amont\r\nDate: hier\r\nServer: s\r\n"
    service = Counting(told(headers + b"X-Public: 1\r\nAge: 2\r\n"))
    port = before(script=service)
    ask(port, headers={"X-Request-ID": "un"})
    found = ask(port, headers={"X-Request-ID": "deux"})
    assert found[0] == 200
    assert found[2] == b"bonjour"
    assert note(found) == "hit; ttl=58"
    assert found[1]["x-public"] == "1"
    assert found[1].get_all("x-request-id") == ["deux"]
    assert len(found[1].get_all("date")) == 1
    assert {"x-intime", "keep-alive"}.isdisjoint(n.lower() for n in found[1])
    assert len(service.asked) == 1
    seen = []
    while len(seen) < 2:  # a line is written once its answer has left
        lines = map(json.loads, capfdbinary.readouterr().err.splitlines())
        seen += [line for line in lines if line.get("request_id") in {"un", "deux"}]
    told_of = [(line["statut"], line["octets"], line["route"]) for line in seen]
    assert told_of == [(200, 7, "/v1/bornes/*")] * 2


def test_many_at_once_are_one_question(before):
    pause = threading.Event()
    service = Counting(told(), pause=pause)
    port = before(script=service)
    with ThreadPoolExecutor(20) as pool:
        answers = [pool.submit(ask, port) for _ in range(20)]
        while not service.asked:
            time.sleep(0.01)
        pause.set()
        found = [answer.result() for answer in answers]
    assert {answer[2] for answer in found} == {b"bonjour"}
    assert len(service.asked) == 1


def test_a_client_that_leaves_lets_another_ask(before):
    pause = threading.Event()
    service = Counting(told(), pause=pause)
    port = before(script=service)
    with ThreadPoolExecutor(2) as pool:
        impatient = pool.submit(ask, port, timeout=0.3)
        while not service.asked:
            time.sleep(0.01)
        patient = pool.submit(ask, port)
        with pytest.raises(TimeoutError):
            impatient.result()
        while len(service.asked) < 2:
            time.sleep(0.01)
        pause.set()
        assert patient.result()[2] == b"bonjour"


def test_a_held_answer_that_is_cut_is_a_502(before):
    async def truncated(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 100000\r\n\r\n"
        writer.write(head + b"abc")
        await writer.drain()
        writer.close()

    port = before(script=truncated)
    for _ in range(2):
        assert problem(ask(port)) == (502, "amont-en-erreur")


def test_compressed_bytes_are_kept_as_they_are(before):
    body = b"\x1f\x8b pas vraiment du gzip"
    port = before(answering(headers=[*KEPT, (b"content-encoding", b"gzip")], chunks=[body]))
    for _ in range(2):
        assert ask(port, headers={"Accept-Encoding": "gzip"})[2] == body
    assert note(ask(port, headers={"Accept-Encoding": "gzip, br;q=0"})).startswith("hit")
    assert note(ask(port, headers={"Accept-Encoding": "br"})).startswith("fwd=uri-miss")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Forwarded-Host", "mal.example"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Prefix", "/mal"),
        ("Forwarded", "host=mal.example"),
        ("X_Forwarded_Host", "mal.example"),
        ("X-Host", "mal.example"),
        ("X-Forwarded-Scheme", "nothttps"),
        ("X-Original-URL", "/v1/bornes/mal"),
        ("X-HTTP-Method-Override", "POST"),
        ("Authorization", "Basic bWFs"),
        ("Connection", "host, x-mal"),
    ],
)
def test_what_one_client_says_is_not_told_to_the_next(before, name, value):
    """A service that repeats every header it gets: the worst there is."""

    async def echo(reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            writer.write(told(body=head))

    port = before(script=echo)
    host = {"Host": "api.example"}
    ask(port, headers={**host, name: value})
    found = ask(port, headers=host)[2].lower()
    assert b"mal.example" not in found
    assert value.lower().encode() not in found.replace(b"x-forwarded-proto: http\r\n", b"")


@pytest.mark.parametrize(
    ("name", "connection"),
    [
        ("origin", "origin"),
        ("accept", "Keep-Alive, Accept"),
        ("accept-encoding", "accept-encoding, close"),
        ("accept-language", "te,accept-language"),
    ],
)
def test_what_a_client_keeps_from_the_service_is_not_kept_from_the_next(before, name, connection):
    """`Connection` names headers that stop here: the service answers as if they were not sent."""

    async def varying(reader, writer):
        while head := (await reader.readuntil(b"\r\n\r\n")).lower():
            asked = head.partition(b"\r\n%b: " % name.encode())[2].partition(b"\r\n")[0]
            vary = b"Cache-Control: public, max-age=60\r\nVary: %b\r\n" % name.encode()
            writer.write(told(vary, body=asked))

    port = before(script=varying)
    ask(port, headers={name: "br", "Connection": connection})
    assert ask(port, headers={name: "br"})[2] == b"br"


@pytest.mark.parametrize("host", ["mal.example", "api.example:81", "API.example", "a b", 'a"b'])
def test_links_lead_where_each_client_asked(before, host):
    async def links(reader, writer):
        while head := (await reader.readuntil(b"\r\n\r\n")).lower():
            there = head.partition(b"x-forwarded-host: ")[2].partition(b"\r\n")[0]
            writer.write(told(body=there))

    port = before(script=links)
    ask(port, headers={"Host": host})
    assert ask(port, headers={"Host": "api.example"})[2] == b"api.example"


def test_a_change_through_the_gateway_is_seen_at_once(before):
    service = Counting(told())
    port = before(script=service)
    ask(port)
    assert note(ask(port)).startswith("hit")
    ask(port, method="DELETE")
    assert note(ask(port)) == "fwd=uri-miss; stored"


def test_nothing_is_kept_when_so_set(front, scripted_port, settings, stack):
    service = Counting(told())
    upstream = RemoteService(f"http://127.0.0.1:{scripted_port(service)}", timeout_s=5)
    none = settings.model_copy(update={"cache_octets": 0})
    port = stack.enter_context(serving(create_gateway({"bornes": upstream}, none)))
    for _ in range(2):
        assert "cache-status" not in ask(port)[1]
    assert len(service.asked) == 2


def test_a_mounted_service_has_its_own(front):
    port = front(bornes=answering(headers=KEPT, chunks=[b"a"]))
    assert "cache-status" not in ask(port)[1]


def test_a_hit_takes_the_short_way(front, scripted_port, settings, stack, capfdbinary):
    service = Counting(told())
    upstream = RemoteService(f"http://127.0.0.1:{scripted_port(service)}", timeout_s=5)
    gateway = create_gateway({"bornes": upstream}, settings)
    port = stack.enter_context(serving(gateway))
    at_once = {
        "path": "/v1/bornes/x",
        "raw_path": b"/v1/bornes/x",
        "query_string": b"",
        "scheme": "http",
        "method": "GET",
        "headers": [(b"host", b"127.0.0.1:%d" % port), (b"accept-encoding", b"identity")],
    }
    assert gateway.now(at_once) is None
    ask(port)
    at_once["headers"] += [(b"x-request-id", b"court")]
    reply, request_id = gateway.now(at_once)
    assert (reply.status, reply.body, reply.size, request_id) == (200, (b"bonjour",), 7, b"court")
    assert b"content-length: 7\r\nage: 0\r\n" in reply.head.lower()
    assert b'"route":"/v1/bornes/*"' in capfdbinary.readouterr().err
    at_once["headers"] += [(b"x-forwarded-proto", b"https")]
    assert gateway.now(at_once) is None


@pytest.fixture
def registry(clone_database):
    """The URL of a registry of three stations."""
    url = clone_database()
    rows = [irve_station(1, f"FRESSP{number}")[0] for number in range(3)]
    with open_engine(url) as engine, Session(engine) as session, session.begin():
        take_irve(session, rows)
    return url


def test_a_registry_that_stops_is_still_read(registry, settings, stack):
    path, shift = "/v1/bornes/stations?bbox=2,48,3,49", 0.0
    config = settings.model_copy(update={"database_url": registry})
    with serving(ServiceApp(service, config)) as there:
        upstream = RemoteService(f"http://127.0.0.1:{there}", timeout_s=10)
        gateway = create_gateway({"bornes": upstream}, settings)
        cache = gateway._mounts["bornes"]._upstream.app
        assert isinstance(cache, Cache)
        cache._clock = lambda: time.monotonic() + shift
        port = stack.enter_context(serving(gateway))
        while (first := ask(port, path))[0] == 503:
            time.sleep(0.05)  # the registry is loading
        assert first[0] == 200
        direct = ask(there, path)
        assert (first[2], first[1]["etag"]) == (direct[2], direct[1]["etag"])
        assert note(ask(port, path)).startswith("hit; ttl=")
        tag = {"If-None-Match": first[1]["etag"]}
        assert ask(port, path, headers=tag)[0] == 304
        shift = 100.0
        assert note(ask(port, path, headers=tag)) == "fwd=stale; fwd-status=304"
        assert problem(ask(port, "/v1/bornes/stations?bbox=1"))[0] == 400
    shift = 300.0
    found = ask(port, path)
    assert (found[0], found[2]) == (200, first[2])
    assert note(found) == 'fwd=stale; fwd-status=503; detail="stale-if-error"'
    assert note(ask(port, path)).startswith("hit; ttl=-")
    assert problem(ask(port, "/v1/bornes/facettes"))[0] == 503
