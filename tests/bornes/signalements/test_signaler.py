"""Reporting a point without an account: merged, bounded, anonymous, deaf to robots."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text
from starlette.testclient import TestClient

from tests.bornes.signalements.conftest import NEUILLY, PARIS, rows
from tests.factories import irve_station

KEPT = ("signalements", "evenements_signalement", "signalements_recus", "idempotence", "journal")


def kept(engine):
    """How many rows each table holds."""
    with engine.connect() as connection:
        return {
            table: connection.scalar(text(f"SELECT count(*) FROM bornes.{table}")) for table in KEPT
        }


def test_a_report_needs_no_account_and_says_what_it_became(signaler):
    answer = signaler(commentaire="Écran noir depuis ce matin")
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert answer.headers["Location"] == f"/signalements/{body['id']}"
    assert body["premier_le"] == body["dernier_le"]
    assert body == {
        "id": body["id"],
        "id_pdc_itinerance": PARIS,
        "id_station_itinerance": "FRABCP1",
        "motif": "hors_service",
        "etat": "ouvert",
        "nombre": 1,
        "premier_le": body["premier_le"],
        "dernier_le": body["dernier_le"],
        "commentaire": None,
    }


def test_the_same_point_and_motif_make_one_report(signaler):
    first = signaler().json()
    again = signaler(depuis="192.0.2.2").json()
    assert (again["id"], again["nombre"]) == (first["id"], 2)
    assert again["premier_le"] == first["premier_le"] < again["dernier_le"]
    others = [signaler(motif="cable_endommage").json(), signaler("FRABCE101").json()]
    assert len({first["id"], *(other["id"] for other in others)}) == 3


def test_who_insists_counts_once(signaler, engine_of):
    assert [signaler().json()["nombre"] for _ in range(3)] == [1, 1, 1]
    assert signaler(depuis="2001:db8::1").json()["nombre"] == 2
    assert signaler(depuis="2001:db8::2").json()["nombre"] == 2
    # The next day the salt is another, and a fault that lasts is said again.
    with engine_of.begin() as connection:
        connection.execute(text("UPDATE bornes.signalements_sels SET jour = jour - 1"))
    assert signaler().json()["nombre"] == 3
    assert len(rows(engine_of, "SELECT * FROM bornes.signalements_sels")) == 1


def test_an_identifier_is_read_as_bornes_show_it(signaler):
    for written in ("FR*ABC*E100", "fr abc e100", "FR-ABC-E100", PARIS):
        assert signaler(written).json()["id_pdc_itinerance"] == PARIS, written


def test_a_point_outside_the_standard_has_the_registry_s_identifier(signaler, receive, engine_of):
    (row,) = irve_station(1, "FRNCNP1")
    receive([row | {"id_pdc_itinerance": "Non concerné", "id_pdc_local": "A1"}], "nc")
    ((point,),) = rows(engine_of, "SELECT id FROM bornes.points_de_charge WHERE id LIKE 'NC%'")
    assert signaler(point).json()["id_pdc_itinerance"] == point
    assert signaler("Non concerné").status_code == 422


def test_an_unknown_or_withdrawn_point_is_refused_and_changes_nothing(signaler, receive, engine_of):
    others = irve_station(3, "FRABCP1")[:2] + irve_station(8, "FRABCP2")
    receive(others, "paris", seuil_perte=1)
    before = kept(engine_of)
    for point, why in (("FRABCE999", "Aucun point"), ("FRABCE102", "a été retiré")):
        answer = signaler(point)
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        (error,) = answer.json()["erreurs"]
        assert error["pointer"] == "#/id_pdc_itinerance"
        assert why in error["detail"]
    assert kept(engine_of) == before


HOSTILE = [
    ({"motif": "moche"}, "#/motif"),
    ({"motif": None}, "#/motif"),
    ({"commentaire": "x" * 501}, "#/commentaire"),
    ({"commentaire": "a\0b"}, "#/commentaire"),
    ({"commentaire": "a\x1b[31mb"}, "#/commentaire"),
    ({"commentaire": ["a"]}, "#/commentaire"),
    ({"id_pdc_itinerance": ""}, "#/id_pdc_itinerance"),
    ({"id_pdc_itinerance": "a\0"}, "#/id_pdc_itinerance"),
    ({"id_pdc_itinerance": "x" * 65}, "#/id_pdc_itinerance"),
    ({"id_pdc_itinerance": {"$ne": ""}}, "#/id_pdc_itinerance"),
    ({"email": "moi@exemple.fr"}, "#/email"),
    ({"etat": "confirme"}, "#/etat"),
    ({"nombre": 1_000_000}, "#/nombre"),
]


def test_a_hostile_body_is_refused_with_its_place(client, engine_of):
    before = kept(engine_of)
    for changes, pointer in HOSTILE:
        body = {"id_pdc_itinerance": PARIS, "motif": "autre"} | changes
        answer = client.post("/signalements", json=body)
        assert answer.status_code == 422, changes
        assert [error["pointer"] for error in answer.json()["erreurs"]] == [pointer]
    assert kept(engine_of) == before


def test_what_is_no_report_is_refused(client):
    surrogate = b'{"id_pdc_itinerance":"\\ud800","motif":"autre"}'
    for content in (b"{", b"[]", b"null", b'"x"', surrogate, b"\xff"):
        headers = {"Content-Type": "application/json"}
        answer = client.post("/signalements", content=content, headers=headers)
        assert answer.status_code in {400, 422}, content
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert client.post("/signalements?motif=autre", json={}).status_code == 400


def test_a_body_larger_than_a_report_is_not_read(client, engine_of):
    before = kept(engine_of)
    body = {"id_pdc_itinerance": PARIS, "motif": "autre", "commentaire": "é" * 40_000}
    assert client.post("/signalements", json=body).status_code == 413
    pieces = (b" " * 10_000 for _ in range(100))
    assert client.post("/signalements", content=pieces).status_code == 413
    assert kept(engine_of) == before


def test_the_longest_report_is_read(signaler):
    answer = signaler(commentaire="\U0001f50c" * 500, site_web="\U0001f50c" * 2_000)
    assert answer.status_code == 201, answer.text


def test_text_stays_text_and_people_stay_unnamed(signaler, engine_of):
    signaler(commentaire="  <script>alert(1)</script>\nla voiture AB-123-CD bloque 0612345678  ")
    signaler(motif="autre", commentaire="   ")
    assert rows(engine_of, "SELECT commentaire FROM bornes.signalements_recus ORDER BY id") == [
        ("<script>alert(1)</script>\nla voiture [masqué] bloque [masqué]",),
        (None,),
    ]


def test_no_address_is_kept_anywhere(signaler, engine_of):
    signaler(depuis="198.51.100.77", commentaire="rien", headers={"Idempotency-Key": "k-1"})
    for table in (*KEPT, "signalements_sels"):
        written = rows(engine_of, f"SELECT t::text FROM bornes.{table} AS t")
        assert written, table
        for row in written:
            assert "198.51.100.77" not in row[0]
            assert b"198.51.100.77".hex() not in row[0]


def test_a_robot_is_thanked_and_leaves_nothing(signaler, engine_of):
    real = signaler().json()
    before = kept(engine_of)
    headers = {"Idempotency-Key": "robot"}
    trapped = signaler(depuis="192.0.2.9", site_web="https://spam.example", headers=headers)
    assert (trapped.status_code, trapped.json()["nombre"]) == (201, 2)
    assert trapped.json().keys() == real.keys()
    fresh = signaler(NEUILLY, depuis="192.0.2.9", site_web="x")
    assert (fresh.status_code, fresh.json()["nombre"]) == (201, 1)
    assert kept(engine_of) == before
    assert signaler(depuis="192.0.2.9", site_web="").json()["nombre"] == 2


def test_an_address_reports_so_often_an_hour(signaler, engine_of):
    motifs = ("hors_service", "bloque_vehicule", "cable_endommage", "paiement_refuse", "autre")
    assert {signaler(motif=motif).status_code for motif in motifs} == {201}
    before = kept(engine_of)
    refused = signaler(NEUILLY)
    assert refused.status_code == 429
    assert 3_500 < int(refused.headers["Retry-After"]) <= 3_600
    assert kept(engine_of) == before
    assert signaler(NEUILLY, depuis="192.0.2.2").status_code == 201
    with engine_of.begin() as connection:
        moved = "UPDATE bornes.signalements_recus SET recu_le = recu_le - interval '61 minutes'"
        connection.execute(text(moved))
    assert signaler(NEUILLY).status_code == 201


def test_a_forged_address_is_not_believed(app, stations):
    """Only the server in front, which uvicorn is told to trust, says who a client is."""
    liar = TestClient(app, client=("192.0.2.1", 1))
    body = {"id_pdc_itinerance": PARIS, "motif": "hors_service"}
    counts = [
        liar.post("/signalements", json=body, headers={"X-Forwarded-For": f"203.0.113.{n}"})
        for n in range(3)
    ]
    assert [answer.json()["nombre"] for answer in counts] == [1, 1, 1]


def test_a_repeated_request_happens_once_and_a_key_is_its_caller_s(signaler, engine_of):
    once = {"Idempotency-Key": "cle-1"}
    first, again = signaler(headers=once), signaler(headers=once)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert kept(engine_of)["signalements_recus"] == 1
    assert signaler(motif="autre", headers=once).status_code == 422
    other = signaler(depuis="192.0.2.2", motif="autre", headers=once)
    assert (other.status_code, other.json()["motif"]) == (201, "autre")


def test_reports_at_the_same_instant_are_one(signaler, engine_of):
    addresses = [f"192.0.2.{n}" for n in range(1, 7)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda address: signaler(depuis=address), addresses))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.json()["nombre"] for answer in answers) == [1, 2, 3, 4, 5, 6]
    assert rows(engine_of, "SELECT nombre FROM bornes.signalements") == [(6,)]


def test_one_address_at_the_same_instant_stays_under_its_limit(signaler, engine_of):
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: signaler(), range(8)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] * 5 + [429] * 3
    assert rows(engine_of, "SELECT nombre FROM bornes.signalements") == [(1,)]


def test_the_journal_says_that_a_point_was_reported_and_not_by_whom(signaler, engine_of):
    entries = "SELECT genre, sujet, acteur, corps FROM bornes.journal WHERE genre !~ '^station'"
    body = signaler(commentaire="privé").json()
    assert rows(engine_of, entries) == [
        (
            "signalement.recu",
            "FRABCP1",
            "public",
            {
                "signalement": body["id"],
                "point": PARIS,
                "motif": "hors_service",
                "etat": "ouvert",
                "nombre": 1,
            },
        )
    ]


def test_what_the_vitrine_shows_stays_as_it_was(app, client, signaler):
    app.vitrine.refresh()
    before = client.get("/stations/FRABCP1").json()
    signaler()
    app.vitrine.refresh()
    assert client.get("/stations/FRABCP1").json() == before
    assert client.get("/facettes").json()["stations"] == 2


def test_a_page_of_another_site_may_report(client):
    asked = {
        "Origin": "https://carte.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,idempotency-key",
    }
    assert client.options("/signalements", headers=asked).status_code == 200
