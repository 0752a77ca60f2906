"""Crisis rules written by the Métropole and the CCI, and what the public then sees."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.commerces.app import service
from services.commerces.models import JOURNAL
from services.commerces.regimes import commands
from shared.schemas.commerces_regimes_gestion import RegimeGere, RegimeSaisie
from shared.schemas.commun import PARIS
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
    assert create(client, once, nom="Autre").status_code == 422


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
        ({"jours": []}, "#/jours"),
        ({"jours": ["dimanche", "dimanche"]}, "#/jours"),
        ({"jours": ["lundi", "ferie"]}, "#/jours/1"),
        ({"jours": ["sunday"]}, "#/jours/0"),
        ({"jours": "dimanche"}, "#/jours"),
        ({"creneau": {"de": "21:00", "a": "21:00"}}, "#/creneau"),
        ({"creneau": {"de": "21:00"}}, "#/creneau/a"),
        ({"creneau": {"de": "21h", "a": "06:00"}}, "#/creneau/de"),
        ({"creneau": {"de": "21:00", "a": "30:00"}}, "#/creneau/a"),
        ({"creneau": {"de": "21:00", "a": "06:00", "condition": "non"}}, "#/creneau/condition"),
        ({"creneau": [{"de": "21:00", "a": "06:00"}]}, "#/creneau"),
        ({"jours": ["lundi"], "fin": "2026-11-02T00:00:00+01:00"}, "#/jours"),
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


COUVRE_FEU = {"creneau": {"de": "21:00", "a": "06:00"}, "jours": ["dimanche", "vendredi"]}


def test_a_window_is_written_read_and_rewritten(app, client):
    created = create(client, **COUVRE_FEU)
    assert created.status_code == 201, created.text
    RegimeGere.model_validate(created.json())
    window = {**COUVRE_FEU, "jours": ["vendredi", "dimanche"]}
    assert window.items() <= created.json().items()
    path = created.headers["location"]
    read = client.get(path, headers=cle())
    assert read.json() == created.json()
    (shown,) = public(app, client)
    assert shown.items() <= created.json().items()
    assert set(shown) >= set(window)
    cited = {**cle(), "If-Match": read.headers["etag"]}
    same = client.put(path, json={**REGIME, **window}, headers=cited)
    assert (same.json(), same.headers["etag"]) == (read.json(), read.headers["etag"])
    refused = client.put(path, json={**REGIME, "jours": []}, headers=cited)
    assert refused.status_code == 422
    assert client.get(path, headers=cle()).headers["etag"] == read.headers["etag"]
    midnight = {"creneau": {"de": "20:00", "a": "00:00"}}
    changed = client.put(path, json={**REGIME, **midnight}, headers=cited)
    assert (changed.json()["version"], changed.json()["jours"]) == (2, None)
    assert changed.json()["creneau"] == {"de": "20:00", "a": "24:00"}
    assert client.put(path, json=REGIME, headers=cited).status_code == 412
    entries = journal_of(app)
    assert [one.genre for one in entries] == ["regime.cree", "regime.modifie"]
    assert window.items() <= entries[0].corps.items()
    assert entries[1].corps["creneau"] == {"de": "20:00", "a": "24:00"}


@pytest.mark.parametrize("window", [{}, COUVRE_FEU], ids=["sans", "avec"])
def test_what_was_read_can_be_written(client, window):
    read = create(client, **window)
    body = {name: read.json()[name] for name in RegimeSaisie.model_fields}
    cited = {**cle(), "If-Match": read.headers["etag"]}
    again = client.put(read.headers["location"], json=body, headers=cited)
    assert (again.status_code, again.json()) == (200, read.json())


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-11-06T20:59:59+01:00", 0),
        ("2026-11-06T21:00:00+01:00", 1),
        ("2026-11-07T05:59:00+01:00", 1),
        ("2026-11-07T06:00:00+01:00", 0),
        ("2026-11-07T22:00:00+01:00", 0),
    ],
)
def test_the_rules_of_an_instant_are_those_whose_window_is_open(app, client, moment, shown):
    create(client, **COUVRE_FEU)
    assert len(public(app, client, a=moment)) == shown


def test_a_rule_written_before_there_were_windows_is_always_in_its_period(app, client):
    with Session(app.fastapi.state.engine) as session:
        session.execute(
            text(
                "INSERT INTO commerces.regimes (nom, motif, categories, territoires, modalites,"
                " debut, fin, annonce_le) VALUES ('Ancienne', 'Décret', '{}', '{metropole}', '{}',"
                " '2026-11-01Z', '2026-12-01Z', '2026-10-01Z')"
            )
        )
        commands.journal_turns(session, datetime(2026, 11, 1, tzinfo=UTC))
        session.commit()
    (shown,) = public(app, client, a="2026-11-15T12:00:00Z")
    assert (shown["jours"], shown["creneau"]) == (None, None)


def test_each_turn_of_a_window_renews_the_answers_once(app, client):
    create(client, **COUVRE_FEU, fin=None)
    create(client, jours=["samedi"])
    create(client, debut="2026-11-07T00:00:00+01:00")
    friday = datetime(2026, 11, 6, tzinfo=PARIS)

    def turned(hours):
        with Session(app.fastapi.state.engine) as session:
            count = commands.journal_turns(session, friday + timedelta(hours=hours))
            session.commit()
        return count

    with Session(app.fastapi.state.engine) as session:
        session.execute(text("UPDATE commerces.regimes SET annonce_le = '2026-11-06'"))
        session.commit()
    app.vitrine.refresh()
    before = app.vitrine.vue.etag
    assert [turned(hours) for hours in (20.99, 21, 21, 23.99)] == [0, 1, 0, 0]
    app.vitrine.refresh()
    assert app.vitrine.vue.etag != before
    # Saturday begins one rule, and one window; the night ends at 6.
    assert [turned(hours) for hours in (24, 24.1, 30, 40)] == [2, 0, 1, 0]
    # No worker came by for a week: each rule that turned is told once.
    assert [turned(hours) for hours in (24 * 8, 24 * 8 + 1)] == [2, 0]
    genres = [one.genre for one in journal_of(app)]
    assert genres.count("regime.tourne") == 6


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
