"""What is public is a closed list; what is a merchant's is given back, and erased on request."""

import json
from datetime import timedelta

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import text

from services.commerces.personnel import commands
from services.commerces.vitrine import FicheSource
from shared.auth import declared_access
from shared.vitrine import Vitrine
from tests.commerces.contribution.conftest import COURRIEL, FICHE, SIRET, key, token

SENTINELLE = "sentinelle.privee@exemple.fr"
PRIVE = {"courriel", "titulaire", "titulaire_id", "empreinte", "commentaires", "destinataire"}
"""Names that no public answer may have."""


def test_nothing_public_has_a_private_field(app):
    contract = app.openapi()
    public = {
        context.path
        for context in iter_routes(app)
        if declared_access(context) == "public" and {"GET", "HEAD"} & context.methods
    }
    assert {"/fiches", "/fiches/{id}", "/liens"} <= public
    for path in public & contract["paths"].keys():
        answers = contract["paths"][path]["get"]["responses"]
        assert answers.keys() & {"200", "308"}, path
        assert fields_of(answers, contract).isdisjoint(PRIVE), path


def iter_routes(app):
    return iter_route_contexts(app.fastapi.routes)


def fields_of(schema, contract, seen=None):
    """The names of all that a schema may hold."""
    seen = set() if seen is None else seen
    found = set()
    if isinstance(schema, dict):
        reference = schema.get("$ref", "")
        if reference and reference not in seen:
            seen.add(reference)
            target = contract["components"]["schemas"][reference.rpartition("/")[2]]
            found |= fields_of(target, contract, seen)
        found |= set(schema.get("properties", ()))
        for value in schema.values():
            found |= fields_of(value, contract, seen)
    elif isinstance(schema, list):
        for value in schema:
            found |= fields_of(value, contract, seen)
    return found


def test_the_check_of_private_fields_can_fail(app):
    contract = app.openapi()
    answer = contract["paths"]["/moi/donnees"]["get"]["responses"]["200"]
    assert "courriel" in fields_of(answer, contract)


def test_no_public_answer_ever_holds_what_is_private(app, client, holder, propose):
    jeton, number = holder()
    contacts = [*FICHE["contacts"], {"genre": "courriel", "valeur": SENTINELLE, "public": False}]
    assert propose(jeton, number, contacts=contacts).json()["appliques"] == ["contacts"]
    app.vitrine.refresh()
    asked = 0
    for context in iter_routes(app):
        if declared_access(context) == "public" and "GET" in context.methods:
            path = context.path.replace("{id}", str(number))
            if "{" in path:
                continue
            for query in ("", "?bbox=2.5,48.7,2.6,48.8", "?commune=94048"):
                answer = client.get(path + query)
                asked += answer.status_code == 200
                assert SENTINELLE not in answer.text, path
                assert COURRIEL not in answer.text, path
    assert asked >= 5
    assert SENTINELLE in client.get("/moi", headers=token(jeton)).text


def test_a_merchant_reads_all_that_is_kept_of_it(client, holder, propose):
    jeton, number = holder()
    propose(jeton, number, nom="Un")
    answer = client.get("/moi/donnees", headers=token(jeton))
    data = answer.json()
    assert (data["courriel"], data["siret"], data["niveau"]) == (COURRIEL, SIRET, 2)
    assert data["fiche"]["properties"]["contacts"][1]["valeur"] == "prive@exemple.fr"
    assert [one["genre"] for one in data["propositions"]] == ["modification", "revendication"]
    assert data["courriers"][0]["genre"] == "decision"
    assert data["liens_valables_jusqu_au"]
    assert "attachment" in answer.headers["content-disposition"]


def everything(rows):
    """All rows of all tables, as text."""
    tables = rows("SELECT tablename FROM pg_tables WHERE schemaname = 'commerces'")
    return "".join(str(rows(f"SELECT * FROM commerces.{name}")) for (name,) in tables)


def test_erasure_leaves_nothing_and_a_second_time_changes_nothing(  # noqa: PLR0917
    app, client, holder, propose, rows, sent
):
    jeton, number = holder(atteste=True)
    propose(
        jeton,
        number,
        description="Chez Marie Durand",
        contacts=[{"genre": "courriel", "valeur": SENTINELLE}],
    )
    body = {"fiche": client.get("/moi", headers=token(jeton)).json()["saisie"] | {"siret": None}}
    asked = propose(jeton, number, body={**body, "message": "Marie Durand"})
    assert asked.json()["etat"] == "en_attente"
    client.post("/acces", json={"courriel": COURRIEL, "fiche_id": number})
    for private in (COURRIEL, SENTINELLE, "Durand", SIRET):
        assert private in everything(rows)
    assert client.delete("/moi/donnees", headers=token(jeton)).status_code == 204
    assert sent() == []
    kept = everything(rows)
    for private in (COURRIEL, SENTINELLE, "prive@exemple.fr", "Durand", FICHE["nom"], SIRET):
        assert private not in kept, private
    assert FICHE["adresse"] not in kept
    assert client.delete("/moi/donnees", headers=token(jeton)).status_code == 204
    assert everything(rows) == kept
    assert client.get("/moi", headers=token(jeton)).status_code == 401
    app.vitrine.refresh()
    assert client.get(f"/fiches/{number}").status_code == 404


def test_the_journal_replayed_after_an_erasure_shows_what_is_left(
    app, client, holder, publish, rows
):
    other = publish(nom="Autre commerce", siret=None)
    jeton, number = holder()
    client.delete("/moi/donnees", headers=token(jeton))
    last = rows("SELECT genre, sujet, corps FROM commerces.journal ORDER BY position DESC LIMIT 1")
    assert last[0].genre == "fiche.effacee"
    assert last[0].sujet == str(number)
    assert last[0].corps["statut"] == "archivee"
    app.vitrine.refresh()
    fresh = Vitrine(app.fastapi.state.engine, app.service.journal, FicheSource())
    fresh.refresh()
    for vitrine in (app.vitrine, fresh):
        assert vitrine.vue.version.find(str(number)) is None
        assert vitrine.vue.version.find(str(other)) is not None


def test_a_listing_with_another_holder_outlives_the_first(  # noqa: PLR0917
    client, holder, registered, queue, decide, rows
):
    jeton, number = holder()
    registered(courriel="associe@exemple.fr", fiche_id=number, siret=SIRET)
    (asked,) = queue()
    decide(asked["id"])
    client.delete("/moi/donnees", headers=token(jeton))
    assert rows("SELECT nom, statut FROM commerces.fiches") == [(FICHE["nom"], "publiee")]
    assert COURRIEL not in everything(rows)


def test_a_claim_that_nobody_recognised_erases_only_itself(client, publish, registered, rows):
    given = registered(fiche_id=publish(), siret=SIRET)
    client.delete("/moi/donnees", headers=token(given["jeton"]))
    assert rows("SELECT nom, statut FROM commerces.fiches") == [(FICHE["nom"], "publiee")]
    assert COURRIEL not in everything(rows)
    assert rows("SELECT etat FROM commerces.propositions") == [("remplacee",)]


def test_a_registration_that_waits_is_erased_whole(client, registered, rows):
    given = registered()
    client.delete("/moi/donnees", headers=token(given["jeton"]))
    assert FICHE["nom"] not in everything(rows)


def test_premises_that_another_shop_uses_keep_their_address(client, holder, rows, run):
    jeton, _ = holder()
    run(
        lambda s: s.execute(
            text(
                "WITH e AS (INSERT INTO commerces.exploitations (lieu_id) "
                "SELECT id FROM commerces.lieux RETURNING id) "
                "INSERT INTO commerces.fiches (exploitation_id, statut, nom, categories, labels, "
                "paiements, accessibilites, langues, contacts, verifie_le, verifie_par, source) "
                "SELECT id, 'publiee', 'Voisin', '{fromagerie}', '{}', '{}', '{}', '{}', '[]', "
                "now(), 'cci', 'cci' FROM e"
            )
        )
    )
    client.delete("/moi/donnees", headers=token(jeton))
    assert rows("SELECT adresse FROM commerces.lieux") == [(FICHE["adresse"],)]


@pytest.mark.parametrize("days", [59, 61])
def test_who_was_refused_is_forgotten_in_time(registered, queue, decide, run, rows, days):  # noqa: PLR0917
    registered()
    (asked,) = queue()
    decide(asked["id"], "refuser")
    run(
        lambda s: s.execute(
            text("UPDATE commerces.titulaires SET ecarte_le = now() - :ago"),
            {"ago": timedelta(days=days)},
        )
    )
    run(commands.forget)
    assert (COURRIEL in everything(rows)) == (days < 60)


def test_what_is_never_confirmed_is_forgotten(client, run, rows):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    run(commands.forget)
    assert len(rows("SELECT 1 FROM commerces.inscriptions")) == 1
    run(
        lambda s: s.execute(
            text("UPDATE commerces.inscriptions SET cree_le = now() - interval '3 days'")
        )
    )
    run(commands.forget)
    assert rows("SELECT 1 FROM commerces.inscriptions") == []
    assert rows("SELECT 1 FROM commerces.jetons") == []


def test_a_token_past_its_time_is_forgotten(registered, run, rows, client):
    given = registered()
    run(lambda s: s.execute(text("UPDATE commerces.jetons SET expire_le = now() - interval '1 s'")))
    assert client.get("/moi", headers=token(given["jeton"])).status_code == 401
    run(commands.forget)
    assert rows("SELECT 1 FROM commerces.jetons") == []


def test_another_key_of_ours_is_no_merchant(client):
    assert client.get("/moi", headers=key("cci")).status_code == 401
    assert client.get("/moi").status_code == 401
    assert json.loads(client.get("/moi").text)["code"] == "authentification-requise"
