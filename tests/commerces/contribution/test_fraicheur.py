"""Freshness under a clock of our own: reminders, hiding, and coming back."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from services.commerces.fraicheur.commands import hide, remind
from shared.clock import now
from tests.commerces.contribution.conftest import COURRIEL, key, token

ADRESSE = "https://annuaire.exemple"


@pytest.fixture
def after(run):
    """Let a task run as if so many days had passed."""

    def after(days, task):
        return run(lambda s: task(s, adresse=ADRESSE, now=now(s) + timedelta(days=days)))

    return after


def statut(rows):
    return rows("SELECT statut FROM commerces.fiches")[0][0]


def test_holders_are_reminded_twice_then_the_listing_is_hidden(  # noqa: PLR0917
    app, client, holder, after, sent, rows
):
    _, number = holder()
    sent()
    assert after(89, remind) == 0
    assert after(90, remind) == 1
    assert after(91, remind) == 0
    (mail,) = sent()
    assert mail.destinataire == COURRIEL
    assert "90 jours" in mail.texte
    assert after(180, remind) == 1
    assert "180 jours" in sent()[0].texte
    assert after(364, hide) == 0
    assert after(365, hide) == 1
    assert after(400, hide) == 0
    assert after(400, remind) == 0
    assert "n'est plus montrée" in sent()[0].texte
    app.vitrine.refresh()
    assert client.get(f"/fiches/{number}").status_code == 404
    kinds = [
        row.genre for row in rows("SELECT genre FROM commerces.journal WHERE acteur = 'fraicheur'")
    ]
    assert kinds == ["rappel.envoye", "rappel.envoye", "fiche.statut"]


def test_one_reminder_is_enough_after_a_long_silence(holder, after, sent):
    holder()
    sent()
    assert after(200, remind) == 1
    assert len(sent()) == 1
    assert after(201, remind) == 0


def test_who_is_told_that_its_listing_is_hidden_is_not_reminded_too(holder, after, sent):
    holder()
    sent()
    assert after(365, remind) == 0
    assert after(365, hide) == 1
    assert len(sent()) == 1


def test_nobody_is_reminded_of_what_it_answers_for_no_more(holder, after, run, sent, rows):
    holder()
    sent()
    run(lambda s: s.execute(text("UPDATE commerces.titulaires SET ecarte_le = now()")))
    assert after(90, remind) == 0
    assert sent() == []
    assert rows("SELECT FROM commerces.journal WHERE genre = 'rappel.envoye'") == []


def test_a_link_confirms_by_post_only_and_the_listing_comes_back(  # noqa: PLR0917
    app, client, holder, after, sent, link, rows
):
    _, number = holder()
    sent()
    after(365, hide)
    jeton = link()
    page = client.get("/liens", params={"jeton": jeton}, headers={"Accept": "text/html"})
    assert "Tout est toujours exact" in page.text
    assert statut(rows) == "suspendue"
    assert client.post("/liens", params={"jeton": jeton}).json()["objet"] == "confirmation"
    assert statut(rows) == "publiee"
    app.vitrine.refresh()
    assert client.get(f"/fiches/{number}").json()["properties"]["verifie_par"] == "commercant"
    assert client.post("/liens", params={"jeton": jeton}).status_code == 410
    last = rows("SELECT genre, corps FROM commerces.journal ORDER BY position DESC LIMIT 1")
    assert [(genre, body["reparait"]) for genre, body in last] == [("fiche.confirmee", True)]


def test_a_token_confirms_too_and_the_count_starts_again(client, holder, after, rows):
    jeton, _ = holder()
    after(90, remind)
    mine = client.get("/moi", headers=token(jeton))
    path = "/moi/confirmation"
    assert client.post(path, headers=token(jeton)).status_code == 428
    cited = {**token(jeton), "If-Match": mine.headers["etag"]}
    assert client.post(path, headers=cited).status_code == 200
    assert client.post(path, headers=cited).status_code == 412
    assert after(90, remind) == 1


def test_only_a_recognised_holder_confirms(client, publish, registered, after):
    given = registered(fiche_id=publish())
    assert after(100, remind) == 0
    headers = {**token(given["jeton"]), "If-Match": "*"}
    assert client.post("/moi/confirmation", headers=headers).status_code == 403


def test_a_listing_suspended_by_an_agent_stays_so(client, holder, after, rows):
    jeton, number = holder()
    cci = key("cci", scope="commerces:gerer")
    client.post(
        f"/gestion/fiches/{number}/statut",
        json={"statut": "suspendue", "motif": "Contenu"},
        headers={**cci, "If-Match": "*"},
    )
    assert after(400, hide) == 0
    client.post("/moi/confirmation", headers={**token(jeton), "If-Match": "*"})
    assert statut(rows) == "suspendue"


def test_what_nobody_claims_is_hidden_too_and_an_agent_brings_it_back(client, publish, run, rows):
    number = publish()
    run(
        lambda s: s.connection().exec_driver_sql(
            "UPDATE commerces.fiches SET verifie_le = now() - interval '366 days'"
        )
    )
    assert run(partial(hide, adresse=ADRESSE)) == 1
    cci = {**key("cci", scope="commerces:gerer"), "If-Match": "*"}
    path = f"/gestion/fiches/{number}/statut"
    assert client.post(path, json={"statut": "publiee"}, headers=cci).status_code == 200
    assert run(partial(hide, adresse=ADRESSE)) == 0
    assert statut(rows) == "publiee"


@pytest.mark.parametrize("statut_avant", ["suspendue", "fermee"])
def test_what_an_agent_publishes_again_after_years_is_shown(
    client, publish, run, rows, statut_avant
):
    number = publish()
    headers = key("cci", scope="commerces:gerer")

    def give(statut):
        tag = client.get(f"/gestion/fiches/{number}", headers=headers).headers["etag"]
        done = client.post(
            f"/gestion/fiches/{number}/statut",
            json={"statut": statut},
            headers={**headers, "If-Match": tag},
        )
        assert done.status_code == 200, done.text

    give(statut_avant)
    run(lambda s: s.execute(text("UPDATE commerces.fiches SET verifie_le = '2024-01-01'")))
    give("publiee")
    assert run(partial(hide, adresse=ADRESSE)) == 0
    assert statut(rows) == "publiee"


def test_a_link_of_a_holder_set_aside_opens_nothing(  # noqa: PLR0917
    client, holder, after, link, sent, run
):
    holder()
    sent()
    after(90, remind)
    jeton = link()
    run(
        lambda s: s.connection().exec_driver_sql(
            "UPDATE commerces.titulaires SET ecarte_le = now()"
        )
    )
    assert client.get("/liens", params={"jeton": jeton}).status_code == 404
    assert client.post("/liens", params={"jeton": jeton}).status_code == 404
