"""Tokens that end: by their holder, and by an agent who trusts its address no more."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.commerces.app import service
from services.commerces.liens import commands
from shared.settings import Settings
from tests.applications import SECRET, opened
from tests.blocking import wait_for_a_blocked_session
from tests.commerces.contribution.conftest import BOULOGNE, COURRIEL, MAROLLES, SIRET, key, token


def status(client, jeton, path="/moi"):
    return client.get(path, headers=token(jeton)).status_code


@pytest.fixture
def another(client, link):
    """A token more of the holder of a listing, by mail."""

    def another(number, courriel=COURRIEL):
        asked = client.post("/acces", json={"courriel": courriel, "fiche_id": number})
        assert asked.status_code == 202, asked.text
        return client.post("/liens", params={"jeton": link()}).json()["jeton"]

    return another


@pytest.fixture
def journal(rows):
    def journal():
        told = "SELECT genre, sujet, acteur, corps FROM commerces.journal ORDER BY position DESC"
        return tuple(rows(f"{told} LIMIT 1")[0])

    return journal


def test_a_holder_ends_the_token_it_uses_and_no_other(client, holder, another, journal):
    jeton, number = holder()
    other = another(number)
    assert client.delete("/moi/jeton", headers=token(jeton)).status_code == 204
    for path in ("/moi", "/moi/donnees", f"/fiches/{number}/propositions"):
        assert status(client, jeton, path) == 401
    assert client.delete("/moi/jeton", headers=token(jeton)).status_code == 401
    assert status(client, other) == 200
    assert journal() == ("titulaire.deconnecte", str(number), "commercant", {})


def test_the_history_of_the_listing_tells_it(client, holder):
    jeton, number = holder()
    client.delete("/moi/jeton", headers=token(jeton))
    agent = key("commune", MAROLLES, scope="commerces:gerer")
    first = client.get(f"/gestion/fiches/{number}/historique", headers=agent).json()["elements"][0]
    assert (first["genre"], first["auteur"]) == ("titulaire.deconnecte", "commercant")


def test_every_process_refuses_it_at_once(client, app, holder):
    """Nothing of a token is kept in memory."""
    jeton, _ = holder()
    url = app.fastapi.state.settings.database_url
    with opened(service, Settings(database_url=url, secret_interne=SECRET)) as elsewhere:
        there = TestClient(elsewhere)
        assert status(there, jeton) == 200
        client.delete("/moi/jeton", headers=token(jeton))
        assert status(there, jeton) == 401


def test_a_new_link_ends_the_other_tokens_and_links(  # noqa: PLR0917
    client, holder, publish, another, link, queue, decide, registered, rows
):
    lost, number = holder()
    elsewhere = publish(nom="Autre boutique", siret=None, adresse="9 rue du Four")
    theirs = registered(courriel=COURRIEL.upper(), fiche_id=elsewhere)["jeton"]
    partner = registered(courriel="associe@exemple.fr", fiche_id=number)["jeton"]
    client.post("/acces", json={"courriel": COURRIEL, "fiche_id": number})
    unread = link()
    mine = another(number)
    assert client.delete("/moi/autres-jetons", headers=token(mine)).status_code == 204
    assert [status(client, one) for one in (lost, theirs, mine, partner)] == [401, 401, 200, 200]
    assert client.post("/liens", params={"jeton": unread}).status_code == 404
    told = "SELECT sujet FROM commerces.journal WHERE genre = 'titulaire.deconnecte' ORDER BY 1"
    assert [one.sujet for one in rows(told)] == sorted([str(number), str(elsewhere)])
    assert client.delete("/moi/autres-jetons", headers=token(mine)).status_code == 204
    assert len(rows(told)) == 2, "nothing was left to end"


def test_a_link_of_a_registration_not_followed_gives_none_either(client, holder, link, rows):
    mine, number = holder()
    for courriel in (COURRIEL.upper(), "associe@exemple.fr"):
        asked = {"courriel": courriel, "fiche_id": number}
        assert client.post("/inscriptions", json=asked).status_code == 201
        unread = link()
        client.delete("/moi/autres-jetons", headers=token(mine))
        followed = client.post("/liens", params={"jeton": unread}).status_code
        assert followed == (404 if courriel == COURRIEL.upper() else 200)
    assert rows("SELECT courriel FROM commerces.inscriptions") == []


def test_the_link_just_followed_gives_no_other(client, holder, link):
    _, number = holder()
    client.post("/acces", json={"courriel": COURRIEL, "fiche_id": number})
    followed = link()
    mine = client.post("/liens", params={"jeton": followed}).json()["jeton"]
    client.delete("/moi/autres-jetons", headers=token(mine))
    assert client.post("/liens", params={"jeton": followed}).status_code == 404


def test_a_link_that_is_being_followed_gives_no_token_that_lasts(  # noqa: PLR0917
    app, client, engine_of, holder, link, another
):
    _, number = holder()
    client.post("/acces", json={"courriel": COURRIEL, "fiche_id": number})
    stolen, mine = link(), another(number)
    with ThreadPoolExecutor() as pool, Session(engine_of) as session:
        given = commands.follow(session, stolen).jeton
        end = TestClient(app).delete
        waiting = pool.submit(end, "/moi/autres-jetons", headers=token(mine))
        wait_for_a_blocked_session(engine_of)
        session.commit()
        assert waiting.result().status_code == 204
    assert [status(client, one) for one in (given, mine)] == [401, 200]


def test_who_leaves_a_shared_computer_leaves_no_link_that_opens(client, holder, link):
    _, number = holder()
    asked = {"courriel": COURRIEL, "fiche_id": number}
    client.post("/acces", json=asked)
    followed = link()
    mine = client.post("/liens", params={"jeton": followed}).json()["jeton"]
    client.post("/acces", json=asked)
    unread = link()
    client.delete("/moi/jeton", headers=token(mine))
    assert client.post("/liens", params={"jeton": followed}).status_code == 404
    assert client.post("/liens", params={"jeton": unread}).status_code == 200


def test_who_was_refused_ends_its_tokens_too(client, registered, queue, decide):
    jeton = registered()["jeton"]
    (asked,) = queue()
    decide(asked["id"], "refuser")
    assert client.delete("/moi/autres-jetons", headers=token(jeton)).status_code == 204
    assert status(client, jeton, "/moi/donnees") == 200
    assert client.delete("/moi/jeton", headers=token(jeton)).status_code == 204
    assert status(client, jeton, "/moi/donnees") == 401


def held(queue, number, **who):
    """The requests by which people hold a listing, as an agent finds them."""
    found = queue(etat="acceptee", fiche=number, **who)
    return [one for one in found if one["reconnu"] and one["genre"] != "modification"]


def test_an_agent_shuts_a_stolen_mailbox_out(  # noqa: PLR0917
    client, holder, another, propose, queue, decide, sent, rows
):
    jeton, number = holder()
    tokens = [jeton, another(number)]
    assert propose(jeton, number, nom="Autre nom").status_code == 201
    (access,) = held(queue, number)
    assert access["courriel"] == COURRIEL
    done = decide(access["id"], "retirer", raison="Boîte volée, dit le gérant au guichet")
    assert done.status_code == 200, done.text
    assert (done.json()["etat"], done.json()["reconnu"]) == ("refusee", False)
    for path in ("/moi", "/moi/donnees"):
        assert [status(client, one, path) for one in tokens] == [401, 401]
    assert queue() == []
    assert held(queue, number) == []
    assert rows("SELECT statut FROM commerces.fiches") == [("publiee",)]
    (mail,) = sent()
    assert mail.sujet.startswith("Votre accès est retiré")
    assert "Raison donnée : Boîte volée" in mail.texte
    assert "réclamez-la de nouveau" in mail.texte
    agent = key("commune", MAROLLES, scope="commerces:gerer")
    steps = client.get(f"/gestion/fiches/{number}/historique", headers=agent).json()["elements"]
    assert (steps[0]["genre"], steps[0]["auteur"]) == ("proposition.refusee", "commune")
    assert steps[0]["proposition"] == access["id"]


def test_a_link_asked_for_then_opens_its_own_data_alone(client, holder, queue, decide, another):
    _, number = holder()
    decide(held(queue, number)[0]["id"], "retirer")
    jeton = another(number)
    assert (status(client, jeton), status(client, jeton, "/moi/donnees")) == (401, 200)


def test_the_cci_gives_the_access_back_and_a_commune_by_a_new_claim(  # noqa: PLR0917
    client, holder, queue, decide, another, registered
):
    _, number = holder()
    access = held(queue, number)[0]["id"]
    decide(access, "retirer")
    assert decide(access, "accepter").status_code == 409
    assert decide(access, "accepter", headers=key("cci")).status_code == 200
    assert status(client, another(number)) == 200
    decide(access, "retirer")
    again = registered(fiche_id=number, siret=SIRET, courriel="neuve@exemple.fr")["jeton"]
    (claim,) = queue(genre="revendication")
    assert decide(claim["id"]).status_code == 200
    assert client.get("/moi", headers=token(again)).json()["reconnu"]


def test_partners_keep_theirs_and_the_same_person_loses_all(
    client, holder, registered, queue, decide
):
    first, number = holder()
    given = [registered(fiche_id=number, courriel=who)["jeton"] for who in (COURRIEL, "a@b.fr")]
    for asked in queue():
        decide(asked["id"])
    access = [one["id"] for one in held(queue, number)]
    assert len(access) == 3
    assert decide(access[0], "retirer").status_code == 200
    assert [status(client, one) for one in (first, *given)] == [401, 401, 200]
    assert decide(access[1], "retirer").status_code == 409


def test_an_agent_of_elsewhere_and_a_stale_reading_shut_nobody_out(client, holder, queue, decide):
    jeton, number = holder()
    access = held(queue, number)[0]["id"]
    stranger = key("commune", BOULOGNE)
    assert decide(access, "retirer", headers=stranger, if_match='"x"').status_code == 404
    assert decide(access, "retirer", if_match='"x"').status_code == 412
    assert status(client, jeton) == 200
    assert decide(access, "retirer", headers=key("cci")).status_code == 200


@pytest.mark.parametrize("said", ["atteste", "remplace"])
def test_a_shut_out_vouches_for_nobody(holder, queue, decide, said):
    _, number = holder()
    access = held(queue, number)[0]["id"]
    refused = decide(access, "retirer", **{said: True})
    assert (refused.status_code, refused.json()["erreurs"][0]["pointer"]) == (422, f"#/{said}")


def test_what_gives_no_access_is_not_taken_back(holder, propose, queue, decide, registered):
    jeton, number = holder()
    change = propose(jeton, number, nom="Autre nom").json()["id"]
    claim = registered(fiche_id=number, courriel="a@b.fr")
    assert claim["fiche_id"] == number
    waiting = {one["id"] for one in queue()}
    assert change in waiting
    for one in waiting:
        assert decide(one, "retirer").status_code == 409
    decide(change)
    assert decide(change, "retirer").status_code == 409


def test_who_came_with_a_merged_listing_is_found_under_the_one_kept(  # noqa: PLR0917
    client, holder, publish, fusion, queue, decide
):
    jeton, gone = holder()
    kept = publish()
    assert fusion(kept)().status_code == 200
    assert status(client, jeton) == 200
    (access,) = held(queue, kept)
    assert access["fiche_id"] == gone
    assert decide(access["id"], "retirer").status_code == 200
    assert status(client, jeton) == 401


def test_only_who_answers_for_the_listing_kept_shuts_its_holder_out(  # noqa: PLR0917
    client, holder, publish, fusion, run, queue, decide
):
    jeton, _ = holder()
    kept = publish()
    assert fusion(kept)().status_code == 200
    (access,) = held(queue, kept)
    moved = f"""UPDATE commerces.lieux SET code_commune = '{BOULOGNE}' WHERE id = (
        SELECT lieu_id FROM commerces.exploitations JOIN commerces.fiches AS f
        ON f.exploitation_id = exploitations.id WHERE f.id = {kept})"""
    run(lambda session: session.connection().exec_driver_sql(moved))
    assert decide(access["id"], "retirer").status_code == 403
    assert status(client, jeton) == 200
    assert decide(access["id"], "retirer", headers=key("cci")).status_code == 200
