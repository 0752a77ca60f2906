"""Column by column, what an erasure leaves of a shop: a new column has to take a side here."""

import json

import pytest
from sqlalchemy import text

from services.commerces.doublons.commands import chercher
from tests.commerces.conftest import LIGNE
from tests.commerces.contribution.conftest import COURRIEL, FICHE, SIRET, key, token

WORD = "Sentinelle"
PERSON = {("titulaires", "courriel"), ("inscriptions", "courriel"), ("courriers", "destinataire")}
"""The person is its address: these keep it until the end."""
ERASED = {
    "courriers": {"destinataire", "sujet", "texte"},
    "doublons": {"motif"},
    "evenements_proposition": {"texte"},
    "exploitations": {"siret", "enseigne", "naf_rev2", "naf_2025"},
    "fiches": {
        *("nom", "description", "labels", "paiements", "accessibilites", "langues", "contacts"),
        *("horaires", "horaires_osm", "horaires_texte", "source", "licence", "motif_statut"),
    },
    "idempotence": {"entetes", "corps"},
    "import_lignes": {"nom", "constats"},
    "imports": {"bilan"},
    "inscriptions": {"courriel", "siret", "saisie", "message"},
    "lieux": {"adresse", "complement", "cle_ban"},
    "livraisons": {"corps", "erreur"},
    "modalites": {"horaires", "horaires_osm", "horaires_texte", "zone", "canaux", "note", "source"},
    "propositions": {"avant", "apres"},
    "signalements": {"raison"},
    "signalements_commentaires": {"texte"},
    "titulaires": {"courriel", "siret"},
}
STAY = {
    # Words of ours, numbers, organisations, digests.
    "appels": {"empreinte", "genre"},
    "courriers": {"genre", "refus"},
    "doublons": {"raisons", "etat", "decide_par"},
    "evenements_proposition": {"etat", "auteur"},
    "fiches": {"statut", "categories", "verifie_par"},
    "idempotence": {"acteur", "cle", "route", "empreinte_requete"},
    "import_lignes": {"statut"},
    "jetons": {"empreinte", "objet"},
    "journal": {"genre", "sujet", "acteur", "corps"},
    "lieux": {"code_postal", "code_commune", "code_arrondissement", "territoire"},
    "livraisons": {"message", "genre", "sujet", "etat"},
    "modalites": {"genre", "commande_jusqu_a", "verifie_par"},
    "propositions": {"genre", "etat", "appliques"},
    "sels": {"sel"},
    "signalements": {"motif", "etat", "decide_par"},
    "travaux": {"genre", "cle", "corps", "erreur"},
    # A file, whole while it waits for a confirmation.
    "imports": {"source", "nom", "sha256", "etat", "acteur", "contenu", "options"},
    # How a source names the shop: without it the next file would bring it back.
    "provenances": {"source", "cle", "siret", "nom_cle", "lieu_cle", "licence", "empreinte"},
    # Of no shop.
    "abonnements": {
        *("organisation", "url", "genres", "territoires", "description", "secret"),
        *("secret_precedent", "etat", "motif_etat"),
    },
    "alembic_version": {"version_num"},
    "regimes": {
        *("nom", "motif", "source", "categories", "territoires", "modalites", "origine"),
        *("jours", "creneau", "lu"),
    },
}
VALUES = {
    "text": f"'{WORD}'",
    "ARRAY": f"'{{{WORD}}}'",
    "bytea": f"'{WORD}'",
    "jsonb": f'\'{{"nom": "{WORD}"}}\'',
    ("fiches", "contacts"): f'\'[{{"genre": "site", "valeur": "{WORD}", "public": true}}]\'',
    ("import_lignes", "constats"): f"""(
        SELECT coalesce(jsonb_agg(jsonb_build_array(c -> 0, c -> 1, '{WORD}', c -> 3)), '[]')
        FROM jsonb_array_elements(constats) AS c
    )""",
    ("imports", "bilan"): f"""jsonb_set(bilan, '{{codes}}', jsonb_build_array(
        jsonb_build_object('exemples', (
            SELECT jsonb_agg(jsonb_build_object('ligne', ligne, 'recu', '{WORD}'))
            FROM commerces.import_lignes
        ))
    ))""",
}
"""What is written in a column, by its type or its name."""
HERS = f"id IN (SELECT id FROM commerces.titulaires WHERE courriel = '{COURRIEL}')"
MINE = {
    "titulaires": HERS,
    "courriers": f"destinataire = '{COURRIEL}' OR titulaire_{HERS}",
}
"""The other rows of a table are another person's."""


def columns(rows):
    """Columns that may hold a text, with their type."""
    found = rows(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'commerces' AND data_type IN "
        "('text', 'character varying', 'ARRAY', 'jsonb', 'bytea')"
    )
    return {(one.table_name, one.column_name): one.data_type for one in found}


def named(sides):
    return {(table, column) for table, own in sides.items() for column in own}


def test_every_column_that_may_hold_a_text_is_erased_or_may_stay(rows):
    assert named(ERASED).isdisjoint(named(STAY))
    assert set(columns(rows)) == named(ERASED) | named(STAY)


@pytest.fixture
def shop(holder, publish, registered, propose, client, run):  # noqa: PLR0917
    """A listing of which something is written in every column there is; its holder's token."""
    jeton, number = holder()
    merge(client, run, number, publish(siret=None))
    move(client, number, siret=SIRET[:9] + "00082", lon=2.56)
    send_file(client, siret=SIRET[:9] + "00082")
    report(client, number)
    other = registered(courriel="autre@exemple.fr", fiche_id=number, message="Je suis sa voisine")
    assert propose(other["jeton"], number, nom="Autre nom").json()["etat"] == "en_attente"
    for asked in ({"fiche": FICHE | {"nom": "Une autre"}}, {"fiche_id": number}):
        assert client.post("/inscriptions", json={"courriel": COURRIEL, **asked}).status_code == 201
    mine = client.get("/moi", headers=token(jeton))
    headers = {**token(jeton), "If-Match": mine.headers["etag"], "Idempotency-Key": "une-fois"}
    body = {"fiche": mine.json()["saisie"] | {"nom": "Un nom"}, "message": "Un message"}
    answer = client.post(f"/fiches/{number}/propositions", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    run(tell_a_subscriber, number)
    return jeton


def merge(client, run, kept, other):
    run(chercher)
    agent = key("cci", scope="commerces:gerer")
    (pair,) = client.get("/doublons", headers=agent).json()["elements"]
    assert {int(one["id"]) for one in pair["fiches"]} == {kept, other}
    path = f"/doublons/{pair['id']}"
    headers = agent | {"If-Match": client.get(path, headers=agent).headers["etag"]}
    decision = {"decision": "fusion", "garde": kept, "motif": "Le même"}
    assert client.post(f"{path}/decision", json=decision, headers=headers).status_code == 200


def move(client, number, **changes):
    """Another establishment of the same company: the former one is over."""
    agent = key("cci", scope="commerces:gerer")
    path = f"/gestion/fiches/{number}"
    headers = agent | {"If-Match": client.get(path, headers=agent).headers["etag"]}
    answer = client.put(path, json=FICHE | changes, headers=headers)
    assert answer.status_code == 200, answer.text


def send_file(client, **changes):
    """A file that names the shop twice."""
    line = {**LIGNE, **changes, "courriel": "jeanne@personne"}
    content = json.dumps([line, {**line, "description": "La bonne ligne"}])
    headers = key("cci", scope="commerces:importer") | {"Content-Type": "application/json"}
    made = client.post("/imports", content=content, headers=headers)
    assert made.json()["bilan"]["lignes"]["doublon"] == 1, made.text


def report(client, number):
    asked = {"motif": "autre", "commentaire": "Un commentaire"}
    assert client.post(f"/fiches/{number}/signalements", json=asked).status_code == 201
    agent = key("cci")
    (found,) = client.get("/moderation/signalements", headers=agent).json()["elements"]
    path = f"/moderation/signalements/{found['id']}"
    headers = agent | {"If-Match": client.get(path, headers=agent).headers["etag"]}
    decision = {"etat": "traite", "raison": "Vu"}
    assert client.post(f"{path}/decision", json=decision, headers=headers).status_code == 200


def tell_a_subscriber(session, number):
    session.execute(
        text(
            """
            WITH un AS (
                INSERT INTO commerces.abonnements
                    (organisation, url, genres, territoires, secret, etat, curseur_xid,
                     curseur_position)
                VALUES ('cci', 'https://a.example', '{}', '{}', 's', 'actif', '0', 0) RETURNING id
            )
            INSERT INTO commerces.livraisons (abonnement_id, message, genre, sujet, etat)
            SELECT id, 'm', 'fiche.publiee', :number, 'livree' FROM un
            """
        ),
        {"number": str(number)},
    )


def holding(rows, word):
    """The columns of some row that hold a word."""
    return {
        (table, column)
        for table, column in columns(rows)
        for (found,) in rows(f"SELECT {column} FROM commerces.{table}")
        if word in str(found)
    }


def test_an_erasure_leaves_nothing_in_the_columns_that_it_erases(shop, client, rows, run):
    kinds = columns(rows)
    for table, column in named(ERASED) - PERSON:
        value = VALUES.get((table, column)) or VALUES[kinds[table, column]]
        where = MINE.get(table, "true")
        run(
            lambda s, t=table, c=column, v=value, w=where: s.execute(
                text(f"UPDATE commerces.{t} SET {c} = {v} WHERE {w}")
            )
        )
    assert holding(rows, WORD) == named(ERASED) - PERSON
    assert holding(rows, COURRIEL) == PERSON
    before = len(rows("SELECT 1 FROM commerces.exploitations"))
    assert before == 3
    assert client.delete("/moi/donnees", headers=token(shop)).status_code == 204
    assert holding(rows, WORD) == set()
    assert holding(rows, COURRIEL) == set()
