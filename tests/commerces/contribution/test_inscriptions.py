"""Registering without an account: the mail, its link, what it makes and what it does not."""

import json

import pytest
from starlette.testclient import TestClient

from tests.commerces.contribution.conftest import COURRIEL, FICHE, MAROLLES, SIRET, key, token


def test_nothing_exists_before_the_link_is_followed(client, rows, link):
    asked = client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    assert asked.status_code == 201
    assert set(asked.json()) == {"etat", "expire_le"}
    assert rows("SELECT 1 FROM commerces.fiches") == []
    jeton = link()
    assert not rows("SELECT 1 FROM commerces.jetons WHERE empreinte = :j", j=jeton.encode())
    # A scanner of mails reads the link, as a page and as data.
    for accept in ("text/html", "application/json"):
        read = client.get("/liens", params={"jeton": jeton}, headers={"Accept": accept})
        assert read.status_code == 200
        assert client.head("/liens", params={"jeton": jeton}).status_code in {200, 405}
        assert "no-store" in read.headers["cache-control"]
    assert rows("SELECT 1 FROM commerces.fiches") == []
    followed = client.post("/liens", params={"jeton": jeton})
    assert followed.json()["objet"] == "inscription"
    assert rows("SELECT statut, niveau_preuve FROM commerces.fiches") == [("en_attente", 1)]
    assert rows("SELECT 1 FROM commerces.inscriptions") == []


@pytest.mark.parametrize(
    "hours", ["Su[1] 09:00-12:00", "week 1-53/2 Mo 09:00-12:00", "Mo-Fr 09:00-12:00; SH off"]
)
@pytest.mark.parametrize("where", ["#/fiche", "#/fiche/modalites/0"])
def test_hours_beyond_the_subset_are_refused_where_they_are(client, rows, hours, where):
    fiche = {**FICHE, "modalites": [{**one} for one in FICHE["modalites"]]}
    place = fiche if where == "#/fiche" else fiche["modalites"][0]
    place["horaires_osm"] = hours
    answer = client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": fiche})
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["erreurs"]
    assert error["pointer"] == f"{where}/horaires_osm"
    assert "n'est pas compris" in error["detail"]
    assert rows("SELECT 1 FROM commerces.inscriptions") == []


def test_no_words_of_a_stranger_are_mailed(client, sent):
    fiche = FICHE | {"nom": "Gagnez sur spam.exemple", "description": "Cliquez"}
    body = {"courriel": COURRIEL, "fiche": fiche, "message": "Cliquez"}
    client.post("/inscriptions", json=body)
    (mail,) = sent()
    assert "Gagnez" not in mail.sujet + mail.texte
    assert "Cliquez" not in mail.texte


def test_the_page_shows_names_as_text(client, publish, link):
    number = publish(nom="Chez \"A\" & 'B'")
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche_id": number, "siret": SIRET})
    jeton = link()
    page = client.get("/liens", params={"jeton": jeton}, headers={"Accept": "text/html"})
    assert "&amp;" in page.text
    assert "&quot;A&quot;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    done = client.post("/liens", params={"jeton": jeton}, headers={"Accept": "text/html"})
    assert "<code>" in done.text


def test_a_token_opens_its_own_listing_only(client, registered, publish):
    other = publish()
    given = registered()
    mine = client.get("/moi", headers=token(given["jeton"]))
    assert mine.json()["fiche"]["properties"]["nom"] == FICHE["nom"]
    assert mine.json()["reconnu"] is False
    assert mine.json()["sans_attendre"] == []
    headers = {**token(given["jeton"]), "If-Match": mine.headers["etag"]}
    body = {"fiche": mine.json()["saisie"] | {"description": "Piraté"}}
    path = f"/fiches/{other}/propositions"
    assert client.post(path, json=body, headers=headers).status_code == 404
    assert client.get(path, headers=token(given["jeton"])).status_code == 404
    unchanged = client.get("/moi", headers={**headers, "If-None-Match": mine.headers["etag"]})
    assert unchanged.status_code == 304


def test_what_is_read_and_sent_back_changes_nothing(client, registered, propose):
    given = registered()
    answer = propose(given["jeton"], given["fiche_id"])
    assert answer.status_code == 422
    assert answer.json()["erreurs"][0]["pointer"] == "#/fiche"


@pytest.mark.parametrize(
    ("by", "siret", "nom", "level"),
    [
        ("sirene", SIRET, "FROMAGERIE D'ESSAI", 2),
        ("cci", SIRET, "La fromagerie", 2),
        ("import", SIRET, "FROMAGERIE D'ESSAI", 1),
        ("sirene", SIRET, "Tout autre", 1),
        ("sirene", "21750001600019", "FROMAGERIE D'ESSAI", 1),
        ("sirene", None, "FROMAGERIE D'ESSAI", 1),
    ],
)
def test_the_proof_level_of_a_registration(  # noqa: PLR0917
    client, publish, registered, run, by, siret, nom, level
):
    publish(nom=nom)
    run(
        lambda s: s.connection().exec_driver_sql(
            "UPDATE commerces.fiches SET verifie_par = %s", (by,)
        )
    )
    given = registered(fiche=FICHE | {"siret": siret})
    assert client.get("/moi", headers=token(given["jeton"])).json()["niveau"] == level


@pytest.mark.parametrize(
    ("siret", "status"),
    [("35600000000048", 201), ("35600000049837", 201), ("35600000049838", 422)],
)
def test_the_post_office_has_its_own_siret_rule(client, siret, status):
    body = {"courriel": COURRIEL, "fiche": FICHE | {"siret": siret}}
    assert client.post("/inscriptions", json=body).status_code == status


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"courriel": "pas une adresse", "fiche": FICHE}, "#/courriel"),
        ({"courriel": "a@b.fr\r\nBcc: c@d.fr", "fiche": FICHE}, "#/courriel"),
        ({"courriel": COURRIEL}, "#"),
        ({"courriel": COURRIEL, "fiche": FICHE, "fiche_id": 1}, "#"),
        ({"courriel": COURRIEL, "fiche": FICHE, "siret": SIRET}, "#/siret"),
        ({"courriel": COURRIEL, "fiche_id": 1}, "#/fiche_id"),
        ({"courriel": COURRIEL, "fiche": FICHE | {"siret": "73282932000075"}}, "#/fiche/siret"),
        ({"courriel": COURRIEL, "fiche": FICHE | {"nom": "<b>Ici</b>"}}, "#/fiche/nom"),
        ({"courriel": COURRIEL, "fiche": FICHE | {"niveau_preuve": 3}}, "#/fiche/niveau_preuve"),
        ({"courriel": COURRIEL, "fiche": FICHE | {"lon": 5.37, "lat": 43.3}}, "#/fiche/lon"),
        ({"courriel": COURRIEL, "fiche": FICHE | {"categories": ["rien"]}}, "#/fiche/categories/0"),
        (
            {
                "courriel": COURRIEL,
                "fiche": FICHE | {"contacts": [{"genre": "site", "valeur": "javascript:alert(1)"}]},
            },
            "#/fiche/contacts/0",
        ),
        (
            {"courriel": COURRIEL, "fiche": FICHE | {"horaires_osm": "Mo-Sa 25:00-26:00"}},
            "#/fiche/horaires_osm",
        ),
    ],
)
def test_a_hostile_body_is_refused_and_nothing_is_written(client, rows, sent, body, pointer):
    answer = client.post("/inscriptions", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["erreurs"][0]["pointer"] == pointer
    assert answer.json()["detail"].startswith(f"{pointer} : ")
    assert sent() == []
    assert rows("SELECT 1 FROM commerces.inscriptions") == []


def test_a_body_of_five_megabytes_is_cut_short(client):
    body = json.dumps({"courriel": COURRIEL, "fiche": FICHE | {"description": "x" * 5_000_000}})
    answer = client.post(
        "/inscriptions", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


def test_a_robot_gets_the_answer_and_nothing_stays(client, rows):
    body = {"courriel": COURRIEL, "fiche": FICHE, "site_web": "https://robot.exemple"}
    assert client.post("/inscriptions", json=body).status_code == 201
    assert client.post("/acces", json=body | {"x": 1}).status_code == 422
    for table in ("inscriptions", "jetons", "courriers", "travaux", "appels"):
        assert rows(f"SELECT 1 FROM commerces.{table}") == []


def test_one_origin_asks_so_many_times_an_hour(client):
    for n in range(5):
        body = {"courriel": f"a{n}@exemple.fr", "fiche": FICHE}
        assert client.post("/inscriptions", json=body).status_code == 201
    refused = client.post("/inscriptions", json={"courriel": "z@exemple.fr", "fiche": FICHE})
    assert refused.status_code == 429
    assert refused.json()["detail"] == "Au plus 5 demandes par heure depuis une même adresse."
    assert int(refused.headers["retry-after"]) > 3_500


def test_nobody_fills_the_mailbox_of_another(app, sent):
    answers = []
    for n in range(7):
        person = TestClient(app, client=(f"192.0.2.{n + 10}", 50_000))
        body = {"courriel": COURRIEL.upper() if n % 2 else COURRIEL, "fiche": FICHE}
        answers.append(person.post("/inscriptions", json=body))
    assert [answer.status_code for answer in answers] == [201] * 5 + [429] * 2
    told = "Au plus 5 liens par heure vers une même adresse électronique."
    assert answers[-1].json()["detail"] == told
    assert len(sent()) == 5


def test_the_same_key_registers_once(client, sent):
    body = {"courriel": COURRIEL, "fiche": FICHE}
    one = client.post("/inscriptions", json=body, headers={"Idempotency-Key": "abc"})
    again = client.post("/inscriptions", json=body, headers={"Idempotency-Key": "abc"})
    assert again.json() == one.json()
    assert len(sent()) == 1


def test_a_listing_is_named_as_it_was_given(client, holder, link):
    """By the text of a GeoJSON feature, or by the number that other answers cite."""
    _, number = holder()
    asked = {"courriel": "boutique@exemple.fr"}
    for name in (number, str(number)):
        assert client.post("/acces", json={**asked, "fiche_id": name}).status_code == 202
    for name in (f"0{number}", f" {number}", "+1", "1.0", "", "0", "9999999999", 1.0, True, None):
        assert client.post("/acces", json={**asked, "fiche_id": name}).status_code == 422


def test_access_is_mailed_to_holders_alone_and_says_nothing(client, holder, sent, link):
    _, number = holder()
    sent()
    stranger = client.post("/acces", json={"courriel": "x@exemple.fr", "fiche_id": number})
    assert stranger.status_code == 202
    assert sent() == []
    known = client.post("/acces", json={"courriel": COURRIEL.upper(), "fiche_id": number})
    assert known.json() == stranger.json()
    read = link()
    opened = client.post("/liens", params={"jeton": read}, headers={"Accept": "text/html"})
    assert "<code>" in opened.text


def test_a_claim_waits_for_an_agent(  # noqa: PLR0917
    client, registered, publish, queue, decide, sent
):
    number = publish()
    given = registered(fiche_id=number, siret=SIRET)
    (asked,) = queue()
    assert (asked["genre"], asked["niveau"], asked["courriel"]) == ("revendication", 2, COURRIEL)
    decided = decide(asked["id"])
    assert decided.status_code == 200
    assert decided.json()["reconnu"] is True
    mine = client.get("/moi", headers=token(given["jeton"])).json()
    assert "horaires" in mine["sans_attendre"]
    assert "nom" not in mine["sans_attendre"]
    (told,) = sent()
    assert told.destinataire == COURRIEL
    assert "Vu sur place" in told.texte


def test_who_is_refused_opens_nothing_more(client, registered, publish, queue, decide):
    number = publish()
    given = registered(fiche_id=number)
    (asked,) = queue()
    assert decide(asked["id"], "refuser").status_code == 200
    assert client.get("/moi", headers=token(given["jeton"])).status_code == 401
    # The CCI may still undo it; the commune may not.
    assert decide(asked["id"]).status_code == 409
    assert decide(asked["id"], headers=key("cci")).status_code == 200
    assert client.get("/moi", headers=token(given["jeton"])).status_code == 200


def test_a_registration_is_published_by_an_agent(  # noqa: PLR0917
    app, client, registered, queue, decide, rows
):
    given = registered(message="Ouvert depuis mai, 06 12 34 56 78")
    (asked,) = queue()
    assert asked["etapes"][0]["texte"] == "Ouvert depuis mai, [masqué]"
    app.vitrine.refresh()
    assert client.get(f"/fiches/{given['fiche_id']}").status_code == 404
    assert decide(asked["id"], atteste=True).status_code == 200
    app.vitrine.refresh()
    shown = client.get(f"/fiches/{given['fiche_id']}")
    assert shown.json()["properties"]["niveau_preuve"] == 3
    assert {row.acteur for row in rows("SELECT acteur FROM commerces.journal")} == {
        "commercant",
        "commune",
    }


def test_a_refused_registration_may_be_taken_up_again(registered, queue, decide, rows):
    registered()
    (asked,) = queue()
    decide(asked["id"], "refuser")
    assert rows("SELECT statut FROM commerces.fiches") == [("brouillon",)]
    assert decide(asked["id"], headers=key("metropole")).status_code == 200
    assert rows("SELECT statut FROM commerces.fiches") == [("publiee",)]


def test_shops_without_a_siret_have_none_in_common(publish, registered, queue):
    publish(siret=None)
    registered(fiche=FICHE | {"siret": None})
    (asked,) = queue(genre="inscription", commune=MAROLLES)
    assert asked["memes_siret"] == []


def test_an_agent_of_the_place_sees_same_sirets(publish, registered, queue):
    number = publish()
    registered()
    (asked,) = queue(genre="inscription", commune=MAROLLES)
    assert asked["memes_siret"] == [number]


def test_an_agent_reads_all_that_a_registration_declares(client, registered, queue, decide):
    registered()
    (asked,) = queue()
    number = asked["id"]
    moderer = key("commune", MAROLLES, scope="commerces:moderer")
    read = client.get(f"/moderation/propositions/{number}", headers=moderer).json()
    assert read["ecarts"] == asked["ecarts"]
    declared = {one["champ"]: one for one in read["ecarts"]}
    assert declared["adresse"]["apres"] == FICHE["adresse"]
    assert declared["categories"]["apres"] == FICHE["categories"]
    assert declared["modalites/livraison"]["apres"]["zone"]["rayon_m"] == 3000
    assert [one["valeur"] for one in declared["contacts"]["apres"]] == [
        one["valeur"] for one in FICHE["contacts"]
    ]
    assert "description" not in declared
    assert {one["avant"] for one in read["ecarts"]} == {None}
    assert not any(one["change_depuis"] for one in read["ecarts"])
    done = decide(number)
    assert done.json()["ecarts"] == [], "the listing is public: it speaks for itself"


def test_a_registration_that_an_agent_changed_says_so(client, registered, queue):
    given = registered()
    agent = key("cci", scope="commerces:gerer")
    path = f"/gestion/fiches/{given['fiche_id']}"
    tag = client.get(path, headers=agent).headers["etag"]
    body = FICHE | {"nom": "Crèmerie d'essai"}
    assert client.put(path, json=body, headers=agent | {"If-Match": tag}).status_code == 200
    (asked,) = queue()
    assert all(one["change_depuis"] for one in asked["ecarts"])
