"""Reports on listings: merged, counted once an origin, private, decided once."""

import pytest
from starlette.testclient import TestClient

from services.commerces.signalements import commands
from tests.commerces.contribution.conftest import BOULOGNE, MAROLLES, key

TEXTE = "Fermé depuis mai, appelez le 06 12 34 56 78"


@pytest.fixture
def signaler(app):
    def signaler(number, motif="ferme", *, depuis="192.0.2.7", headers=None, **more):
        person = TestClient(app, client=(depuis, 50_000))
        path = f"/fiches/{number}/signalements"
        return person.post(path, json={"motif": motif, **more}, headers=headers)

    return signaler


def listed(client, headers=None, **recherche):
    headers = headers or key("commune", MAROLLES)
    answer = client.get("/moderation/signalements", params=recherche, headers=headers)
    assert answer.status_code == 200
    return answer.json()["elements"]


def test_reports_of_one_listing_and_motif_are_one(client, publish, signaler):
    number = publish()
    assert signaler(number).json()["nombre"] == 1
    assert signaler(number).json()["nombre"] == 1
    assert signaler(number, depuis="192.0.2.8", commentaire=TEXTE).json()["nombre"] == 2
    assert signaler(number, "horaires").json()["nombre"] == 1
    ferme, horaires = listed(client)
    assert (ferme["motif"], ferme["nombre"], horaires["motif"]) == ("ferme", 2, "horaires")
    assert [one["texte"] for one in ferme["commentaires"]] == [
        "Fermé depuis mai, appelez le [masqué]"
    ]
    assert [one["motif"] for one in listed(client, motif="horaires", etat="ouvert")] == ["horaires"]


def test_a_report_changes_nothing_of_the_listing_and_says_nothing_of_who_made_it(
    client, publish, signaler, rows
):
    number = publish()
    before = rows("SELECT version, statut FROM commerces.fiches")
    answer = signaler(number, commentaire=TEXTE)
    assert "commentaire" not in answer.text
    assert "Fermé depuis" not in answer.text
    assert rows("SELECT version, statut FROM commerces.fiches") == before
    assert "06 12" not in str(rows("SELECT * FROM commerces.signalements_commentaires"))
    assert "Fermé" not in str(rows("SELECT * FROM commerces.journal"))
    assert "192.0.2" not in str(rows("SELECT * FROM commerces.appels"))


def test_only_what_is_published_is_reported(client, publish, signaler, registered):
    waiting = registered()["fiche_id"]
    assert signaler(waiting).status_code == 404
    assert signaler(99_999).status_code == 404
    number = publish()
    assert signaler(number, "rien").status_code == 422
    assert signaler(number, commentaire="<b>gras</b>").status_code == 422
    assert signaler(number, commentaire="x" * 501).status_code == 422


def test_one_origin_reports_so_many_times_an_hour(publish, signaler):
    number = publish()
    assert [signaler(number).status_code for _ in range(6)] == [201] * 5 + [429]


def test_a_robot_gets_the_answer_and_nothing_stays(publish, signaler, rows):
    number = publish()
    assert signaler(number, site_web="https://robot.exemple").status_code == 201
    assert rows("SELECT 1 FROM commerces.signalements") == []
    assert rows("SELECT 1 FROM commerces.appels") == []


def test_the_same_key_reports_once(publish, signaler, rows):
    number = publish()
    one = signaler(number, commentaire="Un", headers={"Idempotency-Key": "k"})
    again = signaler(number, commentaire="Un", headers={"Idempotency-Key": "k"})
    assert again.json() == one.json()
    assert len(rows("SELECT 1 FROM commerces.signalements_commentaires")) == 1


def test_a_report_is_decided_once_by_an_agent_of_the_place(client, publish, signaler):
    signaler(publish())
    (one,) = listed(client)
    path = f"/moderation/signalements/{one['id']}"
    own = key("commune", MAROLLES)
    read = client.get(path, headers=own)
    tagged = {**own, "If-None-Match": read.headers["etag"]}
    assert client.get(path, headers=tagged).status_code == 304
    body = {"etat": "traite", "raison": "Vu sur place : fermé"}
    other = {**key("commune", BOULOGNE), "If-Match": read.headers["etag"]}
    assert client.get(path, headers=other).status_code == 404
    assert client.post(f"{path}/decision", json=body, headers=other).status_code == 404
    assert listed(client, key("commune", BOULOGNE)) == []
    assert client.post(f"{path}/decision", json=body, headers=own).status_code == 428
    cited = {**own, "If-Match": read.headers["etag"]}
    done = client.post(f"{path}/decision", json=body, headers=cited)
    assert (done.json()["etat"], done.json()["decide_par"]) == ("traite", "commune")
    assert client.post(f"{path}/decision", json=body, headers=cited).status_code == 412
    fresh = {**own, "If-Match": done.headers["etag"]}
    assert client.post(f"{path}/decision", json=body, headers=fresh).status_code == 409


def test_after_an_end_the_next_report_opens_another(client, publish, signaler):
    number = publish()
    signaler(number)
    (one,) = listed(client)
    headers = {**key("cci"), "If-Match": "*"}
    body = {"etat": "rejete", "raison": "Ouvert"}
    client.post(f"/moderation/signalements/{one['id']}/decision", json=body, headers=headers)
    assert signaler(number).json()["nombre"] == 1
    assert len(listed(client)) == 2
    page = client.get("/moderation/signalements?limite=1", headers=key("cci")).json()
    rest = client.get(
        "/moderation/signalements",
        params={"limite": 1, "curseur": page["curseur_suivant"]},
        headers=key("cci"),
    ).json()
    assert rest["elements"][0]["id"] != page["elements"][0]["id"]


def test_comments_are_forgotten_some_time_after_the_end(client, publish, signaler, run, rows):
    number = publish()
    signaler(number, commentaire="Un")
    run(commands.forget)
    assert len(rows("SELECT 1 FROM commerces.signalements_commentaires")) == 1
    run(
        lambda s: s.connection().exec_driver_sql(
            "UPDATE commerces.signalements SET etat = 'traite', "
            "decide_le = now() - interval '31 days'"
        )
    )
    run(commands.forget)
    assert rows("SELECT 1 FROM commerces.signalements_commentaires") == []
