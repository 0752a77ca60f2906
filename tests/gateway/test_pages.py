"""What people see: pages, and the health of the services."""

import re
from html.parser import HTMLParser

import pytest
from fastapi import Response
from starlette.testclient import TestClient

from gateway import openapi, site
from gateway.app import create_gateway
from gateway.upstreams import RemoteService
from shared.http.html import el, prose
from shared.schemas.problemes import CATALOGUE

VOID = {"br", "hr", "link", "meta"}


class Outline(HTMLParser):
    """Structure of a page; a tag left open or closed twice is an error."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.links, self.headings = [], [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append((tag, values))
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a":
            self.links.append(values["href"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def ready(app, etat="pret", status=200):
    @app.get("/sante/pret", tags=["sante"])
    async def pret() -> dict: ...

    async def wrapped(scope, receive, send):
        if scope["path"].endswith("/sante/pret"):
            body = f'{{"etat":"{etat}"}}'.encode()
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": body})
        else:
            await app(scope, receive, send)

    return wrapped


@pytest.fixture
def client(settings, service):
    upstreams = {"bornes": ready(service("bornes", ["id"])), "ess": ready(service("ess", ["nom"]))}
    with TestClient(create_gateway(upstreams, settings)) as client:
        yield client


PAGES = ["/", "/docs", "/problemes", "/problemes/introuvable"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_french_navigable_and_closed_to_others(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    outline = Outline(answer.text)
    tags = [tag for tag, _ in outline.tags]
    assert ("html", {"lang": "fr"}) in outline.tags
    assert tags.count("h1") == tags.count("main") == tags.count("title") == 1
    assert tags.index("a") < tags.index("nav"), "the first link skips to the content"
    assert outline.links[0] == "#contenu"
    steps = zip(outline.headings, outline.headings[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert len(outline.ids) == len(set(outline.ids))
    assert {"script", "style", "iframe", "form"}.isdisjoint(tags)
    assert not any("style" in attributes for _, attributes in outline.tags)
    assert all(link.startswith(("/", "#")) for link in outline.links)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
def test_links_lead_somewhere(client, path):
    for link in set(Outline(client.get(path).text).links):
        target, _, anchor = link.partition("#")
        answer = client.get(target or path)
        assert answer.status_code == 200
        assert not anchor or anchor in Outline(answer.text).ids


def test_the_landing_page_says_what_runs(client):
    text = client.get("/").text
    assert text.count("En service") == 2
    assert 'href="/docs#ess-lire"' in text
    assert "Lire des objets." in text


def test_the_landing_page_leads_to_the_pages_of_the_services(settings, service):
    """Those for people who ask nothing more: not the one of an object, nor what is JSON too."""
    app = service("ess", ["nom"])
    page = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}
    asked = {"include_in_schema": True, "response_class": Response, "responses": page}

    @app.get("/adherer", summary="Vous êtes une association ?", **asked)
    async def adherer(nom: str = "") -> None: ...

    @app.get("/cadre/{code}", summary="Un cadre", **asked)
    async def cadre(code: str) -> None: ...

    with TestClient(create_gateway({"ess": ready(app)}, settings)) as client:
        text = client.get("/").text
    assert '<a href="/v1/ess/adherer">Vous êtes une association\xa0?</a>' in text
    assert "/v1/ess/cadre" not in text
    assert 'href="/v1/ess/objets"' not in text


def test_the_reference_shows_operations_and_models(client):
    text = client.get("/docs").text
    assert 'id="get/v1/ess/objets"' in text
    assert 'href="#modele-EssListe"' in text
    assert text.index('id="ess"') < text.index('id="ess-lire"') < text.index('"get/v1/ess/objets"')
    assert text.index('"get/v1/ess/objets"') < text.index('id="ess-import"')
    assert "Accès réservé. Clé d’accès <code>rgp_…</code>" in text


def test_every_problem_has_its_page(client):
    index = client.get("/problemes").text
    for code, kind in CATALOGUE.items():
        assert f'href="/problemes/{code}"' in index
        page = client.get(f"/problemes/{code}")
        assert (page.status_code, str(kind.statut) in page.text) == (200, True)
    assert client.get("/problemes/rien").status_code == 404


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/rien", "/widget/94048", "/problemes/rien", "/static/rien.css"])
def test_who_reads_pages_is_told_in_a_page_that_there_is_none(client, path):
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 404
    outline = Outline(answer.text)
    assert ("html", {"lang": "fr"}) in outline.tags
    assert {"/", "/docs"} <= set(outline.links)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "accept" in answer.headers["vary"].lower().split(", ")
    told = client.get(path)
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json()["code"] == "introuvable"


def test_an_address_of_a_service_is_told_as_services_do(client):
    answer = client.get("/v1/rien/objets", headers=BROWSER)
    assert (answer.status_code, answer.json()["code"]) == (404, "introuvable")


def test_static_files(client):
    style = client.get("/static/style.css")
    assert style.headers["content-type"].startswith("text/css")
    assert client.get("/static/icone.svg").headers["content-type"] == "image/svg+xml"
    assert client.get("/static/..%2Fpages.py").status_code == 404
    assert "http" not in style.text


def test_the_reference_is_written_once_for_a_contract(monkeypatch, settings, service):
    written = []

    def reference(document, adresse):
        written.append(document)
        return b"<html></html>"

    monkeypatch.setattr(site, "reference", reference)
    clock = [0.0]
    monkeypatch.setattr(openapi.time, "monotonic", lambda: clock[0])
    with TestClient(create_gateway({"ess": service("ess", ["nom"])}, settings)) as client:
        for instant in (0, 1, 100):
            clock[0] = instant
            assert client.get("/docs").status_code == 200
    assert len(written) == 1


READ_AGAIN = ["/openapi.json", "/docs", "/problemes", "/static/style.css"]


@pytest.mark.parametrize("path", READ_AGAIN)
def test_what_is_read_again_is_tagged(client, path):
    tag = client.get(path).headers["etag"]
    for held in (tag, "*"):
        again = client.get(path, headers={"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["vary"]) == (tag, "Accept-Encoding")


@pytest.mark.parametrize("path", [*READ_AGAIN, "/"])
@pytest.mark.parametrize(
    ("accept", "coding"),
    [("gzip", "gzip"), ("GZIP", "gzip"), ("br, gzip", "br"), ("gzip;q=0, br;q=0", None)],
)
def test_pages_are_compressed_as_asked(client, path, accept, coding):
    answer = client.get(path, headers={"Accept-Encoding": accept})
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "Accept-Encoding"


def test_text_is_never_markup():
    assert el("p", "<b>", title='"') == '<p title="&quot;">&lt;b&gt;</p>'
    assert prose("a `<i>` b\n\nc") == "<p>a <code>&lt;i&gt;</code> b</p><p>c</p>"


def test_all_services_ready(client):
    answer = client.get("/sante/pret")
    assert answer.status_code == 200
    assert answer.json() == {
        "etat": "pret",
        "base_de_donnees": "absente",
        "services": {"bornes": {"etat": "pret"}, "ess": {"etat": "pret"}},
    }
    alive = client.get("/sante/vivant")
    assert alive.json() == {"etat": "vivant"}
    told = {one.headers["cache-control"] for one in (answer, alive)}
    assert told == {"no-store"}, "who keeps it says that the dead are alive"


def test_one_service_is_not_ready(settings, service):
    async def broken(_scope, _receive, _send):
        raise OSError

    upstreams = {
        "bornes": ready(service("bornes", ["id"])),
        "ess": ready(service("ess", ["id"]), "en_chargement", 503),
        "audits": broken,
        "stopped": RemoteService("http://127.0.0.1:1", timeout_s=1),
    }
    with TestClient(create_gateway(upstreams, settings)) as client:
        answer = client.get("/sante/pret")
        assert answer.status_code == 503
        states = answer.json()["services"]
        assert states["bornes"]["etat"] == "pret"
        assert states["ess"]["etat"] == "en_chargement"
        assert states["audits"] == states["stopped"] == {"etat": "injoignable"}
        assert client.get("/sante/vivant").status_code == 200
        text = client.get("/").text
    assert "En service" in text
    assert "Démarre" in text
    assert "Injoignable" in text
