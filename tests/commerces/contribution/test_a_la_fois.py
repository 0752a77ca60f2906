"""Two people, or two clicks of one, at the same moment."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text
from starlette.testclient import TestClient

from tests.commerces.contribution.conftest import COURRIEL, FICHE, token

COMMIT = "COMMIT"


@pytest.fixture
def meanwhile(engine_of):
    """Do something just before a request says something to the database, as far as it can go."""

    def waits() -> bool:
        asked = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        with engine_of.connect() as connection:
            return connection.scalar(asked) > 0

    with ThreadPoolExecutor(1) as pool:

        def meanwhile(says, do):
            done = []

            def look(statement):
                if says in statement and not done:
                    done.append(None)
                    done[0] = pool.submit(do)
                    while not done[0].done() and not waits():
                        time.sleep(0.01)

            event.listen(engine_of, "commit", lambda _: look(COMMIT))
            event.listen(engine_of, "before_cursor_execute", lambda *told: look(told[2]))

            def result():
                return done[0].result()

            return result

        yield meanwhile


@pytest.fixture
def links(client, sent):
    """Register shops; the tokens of the links that were mailed."""

    def links(*fiches):
        for fiche in fiches:
            asked = client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": fiche})
            assert asked.status_code == 201, asked.text
        return [re.search(r"liens\?jeton=(\S+)", mail.texte)[1] for mail in sent()]

    return links


def test_two_links_of_one_shop_make_one_listing(app, links, meanwhile, queue):
    first, second = links(FICHE, FICHE)

    def follow(jeton):
        return TestClient(app).post("/liens", params={"jeton": jeton})

    other = meanwhile(COMMIT, lambda: follow(second))
    mine = follow(first).json()
    assert other().json()["fiche_id"] == mine["fiche_id"]
    assert len(queue()) == 1


def test_who_is_erased_does_not_come_back_by_a_link(app, links, meanwhile, registered, rows):
    known = registered()["jeton"]
    (jeton,) = links(FICHE | {"nom": "Tout autre chose", "siret": None})
    headers = token(known)
    erased = meanwhile(COMMIT, lambda: TestClient(app).delete("/moi/donnees", headers=headers))
    assert TestClient(app).post("/liens", params={"jeton": jeton}).status_code == 200
    assert erased().status_code == 204
    assert rows("SELECT DISTINCT courriel FROM commerces.titulaires") == [(None,)]
    assert rows("SELECT DISTINCT statut FROM commerces.fiches") == [("archivee",)]


@pytest.fixture
def merging(publish, fusion):
    """Two listings of one shop; what makes of the first a part of the second."""
    gone, kept = publish(), publish(nom="La fromagerie d'essai", siret=None)
    return gone, kept, fusion(kept)


def test_a_report_made_during_a_merge_is_of_the_listing_kept(client, merging, meanwhile, rows):
    gone, kept, merge = merging
    merged = meanwhile(COMMIT, merge)
    path, body = f"/fiches/{gone}/signalements", {"motif": "horaires"}
    assert client.post(path, json=body).status_code == 201
    assert merged().status_code == 200
    assert rows("SELECT fiche_id FROM commerces.signalements WHERE etat = 'ouvert'") == [(kept,)]


def test_a_report_of_the_listing_kept_does_not_stop_a_merge(client, merging, meanwhile, rows):
    gone, kept, merge = merging
    body = {"motif": "horaires"}
    assert client.post(f"/fiches/{gone}/signalements", json=body).status_code == 201
    merged = meanwhile(COMMIT, merge)
    assert client.post(f"/fiches/{kept}/signalements", json=body).status_code == 201
    assert merged().status_code == 200
    assert rows("SELECT fiche_id FROM commerces.signalements WHERE etat = 'ouvert'") == [(kept,)]


def test_a_claim_made_during_a_merge_is_of_the_listing_kept(client, merging, meanwhile, link):
    gone, kept, merge = merging
    merged = meanwhile(COMMIT, merge)
    asked = {"courriel": COURRIEL, "fiche_id": gone}
    assert client.post("/inscriptions", json=asked).status_code == 201
    assert merged().status_code == 200
    assert client.post("/liens", params={"jeton": link()}).json()["fiche_id"] == kept


def test_an_erasure_and_a_merge_do_not_wait_for_each_other(app, holder, publish, meanwhile, fusion):
    jeton, _ = holder()
    merge = fusion(publish())
    erased = meanwhile(
        "FOR NO KEY UPDATE",
        lambda: TestClient(app).delete("/moi/donnees", headers=token(jeton)),
    )
    assert (merge().status_code, erased().status_code) == (200, 204)
