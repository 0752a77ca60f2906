"""What merchants change at once, what waits, and who decides of it: once, with a reason."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from tests.commerces.contribution.conftest import (
    BOULOGNE,
    COURRIEL,
    FICHE,
    MAROLLES,
    SIRET,
    key,
    token,
)

OSM = "Mo-Fr 10:00-18:00; PH off"


def shown(app, client, number):
    app.vitrine.refresh()
    return client.get(f"/fiches/{number}").json()["properties"]


def test_everyday_fields_change_at_once_and_the_name_waits(  # noqa: PLR0917
    app, client, holder, propose, queue, decide
):
    jeton, number = holder()
    answer = propose(
        jeton, number, nom="Crèmerie neuve", horaires=None, horaires_osm=OSM, description="Neuf"
    )
    assert answer.status_code == 201, answer.text
    asked = answer.json()
    assert sorted(asked["appliques"]) == ["description", "horaires"]
    assert [one["champ"] for one in asked["ecarts"]] == ["nom"]
    properties = shown(app, client, number)
    assert properties["horaires_osm"] == OSM
    assert properties["nom"] == FICHE["nom"]
    assert properties["verifie_par"] == "commercant"
    (waiting,) = queue()
    assert waiting["ecarts"][0] == {
        "champ": "nom",
        "avant": FICHE["nom"],
        "apres": "Crèmerie neuve",
        "actuel": FICHE["nom"],
        "change_depuis": False,
    }
    assert decide(waiting["id"]).status_code == 200
    assert shown(app, client, number)["nom"] == "Crèmerie neuve"
    assert shown(app, client, number)["horaires_osm"] == OSM


def test_nothing_changes_at_once_before_an_agent_recognised_the_holder(  # noqa: PLR0917
    app, client, publish, registered, propose, queue
):
    number = publish()
    given = registered(fiche_id=number, siret=SIRET)
    before = shown(app, client, number)
    asked = propose(given["jeton"], number, description="Piraté", horaires_osm=OSM, horaires=None)
    assert asked.json()["appliques"] == []
    assert shown(app, client, number) == before
    assert {one["genre"] for one in queue()} == {"revendication", "modification"}


def test_a_vouched_holder_changes_its_name_and_closes_but_never_its_siret(  # noqa: PLR0917
    app, client, holder, propose, queue, rows
):
    jeton, number = holder(atteste=True)
    answer = propose(jeton, number, nom="Autre nom", siret="21750001600019")
    assert answer.json()["appliques"] == ["nom"]
    assert [one["champ"] for one in answer.json()["ecarts"]] == ["siret"]
    assert shown(app, client, number)["siret"] == SIRET
    assert len(queue()) == 1
    closed = propose(jeton, number, body={"fermeture": True})
    assert closed.json()["etat"] == "appliquee"
    assert rows("SELECT statut FROM commerces.fiches") == [("fermee",)]


def test_closing_waits_below_level_three(holder, propose, queue, decide, rows):
    jeton, number = holder()
    asked = propose(jeton, number, body={"fermeture": True, "message": "Retraite"}).json()
    assert (asked["genre"], asked["etat"]) == ("fermeture", "en_attente")
    assert asked["ecarts"][0]["champ"] == "fermeture"
    assert rows("SELECT statut FROM commerces.fiches") == [("publiee",)]
    assert decide(asked["id"]).status_code == 200
    assert rows("SELECT statut FROM commerces.fiches") == [("fermee",)]
    again = propose(jeton, number, body={"fermeture": True})
    assert again.status_code == 409


def test_a_holder_known_less_than_its_listing_lowers_nothing(app, client, holder):
    _, number = holder(niveau_preuve=3)
    assert shown(app, client, number)["niveau_preuve"] == 3


def test_a_modality_is_a_field(holder, propose, client):
    jeton, number = holder()
    saisie = client.get("/moi", headers=token(jeton)).json()["saisie"]
    modalites = [*saisie["modalites"], {"genre": "drive"}]
    asked = propose(jeton, number, modalites=modalites)
    assert asked.json()["appliques"] == ["modalites/drive"]
    mine = client.get("/moi", headers=token(jeton)).json()["saisie"]
    assert [one["genre"] for one in mine["modalites"]] == ["drive", "livraison", "comptoir"]


def test_a_change_cites_the_version_it_read(client, holder, propose):
    jeton, number = holder()
    mine = client.get("/moi", headers=token(jeton))
    body = {"fiche": mine.json()["saisie"] | {"description": "Un"}}
    path = f"/fiches/{number}/propositions"
    assert client.post(path, json=body, headers=token(jeton)).status_code == 428
    assert propose(jeton, number, description="Deux").status_code == 201
    stale = propose(jeton, number, if_match=mine.headers["etag"], description="Trois")
    assert stale.status_code == 412


def test_the_same_key_proposes_once(client, holder):
    jeton, number = holder()
    mine = client.get("/moi", headers=token(jeton))
    body = {"fiche": mine.json()["saisie"] | {"nom": "Un"}}
    headers = {**token(jeton), "If-Match": mine.headers["etag"], "Idempotency-Key": "k"}
    one = client.post(f"/fiches/{number}/propositions", json=body, headers=headers)
    again = client.post(f"/fiches/{number}/propositions", json=body, headers=headers)
    assert again.json() == one.json()
    listed = client.get(f"/fiches/{number}/propositions", headers=token(jeton)).json()
    assert len(listed["elements"]) == 2


def test_the_next_proposition_takes_the_place_of_the_former(holder, propose, queue):
    jeton, number = holder()
    first = propose(jeton, number, nom="Un").json()
    second = propose(jeton, number, nom="Deux").json()
    assert [one["id"] for one in queue()] == [second["id"]]
    assert first["id"] != second["id"]
    # What changes at once leaves what waits as it is.
    assert propose(jeton, number, description="Trois").json()["etat"] == "appliquee"
    assert [one["id"] for one in queue()] == [second["id"]]


def test_an_agent_asks_and_the_merchant_answers(  # noqa: PLR0917
    client, holder, propose, queue, decide, sent
):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Un").json()
    path = f"/propositions/{asked['id']}/reponse"
    reply = {"message": "C'est l'ancienne enseigne"}
    mine = f"/propositions/{asked['id']}"

    def cited():
        tag = client.get(mine, headers=token(jeton)).headers["etag"]
        return {**token(jeton), "If-Match": tag}

    assert client.post(path, json=reply, headers=token(jeton)).status_code == 428
    stale = cited()
    assert client.post(path, json=reply, headers=stale).status_code == 409
    sent()
    assert decide(asked["id"], "demander").json()["etat"] == "a_preciser"
    assert "précision" in sent()[0].sujet
    assert client.post(path, json=reply, headers=stale).status_code == 412
    answered = client.post(path, json=reply, headers=cited())
    assert answered.json()["etat"] == "en_attente"
    (again,) = queue()
    assert [one["etat"] for one in again["etapes"]] == ["en_attente", "a_preciser", "en_attente"]
    assert again["etapes"][-1]["texte"] == reply["message"]
    unknown = client.post("/propositions/999999/reponse", json=reply, headers=token(jeton))
    assert unknown.status_code == 404


def test_who_decides_sees_what_changed_meanwhile(client, holder, propose, queue, decide):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Un").json()
    headers = key("commune", MAROLLES)
    read = client.get(f"/moderation/propositions/{asked['id']}", headers=headers)
    unchanged = client.get(
        f"/moderation/propositions/{asked['id']}",
        headers={**headers, "If-None-Match": read.headers["etag"]},
    )
    assert unchanged.status_code == 304
    cci = key("cci", scope="commerces:gerer")
    managed = client.get(f"/gestion/fiches/{number}", headers=cci)
    body = FICHE | {"nom": "Nom de la CCI"}
    client.put(
        f"/gestion/fiches/{number}", json=body, headers={**cci, "If-Match": managed.headers["etag"]}
    )
    assert decide(asked["id"], if_match=read.headers["etag"]).status_code == 412
    (seen,) = queue()
    assert seen["ecarts"][0]["actuel"] == "Nom de la CCI"
    assert seen["ecarts"][0]["change_depuis"] is True
    assert decide(asked["id"]).status_code == 200


def test_two_decisions_at_once_are_one(client, app, holder, propose):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Un").json()
    path = f"/moderation/propositions/{asked['id']}"
    tag = client.get(path, headers=key("commune", MAROLLES)).headers["etag"]

    def decide(which):
        role, decision = which
        headers = {**key(role, MAROLLES), "If-Match": tag}
        body = {"decision": decision, "raison": "Vu"}
        return TestClient(app).post(f"{path}/decision", json=body, headers=headers).status_code

    with ThreadPoolExecutor(4) as pool:
        both = [("commune", "accepter"), ("cci", "refuser")] * 2
        status = sorted(pool.map(decide, both))
    assert status == [200, 412, 412, 412]


def test_a_decision_is_taken_once(holder, propose, decide, client):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Un").json()
    assert decide(asked["id"]).status_code == 200
    assert decide(asked["id"], "refuser").status_code == 409
    path = f"/moderation/propositions/{asked['id']}/decision"
    body = {"decision": "accepter", "raison": "Vu"}
    assert client.post(path, json=body, headers=key("cci")).status_code == 428
    bad = client.post(
        path, json={**body, "decision": "refuser", "atteste": True}, headers=key("cci")
    )
    assert bad.status_code == 422


def test_a_commune_neither_sees_nor_decides_the_queue_of_another(holder, propose, queue, decide):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Un").json()
    other = key("commune", BOULOGNE)
    assert queue(other) == []
    assert queue(key("commune", BOULOGNE), commune=MAROLLES) == []
    assert decide(asked["id"], headers=other, if_match="*").status_code == 404
    assert len(queue(key("cci"))) == len(queue(key("metropole"), commune=MAROLLES)) == 1
    assert decide(asked["id"], headers=key("cci")).status_code == 200


@pytest.mark.parametrize("path", ["propositions", "propositions/1", "signalements/1"])
@pytest.mark.parametrize(
    ("present", "status"),
    [
        (dict, 401),
        (lambda: token("A" * 43), 401),
        (lambda: key("commune", MAROLLES, scope="commerces:gerer"), 403),
        (lambda: key("operateur"), 403),
    ],
    ids=["anyone", "a merchant's token", "another right", "another role"],
)
def test_who_may_not_moderate(client, path, present, status):
    assert client.get(f"/moderation/{path}", headers=present()).status_code == status


def test_a_move_to_another_commune_is_for_the_cci(holder, propose, decide, rows):
    jeton, number = holder()
    paris = {"lon": 2.3522, "lat": 48.8566, "code_postal": "75004", "adresse": "1 rue de Paris"}
    asked = propose(jeton, number, **paris).json()
    assert asked["appliques"] == []
    assert decide(asked["id"]).status_code == 403
    assert rows("SELECT etat FROM commerces.propositions ORDER BY id DESC LIMIT 1") == [
        ("en_attente",)
    ]
    assert decide(asked["id"], headers=key("cci")).status_code == 200


def test_the_queue_is_read_page_by_page(client, registered, queue):
    for number in range(3):
        registered(fiche=FICHE | {"nom": f"Boutique {number}"})
    found, params = [], {"limite": 2}
    while True:
        page = client.get("/moderation/propositions", params=params, headers=key("cci")).json()
        found += [one["id"] for one in page["elements"]]
        if page["curseur_suivant"] is None:
            break
        params["curseur"] = page["curseur_suivant"]
    assert found == sorted(set(found))
    assert len(found) == 3
    unknown = client.get("/moderation/propositions?x=1", headers=key("cci"))
    assert unknown.status_code == 400


def test_the_journal_holds_nothing_of_a_person(client, holder, propose, decide, rows):
    jeton, number = holder()
    contacts = [{"genre": "courriel", "valeur": "secret@exemple.fr"}]
    body = {"fiche": client.get("/moi", headers=token(jeton)).json()["saisie"]}
    body["fiche"] |= {"contacts": contacts, "nom": "Chez Marie Durand"}
    asked = propose(jeton, number, body={**body, "message": "Marie, 06 12 34 56 78"}).json()
    decide(asked["id"], raison="Marie Durand rencontrée")
    written = "".join(str(row) for row in rows("SELECT * FROM commerces.journal"))
    for private in ("secret@", COURRIEL, "Durand", "06 12", "rencontrée"):
        assert private not in written


def test_an_archived_listing_is_past_changing(client, holder, propose):
    jeton, number = holder()
    cci = key("cci", scope="commerces:gerer")
    tag = client.get(f"/gestion/fiches/{number}", headers=cci).headers["etag"]
    client.post(
        f"/gestion/fiches/{number}/statut",
        json={"statut": "archivee"},
        headers={**cci, "If-Match": tag},
    )
    assert propose(jeton, number, description="Un").status_code == 409


def test_what_was_accepted_too_late_is_refused_whole(holder, propose, decide, rows, run):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Un").json()
    run(
        lambda s: s.connection().exec_driver_sql(
            "UPDATE commerces.fiches SET categories = '{inconnue}'"
        )
    )
    refused = decide(asked["id"], if_match="*")
    assert refused.status_code == 422
    assert refused.json()["erreurs"][0]["pointer"] == "#/categories/0"
    assert rows("SELECT nom FROM commerces.fiches") == [(FICHE["nom"],)]
