"""The links that mails hold: each serves once, and says so."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from tests.commerces.contribution.conftest import COURRIEL, FICHE, token


def test_a_link_serves_once(client, link):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    jeton = link()
    assert client.post("/liens", params={"jeton": jeton}).status_code == 200
    for ask in (client.post, client.get):
        again = ask("/liens", params={"jeton": jeton})
        assert (again.status_code, "enregistré" in again.json()["detail"]) == (410, True)


def test_a_second_click_does_not_look_like_a_failure(client, link):
    """A browser shows the answer to the last one alone."""
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    asked = {"params": {"jeton": link()}, "headers": {"Accept": "text/html"}}
    assert "Votre adresse est confirmée" in client.post("/liens", **asked).text
    for ask in (client.post, client.get):
        page = ask("/liens", **asked)
        assert "C’est déjà fait" in page.text
        assert "ne marche pas" not in page.text


def test_a_link_to_a_listing_serves_once_too(client, holder, link):
    """Nothing else goes with it, as a registration does."""
    _, number = holder()
    link_of = {"courriel": COURRIEL, "fiche_id": number}
    assert client.post("/acces", json=link_of).status_code == 202
    jeton = link()
    assert client.post("/liens", params={"jeton": jeton}).status_code == 200
    for method in ("GET", "POST"):
        assert client.request(method, "/liens", params={"jeton": jeton}).status_code == 410


def test_a_link_followed_twice_at_once_serves_once(app, client, link, rows):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    jeton = link()

    def follow(_):
        return TestClient(app).post("/liens", params={"jeton": jeton}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(follow, range(4))) == [200, 410, 410, 410]
    assert len(rows("SELECT 1 FROM commerces.fiches")) == 1


def test_a_link_expires(client, link, run):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    jeton = link()
    run(lambda s: s.connection().exec_driver_sql("UPDATE commerces.jetons SET expire_le = now()"))
    assert client.post("/liens", params={"jeton": jeton}).status_code == 404


@pytest.mark.parametrize("jeton", ["A" * 43, "_" * 43])
def test_a_token_is_not_guessed(client, jeton):
    assert client.get("/liens", params={"jeton": jeton}).status_code == 404
    assert client.post("/liens", params={"jeton": jeton}).status_code == 404
    assert client.get("/moi", headers=token(jeton)).status_code == 401


@pytest.mark.parametrize("query", [{}, {"jeton": "court"}, {"jeton": "A" * 43, "x": "1"}])
def test_a_malformed_link_is_refused(client, query):
    assert client.post("/liens", params=query).status_code == 400


@pytest.mark.parametrize("jeton", ["abc", "a" * 43])
def test_a_link_that_does_nothing_says_so_in_a_page(client, jeton):
    for ask in (client.get, client.post):
        page = ask("/liens", params={"jeton": jeton}, headers={"Accept": "text/html"})
        assert page.status_code in {400, 404}
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["cache-control"] == "private, no-store"
        assert '<html lang="fr">' in page.text
        assert "il a déjà servi" in page.text
        told = ask("/liens", params={"jeton": jeton})
        assert told.status_code == page.status_code
        assert told.headers["content-type"] == "application/problem+json"
