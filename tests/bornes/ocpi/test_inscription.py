"""The handshake: a partner registers, renews, leaves; which token opens what."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.bornes.api import ocpi
from services.bornes.app import service
from services.bornes.ocpi import commands, jetons
from shared.settings import Settings
from tests.applications import SECRET, opened
from tests.factories import irve_station
from tests.ocpi import TOKEN_B, authorization, data, partner, refused, register

VERSIONS = ("2.2.1", "2.3.0")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_partner_registers_renews_and_leaves(client, token_a, version):
    with partner() as theirs:
        first = authorization(token_a)
        listed = data(client.get("/ocpi/versions", headers=first))
        assert [one["version"] for one in listed] == list(VERSIONS)
        detail = data(client.get(f"/ocpi/{version}", headers=first))
        where = {one["identifier"]: one for one in detail["endpoints"]}
        assert {one["role"] for one in where.values()} == {"SENDER"}
        assert where.keys() == {"credentials", "locations", "tariffs"}
        credentials = where["credentials"]["url"]

        answer = client.post(credentials, json=theirs.credentials(), headers=first)
        ours = data(answer)
        assert answer.headers["cache-control"] == "no-store"
        assert ours["url"] == "http://testserver/ocpi/versions"
        assert [role["role"] for role in ours["roles"]] == ["NAP"]
        asked = authorization(TOKEN_B)["Authorization"]
        assert theirs.seen == [("/versions", asked), (f"/{version}", asked)]

        second = authorization(ours["token"])
        assert data(client.get(credentials, headers=second))["token"] == ours["token"]
        assert refused(client.get("/ocpi/versions", headers=first), 401) == 2000
        assert data(client.get(where["locations"]["url"], headers=second)) == []

        renewed = data(client.put(credentials, json=theirs.credentials("b2"), headers=second))
        third = authorization(renewed["token"])
        assert theirs.seen[-1] == (f"/{version}", authorization("b2")["Authorization"])
        assert client.get("/ocpi/versions", headers=third).status_code == 200
        assert client.get("/ocpi/versions", headers=second).status_code == 401

        left = client.delete(credentials, headers=third)
        assert left.json().keys() == {"status_code", "status_message", "timestamp"}
        assert left.json()["status_code"] == 1000
        assert client.get("/ocpi/versions", headers=third).status_code == 401


def test_who_is_registered_does_not_register_and_who_is_not_does_nothing_else(client, token_a):
    path = "/ocpi/2.2.1/credentials"
    with partner() as theirs:
        first = authorization(token_a)
        body = theirs.credentials()
        for answer in (
            client.put(path, json=body, headers=first),
            client.delete(path, headers=first),
        ):
            assert refused(answer, 405) == 2000
            assert answer.headers["allow"] == "GET, POST"
        second = authorization(data(client.post(path, json=body, headers=first))["token"])
        again = client.post(path, json=body, headers=second)
        assert refused(again, 405) == 2000
        assert again.headers["allow"] == "GET, PUT, DELETE"


def test_a_partner_whose_api_fails_is_not_registered(client, token_a):
    path, first = "/ocpi/2.2.1/credentials", authorization(token_a)
    with partner() as theirs:

        def post():
            return refused(client.post(path, json=theirs.credentials(), headers=first))

        good = dict(theirs.answers)
        theirs.offer("2.1.1", "2.3.0")
        assert post() == 3002
        theirs.answers = good | {"/versions": (500, b"")}
        assert post() == 3001
        theirs.answers = good | {"/versions": (200, b"<html>")}
        assert post() == 3001
        theirs.answer("/versions", [], code=2001)
        assert post() == 3001
        theirs.answers = dict(good)
        theirs.answer("/2.2.1", {"version": "2.2.1", "endpoints": []})
        assert post() == 3003
        theirs.answers = good | {"/2.2.1": (302, b"")}
        assert post() == 3001
        theirs.answers = good
        assert data(client.post(path, json=theirs.credentials(), headers=first))


def test_few_partners_are_asked_at_one_time(client, token_a, monkeypatch):
    """A thread waits for each answer, and the other requests of the process have no others."""
    waiting, answered = threading.Semaphore(0), threading.Event()

    def slow(_partner, _url, _version):
        waiting.release()
        answered.wait(20)
        return []

    monkeypatch.setattr(ocpi.Partenaire, "endpoints", slow)
    path, first = "/ocpi/2.2.1/credentials", authorization(token_a)
    with partner() as theirs, ThreadPoolExecutor(ocpi.HANDSHAKES_MAX) as pool:
        body = theirs.credentials()
        asked = [
            pool.submit(client.post, path, json=body, headers=first)
            for _ in range(ocpi.HANDSHAKES_MAX)
        ]
        assert all(waiting.acquire(timeout=20) for _ in asked)
        late = client.post(path, json=body, headers=first)
        answered.set()
        assert (late.status_code, late.headers["retry-after"]) == (503, "60")
        codes = [one.result().json()["status_code"] for one in asked]
        assert sorted(codes) == [1000, 3000, 3000, 3000]
        second = authorization(data(asked[codes.index(1000)].result())["token"])
        assert data(client.put(path, json=body, headers=second))


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"token": "", "url": "http://127.0.0.1/versions", "roles": []},
        {"token": "b" * 65, "url": "http://127.0.0.1/versions"},
        {"token": "é", "url": "ftp://127.0.0.1/versions", "roles": [{}]},
    ],
)
def test_credentials_that_are_not(client, token_a, body):
    answer = client.post("/ocpi/2.2.1/credentials", json=body, headers=authorization(token_a))
    assert refused(answer) == 2001


def test_a_body_that_is_not_json_is_a_400_but_only_for_who_may_send_one(client, token_a):
    path = "/ocpi/2.2.1/credentials"
    sent = client.post(path, content=b"{", headers=authorization(token_a))
    assert refused(sent, 400) == 2000
    assert refused(client.post(path, content=b"{"), 401) == 2000
    long = client.post(path, content=b'"' + b"a" * 70_000, headers=authorization(token_a))
    assert refused(long) == 2001


def test_two_registrations_at_once_leave_one(client, app, token_a):
    """The token A was used while the partner was answering."""
    path, first = "/ocpi/2.2.1/credentials", authorization(token_a)
    with partner() as theirs, Session(app.fastapi.state.engine) as session:
        answer = theirs.answers

        class Meanwhile(dict):
            def __missing__(self, key):
                session.execute(text("UPDATE bornes.ocpi_parties SET empreinte = 'x'"))
                session.commit()
                return answer[key]

        theirs.answers = Meanwhile()
        assert refused(client.post(path, json=theirs.credentials(), headers=first)) == 3000


def test_without_a_secret_no_token_can_be_kept(clone_database):
    settings = Settings(database_url=clone_database(), secret_interne=None)
    with opened(service, settings) as app, partner() as theirs:
        with Session(app.fastapi.state.engine) as session, session.begin():
            token = commands.inviter(session, "x", jours=30)
        answer = TestClient(app).post(
            "/ocpi/2.2.1/credentials", json=theirs.credentials(), headers=authorization(token)
        )
    assert answer.status_code == 503


def test_tokens_are_kept_as_digests_and_theirs_under_seal(client, token_a, database):
    token_c = register(client, token_a)
    with database() as session:
        (row,) = session.execute(text("SELECT * FROM bornes.ocpi_parties")).mappings()
    everything = repr(dict(row))
    assert not [token for token in (token_a, token_c, TOKEN_B) if token in everything]
    assert row["empreinte"] == jetons.digest(token_c)
    assert jetons.unseal(row["jeton_b"], SECRET) == TOKEN_B
    assert jetons.unseal(row["jeton_b"], SECRET[::-1]) is None


def test_token_a_opens_versions_and_credentials_only(client, token_a):
    first = authorization(token_a)
    for path in ("/ocpi/versions", "/ocpi/2.3.0", "/ocpi/2.3.0/credentials"):
        assert client.get(path, headers=first).status_code == 200
    for path in ("locations", "locations/a", "locations/a/b", "locations/a/b/c", "tariffs"):
        assert refused(client.get(f"/ocpi/2.3.0/{path}", headers=first), 401) == 2000


def test_a_token_is_presented_in_base64_or_as_it_is(client, token_a):
    in_base64 = base64.b64encode(token_a.encode()).decode()
    for value in (f"Token {token_a}", f"token {in_base64}", f"Token  {in_base64}"):
        assert client.get("/ocpi/versions", headers={"Authorization": value}).status_code == 200
    for value in (
        f"Bearer {in_base64}",
        f"Token {in_base64}x",
        "Token",
        "Token é".encode("latin-1"),
        f"Basic {in_base64}",
        "Token " + "A" * 5000,
    ):
        answer = client.get("/ocpi/versions", headers={"Authorization": value})
        assert refused(answer, 401) == 2000
        assert answer.headers["www-authenticate"] == "Token"


def test_an_invitation_ends(client, token_a, database):
    with database() as session, session.begin():
        session.execute(text("UPDATE bornes.ocpi_parties SET expire_le = now()"))
    assert client.get("/ocpi/versions", headers=authorization(token_a)).status_code == 401


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_unknown_is_a_404(reader, stations, version):
    stations(*irve_station(1, "FRESSP1"))
    for path in (
        f"/ocpi/{version}/locations/FRESSP2",
        f"/ocpi/{version}/locations/FRESSP1/FRESSE9",
        f"/ocpi/{version}/locations/FRESSP1/FRESSE100/CCS",
        f"/ocpi/{version}/locations/{'a' * 37}",
        "/ocpi/2.1.1",
        "/ocpi/2.1.1/locations",
    ):
        assert refused(reader.get(path), 404) in {2000, 2003}
