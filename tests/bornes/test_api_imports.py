"""The imports and the export over HTTP: who may send, see, confirm; what is answered."""

import asyncio
import csv
import gzip
import io
import logging

import brotli
import pytest
from sqlalchemy.orm import Session

from services.bornes import commands
from services.bornes.api import imports
from shared.auth import Acteur
from shared.transfers.uploads import PLACES_MAX
from tests.applications import bearer
from tests.factories import irve_csv, irve_row, irve_station, point, point_csv

FIVE = [irve_station(1, f"FRXXXP{number}")[0] for number in range(1, 6)]


def key(organisation: str = "essai", role: str = "operateur", *scopes: str) -> dict[str, str]:
    acteur = Acteur(organisation, role, frozenset(scopes or ["bornes:importer"]))
    return bearer(acteur, service="bornes")


def send(client, rows, query: str = "", **headers):
    return client.post(
        f"/imports{query}",
        content=irve_csv(rows),
        headers={"Content-Type": "text/csv", **key(), **headers},
    )


def test_an_operator_sends_a_file_and_reads_what_became_of_it(client):
    sent = send(client, [irve_row(1, raccordement="direct"), irve_row(2)], "?nom=mien.csv")
    assert sent.status_code == 201
    body = sent.json()
    assert (body["producteur"], body["nom"], body["etat"]) == ("essai", "mien.csv", "accepte")
    assert body["bilan"]["lignes"]["repare"] == 1
    address = sent.headers["Location"]
    assert address == f"/imports/{body['id']}"

    read = client.get(address, headers=key())
    assert read.json() == body
    assert read.headers["ETag"] == sent.headers["ETag"]
    same = client.get(address, headers={**key(), "If-None-Match": read.headers["ETag"]})
    assert same.status_code == 304

    report = client.get(f"{address}/rapport.csv", headers=key())
    assert report.headers["Content-Type"] == "text/csv; charset=utf-8"
    first, *others = csv.DictReader(io.StringIO(report.text))
    assert (first["ligne"], first["colonne"], first["code"]) == ("2", "raccordement", "ENUM")

    told = client.get(f"{address}/rapport.json", headers=key())
    assert told.headers["Content-Type"] == "application/json"
    whole = [
        {name: None if value is None else str(value) for name, value in one.items()}
        for one in told.json()
    ]
    kept = [{name: value or None for name, value in row.items()} for row in (first, *others)]
    assert whole == kept


def test_a_report_that_is_forgotten_is_gone_even_for_who_has_a_copy(client, app):
    address = send(client, [irve_row(raccordement="direct")]).headers["Location"]
    copy = client.get(f"{address}/rapport.csv", headers=key())
    send(client, [irve_row(raccordement="direct")])
    with Session(app.fastapi.state.engine) as session, session.begin():
        assert commands.forget_reports(session, days=0) == 1
    for report in ("rapport.csv", "rapport.json"):
        asked = {**key(), "If-None-Match": copy.headers["ETag"]}
        gone = client.get(f"{address}/{report}", headers=asked)
        assert (gone.status_code, gone.json()["code"]) == (410, "disparu")
    assert client.get(address, headers=key()).json()["bilan"]["oublie_le"] is not None


def test_a_file_may_come_compressed(client):
    sent = client.post(
        "/imports",
        content=gzip.compress(irve_csv([irve_row()])),
        headers={**key(), "Content-Type": "application/gzip"},
    )
    assert sent.status_code == 201


def test_a_dry_run_answers_200_and_leaves_nothing(client):
    tried = send(client, FIVE, "?essai=true")
    assert tried.status_code == 200
    assert tried.json()["id"] is None
    assert "Location" not in tried.headers
    assert client.get("/imports", headers=key()).json()["elements"] == []


def test_a_dry_run_gives_its_report_line_by_line(client):
    def tried(query=""):
        rows = [irve_row(number, raccordement="direct") for number in range(6)]
        sent = {**key(), "Content-Type": "text/csv"}
        return client.post(f"/imports/essai.csv{query}", content=irve_csv(rows), headers=sent)

    told = tried()
    assert told.status_code == 200
    assert told.headers["content-type"] == "text/csv; charset=utf-8"
    assert told.headers["content-disposition"] == 'attachment; filename="essai.csv"'
    assert told.headers["cache-control"] == "private, no-store"
    found = csv.DictReader(io.StringIO(told.text))
    # Each of them, where the balance shows three examples.
    assert [one["ligne"] for one in found if one["code"] == "ENUM"] == list("234567")
    assert client.get("/imports", headers=key()).json()["elements"] == []
    assert tried("?producteur=autre").status_code == 403
    assert tried("?essai=true").json()["parametre"] == "essai"


@pytest.mark.parametrize("path", ["/imports", "/avitaillement/imports"])
def test_a_dry_run_gives_the_same_report_in_json(client, path):
    rows = [irve_row(1, raccordement="direct"), irve_row(2, nbre_pdc="deux")]
    content = irve_csv(rows) if path == "/imports" else point_csv([point(1, energie="charbon")])

    def tried(form):
        sent = {**key(), "Content-Type": "text/csv"}
        return client.post(f"{path}/essai.{form}", content=content, headers=sent)

    told = tried("json")
    assert told.status_code == 200
    assert told.headers["content-type"] == "application/json"
    assert told.headers["content-disposition"] == 'attachment; filename="essai.json"'
    rows_of_csv = list(csv.DictReader(io.StringIO(tried("csv").text)))
    assert rows_of_csv
    assert [
        {name: "" if value is None else str(value) for name, value in one.items()}
        for one in told.json()
    ] == rows_of_csv
    assert client.get("/imports", headers=key()).json()["elements"] == []


def test_a_held_file_is_confirmed_or_dropped_by_who_read_it(client):
    send(client, FIVE)
    held = send(client, FIVE[:3])
    assert held.status_code == 202
    address = held.headers["Location"]
    assert client.post(f"{address}/confirmation", headers=key()).status_code == 428
    stale = {**key(), "If-Match": '"autre"'}
    assert client.post(f"{address}/confirmation", headers=stale).status_code == 412
    read = {**key(), "If-Match": held.headers["ETag"]}
    done = client.post(f"{address}/confirmation", headers=read)
    assert done.status_code == 200
    assert done.json()["bilan"]["points"]["retires"] == 2
    again = {**key(), "If-Match": done.headers["ETag"]}
    settled = client.post(f"{address}/abandon", headers=again)
    assert settled.status_code == 409
    assert settled.json()["detail"].endswith(" : il est accepté.")

    other = send(client, FIVE[:1])
    read = {**key(), "If-Match": other.headers["ETag"]}
    dropped = client.post(f"{other.headers['Location']}/abandon", headers=read)
    assert dropped.json()["etat"] == "abandonne"


def test_the_same_key_runs_once(client):
    first = send(client, FIVE, **{"Idempotency-Key": "k"})
    again = send(client, FIVE, **{"Idempotency-Key": "k"})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert (again.status_code, again.headers["Location"]) == (201, first.headers["Location"])
    other = send(client, FIVE[:4], **{"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["code"]) == (422, "cle-deja-servie")
    assert len(client.get("/imports", headers=key()).json()["elements"]) == 1


def test_access(client):
    send(client, FIVE)
    assert client.get("/imports").status_code == 401
    assert client.get("/imports", headers=key("essai", "operateur", "bornes:x")).status_code == 403
    other = key("autre")
    assert client.get("/imports/1", headers=other).status_code == 404
    assert client.get("/imports/1/rapport.csv", headers=other).status_code == 404
    match = {**other, "If-Match": "*"}
    assert client.post("/imports/1/confirmation", headers=match).status_code == 404
    assert client.post("/imports/1/abandon", headers=match).status_code == 404
    assert client.get("/imports", headers=other).json()["elements"] == []
    assert client.get("/imports?producteur=essai", headers=other).json()["elements"] == []
    assert client.get("/imports/1", headers=key("mgp", "metropole")).status_code == 200
    refused = send(client, FIVE, "?producteur=autre")
    assert (refused.status_code, refused.json()["parametre"]) == (403, "producteur")
    assert "« essai »" in refused.json()["detail"]  # what to name instead
    for_another = send(client, FIVE, "?producteur=autre", **key("mgp", "metropole"))
    assert for_another.json()["producteur"] == "autre"


@pytest.mark.parametrize(("scope", "status"), [(None, 401), ("bornes:lire", 403)])
def test_the_body_of_a_caller_without_right_is_not_read(app, scope, status):
    headers = key("a", "operateur", scope) if scope else {}
    sent = []

    async def receive():
        pytest.fail("the body was read")

    async def send(message):
        sent.append(message)

    request = {
        "type": "http",
        "method": "POST",
        "path": "/imports",
        "raw_path": b"/imports",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(app(request, receive, send))
    assert sent[0]["status"] == status


def test_lists_come_page_by_page(client):
    for _ in range(3):
        send(client, FIVE)
    page = client.get("/imports?limite=2", headers=key())
    assert [one["id"] for one in page.json()["elements"]] == [3, 2]
    href = page.json()["liens"][0]["href"]
    assert page.headers["Link"] == f'<{href}>; rel="next"'
    rest = client.get(f"/imports{href}", headers=key())
    assert [one["id"] for one in rest.json()["elements"]] == [1]
    assert "Link" not in rest.headers
    assert client.get("/imports?etat=en_attente", headers=key()).json()["elements"] == []


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "vide"),
        (b"PK\x03\x04...", "ZIP"),
        (b"n_operateur;Xlongitude\n", "version 1"),
        (irve_csv([irve_row(observations="=cmd()")]), "formule"),
    ],
)
def test_a_refused_file_is_a_422_that_says_why(client, content, detail):
    headers = {**key(), "Content-Type": "text/csv"}
    refused = client.post("/imports", content=content, headers=headers)
    assert refused.status_code == 422
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert detail in refused.json()["erreurs"][0]["detail"]


@pytest.mark.parametrize("said", ["application/octet-stream", "application/vnd.ms-excel"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_known_by_what_it_holds(client, said, packed):
    """Whatever a client made from the contract, or a browser, calls it."""
    content = irve_csv(FIVE)
    headers = {**key(), "Content-Type": said}
    content = gzip.compress(content) if packed else content
    answer = client.post("/imports", params={"essai": True}, content=content, headers=headers)
    assert (answer.status_code, answer.json()["bilan"]["lignes"]["lues"]) == (200, len(FIVE))


def test_other_types_and_larger_bodies_are_refused(client, app):
    headers = {**key(), "Content-Type": "application/json"}
    assert client.post("/imports", content=b"{}", headers=headers).status_code == 415
    app.fastapi.state.settings = app.settings.model_copy(update={"taille_max_corps": 10})
    assert send(client, FIVE).status_code == 413


@pytest.mark.parametrize(
    ("address", "parametre"),
    [
        ("/imports?limite=0", "limite"),
        ("/imports?curseur=x", "curseur"),
        ("/imports?inconnu=1", "inconnu"),
        ("/imports/0", "id"),
        ("/imports/1?inconnu=1", "inconnu"),
        ("/exports/irve-statique.csv?x=1", "x"),
    ],
)
def test_malformed_and_unknown_parameters_are_named(client, address, parametre):
    refused = client.get(address, headers=key())
    assert refused.status_code == 400
    assert refused.json()["parametre"] == parametre


def test_the_public_export(app, client):
    send(client, FIVE)
    app.vitrine.refresh()
    answer = client.get("/exports/irve-statique.csv", headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="irve-statique.csv"'
    assert len(answer.text.splitlines()) == 6
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/exports/irve-statique.csv", headers=tag).status_code == 304
    send(client, [*FIVE[:4], irve_row(9)])
    app.vitrine.refresh()
    assert client.get("/exports/irve-statique.csv", headers=tag).status_code == 200


@pytest.mark.parametrize(
    ("coding", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)]
)
def test_the_export_is_compressed_when_asked(app, client, coding, unpack):
    send(client, FIVE)
    app.vitrine.refresh()
    headers = {"Accept-Encoding": coding}
    with client.stream("GET", "/exports/irve-statique.csv", headers=headers) as answer:
        assert answer.headers["Content-Encoding"] == coding
        packed = b"".join(answer.iter_raw())
    assert len(unpack(packed).splitlines()) == 6


@pytest.fixture
def full():
    """A service that has all the imports it may have under way."""
    free = imports.PLACES._free
    taken = [free.acquire(blocking=False) for _ in range(PLACES_MAX)]
    assert all(taken)
    yield
    for _ in taken:
        free.release()


@pytest.mark.usefixtures("full")
def test_more_imports_than_can_be_wait(client):
    refused = send(client, FIVE)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    confirmed = client.post("/imports/1/confirmation", headers={**key(), "If-Match": "*"})
    assert (confirmed.status_code, confirmed.headers["Retry-After"]) == (503, "60")


@pytest.mark.usefixtures("full")
def test_a_place_is_taken_once_the_caller_is_known_and_its_file_there(client):
    unknown = client.post("/imports", content=irve_csv(FIVE), headers={"Content-Type": "text/csv"})
    assert unknown.status_code == 401
    assert client.post("/imports/1/confirmation").status_code == 401
    assert send(client, FIVE, **{"Content-Type": "application/pdf"}).status_code == 415
    form = send(client, FIVE, **{"Content-Type": "multipart/form-data; boundary=x"})
    assert (form.status_code, "corps de la requête" in form.json()["detail"]) == (415, True)
    coded = send(client, FIVE, **{"Content-Encoding": "br"})
    assert (coded.status_code, "pas en br" in coded.json()["detail"]) == (415, True)


def test_a_client_that_leaves_in_the_middle_is_no_error_of_ours(app, caplog):
    scope = {
        "type": "http", "method": "POST", "path": "/imports", "raw_path": b"/imports",
        "query_string": b"", "root_path": "", "scheme": "http", "http_version": "1.1",
        "server": ("essai", 80), "client": ("127.0.0.1", 1),
        "headers": [
            (b"host", b"essai"), (b"content-type", b"text/csv"),
            *((name.lower().encode(), value.encode()) for name, value in key().items()),
        ],
    }  # fmt: skip
    heard = iter(
        [{"type": "http.request", "body": b"id", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive():
        return next(heard)

    async def send_nobody(_message):
        pass

    asyncio.run(app(scope, receive, send_nobody))
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
