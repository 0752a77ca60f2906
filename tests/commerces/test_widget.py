"""The widget's page, script and style sheet, over listings in memory."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from services.commerces.api import widget
from services.commerces.horaires_osm import from_osm
from services.commerces.widget.page import PAR_PAGE
from shared import problems
from tests.commerces.conftest import Etalage, fiche_of

SAINT_DENIS = {"lon": 2.357, "lat": 48.936, "code_postal": "93200"}
ALWAYS = from_osm("24/7").model_dump(mode="json", exclude_none=True)
BUDGET = 30_000


@pytest.fixture
def show():
    def show(*listings):
        app = FastAPI()
        problems.install(app)
        app.include_router(widget.router)
        app.state.vitrine = Etalage(listings)
        return TestClient(app)

    return show


class Reader(HTMLParser):
    """The elements of a page, each with its attributes and its own text, whatever its spaces."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self, text):
        super().__init__()
        self.found, self._open = [], []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        one = {"tag": tag, "text": "", **dict(attrs)}
        self.found.append(one)
        if tag not in self.VOID:
            self._open.append(one)

    def handle_endtag(self, tag):
        assert self._open.pop()["tag"] == tag

    def handle_data(self, data):
        for one in self._open:
            one["text"] += data.replace("\N{NO-BREAK SPACE}", " ")

    def all(self, tag, **attributes):
        return [
            one
            for one in self.found
            if one["tag"] == tag and all(one.get(k) == v for k, v in attributes.items())
        ]


def names(answer):
    return [one["text"].partition(". ")[2] for one in Reader(answer.text).all("h3")]


def test_a_commune_shows_its_shops_and_no_other(show):
    client = show(fiche_of(1, nom="Ici"), fiche_of(2, nom="Ailleurs", **SAINT_DENIS))
    answer = client.get("/widget/75056")
    assert answer.status_code == 200
    assert names(answer) == ["Ici"]
    read = Reader(answer.text)
    assert read.found[0]["lang"] == "fr"
    assert read.all("h1")[0]["text"] == "Commerces à domicile : Paris"
    assert read.all("h2")[0]["text"] == "1 commerce trouvé"
    assert (read.all("script"), read.all("link", rel="icon")[0]["href"]) == ([], "data:,")
    assert "img-src data:" in answer.headers["content-security-policy"]
    assert "style" not in {name for one in read.found for name in one}


@pytest.mark.parametrize(
    ("code", "title"),
    [("93066", "Saint-Denis"), ("93059", "Saint-Denis"), ("75104", "Paris 4e"), ("75101", "1er")],
)
def test_old_codes_and_arrondissements(show, code, title):
    client = show(fiche_of(1), fiche_of(2, **SAINT_DENIS))
    answer = client.get(f"/widget/{code}")
    assert title in Reader(answer.text).all("h1")[0]["text"]
    assert len(names(answer)) == (0 if code == "75101" else 1)


@pytest.mark.parametrize("code", ["13055", "00000", "abc", "%3Cb%3E"])
def test_an_unknown_commune_is_a_page_in_french(show, code):
    answer = show().get(f"/widget/{code}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Commune introuvable" in answer.text
    assert "<b>" not in answer.text


def test_merchants_find_the_way_to_be_on_the_list(show):
    client = show(fiche_of(1))
    (link,) = (a for a in Reader(client.get("/widget/75104").text).all("a") if a["href"][0] == ".")
    assert link["href"] == "../inscription?commune=75104"
    assert link["text"] == "Vous êtes commerçant ? (nouvelle fenêtre)"
    assert (link["target"], link["rel"]) == ("_blank", "noopener"), "no frame shows that page"


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;"


def test_what_a_listing_says_is_text(show):
    client = show(
        fiche_of(
            1,
            nom=HOSTILE,
            adresse=HOSTILE,
            contacts=[
                {"genre": "site", "valeur": 'https://exemple.fr/"onclick="x', "public": True},
                {"genre": "telephone", "valeur": "+33142360000", "public": True},
                {"genre": "courriel", "valeur": "prive@exemple.fr", "public": False},
            ],
        )
    )
    answer = client.get("/widget/75056", params={"q": "script"})
    read = Reader(answer.text)
    assert read.all("script") == read.all("img") == []
    assert not any(name.startswith("on") for one in read.found for name in one)
    assert HOSTILE in read.all("h3")[0]["text"]
    assert read.all("a", target="_blank")[0]["rel"] == "noopener noreferrer"
    assert "01 42 36 00 00" in answer.text
    assert "prive@" not in answer.text


@given(st.text(min_size=1, max_size=60))
def test_whatever_is_searched_for_stays_a_text(words):
    app = FastAPI()
    problems.install(app)
    app.include_router(widget.router)
    app.state.vitrine = Etalage([fiche_of(1)])
    answer = TestClient(app).get("/widget/75056", params={"q": words})
    assert answer.status_code == 200
    read = Reader(answer.text)
    (field,) = read.all("input", type="search")
    assert (
        field["value"] == ("" if not words.strip() else words.replace("\r", "\n")) or "\r" in words
    )
    assert {one["tag"] for one in read.found} <= KNOWN


KNOWN = {
    *("html", "head", "meta", "title", "link", "body", "main", "h1", "h2", "h3", "form", "p"),
    *("label", "input", "select", "option", "button", "ol", "li", "span", "a", "details"),
    *("summary", "svg", "polygon", "g", "circle", "text", "nav"),
}


def test_the_form_filters(show):
    client = show(
        fiche_of(1, nom="Pain", categories=["boulangerie"], modalites=[{"genre": "livraison"}]),
        fiche_of(2, nom="Livres", categories=["librairie"]),
    )
    for params, wanted in (
        ({"q": "", "modalite": "", "categorie": "", "niveau": "1"}, {"Pain", "Livres"}),
        ({"modalite": "livraison"}, {"Pain"}),
        ({"categorie": "alimentation"}, {"Pain"}),
        ({"q": "boulangerrie"}, {"Pain"}),
        ({"q": "zzzzzz"}, set()),
    ):
        answer = client.get("/widget/75056", params=params)
        assert set(names(answer)) == wanted, params
    read = Reader(client.get("/widget/75056?modalite=drive&categorie=boulangerie").text)
    assert "Aucun commerce trouvé" in read.all("h2")[0]["text"]
    assert [one["value"] for one in read.all("option") if "selected" in one] == [
        "drive",
        "boulangerie",
    ]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ("fbclid=IwAR0&utm_source=lettre", 200),
        ("page=0", 400),
        ("niveau=5", 400),
        ("modalite=vol", 400),
        ("categorie=inconnue", 400),
        ("couleur=ffff00", 400),
        ("couleur=red", 400),
        ("couleur=%3Bx", 400),
        ("couleur=A3211B", 200),
    ],
)
def test_parameters(show, params, status):
    answer = show().get(f"/widget/75056?{params}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("75056?page=0", "« page »"),
        ("75056?categorie=inconnue&niveau=3", "inconnue n"),
        ("75056?couleur=ffff00", "4,5"),
        ("75056?niveau=9", "« niveau »"),
        ("13055?niveau=3", "code INSEE"),
    ],
)
def test_a_refusal_is_a_page_for_people_and_a_problem_for_programs(show, asked, says):
    client = show(fiche_of(1))
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    answer = client.get(f"/widget/{asked}", headers=browser)
    unknown = asked.startswith("13055")
    assert answer.status_code == (404 if unknown else 400)
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    read = Reader(answer.text)
    assert {one["tag"] for one in read.found} <= KNOWN
    assert read.found[0]["lang"] == "fr"
    (heading,) = read.all("h3" if "niveau=3" in asked else "h1")
    assert read.all("title")[0]["text"] == heading["text"]
    assert says in read.all("main")[0]["text"]
    if not unknown:
        (link,) = read.all("a")
        assert "data-page" in link
        assert client.get("/widget/75056" + link["href"]).status_code == 200
    for accept in ("application/json", "application/problem+json"):
        told = client.get(f"/widget/{asked}", headers={"Accept": accept})
        assert told.status_code == answer.status_code
        assert told.headers["content-type"] == "application/problem+json"
        assert told.json()["status"] == answer.status_code


def test_before_the_directory_is_loaded_the_page_says_to_come_back(show):
    client = show()
    client.app.state.vitrine.vue = None
    answer = client.get("/widget/75056")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert Reader(answer.text).all("h1")


def test_open_now_is_asked_and_told_in_words(show):
    client = show(
        fiche_of(1, nom="Toujours", horaires=ALWAYS),
        fiche_of(2, nom="Jamais", horaires={"jamais": True}),
        fiche_of(3, nom="Mystère"),
        fiche_of(4, nom="Retiré", modalites=[]),
    )
    read = Reader(client.get("/widget/75056").text)
    told = {
        one["text"].partition(". ")[2]: state["text"]
        for one, state in zip(
            read.all("h3"),
            [p for p in read.all("p") if (p.get("class") or "").startswith("etat")],
            strict=True,
        )
    }
    assert told["Mystère"] == told["Retiré"] == "Horaires inconnus"
    assert told["Jamais"].startswith("Fermé")
    assert told["Toujours"].startswith("Ouvert")
    assert names(client.get("/widget/75056?ouverts=maintenant")) == ["Toujours"]


def test_pages_follow_each_other_and_show_each_shop_once(show):
    count = 2 * PAR_PAGE + 1
    client = show(*(fiche_of(n, nom=f"Essai {n}", lat=48.85 + n / 10_000) for n in range(count)))
    for query in ("?couleur=a3211b&niveau=2", "?couleur=a3211b&niveau=2&q=essai"):
        seen, href = [], query
        while href:
            answer = client.get("/widget/75056" + href)
            read = Reader(answer.text)
            seen += [one["text"].partition(". ")[2] for one in read.all("h4")]
            links = {one["text"]: one["href"] for one in read.all("a") if "data-page" in one}
            assert all("couleur=a3211b" in link for link in links.values())
            href = links.get("Page suivante")
        assert sorted(seen) == sorted(f"Essai {n}" for n in range(count))
        assert [one["text"] for one in read.all("text")][-1] == str(count)
        assert set(links) == {"Page précédente"}
    beyond = client.get("/widget/75056?page=99")
    assert "Cette page n’existe plus" in beyond.text
    assert 'href="?page=1' in beyond.text.replace("niveau=1&amp;", "")


def test_headings_go_down_from_the_level_asked_for(show):
    client = show(fiche_of(1))
    for niveau in (1, 2, 4):
        answer = client.get(f"/widget/75056?niveau={niveau}")
        assert re.findall(r"<h(\d)", answer.text) == [str(niveau + n) for n in range(3)]


def test_all_of_it_weighs_less_than_thirty_kilobytes(show):
    public = [
        {"genre": genre, "valeur": value, "public": True}
        for genre, value in (
            ("telephone", "+33142360000"),
            ("site", "https://www.un-commerce-au-nom-assez-long.fr/accueil"),
            ("commande", "https://www.un-commerce-au-nom-assez-long.fr/commander"),
        )
    ]
    client = show(
        *(
            fiche_of(
                n,
                nom=f"Boulangerie pâtisserie de la place du Marché n° {n}",
                adresse="125 boulevard du Général de Gaulle",
                contacts=public,
                modalites=[
                    {"genre": g, "horaires_texte": f"De 17 h à 19 h ({g}), sur rendez-vous. " * 9}
                    for g in ("drive", "livraison", "comptoir")
                ],
                horaires={"jamais": True},
                horaires_texte="Du mardi au samedi de 9 h à 19 h. " * 50,
            )
            for n in range(2 * PAR_PAGE)
        )
    )
    addresses = ("/widget/75056?couleur=a3211b", "/widget.js", "/widget.css?couleur=a3211b")
    sizes = {address: len(client.get(address).content) for address in addresses}
    assert sum(sizes.values()) <= BUDGET, sizes
    weights = [
        len(client.get(f"/widget/{one.code}").content) for one in widget.territoire.communes()
    ]
    assert len(weights) == 130


def test_the_page_names_the_style_sheet_it_was_written_for(show):
    client = show()
    for query in ("", "?couleur=A3211B"):
        (link,) = Reader(client.get(f"/widget/75056{query}").text).all("link", rel="stylesheet")
        sheet = client.get("/widget/" + link["href"])
        assert sheet.headers["content-type"] == "text/css; charset=utf-8"
        digest = base64.b64encode(hashlib.sha384(sheet.content).digest()).decode()
        assert link["integrity"] == f"sha384-{digest}"
        assert (b"#a3211b" in sheet.content) == bool(query)
    assert client.get("/widget.css?couleur=ffffff").status_code == 400


@pytest.mark.parametrize("address", ["/widget/75056", "/widget.js", "/widget.css"])
def test_headers(show, address):
    client = show()
    answer = client.get(address)
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"].startswith("public, max-age=")
    again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    if address == "/widget/75056":
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors *" in policy
