"""A shop that closes, and one that opens again: asked by its merchant, decided by an agent."""

import pytest

from tests.commerces.contribution.conftest import COURRIEL, key, token

FERMETURE, REOUVERTURE = {"fermeture": True}, {"reouverture": True}


@pytest.fixture
def give_status(client):
    """An agent gives a listing another status."""

    def give_status(number, statut):
        path, agent = f"/gestion/fiches/{number}", key("cci", scope="commerces:gerer")
        tag = client.get(path, headers=agent).headers["etag"]
        done = client.post(
            f"{path}/statut", json={"statut": statut}, headers=agent | {"If-Match": tag}
        )
        assert done.status_code == 200, done.text

    return give_status


@pytest.fixture
def statut(client, rows):
    def statut():
        ((found,),) = rows("SELECT statut FROM commerces.fiches")
        return found

    return statut


def test_a_closing_that_an_agent_has_already_done_can_be_accepted(  # noqa: PLR0917
    holder, propose, give_status, decide, statut, sent
):
    jeton, number = holder()
    asked = propose(jeton, number, body=FERMETURE).json()
    give_status(number, "fermee")
    sent()
    accepted = decide(asked["id"])
    assert accepted.status_code == 200, accepted.text
    assert statut() == "fermee"
    assert "Votre demande est acceptée" in sent()[0].texte


def test_a_closed_shop_asks_to_open_again_and_an_agent_decides(  # noqa: PLR0917
    app, client, holder, propose, queue, decide, rows
):
    jeton, number = holder(atteste=True)
    assert propose(jeton, number, body=FERMETURE).json()["etat"] == "appliquee"
    asked = propose(jeton, number, body=REOUVERTURE | {"message": "Travaux finis"})
    assert asked.status_code == 201, asked.text
    assert (asked.json()["genre"], asked.json()["etat"]) == ("reouverture", "en_attente")
    assert asked.json()["appliques"] == []
    app.vitrine.refresh()
    assert client.get(f"/fiches/{number}").status_code == 404
    (waiting,) = queue(genre="reouverture")
    assert waiting["ecarts"] == [
        {
            "champ": "fermeture",
            "avant": True,
            "apres": False,
            "actuel": True,
            "change_depuis": False,
        }
    ]
    done = decide(waiting["id"])
    assert done.status_code == 200, done.text
    assert done.json()["ecarts"][0]["actuel"] is False
    app.vitrine.refresh()
    assert client.get(f"/fiches/{number}").status_code == 200
    assert rows("SELECT au FROM commerces.exploitations") == [(None,)]
    # All goes on as before: the same person still answers for it.
    assert propose(jeton, number, description="Rouvert").json()["etat"] == "appliquee"


def test_a_refused_opening_leaves_the_listing_closed(holder, propose, give_status, decide, statut):
    jeton, number = holder()
    give_status(number, "fermee")
    asked = propose(jeton, number, body=REOUVERTURE).json()
    assert decide(asked["id"], "refuser").status_code == 200
    assert statut() == "fermee"


def test_an_opening_that_an_agent_has_already_done_can_be_accepted(
    holder, propose, give_status, decide, statut
):
    jeton, number = holder()
    give_status(number, "fermee")
    asked = propose(jeton, number, body=REOUVERTURE).json()
    give_status(number, "publiee")
    assert decide(asked["id"]).status_code == 200
    assert statut() == "publiee"


@pytest.mark.parametrize("now", ["publiee", "suspendue", "archivee"])
def test_only_a_closed_listing_opens_again(holder, propose, give_status, now):
    jeton, number = holder()
    if now != "publiee":
        give_status(number, now)
    refused = propose(jeton, number, body=REOUVERTURE)
    assert refused.status_code == 409


def test_a_closed_listing_says_how_it_opens_again(client, holder, propose, give_status, link):
    _, number = holder()
    give_status(number, "fermee")
    # Whoever closed long ago has no token any more: a link gives one.
    assert client.post("/acces", json={"courriel": COURRIEL, "fiche_id": number}).status_code == 202
    jeton = client.post("/liens", params={"jeton": link()}).json()["jeton"]
    refused = propose(jeton, number, description="Rouvert")
    assert refused.status_code == 409
    assert "reouverture" in refused.json()["detail"]
    assert propose(jeton, number, body=REOUVERTURE).status_code == 201


def test_a_closing_reads_as_it_is_once_done(client, holder, propose, decide):
    jeton, number = holder()
    asked = propose(jeton, number, body=FERMETURE).json()
    assert asked["ecarts"][0]["actuel"] is False
    decide(asked["id"])
    read = client.get(f"/propositions/{asked['id']}", headers=token(jeton)).json()
    assert read["ecarts"][0]["actuel"] is True


@pytest.mark.parametrize("body", [{}, FERMETURE | REOUVERTURE, {"reouverture": False}])
def test_one_thing_is_asked_at_a_time(holder, propose, body):
    jeton, number = holder()
    assert propose(jeton, number, body={"message": "Bonjour"} | body).status_code == 422
