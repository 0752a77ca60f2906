"""Subscriptions as their owners manage them."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from standardwebhooks import Webhook, WebhookVerificationError
from typer.testing import CliRunner

from services.commerces import cli, taches
from services.commerces.abonnements import commands
from services.commerces.livraisons import envoi
from shared import kept_secret
from shared.schemas.commerces_abonnements import AbonnementCree
from shared.worker import run_due
from tests.commerces.abonnements.conftest import key

URL = "https://exemple.fr/webhooks"


def test_a_subscription_is_written_read_changed_and_ended(monde):
    created = monde.subscribe(URL, description="Le portail")
    told = AbonnementCree.model_validate(created.json())
    assert told.secret.startswith("whsec_")
    assert created.headers["cache-control"] == "no-store"
    path = f"/abonnements/{told.id}"
    assert created.headers["location"] == path
    read = monde.client.get(path, headers=key())
    assert "secret" not in read.json()
    assert read.headers["etag"] == created.headers["etag"]
    body = {"url": URL, "territoires": ["93059", "93066", "T1"], "etat": "suspendu"}
    assert monde.client.put(path, json=body, headers=key()).status_code == 428
    stale = {**key(), "If-Match": '"autre"'}
    assert monde.client.put(path, json=body, headers=stale).status_code == 412
    tagged = {**key(), "If-Match": read.headers["etag"]}
    changed = monde.client.put(path, json=body, headers=tagged)
    assert changed.json()["territoires"] == ["93066", "T1"]
    assert changed.json()["etat"] == "suspendu"
    assert monde.client.delete(path, headers=tagged).status_code == 412
    tagged["If-Match"] = changed.headers["etag"]
    assert monde.client.delete(path, headers=tagged).status_code == 204
    assert monde.client.get(path, headers=key()).status_code == 404
    with monde.engine.connect() as connection:
        kinds = connection.execute(text("SELECT genre, corps FROM commerces.journal")).all()
    assert [kind.genre for kind in kinds] == [
        "abonnement.cree",
        "abonnement.modifie",
        "abonnement.supprime",
    ]
    assert "exemple.fr" not in str(kinds)
    monde.app.vitrine.refresh()  # entries about no listing are none of its business


def test_nobody_sees_the_subscriptions_of_others(monde):
    number = monde.subscribe(URL).json()["id"]
    other = key("ville de test", role="commune")
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/secret"),
        ("POST", "/essai"),
        ("GET", "/livraisons"),
        ("POST", "/livraisons/1/rejouer"),
        ("POST", "/rejouer"),
    ):
        answer = monde.client.request(method, f"/abonnements/{number}{path}", headers=other)
        assert answer.status_code == 404, path
    assert monde.client.get("/abonnements", headers=other).json() == {"elements": []}
    assert len(monde.client.get("/abonnements", headers=key()).json()["elements"]) == 1
    assert monde.client.get("/abonnements").status_code == 401
    denied = key(scope="commerces:gerer")
    assert monde.client.get("/abonnements", headers=denied).status_code == 403


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"url": "http://exemple.fr/"}, "#/url"),
        ({"url": "https://10.0.0.1/"}, "#/url"),
        ({"url": "https://[::1]/"}, "#/url"),
        ({"url": "https://moi:secret@exemple.fr/"}, "#/url"),
        ({"url": "javascript:alert(1)"}, "#/url"),
        ({"url": "https://exemple.fr/" + "a" * 500}, "#/url"),
        ({"url": "https://127.1/"}, "#/url"),
        ({"url": "https://2130706433/"}, "#/url"),
        ({"url": "https://ex emple.fr/"}, "#/url"),
        ({"description": "<script>"}, "#/description"),
        ({"description": ""}, "#/description"),
        ({"territoires": ["13055"]}, "#/territoires/0"),
        ({"territoires": ["T1", "T13"]}, "#/territoires/1"),
        ({"genres": []}, "#/genres"),
        ({"genres": ["fiche.creee"]}, "#/genres/0"),
        ({"etat": "desactive"}, "#/etat"),
        ({"autre": 1}, "#/autre"),
    ],
)
def test_a_refusal_points_at_what_is_wrong(monde, changes, pointer):
    answer = monde.client.post("/abonnements", json={"url": URL, **changes}, headers=key())
    assert answer.status_code == 422
    assert answer.json()["erreurs"][0]["pointer"] == pointer
    with monde.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM commerces.journal")) == 0


def test_the_same_key_subscribes_once_and_the_secret_is_kept_nowhere_in_clear(monde):
    headers = {**key(), "Idempotency-Key": "abc"}
    first = monde.client.post("/abonnements", json={"url": URL}, headers=headers)
    again = monde.client.post("/abonnements", json={"url": URL}, headers=headers)
    assert again.json() == {**first.json(), "secret": None}
    with monde.engine.connect() as connection:
        kept = (
            connection.execute(text("SELECT secret FROM commerces.abonnements")).all()
            + connection.execute(
                text("SELECT convert_from(corps, 'UTF8') FROM commerces.idempotence")
            ).all()
        )
    assert len(kept) == 2
    assert first.json()["secret"] not in str(kept)


def test_an_organisation_has_so_many_and_no_more(monde, monkeypatch):
    monkeypatch.setattr(commands, "ABONNEMENTS_MAX", 1)
    monde.subscribe(URL)
    answer = monde.client.post("/abonnements", json={"url": URL}, headers=key())
    assert answer.status_code == 409
    monde.subscribe(URL, organisation="ville de test")


def test_two_secrets_live_side_by_side_for_a_day(monde, receiver):
    recu = receiver()
    created = monde.subscribe(recu.url)
    number, old = created.json()["id"], created.json()["secret"]
    tagged = {**key(), "If-Match": created.headers["etag"]}
    answer = monde.client.post(f"/abonnements/{number}/secret", headers=tagged)
    new = answer.json()["secret"]
    assert answer.json()["secret_precedent_fin"] is not None
    assert monde.client.post(f"/abonnements/{number}/secret", headers=tagged).status_code == 412
    assert monde.client.post(f"/abonnements/{number}/essai", headers=key()).status_code == 202
    monde.work()
    headers, body = recu.seen[0]
    for secret in (old, new):
        assert Webhook(secret).verify(body, headers)["type"] == "essai"
    with monde.engine.begin() as connection:
        connection.execute(text("UPDATE commerces.abonnements SET secret_precedent_fin = now()"))
    monde.client.post(f"/abonnements/{number}/essai", headers=key())
    monde.work()
    headers, body = recu.seen[1]
    Webhook(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, headers)


def test_a_test_message_is_sent_even_to_who_failed_but_not_to_who_is_suspended(monde, receiver):
    recu = receiver()
    recu.status = 500
    created = monde.subscribe(recu.url)
    number = created.json()["id"]
    monde.create()
    monde.work()
    recu.status = 204
    sent = monde.client.post(f"/abonnements/{number}/essai", headers=key()).json()
    assert monde.work() == 1
    assert recu.seen[-1][0]["webhook-id"] == sent["message"]
    tagged = {**key(), "If-Match": created.headers["etag"]}
    monde.client.put(
        f"/abonnements/{number}", json={"url": recu.url, "etat": "suspendu"}, headers=tagged
    )
    for path in ("essai", "rejouer"):
        answer = monde.client.post(f"/abonnements/{number}/{path}", headers=key())
        assert answer.status_code == 409
    missing = monde.client.post(f"/abonnements/{number}/livraisons/9999/rejouer", headers=key())
    assert missing.status_code == 404


def test_a_test_message_does_not_wait_for_one_that_failed(monde, receiver):
    """A receiver is tried before it works, mended, then tried again, as docs/webhooks.md says."""
    recu = receiver()
    recu.status = 500
    number = monde.subscribe(recu.url).json()["id"]
    monde.client.post(f"/abonnements/{number}/essai", headers=key())
    assert monde.work() == 1
    recu.status = 204
    sent = monde.client.post(f"/abonnements/{number}/essai", headers=key()).json()
    assert monde.work() == 1
    assert recu.seen[-1][0]["webhook-id"] == sent["message"]


def test_deliveries_are_read_page_by_page(monde):
    number = monde.subscribe(URL).json()["id"]
    for _ in range(5):
        monde.client.post(f"/abonnements/{number}/essai", headers=key())
    seen, params = [], {"limite": 2}
    while True:
        path = f"/abonnements/{number}/livraisons"
        answer = monde.client.get(path, params=params, headers=key())
        page = answer.json()
        assert ("link" in answer.headers) == bool(page["liens"]) == bool(page["curseur_suivant"])
        seen += [one["id"] for one in page["elements"]]
        if page["curseur_suivant"] is None:
            break
        params["curseur"] = page["curseur_suivant"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 5


def test_old_deliveries_are_forgotten_by_the_worker(monde, receiver):
    recu = receiver()
    number = monde.subscribe(recu.url).json()["id"]
    for _ in range(3):
        monde.client.post(f"/abonnements/{number}/essai", headers=key())
    monde.work()
    with monde.engine.begin() as connection:
        for etat, days, id_ in (("livree", 31, 1), ("abandonnee", 31, 2), ("abandonnee", 91, 3)):
            connection.execute(
                text(
                    "UPDATE commerces.livraisons SET etat = :etat,"
                    " terminee_le = now() - make_interval(days => :days) WHERE id = :id"
                ),
                {"etat": etat, "days": days, "id": id_},
            )
    with Session(monde.engine) as session, session.begin():
        commands.forget_deliveries(session)
    assert [one["id"] for one in monde.deliveries(number)] == [2]


def test_the_worker_delivers(monde, receiver):
    recu = receiver()
    hosts = {"commerces_webhooks_hotes": "127.0.0.1, ailleurs.fr"}
    atelier = taches.atelier(monde.settings.model_copy(update=hosts))
    monde.subscribe(recu.url)
    monde.create()
    distribute, deliver, *others, _mail = atelier.tournees
    assert distribute(monde.engine) > 0
    assert deliver(monde.engine) == 1
    assert deliver(monde.engine) == 0
    assert others == [deliver] * 2
    assert len(recu.seen) == 1
    assert run_due(monde.engine, atelier) == 0


def test_a_worker_without_the_secret_says_what_it_cannot_send(monde, receiver, caplog, tmp_path):
    recu = receiver()
    monde.subscribe(recu.url)
    silent = monde.settings.model_copy(update={"secret_interne": None, "dossier": tmp_path})
    envoi._tell_none.cache_clear()
    assert envoi.deliver(monde.engine, silent) == 0
    assert caplog.text == ""
    monde.create()
    monde.distribute()
    for _ in range(3):
        assert envoi.deliver(monde.engine, silent) == 0
    (told,) = caplog.records
    assert told.levelname == "ERROR"
    assert "RELANCE_SECRET_INTERNE" in told.message
    assert envoi.deliver(monde.engine, monde.settings) == 1
    assert len(recu.seen) == 1


def test_a_worker_started_before_its_gateway_finds_the_secret_it_keeps(monde, receiver, tmp_path):
    recu = receiver()
    monde.subscribe(recu.url)
    early = monde.settings.model_copy(update={"secret_interne": None, "dossier": tmp_path})
    monde.create()
    monde.distribute()
    assert envoi.deliver(monde.engine, early) == 0
    (tmp_path / kept_secret.FICHIER).write_text(monde.settings.secret_interne)
    assert envoi.deliver(monde.engine, early) == 1
    assert len(recu.seen) == 1


def test_the_command_line_shows_who_is_no_longer_called(monde, receiver, monkeypatch):
    recu = receiver()
    recu.status = 410
    monde.subscribe(recu.url)
    monde.create()
    monde.work()
    monkeypatch.setenv("RELANCE_DATABASE_URL", monde.settings.database_url)
    shown = CliRunner().invoke(cli.app, ["abonnements"]).output
    assert "desactive" in shown
    assert recu.url in shown
    assert "en attente : 1  abandonnés : 0" in shown
    assert "410" in shown


def test_without_a_secret_of_the_suite_nobody_subscribes(monde):
    headers = key()
    monde.app.fastapi.state.settings = monde.settings.model_copy(update={"secret_interne": None})
    assert monde.client.get("/abonnements", headers=headers).status_code == 401
