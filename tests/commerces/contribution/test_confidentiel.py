"""Who is not recognised as a holder reads what the public reads, and what it sent itself."""

import pytest

from services.commerces.contribution.commands import locked
from tests.commerces.contribution.conftest import FICHE, MAROLLES, SIRET, key, token

PRIVE = "prive@exemple.fr"
PUBLICS = FICHE["contacts"][:1]


@pytest.fixture
def read_all(client):
    """All that a merchant's token reads, as one text."""

    def read_all(jeton, number):
        paths = ["/moi", "/moi/donnees", f"/fiches/{number}/propositions"]
        asked = client.get(paths[-1], headers=token(jeton)).json()["elements"]
        paths += [f"/propositions/{one['id']}" for one in asked]
        answers = [client.get(path, headers=token(jeton)) for path in paths]
        assert {answer.status_code for answer in answers} == {200}
        return "".join(answer.text for answer in answers)

    return read_all


def test_a_claim_alone_shows_no_private_contact(client, publish, registered, propose, read_all):
    number = publish()
    jeton = registered(fiche_id=number, siret=SIRET)["jeton"]
    mine = client.get("/moi", headers=token(jeton)).json()
    assert mine["saisie"]["contacts"] == PUBLICS
    assert mine["fiche"]["properties"]["contacts"] == PUBLICS
    refused = client.post("/moi/confirmation", headers=token(jeton) | {"If-Match": "*"})
    asked = propose(jeton, number, contacts=[{"genre": "telephone", "valeur": "0142360001"}])
    assert PRIVE not in read_all(jeton, number) + refused.text + asked.text


def test_an_agents_words_on_a_status_are_not_a_claimants(client, publish, registered, read_all):
    number = publish()
    jeton = registered(fiche_id=number)["jeton"]
    headers = key("cci", scope="commerces:gerer")
    tag = client.get(f"/gestion/fiches/{number}", headers=headers).headers["etag"]
    client.post(
        f"/gestion/fiches/{number}/statut",
        json={"statut": "suspendue", "motif": "Mme Durand hospitalisée"},
        headers=headers | {"If-Match": tag},
    )
    assert "Durand" not in read_all(jeton, number)


def test_what_a_claimant_sends_back_neither_shows_nor_takes_away_what_it_could_not_read(  # noqa: PLR0917
    client, publish, registered, propose, queue, decide, read_all
):
    number = publish()
    jeton = registered(fiche_id=number, siret=SIRET)["jeton"]
    wanted = {"genre": "telephone", "valeur": "+33142360001", "public": False}
    asked = propose(jeton, number, contacts=[wanted]).json()
    assert asked["ecarts"] == [
        {
            "champ": "contacts",
            "avant": PUBLICS,
            "apres": [wanted],
            "actuel": PUBLICS,
            "change_depuis": False,
        }
    ]
    assert PRIVE not in read_all(jeton, number)
    (waiting,) = queue(genre="modification")
    (ecart,) = waiting["ecarts"]
    assert ecart["apres"] == [wanted, FICHE["contacts"][1]]
    assert ecart["actuel"] == FICHE["contacts"]
    assert ecart["change_depuis"] is False
    assert decide(waiting["id"]).status_code == 200
    kept = client.get(f"/gestion/fiches/{number}", headers=key("cci", scope="commerces:gerer"))
    assert kept.json()["properties"]["contacts"] == [wanted, FICHE["contacts"][1]]
    assert PRIVE not in read_all(jeton, number)


def test_reading_and_sending_back_changes_nothing_for_a_claimant(publish, registered, propose):
    number = publish()
    jeton = registered(fiche_id=number, siret=SIRET)["jeton"]
    assert propose(jeton, number).status_code == 422


def test_a_recognised_holder_reads_and_removes_its_private_contacts(client, holder, propose):
    jeton, number = holder()
    assert (
        client.get("/moi", headers=token(jeton)).json()["saisie"]["contacts"] == FICHE["contacts"]
    )
    assert propose(jeton, number, contacts=PUBLICS).json()["appliques"] == ["contacts"]
    assert client.get("/moi", headers=token(jeton)).json()["saisie"]["contacts"] == PUBLICS


def test_who_registered_a_shop_reads_what_it_sent_until_another_adds_to_it(
    client, registered, run, read_all
):
    given = registered()
    jeton, number = given["jeton"], given["fiche_id"]
    assert PRIVE in read_all(jeton, number)

    def complete(session):
        fiche = locked(session, number)
        fiche.contacts = [*fiche.contacts, {**FICHE["contacts"][1], "valeur": "autre@exemple.fr"}]
        fiche.version += 1

    run(complete)
    assert "autre@exemple.fr" not in read_all(jeton, number)
    assert client.get("/moi", headers=token(jeton)).json()["saisie"]["contacts"] == PUBLICS


def test_agents_still_read_all(publish, registered, queue, decide, client):
    number = publish()
    registered(fiche_id=number)
    agent = key("commune", MAROLLES, scope="commerces:gerer")
    assert PRIVE in client.get(f"/gestion/fiches/{number}", headers=agent).text
