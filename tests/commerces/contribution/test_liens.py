"""The links that mails hold: each serves once, and says so."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from services.commerces.contribution import jetons
from tests.commerces.contribution.conftest import COURRIEL, FICHE, token


@pytest.fixture
def let_pass(run):
    """Set back the instants at which links were followed."""

    def let_pass(waited):
        statement = "UPDATE commerces.jetons SET utilise_le = utilise_le - %s"
        run(lambda s: s.connection().exec_driver_sql(statement, (waited,)))

    return let_pass


def test_a_registration_is_confirmed_once(client, link, let_pass, rows):
    """The answer to a first click is lost: for a while, another gives a token too."""
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    asked = {"params": {"jeton": link()}}
    first = client.post("/liens", **asked).json()
    assert client.get("/liens", **asked).json()["nom"] == FICHE["nom"]
    let_pass(jetons.REPRISE - timedelta(seconds=30))
    again = client.post("/liens", **asked).json()
    assert {name for name in first if first[name] != again[name]} == {"jeton", "expire_le"}
    for given in (first, again):
        assert client.get("/moi", headers=token(given["jeton"])).status_code == 200
    assert len(rows("SELECT 1 FROM commerces.fiches")) == 1
    assert len(rows("SELECT 1 FROM commerces.propositions")) == 1
    let_pass(timedelta(seconds=31))
    for ask in (client.post, client.get):
        late = ask("/liens", **asked)
        assert (late.status_code, "enregistré" in late.json()["detail"]) == (410, True)


def test_a_second_click_shows_what_the_first_did(client, link, let_pass):
    """A browser shows the answer to the last one alone."""
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    asked = {"params": {"jeton": link()}, "headers": {"Accept": "text/html"}}
    for _ in range(2):
        page = client.post("/liens", **asked)
        assert "Votre adresse est confirmée" in page.text
        assert 'id="jeton"' in page.text
    let_pass(jetons.REPRISE)
    for ask in (client.post, client.get):
        page = ask("/liens", **asked)
        assert "C’est déjà fait" in page.text
        assert "ne marche pas" not in page.text


def test_a_link_to_a_listing_gives_a_token_for_a_while(client, holder, link, let_pass):
    """Nothing else goes with it, as a registration does."""
    _, number = holder()
    link_of = {"courriel": COURRIEL, "fiche_id": number}
    assert client.post("/acces", json=link_of).status_code == 202
    asked = {"params": {"jeton": link()}}
    given = {client.post("/liens", **asked).json()["jeton"] for _ in range(2)}
    assert len(given) == 2
    let_pass(jetons.REPRISE)
    for method in ("GET", "POST"):
        assert client.request(method, "/liens", **asked).status_code == 410


def test_a_link_gives_few_tokens_meanwhile(client, link, rows):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    asked = {"params": {"jeton": link()}}
    answers = [client.post("/liens", **asked).status_code for _ in range(jetons.REPRISES_MAX + 2)]
    assert answers == [200] * jetons.REPRISES_MAX + [410] * 2
    given = rows("SELECT 1 FROM commerces.jetons WHERE objet = 'session'")
    assert len(given) == jetons.REPRISES_MAX


def test_who_was_refused_meanwhile_gets_no_token(client, link, queue, decide):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    asked = {"params": {"jeton": link()}}
    client.post("/liens", **asked)
    (waiting,) = queue()
    assert decide(waiting["id"], "refuser").status_code == 200
    for method in ("GET", "POST"):
        assert client.request(method, "/liens", **asked).status_code in {404, 410}


def test_a_link_followed_twice_at_once_registers_once(app, client, link, rows):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    jeton = link()

    def follow(_):
        return TestClient(app).post("/liens", params={"jeton": jeton}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(follow, range(4))) == {200}
    for table in ("fiches", "titulaires", "propositions"):
        assert len(rows(f"SELECT 1 FROM commerces.{table}")) == 1


def test_a_link_expires(client, link, run):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    jeton = link()
    run(lambda s: s.connection().exec_driver_sql("UPDATE commerces.jetons SET expire_le = now()"))
    assert client.post("/liens", params={"jeton": jeton}).status_code == 404


@pytest.mark.parametrize("jeton", ["A" * 43, "_" * 43])
def test_a_token_is_not_guessed(client, jeton):
    assert client.get("/liens", params={"jeton": jeton}).status_code == 404
    assert client.post("/liens", params={"jeton": jeton}).status_code == 404
    for headers in (token(jeton), {"Authorization": f"Bearer {jeton}"}):
        refused = client.get("/moi", headers=headers)
        assert (refused.status_code, "`Authorization: Token`" in refused.text) == (401, True)


@pytest.mark.parametrize(
    ("around", "more"),
    [("{}", "&utm_source=lettre"), ("{}.", ""), ("{}%3E", ""), ("{}%0D%0A", ""), ("%20{}=", "")],
)
def test_what_a_mail_program_adds_to_a_link_is_let_be(client, link, around, more):
    """It cuts lines, quotes them, counts clicks."""
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    jeton = link()
    cut = around.format(f"{jeton[:20]}%20{jeton[20:]}")
    for text in (around.format(jeton), cut):
        assert client.post(f"/liens?jeton={text}{more}").status_code == 200, text


@pytest.mark.parametrize("query", [{}, {"jeton": "court"}, {"jeton": "A" * 44}])
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
