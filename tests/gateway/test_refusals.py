"""What a client reads when the code that should answer it fails."""

import http.client
import json

import pytest
from fastapi import FastAPI

from gateway.refusals import answering_to_the_end
from shared import problems
from tests.gateway.conftest import serving
from tests.gateway.hop import ask, lifespan


@pytest.fixture
def connection(stack):
    """To a server of an application with a bug at `/panne`, in its framework or outside."""

    def connect(*, framed: bool) -> http.client.HTTPConnection:
        app = FastAPI()
        problems.install(app)

        @app.get("/panne")
        async def panne():
            raise RuntimeError("secret")

        @app.get("/suite")
        async def suite():
            return "ok"

        async def bare(scope, receive, send):
            if scope.get("path") == "/panne":
                raise RuntimeError("secret")
            await app(scope, receive, send)

        port = stack.enter_context(serving(answering_to_the_end(app if framed else bare)))
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        client.connect()
        stack.callback(client.close)
        client.auto_open = 0  # a connection that closed without a word fails the test
        return client

    return connect


def get(client, path):
    client.request("GET", path)
    answer = client.getresponse()
    return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize("framed", [True, False])
def test_a_bug_is_a_problem_and_its_connection_serves_again(connection, caplog, framed):
    client = connection(framed=framed)
    status, headers, body = get(client, "/panne")
    assert status == 500
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["code"] == "erreur-interne"
    assert b"secret" not in body
    assert get(client, "/suite")[::2] == (200, b'"ok"')
    told = [record for record in caplog.records if record.exc_info]
    assert len(told) == 1  # once


def test_a_part_of_an_answer_never_looks_whole(stack):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        headers = [(b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 500, "headers": headers})
        await send({"type": "http.response.body", "body": b"ab", "more_body": True})
        raise RuntimeError("secret")

    port = stack.enter_context(serving(answering_to_the_end(app)))
    with pytest.raises(http.client.IncompleteRead):
        ask(port)
