"""Erasing is of a person, everywhere: all listings of one confirmed address, all that is left."""

import json
import re

import pytest
from sqlalchemy import text

from services.commerces.doublons.commands import chercher
from services.commerces.personnel import commands
from tests.commerces.conftest import LIGNE
from tests.commerces.contribution.conftest import COURRIEL, FICHE, SIRET, key, token
from tests.commerces.contribution.test_personnel import everything


@pytest.fixture
def erase(client):
    def erase(jeton):
        answer = client.delete("/moi/donnees", headers=token(jeton))
        assert answer.status_code == 204

    return erase


@pytest.mark.parametrize("accepted", [True, False])
def test_who_claimed_its_own_listing_twice_is_one_person(  # noqa: PLR0917
    client, holder, registered, queue, decide, erase, rows, accepted
):
    jeton, number = holder()
    again = registered(courriel=COURRIEL.upper(), fiche_id=number, siret=SIRET)
    (asked,) = queue()
    if accepted:
        decide(asked["id"])
    erase(jeton)
    assert rows("SELECT statut FROM commerces.fiches") == [("archivee",)]
    assert COURRIEL not in everything(rows).lower()
    assert client.get("/moi", headers=token(again["jeton"])).status_code == 401
    assert client.get("/moi/donnees", headers=token(again["jeton"])).status_code == 401
    assert queue() == []


def test_a_person_reads_and_erases_all_of_its_listings(  # noqa: PLR0917
    client, holder, registered, queue, decide, erase, rows
):
    jeton, number = holder()
    second = registered(fiche=FICHE | {"nom": "Crèmerie d'essai", "siret": None})
    (asked,) = queue()
    decide(asked["id"])
    third = registered(fiche=FICHE | {"nom": "Beurrerie d'essai", "siret": None})
    data = client.get("/moi/donnees", headers=token(jeton)).json()
    assert data["fiche"]["id"] == str(number)
    assert [one["fiche"]["properties"]["nom"] for one in data["autres"]] == [
        "Crèmerie d'essai",
        "Beurrerie d'essai",
    ]
    assert [one["accepte_le"] is None for one in data["autres"]] == [False, True]
    erase(jeton)
    kept = everything(rows)
    for word in (COURRIEL, "Crèmerie", "Beurrerie", FICHE["nom"]):
        assert word not in kept
    for given in (second, third):
        assert client.get("/moi", headers=token(given["jeton"])).status_code == 401
        erase(given["jeton"])
    assert everything(rows) == kept


def test_what_another_person_answers_for_stays(holder, registered, queue, decide, erase, rows):  # noqa: PLR0917
    jeton, number = holder()
    registered(fiche_id=number, siret=SIRET)
    (asked,) = queue()
    decide(asked["id"])
    registered(courriel="associe@exemple.fr", fiche_id=number, siret=SIRET)
    (asked,) = queue()
    decide(asked["id"])
    erase(jeton)
    assert rows("SELECT statut FROM commerces.fiches") == [("publiee",)]
    assert COURRIEL not in everything(rows)


def test_who_was_refused_once_is_not_forgotten_elsewhere(  # noqa: PLR0917
    client, holder, registered, publish, queue, decide, run, rows
):
    jeton, _ = holder()
    registered(fiche_id=publish(nom="Crèmerie d'essai", siret=None))
    (asked,) = queue()
    decide(asked["id"], "refuser")
    rows_before = len(rows("SELECT 1 FROM commerces.titulaires WHERE courriel IS NOT NULL"))
    assert rows_before == 2
    run(
        lambda s: s.connection().exec_driver_sql(
            "UPDATE commerces.titulaires SET ecarte_le = now() - interval '61 days'"
            " WHERE ecarte_le IS NOT NULL"
        )
    )
    run(commands.forget)
    assert len(rows("SELECT 1 FROM commerces.titulaires WHERE courriel IS NOT NULL")) == 1
    assert client.get("/moi", headers=token(jeton)).status_code == 200


def test_what_was_asked_and_never_confirmed_is_erased_too(client, holder, erase, rows):
    jeton, _ = holder()
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    erase(jeton)
    assert COURRIEL not in everything(rows)
    assert FICHE["nom"] not in everything(rows)


LIGNE_PRIVEE = {
    **LIGNE,
    "nom": "Chez Jeanne Personne",
    "telephone": "06 11 22 33 99",
    "site": "jeanne@personne.example",
}
AUTRE_LIGNE = {**LIGNE, "nom": "Voisine", "site": "voisine@personne.example", "siret": ""}


@pytest.fixture
def taken(client):
    """Two shops of a file, published; the number of the first."""
    headers = key("cci", scope="commerces:importer") | {"Content-Type": "application/json"}
    made = client.post("/imports", content=json.dumps([LIGNE_PRIVEE, AUTRE_LIGNE]), headers=headers)
    assert made.status_code == 201, made.text
    return made.json()["id"]


def test_what_a_file_said_of_an_erased_shop_is_not_in_its_report_any_more(  # noqa: PLR0917
    client, taken, registered, queue, decide, erase, rows
):
    headers = key("cci", scope="commerces:importer")
    read = lambda: (  # noqa: E731
        client.get(f"/imports/{taken}/rapport.csv", headers=headers).text
        + client.get(f"/imports/{taken}", headers=headers).text
    )
    assert "0611223399" in read().replace(" ", "")
    assert "jeanne@personne" in read()
    (first,) = rows("SELECT id FROM commerces.fiches WHERE nom LIKE 'Chez%'")
    given = registered(fiche_id=first.id)
    (asked,) = queue()
    decide(asked["id"])
    erase(given["jeton"])
    assert "Jeanne" not in read()
    assert "jeanne@" not in read()
    assert "611223399" not in read().replace(" ", "")
    assert "voisine@personne" in read()
    assert "Voisine" in read()
    for table in ("imports", "import_lignes", "journal", "fiches", "lieux", "doublons"):
        assert "jeanne" not in str(rows(f"SELECT * FROM commerces.{table}")).lower()


def test_what_others_wrote_of_an_erased_shop_is_forgotten(  # noqa: PLR0917
    client, holder, publish, registered, propose, erase, rows, run
):
    jeton, number = holder()
    twin = publish(nom="La fromagerie d'essai", siret=None)
    report = {"motif": "autre", "commentaire": "Madame Sentinelle est partie"}
    assert client.post(f"/fiches/{number}/signalements", json=report).status_code == 201
    agent = key("cci", scope="commerces:gerer")
    for statut in ("suspendue", "publiee"):
        read = client.get(f"/gestion/fiches/{number}", headers=agent)
        done = client.post(
            f"/gestion/fiches/{number}/statut",
            json={"statut": statut, "motif": "Madame Sentinelle"},
            headers=agent | {"If-Match": read.headers["etag"]},
        )
        assert done.status_code == 200
    run(chercher)
    assert len(rows("SELECT 1 FROM commerces.doublons")) == 1
    run(
        lambda s: s.execute(
            text("UPDATE commerces.doublons SET motif = 'Sentinelle', etat = 'non_doublon'")
        )
    )
    other = registered(courriel="autre@exemple.fr", fiche_id=number)
    asked = propose(other["jeton"], number, nom="Sentinelle et fille")
    assert asked.json()["etat"] == "en_attente"
    assert "Sentinelle" in everything(rows)
    erase(jeton)
    assert "Sentinelle" not in everything(rows)
    assert rows("SELECT etat FROM commerces.doublons") == [("non_doublon",)]
    assert rows("SELECT nom FROM commerces.fiches WHERE id = :id", id=twin) == [
        ("La fromagerie d'essai",)
    ]
    assert not rows("SELECT 1 FROM commerces.propositions WHERE etat = 'en_attente'")


def test_what_was_merged_into_an_erased_shop_goes_with_it(  # noqa: PLR0917
    client, holder, publish, erase, rows, run
):
    jeton, number = holder()
    publish(nom="La fromagerie d'essai", description="Madame Sentinelle", siret=None)
    run(chercher)
    agent = key("cci", scope="commerces:gerer")
    (pair,) = client.get("/doublons", headers=agent).json()["elements"]
    tag = client.get(f"/doublons/{pair['id']}", headers=agent).headers["etag"]
    done = client.post(
        f"/doublons/{pair['id']}/decision",
        json={"decision": "fusion", "garde": number},
        headers=agent | {"If-Match": tag},
    )
    assert done.status_code == 200, done.text
    erase(jeton)
    assert "Sentinelle" not in everything(rows)
    assert FICHE["nom"] not in everything(rows)


def test_who_was_refused_reads_its_data_and_erases_them_and_nothing_else(  # noqa: PLR0917
    client, registered, queue, decide, sent, link, erase, rows
):
    given = registered()
    (asked,) = queue()
    decide(asked["id"], "refuser")
    sent()
    mine = token(given["jeton"])
    data = client.get("/moi/donnees", headers=mine).json()
    assert data["courriel"] == COURRIEL
    assert data["refuse_le"] is not None
    shown = data["fiche"]["properties"]
    assert [one["valeur"] for one in shown["contacts"]] == ["+33142360000", "prive@exemple.fr"]
    for method, path in (("GET", "/moi"), ("POST", "/moi/confirmation")):
        assert client.request(method, path, headers=mine).status_code == 401
    asked = {"courriel": COURRIEL, "fiche_id": given["fiche_id"]}
    assert client.post("/acces", json=asked).status_code == 202
    (mail,) = sent()
    assert "soixante jours" in mail.texte
    jeton = re.search(r"jeton=(\S+)", mail.texte)[1]
    page = client.get("/liens", params={"jeton": jeton}, headers={"Accept": "text/html"})
    assert "Ouvrir mes données" in page.text
    opened = client.post("/liens", params={"jeton": jeton}, headers={"Accept": "text/html"})
    assert "/v1/commerces/moi/donnees" in opened.text
    assert "rien à changer" not in opened.text
    fresh = re.search(r">([\w-]{43})</code>", opened.text)[1]
    assert client.get("/moi", headers=token(fresh)).status_code == 401
    assert client.get("/moi/donnees", headers=token(fresh)).json()["courriel"] == COURRIEL
    erase(fresh)
    assert COURRIEL not in everything(rows)
    assert FICHE["nom"] not in everything(rows)
    assert client.post("/liens", params={"jeton": jeton}).status_code == 404
    for one in (fresh, given["jeton"]):
        assert client.get("/moi/donnees", headers=token(one)).status_code == 401
    client.post("/acces", json=asked)
    assert sent() == []


def test_where_a_registration_first_said_it_stood_goes_with_it(client, registered, erase, rows):
    given = registered()
    agent = key("cci", scope="commerces:gerer")
    path = f"/gestion/fiches/{given['fiche_id']}"
    headers = agent | {"If-Match": client.get(path, headers=agent).headers["etag"]}
    body = FICHE | {"adresse": "9 rue du Parc", "lon": 2.56}
    assert client.put(path, json=body, headers=headers).status_code == 200
    assert len(rows("SELECT 1 FROM commerces.exploitations")) == 1
    erase(given["jeton"])
    for adresse in (FICHE["adresse"], "9 rue du Parc"):
        assert adresse not in everything(rows)


@pytest.mark.parametrize("by_itself", [True, False])
def test_who_is_forgotten_never_answers_for_a_listing(  # noqa: PLR0917
    client, holder, registered, queue, decide, erase, run, rows, by_itself
):
    """Else nobody else who answers for it could have it erased."""
    jeton, number = holder()
    given = registered(courriel="refuse@exemple.fr", fiche_id=number)
    (asked,) = queue()
    decide(asked["id"], "refuser")
    if by_itself:
        erase(given["jeton"])
    else:
        run(
            lambda s: s.execute(
                text(
                    "UPDATE commerces.titulaires SET ecarte_le = now() - interval '61 days'"
                    " WHERE ecarte_le IS NOT NULL"
                )
            )
        )
        run(commands.forget)
    refused = decide(asked["id"], headers=key("cci"))
    assert refused.status_code == 409
    assert "oublié" in refused.json()["detail"]
    erase(jeton)
    assert rows("SELECT statut FROM commerces.fiches") == [("archivee",)]


def test_what_an_agent_wrote_on_a_refused_listing_is_not_its_merchant_s(
    client, registered, queue, decide
):
    given = registered()
    agent = key("cci", scope="commerces:gerer")
    path = f"/gestion/fiches/{given['fiche_id']}"
    tag = client.get(path, headers=agent).headers["etag"]
    secret = {"genre": "courriel", "valeur": "agent@exemple.fr", "public": False}
    body = FICHE | {"contacts": [secret]}
    assert client.put(path, json=body, headers=agent | {"If-Match": tag}).status_code == 200
    (asked,) = queue()
    decide(asked["id"], "refuser")
    answer = client.get("/moi/donnees", headers=token(given["jeton"]))
    assert answer.status_code == 200
    assert "agent@exemple.fr" not in answer.text
