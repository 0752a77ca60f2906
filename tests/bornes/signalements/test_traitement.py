"""Moderating reports: who sees what, decisions with their version, what the public reads."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.bornes.signalements.conftest import NEUILLY, PARIS, key, metropole, operateur
from tests.factories import irve_station


def read(client, number, who):
    return client.get(f"/signalements/{number}", headers=who)


def decide(client, number, who, *, version=None, **decision):
    """Decide of a report as it was read, or as it is now."""
    version = version or read(client, number, metropole()).headers["ETag"]
    decision = {"etat": "confirme", "raison": "Vérifié sur place"} | decision
    headers = {**who, "If-Match": version}
    return client.post(f"/signalements/{number}/decision", json=decision, headers=headers)


def as_read(client, number, who, **decision):
    return decide(
        client, number, who, version=read(client, number, who).headers["ETag"], **decision
    )


def queue(client, who, **question):
    answer = client.get("/signalements", params=question, headers=who)
    assert answer.status_code == 200, answer.text
    return [one["id_pdc_itinerance"] for one in answer.json()["elements"]]


@pytest.fixture
def reports(signaler):
    """One report in Paris, one in Neuilly: their numbers."""
    return signaler(PARIS, commentaire="à Paris").json()["id"], signaler(
        NEUILLY, commentaire="à Neuilly"
    ).json()["id"]


def test_each_sees_its_own_reports_and_no_others(client, reports):
    paris, neuilly = reports
    seen = {
        "metropole": queue(client, metropole()),
        "neuilly": queue(client, key("92051")),
        "paris": queue(client, key("75056")),
        "4e": queue(client, key("75104")),
        "16e": queue(client, key("75116")),
        "metropolis": queue(client, operateur("FRNEU")),
        "personne": queue(client, operateur()),
    }
    assert seen == {
        "metropole": [PARIS, NEUILLY],
        "neuilly": [NEUILLY],
        "paris": [PARIS],
        "4e": [PARIS],
        "16e": [],
        "metropolis": [NEUILLY],
        "personne": [],
    }
    for who, own, other in (
        (key("92051"), neuilly, paris),
        (key("75104"), paris, neuilly),
        (operateur("FRNEU"), neuilly, paris),
        (operateur("FR_EU", "FR%", ""), None, neuilly),
    ):
        if own is not None:
            assert read(client, own, who).status_code == 200
        assert read(client, other, who).status_code == 404
        assert decide(client, other, who).status_code == 404
        assert read(client, 999_999, who).json()["detail"] == read(client, other, who).json()[
            "detail"
        ].replace(str(other), "999999")


def test_without_the_right_nothing_is_seen(client, reports):
    for who, status in (({}, 401), (key("75056", scope="bornes:importer"), 403)):
        assert client.get("/signalements", headers=who).status_code == status
        assert read(client, reports[0], who).status_code == status
        assert decide(client, reports[0], who).status_code == status


def test_a_private_comment_is_for_agents_alone(client, reports):
    _, neuilly = reports
    agent = read(client, neuilly, key("92051"))
    assert [one["texte"] for one in agent.json()["commentaires"]] == ["à Neuilly"]
    assert agent.headers["Cache-Control"] == "private, no-store"
    operator = read(client, neuilly, operateur("FRNEU"))
    assert operator.json()["commentaires"] == []
    assert "à Neuilly" not in operator.text
    assert operator.headers["ETag"] != agent.headers["ETag"]
    assert "à Neuilly" not in client.get("/signalements/publics").text
    told = {"commentaire_public": "Écran noir, appeler le 0612345678"}
    assert as_read(client, neuilly, key("92051"), **told).status_code == 200
    for text_ in (
        read(client, neuilly, operateur("FRNEU")).text,
        client.get("/signalements/publics").text,
    ):
        assert "Écran noir, appeler le [masqué]" in text_
        assert "à Neuilly" not in text_


def test_a_report_is_followed_from_open_to_closed(client, reports):
    _, number = reports
    who = key("92051", nom="Neuilly")
    confirmed = as_read(client, number, who)
    assert (confirmed.status_code, confirmed.json()["etat"]) == (200, "confirme")
    assert confirmed.json()["fini_le"] is None
    assert confirmed.headers["ETag"] == read(client, number, who).headers["ETag"]
    closed = as_read(client, number, operateur("FRNEU"), etat="clos", raison="Câble changé")
    assert closed.status_code == 200, closed.text
    body = read(client, number, who).json()
    assert (body["etat"], body["cause"]) == ("clos", "agent")
    assert body["fini_le"] is not None
    assert [(event["etat"], event["raison"], event["auteur"]) for event in body["evenements"]] == [
        ("ouvert", None, "public"),
        ("confirme", "Vérifié sur place", "Neuilly"),
        ("clos", "Câble changé", "Métropolis"),
    ]


def test_a_report_once_ended_is_not_decided_again(client, reports, signaler):
    paris, _ = reports
    assert decide(client, paris, metropole(), etat="rejete").status_code == 200
    again = decide(client, paris, metropole(), etat="confirme")
    assert again.status_code == 409
    assert "« rejete »" in again.json()["detail"]
    new = signaler(PARIS).json()
    assert (new["nombre"], new["etat"]) == (1, "ouvert")
    assert new["id"] != paris


def test_a_confirmed_report_is_joined_by_the_next(client, reports, signaler):
    paris, _ = reports
    decide(client, paris, metropole())
    joined = signaler(PARIS, depuis="192.0.2.7").json()
    assert (joined["id"], joined["nombre"], joined["etat"]) == (paris, 2, "confirme")


def test_an_operator_does_not_judge_what_people_said(client, reports):
    _, neuilly = reports
    for refused in ({"etat": "rejete"}, {"commentaire_public": "Tout va bien"}):
        assert as_read(client, neuilly, operateur("FRNEU"), **refused).status_code == 403
    assert as_read(client, neuilly, operateur("FRNEU"), etat="confirme").status_code == 200


def test_a_decision_cites_what_was_read(client, reports, signaler):
    paris, _ = reports
    address = f"/signalements/{paris}/decision"
    decision = {"etat": "confirme", "raison": "vu"}
    assert client.post(address, json=decision, headers=metropole()).status_code == 428
    version = read(client, paris, metropole()).headers["ETag"]
    unchanged = {**metropole(), "If-None-Match": version}
    assert client.get(f"/signalements/{paris}", headers=unchanged).status_code == 304
    signaler(PARIS, depuis="192.0.2.7")
    stale = decide(client, paris, metropole(), version=version)
    assert stale.status_code == 412
    assert decide(client, paris, metropole()).status_code == 200


def test_of_two_decisions_at_once_one_is_taken(client, reports, engine_of):
    paris, _ = reports
    version = read(client, paris, metropole()).headers["ETag"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda etat: decide(client, paris, metropole(), version=version, etat=etat),
                ("confirme", "rejete", "clos", "confirme"),
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    with engine_of.connect() as connection:
        events = "SELECT count(*) FROM bornes.evenements_signalement WHERE signalement_id = :id"
        assert connection.scalar(text(events), {"id": paris}) == 2


WRONG_DECISIONS = [
    ({"raison": "   "}, "#/raison"),
    ({"raison": "x" * 501}, "#/raison"),
    ({"raison": "a\0"}, "#/raison"),
    ({"etat": "ouvert"}, "#/etat"),
    ({"commentaire_public": "x" * 501}, "#/commentaire_public"),
    ({"auteur": "moi"}, "#/auteur"),
]


def test_a_wrong_decision_is_refused(client, reports):
    version = read(client, reports[0], metropole()).headers["ETag"]
    for decision, pointer in WRONG_DECISIONS:
        answer = decide(client, reports[0], metropole(), version=version, **decision)
        assert answer.status_code == 422, decision
        assert [error["pointer"] for error in answer.json()["erreurs"]] == [pointer]
    assert read(client, reports[0], metropole()).headers["ETag"] == version


def test_the_queue_is_filtered_and_read_page_by_page(client, signaler, reports):
    signaler("FRABCE101", motif="autre", depuis="192.0.2.8")
    who = metropole()
    assert queue(client, who, motif="autre") == ["FRABCE101"]
    assert queue(client, who, commune="92051") == [NEUILLY]
    assert queue(client, who, commune="75104") == queue(client, who, commune="75056")
    assert queue(client, who, station="FRABCP1") == [PARIS, "FRABCE101"]
    assert queue(client, key("92051"), commune="75056") == []
    decide(client, reports[0], who)
    assert queue(client, who, etat="confirme") == [PARIS]
    page = client.get("/signalements", params={"limite": 2}, headers=who)
    assert page.json()["liens"][0]["href"] == page.links["next"]["url"]
    rest = client.get(f"/signalements{page.links['next']['url']}", headers=who).json()
    assert [one["id_pdc_itinerance"] for one in page.json()["elements"] + rest["elements"]] == [
        PARIS,
        NEUILLY,
        "FRABCE101",
    ]
    assert rest["curseur_suivant"] is None


def test_the_public_sees_what_is_under_way_on_the_map(client, signaler, reports):
    paris, neuilly = reports
    signaler("FRABCE101", motif="autre", depuis="192.0.2.8")
    decide(client, paris, metropole())
    everywhere = client.get("/signalements/publics", params={"bbox": "-10,40,10,55"})
    assert (everywhere.status_code, everywhere.json()["parametre"]) == (400, "bbox")
    answer = client.get("/signalements/publics", params={"bbox": "2.3,48.8,2.4,48.9"})
    assert answer.headers["Content-Type"] == "application/geo+json"
    (station,) = answer.json()["features"]
    assert (station["id"], station["geometry"]["coordinates"]) == ("FRABCP1", [2.3522, 48.8566])
    told = station["properties"]
    assert (told["nom_station"], told["signalements"], told["confirmes"]) == (
        "Hôtel de Ville",
        2,
        1,
    )
    assert [one["id_pdc_itinerance"] for one in told["detail"]] == [PARIS, "FRABCE101"]
    unchanged = {"If-None-Match": answer.headers["ETag"]}
    again = client.get(
        "/signalements/publics", params={"bbox": "2.3,48.8,2.4,48.9"}, headers=unchanged
    )
    assert again.status_code == 304
    decide(client, neuilly, metropole(), etat="rejete")
    names = {f["id"] for f in client.get("/signalements/publics").json()["features"]}
    assert names == {"FRABCP1"}


def test_the_public_list_is_filtered_and_read_page_by_page(client, reports, receive):
    def ids(**question):
        answer = client.get("/signalements/publics", params=question)
        return [feature["id"] for feature in answer.json()["features"]]

    assert ids() == ["FRABCP1", "FRNEUP1"]
    assert ids(commune="92051") == ids(station="FRNEUP1") == ["FRNEUP1"]
    assert ids(commune="75116") == ids(station="INCONNUE") == []
    page = client.get("/signalements/publics", params={"limite": 1})
    assert page.json()["numberReturned"] == 1
    rest = client.get(f"/signalements/publics{page.links['next']['url']}").json()
    assert [one["id"] for one in page.json()["features"] + rest["features"]] == ids()
    assert rest["curseur_suivant"] is None
    receive(irve_station(3, "FRABCP9"), "paris", seuil_perte=1)
    assert ids() == ["FRNEUP1"], "a withdrawn point is nobody's concern"


WRONG_QUESTIONS = [
    "/signalements/publics?bbox=1,2",
    "/signalements/publics?commune=69123",
    "/signalements/publics?inconnu=1",
    "/signalements/publics?limite=0",
    "/signalements/publics?curseur=abc",
    "/signalements/publics?station=%00",
    "/signalements?etat=mort",
    "/signalements?commune=69123",
    "/signalements?curseur=abc",
    "/signalements/0",
    "/signalements/abc",
    "/signalements/1?champs=tout",
]


def test_a_wrong_question_is_refused_as_a_problem(client):
    for address in WRONG_QUESTIONS:
        answer = client.get(address, headers=metropole())
        assert answer.status_code == 400, address
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_database_itself_refuses_to_rewrite_the_past(reports, engine_of):
    for statement in (
        "UPDATE bornes.evenements_signalement SET raison = 'autre'",
        "DELETE FROM bornes.evenements_signalement",
    ):
        with engine_of.connect() as connection, pytest.raises(DBAPIError):
            connection.execute(text(statement))
