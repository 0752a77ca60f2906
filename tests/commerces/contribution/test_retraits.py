"""A merchant withdraws what it asked, as long as nobody has decided of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from services.commerces.contribution.commands import version
from services.commerces.contribution.queries import find_proposition
from services.commerces.personnel import commands as personnel
from services.commerces.retraits import commands as retraits
from tests.blocking import wait_for_a_blocked_session
from tests.commerces.contribution.conftest import COURRIEL, FICHE, MAROLLES, SIRET, key, token


@pytest.fixture
def withdraw(client):
    """Read a request of one's own and withdraw it."""

    def withdraw(jeton, number, *, if_match=None):
        path = f"/propositions/{number}"
        if if_match is None:
            if_match = client.get(path, headers=token(jeton)).headers["etag"]
        return client.post(f"{path}/retrait", headers={**token(jeton), "If-Match": if_match})

    return withdraw


def steps(answer):
    return [(one["etat"], one["auteur"], one["texte"]) for one in answer.json()["etapes"]]


def test_a_change_that_waits_is_withdrawn_and_told(holder, propose, queue, withdraw, rows):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Autre nom", description="Fromages").json()
    assert (asked["etat"], asked["appliques"]) == ("en_attente", ["description"])
    done = withdraw(jeton, asked["id"])
    assert (done.status_code, done.json()["etat"]) == (200, "retiree")
    assert steps(done) == [("en_attente", "commercant", None), ("retiree", "commercant", None)]
    assert queue() == []
    assert rows("SELECT nom, description FROM commerces.fiches") == [(FICHE["nom"], "Fromages")]
    (last,) = rows("SELECT genre, acteur FROM commerces.journal ORDER BY position DESC LIMIT 1")
    assert tuple(last) == ("proposition.retiree", "commercant")
    assert propose(jeton, number, nom="Autre nom").status_code == 201


def test_what_an_agent_asks_about_is_withdrawn_too(  # noqa: PLR0917
    client, holder, propose, decide, withdraw, link
):
    jeton, number = holder()
    asked = propose(jeton, number, body={"fermeture": True}).json()
    assert decide(asked["id"], "demander").status_code == 200
    answer = link()
    assert withdraw(jeton, asked["id"]).json()["etat"] == "retiree"
    late = client.post("/liens", params={"jeton": answer}, json={"message": "Oui"})
    assert late.status_code == 409


@pytest.mark.parametrize("decision", ["accepter", "refuser"])
def test_what_is_decided_is_withdrawn_no_more(holder, propose, decide, withdraw, decision):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Autre nom").json()
    decide(asked["id"], decision)
    late = withdraw(jeton, asked["id"])
    assert late.status_code == 409
    assert "n'attend plus" in late.json()["detail"]


def test_what_is_withdrawn_is_decided_no_more(holder, propose, decide, withdraw):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Autre nom").json()
    withdraw(jeton, asked["id"])
    for headers in (key("commune", MAROLLES), key("cci")):
        for decision in ("accepter", "refuser", "demander"):
            assert decide(asked["id"], decision, headers=headers).status_code == 409


def test_it_is_withdrawn_as_it_was_read(client, holder, propose, decide, withdraw):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Autre nom").json()
    path = f"/propositions/{asked['id']}"
    seen = client.get(path, headers=token(jeton)).headers["etag"]
    assert client.post(f"{path}/retrait", headers=token(jeton)).status_code == 428
    agent = key("commune", MAROLLES)
    theirs = client.get(f"/moderation{path}", headers=agent).headers["etag"]
    assert withdraw(jeton, asked["id"], if_match=seen).status_code == 200
    assert withdraw(jeton, asked["id"], if_match=seen).status_code == 412
    assert decide(asked["id"], if_match=theirs).status_code == 412


def test_nobody_withdraws_what_another_asked(client, holder, propose, withdraw, registered):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Autre nom").json()
    other = registered(courriel="autre@exemple.fr", fiche_id=number)["jeton"]
    assert withdraw(other, asked["id"], if_match='"x"').status_code == 404
    assert client.post(f"/propositions/{asked['id']}/retrait").status_code == 401


def test_a_registration_withdrawn_is_a_draft_and_its_author_forgotten(  # noqa: PLR0917
    client, registered, queue, withdraw, rows, run
):
    jeton = registered()["jeton"]
    (asked,) = queue()
    done = withdraw(jeton, asked["id"])
    assert (done.status_code, done.json()["etat"]) == (200, "retiree")
    assert queue() == []
    (fiche,) = rows("SELECT statut, motif_statut FROM commerces.fiches")
    assert tuple(fiche) == ("brouillon", retraits.RETIREE)
    assert client.get("/moi", headers=token(jeton)).status_code == 401
    data = client.get("/moi/donnees", headers=token(jeton)).json()
    assert data["fiche"]["properties"]["contacts"][1]["valeur"] == "prive@exemple.fr"
    assert [one["etat"] for one in data["propositions"]] == ["retiree"]
    older = "UPDATE commerces.titulaires SET ecarte_le = now() - interval '61 days'"
    run(lambda s: s.connection().exec_driver_sql(older))
    run(personnel.forget)
    assert rows("SELECT statut, nom FROM commerces.fiches") == [("archivee", personnel.NOM)]
    assert rows("SELECT courriel FROM commerces.titulaires") == [(None,)]


def test_the_shop_may_be_registered_again(registered, queue, withdraw, decide):
    first = registered()
    (asked,) = queue()
    withdraw(first["jeton"], asked["id"])
    again = registered()
    assert again["fiche_id"] != first["fiche_id"]
    (waiting,) = queue()
    assert decide(waiting["id"]).status_code == 200


def test_a_claim_withdrawn_takes_what_else_waited_with_it(  # noqa: PLR0917
    client, publish, registered, propose, queue, withdraw
):
    number = publish()
    jeton = registered(fiche_id=number, siret=SIRET)["jeton"]
    assert propose(jeton, number, nom="Autre nom").status_code == 201
    (claim,) = queue(genre="revendication")
    assert withdraw(jeton, claim["id"]).json()["etat"] == "retiree"
    assert queue() == []
    assert client.get("/moi", headers=token(jeton)).status_code == 401
    states = client.get("/moi/donnees", headers=token(jeton)).json()["propositions"]
    assert {one["etat"] for one in states} == {"retiree"}


def test_who_is_a_holder_already_stays_one(client, holder, run, queue, withdraw):
    """A registration that a merge made a claim of a listing that its author holds."""
    jeton, number = holder()

    def ask(session):
        row = find_proposition(session, 1)
        row.etat = "en_attente"

    run(ask)
    (claim,) = queue(genre="revendication")
    assert withdraw(jeton, claim["id"]).status_code == 200
    assert client.get("/moi", headers=token(jeton)).json()["reconnu"]
    assert number == claim["fiche_id"]


def test_a_listing_that_an_agent_has_published_meanwhile_stays(
    client, registered, queue, withdraw, rows
):
    given = registered()
    (asked,) = queue()
    agent = key("cci", scope="commerces:gerer")
    path = f"/gestion/fiches/{given['fiche_id']}"
    tag = client.get(path, headers=agent).headers["etag"]
    done = client.post(
        f"{path}/statut", json={"statut": "publiee"}, headers={**agent, "If-Match": tag}
    )
    assert done.status_code == 200
    assert withdraw(given["jeton"], asked["id"]).status_code == 200
    assert rows("SELECT statut FROM commerces.fiches") == [("publiee",)]


def test_of_two_at_the_same_moment_the_second_finds_it_done(
    client, engine_of, holder, propose, decide
):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Autre nom").json()
    agent = key("commune", MAROLLES)
    tag = client.get(f"/moderation/propositions/{asked['id']}", headers=agent).headers["etag"]
    with ThreadPoolExecutor() as pool, Session(engine_of) as session:
        row = find_proposition(session, asked["id"], lock=True)
        retraits.withdraw(session, row, if_match=version(row))
        waiting = pool.submit(decide, asked["id"], headers=agent, if_match=tag)
        wait_for_a_blocked_session(engine_of)
        session.commit()
        assert waiting.result().status_code == 412
    shown = client.get(f"/propositions/{asked['id']}", headers=token(jeton)).json()
    assert shown["etat"] == "retiree"
    mine = client.get("/moi", headers=token(jeton)).json()
    assert mine["saisie"]["nom"] == FICHE["nom"]
    assert COURRIEL not in str(shown)
