"""What subscribers receive: everything public, nothing private, whatever they answer."""

import pytest
from psycopg import ServerCursor
from sqlalchemy import text
from standardwebhooks import Webhook

from services.commerces.abonnements import reprises
from services.commerces.queries import published
from shared.schemas.commerces import FicheDetail
from shared.schemas.commerces_messages import (
    MessageEssai,
    MessageModification,
    MessagePublication,
    MessageRetrait,
)
from shared.schemas.geo import Feature
from tests.commerces.abonnements.conftest import PARIS, events, key


def test_a_subscriber_hears_of_all_that_is_public_and_of_nothing_else(monde, receiver):
    recu = receiver()
    before = monde.create()
    created = monde.subscribe(recu.url)
    monde.create(statut=None)  # a draft
    number = monde.create()
    assert monde.work() == 1
    monde.replace(number, nom="Crèmerie d'essai")
    monde.work()
    monde.decide(number, "suspendue")
    monde.replace(before, nom="Ancienne")
    monde.work()
    assert events(recu) == [
        ("fiche.publiee", number),
        ("fiche.modifiee", number),
        ("fiche.retiree", number),
        ("fiche.modifiee", before),
    ]
    told = Feature[FicheDetail].model_validate(recu.bodies[1]["data"]["fiche"])
    assert told.properties.nom == "Crèmerie d'essai"
    assert recu.bodies[2]["data"] == {"id": number, "fiche": None, "raison": "suspendue"}
    for headers, body in recu.seen:
        Webhook(created.json()["secret"]).verify(body, headers)
        assert b"prive@" not in body
        assert "gardé pour nous".encode() not in body
    assert monde.work() == 0
    assert {one["etat"] for one in monde.deliveries(created.json()["id"])} == {"livree"}


@pytest.mark.parametrize(
    ("column", "ahead", "sent"),
    [
        ("abonnements.pris_jusqu_a", "50 s", 0),
        ("abonnements.pris_jusqu_a", "2 min", 1),
        ("abonnements.repos_jusqu_a", "23 h", 0),
        ("abonnements.repos_jusqu_a", "25 h", 1),
        ("livraisons.prochain_essai_le", "23 h", 0),
        ("livraisons.prochain_essai_le", "25 h", 1),
    ],
)
def test_what_a_clock_that_ran_ahead_wrote_is_not_waited_for(monde, receiver, column, ahead, sent):
    monde.subscribe(receiver().url)
    monde.create()
    monde.distribute()
    table, _, name = column.partition(".")
    with monde.engine.begin() as connection:
        later = f"UPDATE commerces.{table} SET {name} = now() + interval '{ahead}'"
        connection.execute(text(later))
    assert monde.work() == sent


def test_changes_in_a_row_make_one_message_of_the_last_state(monde, receiver):
    recu = receiver()
    monde.subscribe(recu.url)
    number = monde.create()
    for n in range(3):
        monde.replace(number, nom=f"Essai {n}")
    monde.work()
    assert [body["data"]["fiche"]["properties"]["nom"] for body in recu.bodies] == ["Essai 2"]


@pytest.mark.parametrize(
    ("territoires", "here"),
    [(["94048"], True), (["T11"], True), (["75056"], False), (["75104", "93059"], False)],
)
def test_a_territory(monde, receiver, territoires, here):
    recu = receiver()
    monde.subscribe(recu.url, territoires=territoires)
    monde.create()
    monde.work()
    assert len(recu.seen) == (1 if here else 0)


def test_a_shop_that_moves_leaves_one_territory_and_enters_another(monde, receiver):
    marolles, paris = receiver(), receiver()
    monde.subscribe(marolles.url, territoires=["94048"])
    monde.subscribe(paris.url, territoires=["T1"])
    number = monde.create()
    monde.work()
    monde.replace(number, **PARIS)
    monde.work()
    assert events(marolles) == [("fiche.publiee", number), ("fiche.retiree", number)]
    assert marolles.bodies[1]["data"]["raison"] == "hors_territoire"
    assert events(paris) == [("fiche.publiee", number)]


def test_what_is_sent_is_what_the_contract_says(monde, receiver):
    """Each kind, by its own model: a receiver may have made its types of them."""
    recu = receiver()
    abonnement = monde.subscribe(recu.url, territoires=["94048"]).json()["id"]
    number = monde.create()
    monde.work()
    monde.replace(number, nom="Autre nom")
    monde.work()
    monde.replace(number, **PARIS)
    monde.work()
    monde.client.post(f"/abonnements/{abonnement}/essai", headers=key())
    monde.work()
    models = [MessagePublication, MessageModification, MessageRetrait, MessageEssai]
    assert len(recu.bodies) == len(models)
    for model, body in zip(models, recu.bodies, strict=True):
        model.model_validate(body)
        assert model.model_fields.keys() == body.keys()
        assert model.model_fields["data"].annotation.model_fields.keys() == body["data"].keys()


def test_one_server_tells_what_two_subscriptions_say_of_one_change_apart(monde, receiver):
    recu = receiver()
    for territoire in ("94048", "75056"):
        monde.subscribe(recu.url, territoires=[territoire])
    number = monde.create()
    monde.work()
    monde.replace(number, **PARIS)
    monde.work()
    told = sorted(body["type"] for body in recu.bodies)
    assert told == ["fiche.publiee", "fiche.publiee", "fiche.retiree"]
    assert len({headers["webhook-id"] for headers, _ in recu.seen}) == len(told)


def test_only_the_kinds_asked_for(monde, receiver):
    recu = receiver()
    monde.subscribe(recu.url, genres=["fiche.retiree"])
    number = monde.create()
    monde.work()
    monde.decide(number, "fermee")
    monde.work()
    assert events(recu) == [("fiche.retiree", number)]


def test_an_entry_of_a_slower_transaction_is_not_lost(monde, receiver):
    """A cursor on positions would step over it."""
    recu = receiver()
    monde.subscribe(recu.url)
    append = text(
        "INSERT INTO commerces.journal (genre, sujet, acteur, corps)"
        " VALUES ('fiche.modifiee', :sujet, 'x', '{}')"
    )
    slow, fast = monde.create(), monde.create()
    monde.work()
    recu.seen.clear()
    with monde.engine.connect() as first, monde.engine.connect() as second, first.begin():
        first.execute(append, {"sujet": slow})
        with second.begin():
            second.execute(append, {"sujet": fast})
        monde.work()
        assert recu.seen == []
    monde.work()
    assert sorted(events(recu)) == [("fiche.modifiee", slow), ("fiche.modifiee", fast)]


def test_a_failure_is_tried_again_under_the_same_id(monde, receiver):
    recu = receiver()
    recu.status = 500
    number = monde.subscribe(recu.url).json()["id"]
    monde.create()
    assert monde.work() == 1
    state = monde.read(number)
    assert state["echecs"] == 1
    assert state["echec_depuis"] is not None
    (waiting,) = monde.deliveries(number, etat="en_attente")
    assert (waiting["statut_http"], waiting["essais"]) == (500, 1)
    assert waiting["erreur"] == "refus du destinataire"
    monde.let_time_pass()
    recu.status = 200
    assert monde.work() == 1
    first, second = (headers["webhook-id"] for headers, _ in recu.seen)
    assert first == second == waiting["message"]
    state = monde.read(number)
    assert (state["echecs"], state["echec_depuis"]) == (0, None)
    assert state["dernier_succes_le"] is not None


def test_messages_about_a_listing_stay_in_order(monde, receiver):
    recu = receiver()
    monde.subscribe(recu.url)
    number, other = monde.create(), monde.create()
    monde.work()
    recu.seen.clear()

    def refuse_once(handler, body):
        bad = len(recu.seen) == 1
        handler.send_response(500 if bad else 204)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    recu.answer = refuse_once
    for n in range(2):
        monde.replace(number, nom=f"Essai {n}")
        monde.distribute()
    monde.replace(other, nom="Autre")
    monde.distribute()
    assert monde.work() == 1
    with monde.engine.begin() as connection:
        connection.execute(text("UPDATE commerces.abonnements SET repos_jusqu_a = NULL"))
    assert monde.work() == 1  # the other listing alone: the first waits, and its second with it
    monde.let_time_pass()
    assert monde.work() == 2
    names = [body["data"]["fiche"]["properties"]["nom"] for body in recu.bodies]
    assert names == ["Essai 0", "Autre", "Essai 0", "Essai 1"]


def test_a_receiver_that_is_back_hears_at_once_what_waited(monde, receiver):
    recu = receiver()
    recu.status = 503
    number = monde.subscribe(recu.url).json()["id"]
    for n in range(3):
        monde.create(nom=f"Essai {n}")
    for _ in range(reprises.PANNE):
        assert monde.work() == 1
        with monde.engine.begin() as connection:
            connection.execute(text("UPDATE commerces.abonnements SET repos_jusqu_a = NULL"))
    assert monde.read(number)["echecs"] == 3
    recu.status = 204
    monde.create(nom="Essai 3")
    assert monde.work() == 4


def test_a_test_message_wakes_what_waits_for_a_receiver_that_is_back(monde, receiver):
    """As docs/webhooks.md says: else a message that often failed waits for hours."""
    recu = receiver()
    recu.status = 503
    number = monde.subscribe(recu.url).json()["id"]
    monde.create()
    for _ in range(reprises.PANNE):
        monde.let_time_pass()
        assert monde.work() == 1
    recu.status = 204
    assert monde.work() == 0
    monde.client.post(f"/abonnements/{number}/essai", headers=key())
    assert monde.work() == 2
    assert monde.read(number)["echecs"] == 0


def test_what_a_receiver_asks_for_is_waited_for(monde, receiver):
    recu = receiver()
    recu.status, recu.headers = 429, {"Retry-After": "3600"}
    monde.subscribe(recu.url)
    monde.create()
    monde.work()
    with monde.engine.connect() as connection:
        waits = connection.execute(
            text(
                "SELECT repos_jusqu_a - now() > interval '59 minutes',"
                " prochain_essai_le - now() > interval '59 minutes'"
                " FROM commerces.abonnements, commerces.livraisons"
            )
        ).one()
    assert tuple(waits) == (True, True)


def test_gone_ends_it_and_coming_back_loses_nothing(monde, receiver):
    recu = receiver()
    recu.status = 410
    created = monde.subscribe(recu.url)
    number = created.json()["id"]
    first = monde.create()
    monde.work()
    state = monde.read(number)
    assert state["etat"] == "desactive"
    assert "410" in state["motif_etat"]
    second = monde.create()
    assert monde.work() == 0
    recu.status = 204
    recu.seen.clear()
    tag = monde.client.get(f"/abonnements/{number}", headers=key()).headers["etag"]
    again = monde.client.put(
        f"/abonnements/{number}", json={"url": recu.url}, headers={**key(), "If-Match": tag}
    )
    assert again.json()["etat"] == "actif"
    assert again.json()["motif_etat"] is None
    monde.let_time_pass()
    monde.work()
    assert events(recu) == [("fiche.publiee", first), ("fiche.publiee", second)]


def test_five_days_of_failures_end_it(monde, receiver):
    recu = receiver()
    recu.status = 500
    number = monde.subscribe(recu.url).json()["id"]
    monde.create()
    monde.work()
    with monde.engine.begin() as connection:
        connection.execute(
            text("UPDATE commerces.abonnements SET echec_depuis = now() - interval '5 days'")
        )
    monde.let_time_pass()
    monde.work()
    assert monde.read(number)["motif_etat"] == "Aucune livraison acceptée depuis 5 jours."


def test_what_is_given_up_is_seen_and_sent_again(monde, receiver):
    recu = receiver()
    recu.status = 500
    number = monde.subscribe(recu.url).json()["id"]
    monde.create()
    monde.distribute()
    with monde.engine.begin() as connection:
        connection.execute(text("UPDATE commerces.livraisons SET essais = 15"))
    monde.work()
    monde.let_time_pass()
    assert monde.work() == 0
    (dead,) = monde.deliveries(number, etat="abandonnee")
    assert dead["essais"] == 16
    assert dead["prochain_essai_le"] is None
    recu.status = 204
    path = f"/abonnements/{number}/livraisons/{dead['id']}/rejouer"
    assert monde.client.post(path, headers=key()).status_code == 202
    assert monde.client.post(path, headers=key()).status_code == 409
    assert monde.work() == 1
    assert monde.client.post(path, headers=key()).status_code == 202  # delivered: once more
    assert monde.work() == 1
    assert len({headers["webhook-id"] for headers, _ in recu.seen}) == 1
    with monde.engine.begin() as connection:
        connection.execute(text("UPDATE commerces.livraisons SET etat = 'abandonnee'"))
    everything = monde.client.post(f"/abonnements/{number}/rejouer", headers=key())
    assert everything.json() == {"livraisons": 1}
    assert monde.work() == 1


def _between_the_two_cursors(monkeypatch, act):
    """Something committed by others once listings were read, before their modalities are."""
    real, left = ServerCursor.execute, [act]

    def execute(cursor, *arguments, **options):
        while cursor.name == "modalites" and left:
            left.pop()()
        return real(cursor, *arguments, **options)

    monkeypatch.setattr(ServerCursor, "execute", execute)


def test_a_listing_that_appears_meanwhile_takes_nothing_from_the_others(
    monde, receiver, monkeypatch
):
    recu = receiver()
    first, then = monde.create(), monde.create()
    monde.decide(first, "suspendue")
    monde.subscribe(recu.url)
    monde.replace(first, nom="Revenue")
    monde.replace(then, nom="Restée")
    _between_the_two_cursors(monkeypatch, lambda: monde.decide(first, "publiee"))
    monde.work()
    told = {body["data"]["id"]: body["data"]["fiche"]["properties"] for body in recu.bodies}
    assert set(told) == {first, then}
    assert all(list(fiche["modalites"]) == ["comptoir"] for fiche in told.values())


def test_a_listing_that_returns_meanwhile_did_not_leave_the_territory(monde, receiver, monkeypatch):
    recu = receiver()
    number = monde.create()
    monde.subscribe(recu.url)
    monde.decide(number, "suspendue")
    _between_the_two_cursors(monkeypatch, lambda: monde.decide(number, "publiee"))
    monde.work()
    (first, *_) = recu.bodies
    assert first["data"]["raison"] == "suspendue"


def test_listings_are_read_with_their_modalities_in_one_state_or_not_at_all(monde):
    with (
        monde.engine.connect() as connection,
        pytest.raises(AssertionError, match="read one state"),
    ):
        next(published(connection))
