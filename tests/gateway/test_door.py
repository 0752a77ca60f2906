"""The hot path: dispatch, identities, limits."""

import contextlib
import http.client
import json
import socket

import pytest
from starlette.testclient import TestClient

from gateway.app import create_gateway
from gateway.limits import screen
from shared.problems import Problem


class Recorder:
    """An upstream that keeps the scopes and bodies it receives."""

    def __init__(self):
        self.scopes, self.bodies, self.lives = [], [], []

    async def __call__(self, scope, receive, send):
        self.scopes.append(scope)
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RuntimeError("the reader is cut from its body")
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def bornes():
    return Recorder()


@pytest.fixture
def client(bornes, settings):
    gateway = create_gateway({"bornes": bornes}, settings)
    with TestClient(gateway, raise_server_exceptions=False) as client:
        yield client


def headers_of(recorder):
    return {name.decode(): value.decode() for name, value in recorder.scopes[-1]["headers"]}


def test_a_service_sees_its_root_and_the_whole_path(client, bornes):
    assert client.get("/v1/bornes/stations/a%2Fb?x=1").text == "ok"
    scope = bornes.scopes[-1]
    assert scope["root_path"] == "/v1/bornes"
    assert scope["path"] == "/v1/bornes/stations/a/b"
    assert scope["query_string"] == b"x=1"


@pytest.mark.parametrize(
    "path", ["/v1/autre/x", "/v1/", "/v1", "/v1/bornesx/y", "/v2/bornes/x", "/V1/bornes/x", "/rien"]
)
def test_what_is_no_service_is_not_found(client, bornes, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "introuvable"
    assert not bornes.scopes


def test_the_site_refuses_other_methods_and_says_which_it_knows(client):
    answer = client.post("/sante/vivant")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert client.head("/").text == ""
    assert "GET" in client.options("/docs").headers["allow"]


@pytest.mark.parametrize(
    "name",
    ["X_Organisation", "Authorization_", "HTTP_AUTHORIZATION", "x_relance_acteur"],
)
def test_names_that_pass_for_others_are_dropped(client, bornes, name):
    client.get("/v1/bornes/x", headers={name: "admin", "X-Bon": "1"})
    assert name.lower() not in headers_of(bornes)
    assert headers_of(bornes)["x-bon"] == "1"


@pytest.mark.parametrize(
    "value", ["Basic YTpi", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x", "Bearer", "", "rgp_a_b"]
)
def test_an_identity_that_is_no_key_never_reaches_a_service(client, bornes, value):
    assert client.get("/v1/bornes/x", headers={"Authorization": value}).status_code == 200
    assert "authorization" not in headers_of(bornes)


def test_a_malformed_key_is_refused(client, bornes):
    answer = client.get("/v1/bornes/x", headers={"Authorization": "Bearer rgp_abc"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not bornes.scopes


def test_without_a_database_keys_cannot_be_checked(client):
    key = f"rgp_{'0' * 12}_{'0' * 64}"
    answer = client.get("/v1/bornes/x", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 503


@pytest.mark.parametrize("hosts", [0, 2])
def test_exactly_one_host(front, bornes, hosts):
    port = front(bornes=bornes)
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        client.sendall(b"GET /v1/bornes/x HTTP/1.1\r\n" + b"Host: a\r\n" * hosts + b"\r\n")
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert answer.status == 400
        assert "Host" in json.loads(answer.read())["detail"]


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"taille_max_corps": 1000})


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize(("size", "status"), [(0, 200), (1000, 200), (1001, 413), (9_000, 413)])
def test_bodies_are_bounded(client, bornes, streamed, size, status):
    body = b"x" * size
    content = iter([body[:500], body[500:]]) if streamed else body
    answer = client.post("/v1/bornes/x", content=content)
    assert answer.status_code == status
    if status == 413:
        assert answer.json()["code"] == "trop-volumineux"
        assert answer.headers["connection"] == "close"
        assert not bornes.bodies
    else:
        assert bornes.bodies == [body]


def test_an_error_of_a_service_is_its_own(client):
    answer = client.post("/v1/bornes/x", content=iter([b"x"]))
    assert answer.status_code == 200

    class Failing(Recorder):
        async def __call__(self, scope, receive, send):
            raise RuntimeError("bug")

    client.app._mounts["bornes"]._upstream = Failing()
    assert client.post("/v1/bornes/x", content=iter([b"x"])).status_code == 500


def test_an_ordinary_request_keeps_its_very_headers():
    headers = [(b"host", b"a"), (b"accept", b"*/*")]
    assert screen(headers, max_body=1).headers is headers


def test_a_doubled_identity_is_dropped_twice():
    headers = [(b"host", b"a"), (b"authorization", b"1"), (b"authorization", b"2")]
    assert screen(headers, max_body=1).headers == [(b"host", b"a")]


def test_a_length_is_compared_as_a_number():
    with pytest.raises(Problem) as refusal:
        screen([(b"host", b"a"), (b"content-length", b"0" * 30 + b"2")], max_body=1)
    assert refusal.value.status == 413


@pytest.mark.parametrize("announced", [True, False])
def test_who_sends_too_much_before_it_listens_is_told_so(front, announced):
    """A connection closed on what is still coming takes the answer with it."""
    body = b"x" * 9_000_000
    port = front(bornes=Recorder())
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as client:
        client.request(
            "POST",
            "/v1/bornes/x",
            body=body if announced else iter([body]),
            encode_chunked=not announced,
            headers={} if announced else {"Transfer-Encoding": "chunked"},
        )
        answer = client.getresponse()
        assert answer.status == 413
        assert json.loads(answer.read())["code"] == "trop-volumineux"
        assert answer.headers["connection"] == "close"
