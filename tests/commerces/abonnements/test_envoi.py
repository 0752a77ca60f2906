"""How messages are sent: to hostile receivers, by several workers, without holding the journal."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text

from services.commerces.livraisons import commands, envoi
from services.commerces.livraisons.commands import Issue
from tests.commerces.abonnements.conftest import events
from tests.cuts import cut_at_next_commit


def drip(handler, _body):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):
        try:
            handler.wfile.write(b"X-Lent: oui\r\n")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


def huge(handler, _body):
    handler.send_response(500)
    handler.send_header("Content-Length", "1000000000")
    handler.end_headers()
    try:
        for _ in range(1_000):
            handler.wfile.write(b"<b>\0" * 4_096)
    except OSError:
        pass


def elsewhere(handler, _body):
    handler.send_response(307)
    handler.send_header("Location", "http://127.0.0.1:1/metadata")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


@pytest.mark.parametrize(
    ("behaviour", "statut", "word"),
    [(drip, None, "pas de réponse"), (huge, 500, "refus"), (elsewhere, 307, "redirection")],
)
def test_hostile_receivers(  # noqa: PLR0917
    monde, receiver, monkeypatch, behaviour, statut, word
):
    monkeypatch.setattr(envoi, "DEADLINE_S", 0.5)
    recu = receiver()
    recu.answer = behaviour
    number = monde.subscribe(recu.url).json()["id"]
    monde.create()
    assert monde.work() == 1
    (found,) = monde.deliveries(number)
    assert found["statut_http"] == statut
    assert word in found["erreur"]
    assert len(found["erreur"]) < 300
    assert found["etat"] == "en_attente"


def test_a_name_that_leads_inside_is_not_called(monde, receiver):
    recu = receiver()
    monde.subscribe(recu.url)
    monde.create()
    monde.distribute()
    with monde.engine.begin() as connection:
        port = recu.url.rpartition(":")[2]
        url = f"https://exemple.fr:{port}"
        connection.execute(text("UPDATE commerces.abonnements SET url = :url"), {"url": url})
    envoi.deliver(monde.engine, monde.settings, resolve=lambda _h, _p: ["192.0.43.10", "127.0.0.1"])
    (found,) = monde.deliveries(1)
    assert found["erreur"] == "adresse privée ou réservée"
    assert recu.seen == []


def test_several_workers_never_send_at_the_same_time_to_one_subscriber(monde, receiver):
    busy, overlaps = threading.Lock(), []

    def one_at_a_time(handler, _body):
        if busy.acquire(blocking=False):
            time.sleep(0.01)
            busy.release()
        else:
            overlaps.append(1)
        handler.send_response(204)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    recu = receiver()
    recu.answer = one_at_a_time
    monde.subscribe(recu.url)
    numbers = [monde.create(nom=f"Essai {n}") for n in range(8)]

    def work(_):
        for _ in range(12):
            commands.distribute(monde.engine)
            envoi.deliver(monde.engine, monde.settings)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    monde.work()
    assert overlaps == []
    assert sorted(events(recu)) == sorted(("fiche.publiee", number) for number in numbers)


def test_a_message_taken_since_a_worker_looked_at_its_clock_is_not_taken_again(monde, receiver):
    """A lease that ends a little later than it could was not written by a clock that ran ahead."""
    monde.subscribe(receiver().url)
    monde.create()
    monde.distribute()
    cle = monde.settings.secret_interne
    first = []

    def taken_by_another(connection):
        if not first:
            connection.connection.driver_connection.execute("SELECT now()")
            first.append(None)
            first[0] = commands.take(monde.engine, cle)

    event.listen(monde.engine, "begin", taken_by_another)
    assert commands.take(monde.engine, cle) is None
    assert first[0].essais == 1


def test_a_slow_call_holds_no_transaction(monde, receiver):
    """One would hold the journal back for all its readers."""
    recu = receiver()
    held = []

    def look(handler, _body):
        with monde.engine.connect() as connection:
            held.append(
                connection.scalar(
                    text(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL"
                    )
                )
            )
        handler.send_response(204)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    recu.answer = look
    monde.subscribe(recu.url)
    monde.create()
    assert monde.work() == 1
    assert held == [0]


def test_an_end_is_written_though_the_database_goes_away(monde, receiver):
    def cut(handler, _body):
        cut_at_next_commit(monde.engine)
        handler.send_response(204)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    recu = receiver()
    recu.answer = cut
    number = monde.subscribe(recu.url).json()["id"]
    monde.create()
    assert monde.work() == 1
    assert [one["etat"] for one in monde.deliveries(number)] == ["livree"]


def test_a_worker_that_died_gives_its_message_back(monde, receiver):
    recu = receiver()
    monde.subscribe(recu.url)
    monde.create()
    monde.distribute()
    lost = commands.take(monde.engine, monde.settings.secret_interne)
    assert lost is not None
    assert monde.work() == 0
    monde.let_time_pass()
    assert monde.work() == 1
    before = monde.deliveries(1)
    commands.finish(monde.engine, lost, Issue(500, "trop tard"))
    assert monde.deliveries(1) == before
    assert [(one["etat"], one["erreur"]) for one in before] == [("livree", None)]
    monde.create()
    assert monde.work() == 1, "the subscriber has not failed"


def test_a_subscriber_with_much_to_hear_waits_its_turn(monde, receiver):
    many, few = receiver(), receiver()
    monde.subscribe(many.url)
    for n in range(5):
        monde.create(nom=f"Essai {n}")
    monde.distribute()
    monde.subscribe(few.url)
    monde.create(nom="Dernier")
    monde.distribute()
    for _ in range(3):
        envoi.deliver(monde.engine, monde.settings)
    assert len(few.seen) == 1


def test_the_place_in_the_journal_waits_when_too_much_is_to_be_sent(monde, receiver, monkeypatch):
    monkeypatch.setattr(commands, "EN_ATTENTE_MAX", 1)
    monkeypatch.setattr(commands, "LOT", 1)
    recu = receiver()
    number = monde.subscribe(recu.url).json()["id"]
    for n in range(3):
        monde.create(nom=f"Essai {n}")
    monde.distribute()
    assert len(monde.deliveries(number)) == 1
    while monde.work():
        pass
    assert {number for _, number in events(recu)} == {"1", "2", "3"}


def test_without_a_secret_nothing_is_sent_and_all_of_it_waits(monde, receiver, tmp_path):
    recu = receiver()
    monde.subscribe(recu.url)
    monde.create()
    monde.distribute()
    blind = monde.settings.model_copy(update={"secret_interne": None, "dossier": tmp_path})
    assert envoi.deliver(monde.engine, blind) == 0
    other = monde.settings.model_copy(update={"secret_interne": "un autre secret" * 3})
    assert envoi.deliver(monde.engine, other) == 1
    assert recu.seen == []
    (found,) = monde.deliveries(1)
    assert "secret illisible" in found["erreur"]
