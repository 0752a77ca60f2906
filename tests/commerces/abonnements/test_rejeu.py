"""A message is sent again only while it is still the last that is true of its listing."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.commerces.abonnements import commands as abonnements
from services.commerces.commands import record_change
from services.commerces.contribution.commands import COMMERCANT, locked
from services.commerces.personnel import commands as personnel
from tests.commerces.abonnements.conftest import key


@pytest.fixture
def told(monde, receiver):
    """A subscriber that was told of a listing: what it received, its number, the listing's."""
    recu = receiver()
    number = monde.subscribe(recu.url).json()["id"]
    fiche = monde.create()
    monde.work()
    return recu, number, fiche


def replay(monde, number, message):
    path = f"/abonnements/{number}/livraisons/{message['id']}/rejouer"
    return monde.client.post(path, headers=key())


def replay_all(monde, number):
    answer = monde.client.post(f"/abonnements/{number}/rejouer", headers=key())
    return answer.json()["livraisons"]


def erase(monde, fiche):
    with Session(monde.engine) as session, session.begin():
        personnel.empty(session, locked(session, int(fiche)))


def give_up(monde, which="TRUE"):
    with monde.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE commerces.livraisons SET etat = 'abandonnee', terminee_le = now()"
                f" WHERE {which}"
            )
        )


def test_what_was_told_of_an_erased_listing_is_never_sent_again(monde, told):
    recu, number, fiche = told
    (message,) = monde.deliveries(number)
    erase(monde, fiche)
    monde.work()
    assert recu.bodies[-1]["data"] == {"id": fiche, "fiche": None, "raison": "effacee"}
    answer = replay(monde, number, message)
    assert answer.status_code == 409
    assert "effacée" in answer.json()["detail"]
    give_up(monde)
    assert replay_all(monde, number) == 1  # that it was withdrawn
    assert monde.work() == 1
    assert recu.bodies[-1]["type"] == "fiche.retiree"
    with monde.engine.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM commerces.livraisons")).all())
    assert "Fromagerie" not in kept


def test_what_waits_of_an_erased_listing_does_not_leave(monde, told):
    recu, number, fiche = told
    recu.seen.clear()
    monde.replace(fiche, nom="Crèmerie d'essai")
    monde.distribute()
    erase(monde, fiche)
    monde.work()
    assert [body["type"] for body in recu.bodies] == ["fiche.retiree"]
    assert [one["genre"] for one in monde.deliveries(number)] == ["fiche.retiree", "fiche.publiee"]


def test_a_message_made_while_its_listing_is_erased_is_forgotten_too(monde, told):
    _, number, fiche = told
    with Session(monde.engine) as session, session.begin():
        row = locked(session, int(fiche))
        personnel.empty(session, row)
        session.execute(  # as another transaction would write what it had read before
            text(
                "INSERT INTO commerces.livraisons (abonnement_id, message, genre, sujet, corps)"
                " VALUES (:number, 'msg', 'fiche.modifiee', :fiche, 'Fromagerie')"
            ),
            {"number": number, "fiche": fiche},
        )
    monde.work()
    assert "msg" not in {one["message"] for one in monde.deliveries(number)}


def test_a_shop_that_is_withdrawn_is_not_published_again(monde, told):
    recu, number, fiche = told
    (message,) = monde.deliveries(number)
    monde.decide(fiche, "suspendue")
    assert replay(monde, number, message).status_code == 409  # before its subscriber heard of it
    monde.work()
    answer = replay(monde, number, message)
    assert answer.status_code == 409
    assert "n'est plus vrai" in answer.json()["detail"]
    give_up(monde)
    assert replay_all(monde, number) == 1
    monde.work()
    assert [body["type"] for body in recu.bodies][-2:] == ["fiche.retiree"] * 2


def test_an_older_message_never_undoes_a_later_one(monde, told):
    recu, number, fiche = told
    monde.decide(fiche, "suspendue")
    monde.work()
    monde.decide(fiche, "publiee")
    monde.work()
    again, withdrawn, first = monde.deliveries(number)
    assert replay(monde, number, first).status_code == 409
    assert replay(monde, number, withdrawn).status_code == 409
    assert replay(monde, number, again).status_code == 202
    monde.work()
    give_up(monde)
    assert replay_all(monde, number) == 1
    monde.work()
    assert recu.bodies[-1]["type"] == "fiche.publiee"


def test_a_withdrawal_is_not_told_again_of_a_shop_that_is_back(monde, receiver):
    recu = receiver()
    number = monde.subscribe(recu.url, genres=["fiche.retiree"]).json()["id"]
    fiche = monde.create()
    monde.work()
    monde.decide(fiche, "suspendue")
    monde.work()
    monde.decide(fiche, "publiee")
    monde.work()
    (message,) = monde.deliveries(number)
    assert replay(monde, number, message).status_code == 409


def test_what_was_given_up_is_forgotten_with_what_took_its_place(monde, told):
    _, number, fiche = told
    give_up(monde)
    monde.replace(fiche, nom="Crèmerie d'essai")
    monde.work()
    with monde.engine.begin() as connection:
        connection.execute(
            text("UPDATE commerces.livraisons SET terminee_le = now() - interval '31 days'")
        )
    with Session(monde.engine) as session, session.begin():
        abonnements.forget_deliveries(session)
    assert monde.deliveries(number) == []


def test_a_test_message_is_sent_again(monde, receiver):
    recu = receiver()
    number = monde.subscribe(recu.url).json()["id"]
    for _ in range(2):
        monde.client.post(f"/abonnements/{number}/essai", headers=key())
    monde.work()
    for message in monde.deliveries(number):
        assert replay(monde, number, message).status_code == 202
    assert monde.work() == 2


def test_a_merge_is_told_by_the_word_of_the_feed(monde, told):
    recu, _, fiche = told
    with Session(monde.engine) as session, session.begin():
        row = locked(session, int(fiche))
        row.statut = "archivee"
        record_change(session, row, "fiche.fusionnee", COMMERCANT)
    monde.work()
    assert recu.bodies[-1]["data"]["raison"] == "fusionnee"
