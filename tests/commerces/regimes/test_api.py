"""Crisis rules written by the Métropole and the CCI, and what the public then sees."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.commerces.app import service
from services.commerces.models import JOURNAL
from services.commerces.regimes import commands
from shared.schemas.commerces_regimes_gestion import RegimeGere, RegimeSaisie
from shared.settings import Settings
from tests.applications import SECRET, opened
from tests.commerces.test_gestion import key

PATH = "/gestion/regimes"
REGIME = {
    "nom": "Restaurants : vente à emporter",
    "motif": "État d'urgence sanitaire",
    "source": "https://www.legifrance.gouv.fr/jorf/id/JORFTEXT000041728476",
    "categories": ["restauration"],
    "territoires": ["93059", "T6"],
    "modalites": ["livraison", "comptoir"],
    "debut": "2026-11-01T00:00:00+01:00",
    "fin": "2026-12-01T00:00:00+01:00",
}


def cle(role="cci", **changes):
    return key(role, scope="commerces:regimes", **changes)


@pytest.fixture
def app(clone_database):
    with opened(service, Settings(database_url=clone_database(), secret_interne=SECRET)) as app:
        app.vitrine.refresh()
        yield app


@pytest.fixture
def client(app):
    return TestClient(app)


def create(client, headers=None, **changes):
    return client.post(PATH, json={**REGIME, **changes}, headers={**cle(), **(headers or {})})


def journal_of(app):
    with Session(app.fastapi.state.engine) as session:
        columns = (JOURNAL.c.genre, JOURNAL.c.sujet, JOURNAL.c.acteur, JOURNAL.c.corps)
        return session.execute(select(*columns).order_by(JOURNAL.c.position)).all()


def public(app, client, **params):
    app.vitrine.refresh()
    return client.get("/regimes", params=params).json()["regimes"]


def test_a_rule_is_written_read_rewritten_and_deleted(app, client):
    created = create(client)
    assert created.status_code == 201, created.text
    RegimeGere.model_validate(created.json())
    path = created.headers["location"]
    assert created.json()["territoires"] == ["93066", "T6"]
    assert created.json()["debut"] == "2026-10-31T23:00:00Z"
    (shown,) = public(app, client)
    assert shown.items() <= created.json().items()
    read = client.get(path, headers=cle("metropole"))
    assert (read.json(), read.headers["etag"]) == (created.json(), created.headers["etag"])
    known = {**cle(), "If-None-Match": read.headers["etag"]}
    assert client.get(path, headers=known).status_code == 304

    ended = {**REGIME, "fin": "2026-11-15T00:00:00+01:00"}
    changed = client.put(path, json=ended, headers={**cle(), "If-Match": read.headers["etag"]})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["version"], changed.json()["fin"]) == (2, "2026-11-14T23:00:00Z")
    assert public(app, client)[0]["fin"] == "2026-11-14T23:00:00Z"

    gone = client.delete(path, headers={**cle(), "If-Match": changed.headers["etag"]})
    assert (gone.status_code, gone.content) == (204, b"")
    assert public(app, client) == []
    assert client.get(path, headers=cle()).status_code == 404
    entries = journal_of(app)
    assert [one.genre for one in entries] == ["regime.cree", "regime.modifie", "regime.supprime"]
    assert {(one.sujet, one.acteur) for one in entries} == {("1", "cci")}
    assert entries[-1].corps["fin"] == "2026-11-14T23:00:00+00:00"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_change_cites_the_version_it_read(client, method):
    path = create(client).headers["location"]
    body = REGIME if method == "PUT" else None
    assert client.request(method, path, json=body, headers=cle()).status_code == 428
    stale = {**cle(), "If-Match": '"autre"'}
    assert client.request(method, path, json=body, headers=stale).status_code == 412


def test_a_repeated_creation_is_one(app, client):
    once = {"Idempotency-Key": "essai-1"}
    first, second = create(client, once), create(client, once)
    assert first.json() == second.json()
    assert len(public(app, client)) == 1
    assert create(client, once, nom="Autre").status_code == 409


def test_only_the_metropole_and_the_cci_write_rules(app, client):
    assert client.post(PATH, json=REGIME).status_code == 401
    assert client.post(PATH, json=REGIME, headers=key("cci")).status_code == 403
    assert client.post(PATH, json=REGIME, headers=cle("commune")).status_code == 403
    path = create(client).headers["location"]
    for method in ("GET", "PUT", "DELETE"):
        body = REGIME if method == "PUT" else None
        asked = client.request(method, path, json=body, headers={**cle("commune"), "If-Match": "*"})
        assert asked.status_code == 403
    assert len(public(app, client)) == 1
    assert client.get(f"{PATH}/99", headers=cle()).status_code == 404


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"categories": ["boutique"]}, "#/categories/0"),
        ({"categories": ["librairie", "librairie"]}, "#/categories"),
        ({"territoires": ["93066", "13055"]}, "#/territoires/1"),
        ({"territoires": ["<b>"]}, "#/territoires/0"),
        ({"modalites": ["emporter"]}, "#/modalites/0"),
        ({"fin": "2026-11-01T00:00:00+01:00"}, "#/fin"),
        ({"debut": "2026-11-01"}, "#/debut"),
        ({"debut": "0001-01-01T00:00:00Z"}, "#/debut"),
        ({"fin": "9999-12-31T00:00:00Z"}, "#/fin"),
        ({"nom": " "}, "#/nom"),
        ({"motif": ""}, "#/motif"),
        ({"motif": "<script>"}, "#/motif"),
        ({"source": "javascript:alert(1)"}, "#/source"),
        ({"autre": 1}, "#/autre"),
    ],
)
def test_a_wrong_rule_is_refused_where_it_is_wrong(app, client, changes, pointer):
    answer = create(client, **changes)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["erreurs"]] == [pointer]
    assert journal_of(app) == []


def test_rules_are_bounded(client, monkeypatch):
    monkeypatch.setattr(commands, "REGIMES_MAX", 1)
    assert create(client).status_code == 201
    assert create(client).status_code == 409


def test_two_creations_are_not_both_the_last_one_allowed(app):
    saisie = RegimeSaisie.model_validate(REGIME)
    engine = app.fastapi.state.engine
    with Session(engine) as first, Session(engine) as second:
        commands.create(first, saisie, acteur="cci")
        second.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            commands.create(second, saisie, acteur="cci")


def test_a_rule_that_begins_or_ends_renews_the_answers(app, client):
    """Answers are kept until something changes: the instant that passes must tell it."""
    create(client, debut="2020-03-17T00:00:00+01:00", fin="2020-05-11T00:00:00+02:00")
    create(client, debut="2020-03-17T00:00:00+01:00", fin=None)
    with Session(app.fastapi.state.engine) as session:
        commands.journal_turns(session)
        assert [one.genre for one in journal_of(app)] == ["regime.cree"] * 2
        # As if they had been written before they began.
        session.execute(text("UPDATE commerces.regimes SET annonce_le = '2020-03-01'"))
        commands.journal_turns(session)
        commands.journal_turns(session)
        session.commit()
    turned = [one for one in journal_of(app) if one.genre == "regime.tourne"]
    assert [one.sujet for one in turned] == ["1", "2"]
    before = app.vitrine.vue
    app.vitrine.refresh()
    assert app.vitrine.vue.etag != before.etag
    assert len(public(app, client)) == 2
