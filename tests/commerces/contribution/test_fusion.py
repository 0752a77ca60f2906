"""A merge, a closing: merchants and what they ask follow their shop, or stop with it."""

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from services.commerces.doublons.commands import chercher
from services.commerces.personnel.commands import forget
from tests.commerces.contribution.conftest import COURRIEL, SIRET, key, token


def agent():
    """Signed now: a token lives less than a minute."""
    return key("cci", scope="commerces:gerer")


@pytest.fixture
def merge(client, run):
    """Merge the two listings there are, one into the other."""

    def merge(kept):
        run(chercher)
        (pair,) = client.get("/doublons", headers=agent()).json()["elements"]
        tag = client.get(f"/doublons/{pair['id']}", headers=agent()).headers["etag"]
        done = client.post(
            f"/doublons/{pair['id']}/decision",
            json={"decision": "fusion", "garde": kept},
            headers=agent() | {"If-Match": tag},
        )
        assert done.status_code == 200, done.text

    return merge


@pytest.fixture
def twin(publish):
    def twin():
        return publish(nom="La fromagerie d'essai", siret=None)

    return twin


def test_the_holder_of_a_merged_listing_answers_for_the_one_kept(  # noqa: PLR0917
    client, holder, twin, merge, propose, queue, decide, link, sent
):
    jeton, gone = holder()
    asked = propose(jeton, gone, nom="Crèmerie d'essai").json()
    assert asked["etat"] == "en_attente"
    kept = twin()
    merge(kept)
    mine = client.get("/moi", headers=token(jeton)).json()["fiche"]
    assert (mine["id"], mine["properties"]["niveau_preuve"]) == (str(kept), 2)
    (waiting,) = queue()
    assert (waiting["id"], waiting["fiche_id"]) == (asked["id"], kept)
    assert decide(asked["id"]).status_code == 200
    shown = client.get(f"/gestion/fiches/{kept}", headers=agent()).json()["properties"]
    assert (shown["nom"], shown["niveau_preuve"]) == ("Crèmerie d'essai", 2)
    assert propose(jeton, kept, description="Au lait cru").json()["etat"] == "appliquee"
    sent()
    client.post("/acces", json={"courriel": COURRIEL, "fiche_id": gone})
    assert client.post("/liens", params={"jeton": link()}).json()["fiche_id"] == kept


def test_who_was_refused_stays_with_what_it_asked_about(  # noqa: PLR0917
    client, publish, registered, queue, decide, twin, merge
):
    gone = publish()
    given = registered(fiche_id=gone)
    (asked,) = queue()
    decide(asked["id"], "refuser")
    merge(twin())
    data = client.get("/moi/donnees", headers=token(given["jeton"])).json()
    assert data["fiche"]["id"] == str(gone)


def test_a_registration_merged_into_a_known_shop_becomes_a_claim(  # noqa: PLR0917
    client, registered, twin, merge, queue, decide, rows
):
    kept = twin()
    given = registered()
    merge(kept)
    (waiting,) = queue()
    assert (waiting["genre"], waiting["fiche_id"]) == ("revendication", kept)
    mine = client.get("/moi", headers=token(given["jeton"])).json()
    assert not mine["reconnu"]
    assert [one["public"] for one in mine["saisie"]["contacts"]] == [True]
    assert decide(waiting["id"]).status_code == 200
    assert client.get("/moi", headers=token(given["jeton"])).json()["reconnu"]
    assert rows("SELECT statut FROM commerces.fiches ORDER BY id") == [("publiee",), ("archivee",)]


def test_a_claim_confirmed_after_the_merge_is_of_the_listing_kept(  # noqa: PLR0917
    client, publish, twin, merge, queue, link
):
    gone = publish()
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche_id": gone, "siret": SIRET})
    kept = twin()
    merge(kept)
    assert client.post("/liens", params={"jeton": link()}).json()["fiche_id"] == kept
    assert queue()[0]["fiche_id"] == kept


def test_reports_of_a_merged_listing_are_of_the_one_kept(client, publish, twin, merge, rows):
    gone, kept = publish(), twin()

    def report(number, motif, depuis, **more):
        person = TestClient(client.app, client=(depuis, 50_000))
        path = f"/fiches/{number}/signalements"
        answer = person.post(path, json={"motif": motif, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    report(gone, "horaires", "192.0.2.7", commentaire="Fermé le lundi")
    report(gone, "contact", "192.0.2.7")
    report(kept, "horaires", "192.0.2.8")
    merge(kept)
    assert report(gone, "adresse", "192.0.2.9")["fiche_id"] == kept
    headers = key("cci")
    told = client.get("/moderation/signalements", params={"etat": "ouvert"}, headers=headers)
    waiting = {one["motif"]: one for one in told.json()["elements"]}
    assert {one["fiche_id"] for one in waiting.values()} == {kept}
    assert {motif: one["nombre"] for motif, one in waiting.items()} == {
        "horaires": 2,
        "contact": 1,
        "adresse": 1,
    }
    assert [one["texte"] for one in waiting["horaires"]["commentaires"]] == ["Fermé le lundi"]
    ended = rows("SELECT raison FROM commerces.signalements WHERE etat = 'traite'")
    assert ended == [(f"Réuni au signalement {waiting['horaires']['id']}",)]


def test_a_listing_is_claimed_by_the_number_it_had_before_a_merge(
    client, publish, twin, merge, registered
):
    gone, kept = publish(), twin()
    merge(kept)
    assert registered(fiche_id=gone)["fiche_id"] == kept


@pytest.mark.parametrize("statut", ["fermee", "archivee"])
def test_nothing_more_is_said_of_a_shop_that_has_ended(  # noqa: PLR0917
    client, holder, propose, decide, rows, statut
):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Crèmerie d'essai").json()
    path = f"/gestion/fiches/{number}"
    tag = client.get(path, headers=agent()).headers["etag"]
    client.post(f"{path}/statut", json={"statut": statut}, headers=agent() | {"If-Match": tag})
    answer = decide(asked["id"])
    assert answer.status_code == 409
    assert rows("SELECT nom FROM commerces.fiches") == [("Fromagerie d'essai",)]
    again = propose(jeton, number, description="Au lait cru")
    assert again.status_code == 409
    mine = {**token(jeton), "If-Match": client.get("/moi", headers=token(jeton)).headers["etag"]}
    assert client.post("/moi/confirmation", headers=mine).status_code == 409
    assert decide(asked["id"], "refuser").status_code == 200


def test_a_shop_that_ended_before_its_claim_was_confirmed_is_nobody_s(client, publish, link, rows):
    number = publish()
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche_id": number, "siret": SIRET})
    path = f"/gestion/fiches/{number}"
    tag = client.get(path, headers=agent()).headers["etag"]
    client.post(f"{path}/statut", json={"statut": "archivee"}, headers=agent() | {"If-Match": tag})
    refused = client.post("/liens", params={"jeton": link()})
    assert refused.status_code == 409
    assert "archivée" in refused.json()["detail"]
    assert rows("SELECT 1 FROM commerces.titulaires") == []


ASSOCIE = "associe@exemple.fr"


def contacts_of(rows):
    """Of each listing, private ones too."""
    found = rows("SELECT contacts FROM commerces.fiches ORDER BY id")
    return [[contact["valeur"] for contact in row.contacts] for row in found]


def test_the_copy_of_a_merged_listing_keeps_no_private_contact(publish, twin, merge, rows):
    publish()
    merge(twin())
    assert contacts_of(rows) == [["+33142360000"], ["+33142360000", "prive@exemple.fr"]]


@pytest.mark.parametrize("public", [True, False])
def test_who_is_erased_leaves_its_address_in_no_listing_that_stays(  # noqa: PLR0917
    client, holder, registered, twin, merge, queue, decide, rows, public
):
    """Another answers for the listing kept, which has taken the first one's contacts over."""
    mine = {"genre": "courriel", "valeur": COURRIEL, "public": public}
    jeton, _ = holder(contacts=[mine])
    kept = twin()
    merge(kept)
    registered(courriel=ASSOCIE, fiche_id=kept, siret=SIRET)
    (asked,) = queue()
    decide(asked["id"])
    assert COURRIEL in contacts_of(rows)[1]
    client.delete("/moi/donnees", headers=token(jeton))
    assert [COURRIEL in contacts for contacts in contacts_of(rows)] == [False, False]
    assert rows("SELECT statut FROM commerces.fiches ORDER BY id") == [("archivee",), ("publiee",)]


@pytest.mark.parametrize("public", [True, False])
def test_who_is_forgotten_leaves_what_a_shop_publishes(  # noqa: PLR0917
    publish, registered, queue, decide, run, rows, public
):
    """A claim was refused; the address that the shop shows to all may be the claimant's."""
    contact = {"genre": "courriel", "valeur": COURRIEL, "public": public}
    registered(fiche_id=publish(contacts=[contact]), siret=SIRET)
    (asked,) = queue()
    decide(asked["id"], "refuser")
    old = text("UPDATE commerces.titulaires SET ecarte_le = now() - interval '61 days'")
    run(lambda session: session.execute(old))
    run(forget)
    assert contacts_of(rows) == [[COURRIEL] if public else []]
