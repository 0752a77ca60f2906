"""A shop that changes hands: who answered for it before answers for it no more."""

import json
from io import BytesIO

import pytest

from services.commerces.imports.commands import Expediteur, importer
from tests.commerces.contribution.conftest import COURRIEL, FICHE, SIRET, key, token

REPRENEUR, SIRET_REPRENEUR = "paul.martin@exemple.fr", "21750001600019"
AUTRE_NIC = "73282932000017"
"""Another establishment of the same company."""


def agent():
    return key("cci", scope="commerces:gerer")


@pytest.fixture
def claim(registered, queue):
    """Someone else says to be the holder; its token, and what it asks."""

    def claim(number, **demande):
        given = registered(fiche_id=number, courriel=REPRENEUR, **demande)
        (asked,) = queue(genre="revendication")
        return given["jeton"], asked

    return claim


@pytest.fixture
def put(client):
    def put(number, **changes):
        path = f"/gestion/fiches/{number}"
        tag = client.get(path, headers=agent()).headers["etag"]
        done = client.put(path, json=FICHE | changes, headers=agent() | {"If-Match": tag})
        assert done.status_code == 200, done.text
        return done.json()["properties"]

    return put


def test_an_agent_is_told_of_other_holders_and_may_keep_them(client, holder, claim, decide):
    former, number = holder()
    given, asked = claim(number)
    assert asked["autres_titulaires"] == 1
    assert decide(asked["id"]).json()["autres_titulaires"] == 1
    for jeton in (former, given):
        assert client.get("/moi", headers=token(jeton)).json()["reconnu"]


def test_an_agent_may_say_that_a_holder_takes_the_place_of_those_before(  # noqa: PLR0917
    client, holder, claim, decide, propose, queue, sent
):
    former, number = holder()
    waiting = propose(former, number, nom="Autre nom").json()
    assert waiting["etat"] == "en_attente"
    given, asked = claim(number)
    sent()
    assert decide(asked["id"], remplace=True).json()["autres_titulaires"] == 0
    assert client.get("/moi", headers=token(given)).json()["reconnu"]
    assert client.get("/moi", headers=token(former)).status_code == 401
    assert propose_as(client, former, number).status_code == 401
    assert queue() == []
    told = {mail.destinataire: mail for mail in sent()}
    assert set(told) == {COURRIEL, REPRENEUR}
    assert "n'ouvre plus" in told[COURRIEL].texte
    kept = client.get("/moi/donnees", headers=token(former)).json()
    assert kept["refuse_le"] is not None
    assert [one["etat"] for one in kept["propositions"]] == ["remplacee", "acceptee"]


def propose_as(client, jeton, number):
    return client.post(
        f"/fiches/{number}/propositions", json={"fermeture": True}, headers=token(jeton)
    )


@pytest.mark.parametrize("decision", ["refuser", "demander"])
def test_holders_are_replaced_by_accepting_only(holder, claim, decide, decision):
    _, number = holder()
    _, asked = claim(number)
    refused = decide(asked["id"], decision, remplace=True)
    assert refused.status_code == 422


def test_holders_are_replaced_by_a_holder_only(holder, propose, decide):
    jeton, number = holder()
    asked = propose(jeton, number, nom="Autre nom").json()
    refused = decide(asked["id"], remplace=True)
    assert refused.status_code == 422
    assert refused.json()["erreurs"][0]["pointer"] == "#/remplace"


@pytest.mark.parametrize(("atteste", "niveau"), [(False, 1), (True, 3)])
def test_a_siret_that_a_holder_changes_is_its_own(  # noqa: PLR0917
    client, holder, claim, decide, propose, atteste, niveau
):
    former, number = holder()
    given, asked = claim(number)
    assert decide(asked["id"], atteste=atteste).status_code == 200
    asked = propose(given, number, siret=SIRET_REPRENEUR).json()
    assert decide(asked["id"]).status_code == 200
    assert client.get("/moi", headers=token(former)).status_code == 401
    mine = client.get("/moi", headers=token(given)).json()
    assert (mine["niveau"], mine["reconnu"]) == (niveau, True)
    assert mine["fiche"]["properties"]["niveau_preuve"] == niveau
    assert mine["saisie"]["siret"] == SIRET_REPRENEUR
    assert client.get("/moi/donnees", headers=token(given)).json()["siret"] == SIRET_REPRENEUR


def test_one_person_stays_whichever_of_its_claims_it_changes_the_siret_by(  # noqa: PLR0917
    client, holder, registered, queue, decide, propose
):
    first, number = holder()
    second = registered(courriel=COURRIEL.upper(), fiche_id=number, siret=SIRET)["jeton"]
    (asked,) = queue()
    decide(asked["id"])
    asked = propose(second, number, siret=SIRET_REPRENEUR).json()
    assert decide(asked["id"]).status_code == 200
    for jeton in (first, second):
        assert client.get("/moi", headers=token(jeton)).json()["reconnu"]


def test_a_siret_that_an_agent_had_already_written_lowers_no_level(
    client, holder, propose, put, decide
):
    jeton, number = holder()
    asked = propose(jeton, number, siret=AUTRE_NIC).json()
    put(number, siret=AUTRE_NIC)
    assert decide(asked["id"]).status_code == 200
    assert client.get("/moi", headers=token(jeton)).json()["niveau"] == 2


@pytest.mark.parametrize(
    ("siret", "status"), [(SIRET, 200), (AUTRE_NIC, 200), (None, 200), (SIRET_REPRENEUR, 401)]
)
def test_a_listing_that_an_agent_gives_to_another_company_loses_its_holders(
    client, holder, put, siret, status
):
    jeton, number = holder()
    put(number, siret=siret)
    assert client.get("/moi", headers=token(jeton)).status_code == status


def test_a_holder_stays_when_an_agent_writes_the_siret_that_it_declared(
    client, holder, claim, decide, put
):
    former, number = holder()
    given, asked = claim(number, siret=SIRET_REPRENEUR)
    decide(asked["id"])
    put(number, siret=SIRET_REPRENEUR)
    assert client.get("/moi", headers=token(former)).status_code == 401
    assert client.get("/moi", headers=token(given)).status_code == 200


@pytest.mark.parametrize(
    ("siret", "status", "niveau"),
    [(SIRET, 200, 1), (AUTRE_NIC, 200, 0), (SIRET_REPRENEUR, 401, 0)],
)
def test_so_does_one_that_a_file_gives_to_another_company(  # noqa: PLR0917
    client, run, rows, registered, queue, decide, siret, status, niveau
):
    line = {
        "identifiant": "1",
        "nom": FICHE["nom"],
        "adresse": FICHE["adresse"],
        "code_postal": FICHE["code_postal"],
        "position": "48.7375,2.5553",
        "categories": "fromagerie",
        "modalites": "comptoir",
        "siret": SIRET,
    }

    def take(session, **changes):
        importer(
            session,
            BytesIO(json.dumps([line | changes]).encode()),
            nom="commerces.json",
            source="cci",
            expediteur=Expediteur("cci"),
        )

    run(take)
    ((number,),) = rows("SELECT id FROM commerces.fiches")
    jeton = registered(fiche_id=number, siret=None)["jeton"]
    (asked,) = queue()
    decide(asked["id"])
    run(take, siret=siret, description="Neuf")
    assert client.get("/moi", headers=token(jeton)).status_code == status
    assert rows("SELECT niveau_preuve FROM commerces.fiches") == [(niveau,)]


def test_a_level_that_rested_on_a_siret_ends_with_it(client, holder, propose, decide):
    jeton, number = holder()
    assert client.get("/moi", headers=token(jeton)).json()["niveau"] == 2
    asked = propose(jeton, number, siret=AUTRE_NIC).json()
    assert decide(asked["id"]).status_code == 200
    mine = client.get("/moi", headers=token(jeton)).json()
    assert (mine["niveau"], mine["reconnu"], mine["sans_attendre"]) == (1, True, [])


def test_a_word_of_an_agent_outlives_a_siret(client, holder, propose, decide):
    jeton, number = holder(atteste=True)
    asked = propose(jeton, number, siret=AUTRE_NIC).json()
    assert decide(asked["id"]).status_code == 200
    assert client.get("/moi", headers=token(jeton)).json()["niveau"] == 3
