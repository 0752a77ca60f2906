"""An agent asks, the merchant answers by the link of the mail: once, and never by reading it."""

from html import unescape

import pytest

from tests.commerces.contribution.conftest import COURRIEL, FICHE, token

PAGE = {"Accept": "text/html"}
REPONSE = {"message": "Ouvert depuis mai.\nLe bail suit."}


@pytest.fixture
def asked(registered, queue, decide, link, sent):
    """A proposition about which an agent asks something, and the token of the link mailed."""
    registered()
    sent()
    (waiting,) = queue()
    assert decide(waiting["id"], "demander", raison="Depuis < 1 an ?").status_code == 200
    return waiting["id"], link()


def test_the_link_of_the_mail_is_where_one_answers(client, asked, queue):
    number, jeton = asked
    read = client.get("/liens", params={"jeton": jeton}).json()
    assert (read["objet"], read["nom"], read["precision"]) == (
        "precision",
        FICHE["nom"],
        "Depuis < 1 an ?",
    )
    page = client.get("/liens", params={"jeton": jeton}, headers=PAGE)
    assert "Depuis &lt; 1 an\N{NO-BREAK SPACE}?" in page.text
    assert '<textarea id="message" name="message"' in page.text
    assert queue() == [], "reading answers nothing"
    form = {"message": REPONSE["message"].replace("\n", "\r\n")}
    done = client.post("/liens", params={"jeton": jeton}, data=form, headers=PAGE)
    assert done.status_code == 200
    assert "Votre réponse est transmise" in done.text
    (again,) = queue()
    assert again["id"] == number
    assert again["etapes"][-1]["texte"] == REPONSE["message"]
    twice = client.post("/liens", params={"jeton": jeton}, data=form, headers=PAGE)
    assert twice.status_code == 410
    assert "Ce lien a déjà servi" in twice.text


@pytest.mark.parametrize("decision", ["accepter", "refuser", "demander"])
def test_the_mail_of_a_decision_says_what_it_means(registered, queue, decide, sent, decision):
    """Who is refused keeps a right for sixty days, which nothing else tells."""
    registered()
    (waiting,) = queue()
    assert decide(waiting["id"], decision).status_code == 200
    (mail,) = sent()
    asks, refuses = decision == "demander", decision == "refuser"
    assert ("Question posée : Vu sur place" in mail.texte) == asks
    assert ("Raison donnée : Vu sur place" in mail.texte) != asks
    assert ("oublié dans soixante jours" in mail.texte) == refuses
    page = f"https://annuaire.exemple/v1/commerces/mon-commerce?fiche={waiting['fiche_id']}\n"
    assert (page in mail.texte) == (decision == "accepter")


def test_a_program_answers_in_json(client, asked, queue):
    _, jeton = asked
    done = client.post("/liens", params={"jeton": jeton}, json=REPONSE)
    assert done.json()["objet"] == "precision"
    assert done.json()["jeton"] is None
    (again,) = queue()
    assert again["etapes"][-1]["auteur"] == "commercant"


@pytest.mark.parametrize(
    ("written", "detail"),
    [
        ({}, "Écrivez votre réponse."),
        ({"data": {"message": ""}}, "Écrivez votre réponse."),
        ({"json": {"message": ""}}, "#/message : Le texte doit avoir au moins 1 caractère."),
        (
            {"data": {"message": "x" * 501}},
            "#/message : Le texte doit avoir au plus 500",
        ),
        ({"data": {"message": "<b>Oui</b>"}}, "balise"),
        ({"json": {"texte": "Oui"}}, "message"),
        ({"content": b"{"}, "JSON"),
    ],
)
def test_an_answer_that_is_none_leaves_the_link_good(client, asked, written, detail):
    _, jeton = asked
    refused = client.post("/liens", params={"jeton": jeton}, **written)
    assert refused.status_code in {400, 422}, refused.text
    assert detail in refused.text
    assert client.post("/liens", params={"jeton": jeton}, json=REPONSE).status_code == 200


def test_a_refusal_is_told_in_the_page(client, asked):
    _, jeton = asked
    refused = client.post("/liens", params={"jeton": jeton}, headers=PAGE)
    assert refused.status_code == 422
    assert "Écrivez votre réponse." in refused.text
    huge = client.post(
        "/liens", params={"jeton": jeton}, data={"message": "x" * 100_000}, headers=PAGE
    )
    assert huge.status_code == 413


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        ("   ", "au moins 1 caractère"),
        ("", "Écrivez votre réponse."),
        ("Oui & non " + "x" * 501, "au plus 500"),
    ],
)
def test_a_page_keeps_what_was_written_and_says_what_is_wrong(
    client, asked, queue, message, detail
):
    _, jeton = asked
    refused = client.post(
        "/liens", params={"jeton": jeton}, data={"message": message}, headers=PAGE
    )
    assert refused.status_code == 422
    assert detail in refused.text
    assert "Depuis &lt; 1 an\N{NO-BREAK SPACE}?" in refused.text
    assert "ne marche pas" not in refused.text
    kept = refused.text.partition("required>")[2].partition("</textarea>")[0]
    assert unescape(kept).removeprefix("\n") == message
    assert refused.headers["cache-control"] == "private, no-store"
    assert queue() == []
    done = client.post("/liens", params={"jeton": jeton}, data=REPONSE, headers=PAGE)
    assert done.status_code == 200


def test_a_dead_link_is_said_dead_whatever_is_written(client, asked):
    _, jeton = asked
    client.post("/liens", params={"jeton": jeton}, json=REPONSE)
    late = client.post("/liens", params={"jeton": jeton}, data={"message": " "}, headers=PAGE)
    assert late.status_code == 410
    assert "a déjà servi" in late.text


def test_what_was_decided_meanwhile_waits_for_no_answer(client, asked, decide):
    number, jeton = asked
    assert decide(number).status_code == 200
    late = client.post("/liens", params={"jeton": jeton}, data=REPONSE, headers=PAGE)
    assert late.status_code == 409
    assert "Aucune précision n’est demandée" in late.text


def test_the_mail_of_a_decision_opens_nothing(registered, queue, decide, sent):
    registered()
    (waiting,) = queue()
    decide(waiting["id"])
    (mail,) = sent()
    assert "jeton" not in mail.texte


def test_the_page_of_a_token_says_what_it_is_for(client, link, registered):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    done = client.post("/liens", params={"jeton": link()}, headers=PAGE).text
    jeton = done.partition('<code id="jeton">')[2].partition("</code>")[0]
    assert f"Token {jeton}" in done
    assert "https://annuaire.exemple/v1/commerces/moi</code>" in done
    assert 'href="https://annuaire.exemple/docs#commerces-contribution"' in done
    assert client.get("/moi", headers=token(jeton)).status_code == 200
