"""The merchants' pages: what they show, what they ask of browsers, and that they fit the API."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from services.commerces.api import espace
from services.commerces.espace import fiche, inscription
from services.commerces.liens import pages
from shared import territoire
from shared.schemas.commerces_contribution import InscriptionNouvelle
from shared.schemas.commerces_gestion import FicheDecrite, ModaliteSaisie
from shared.schemas.commerces_valeurs import GenreContact, Modalite
from shared.schemas.commun import JOURS
from tests.commerces.contribution.conftest import COURRIEL, FICHE, MAROLLES

BROWSER = {"Accept": "text/html"}
VOID = {"meta", "link", "input", "br"}
SCRIPTS = sorted(espace.STATIC.glob("*.js"))


class Page(HTMLParser):
    """The elements of a page; one left open is an error."""

    def __init__(self, text):
        super().__init__()
        self.found, self._open = [], []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.found.append({"tag": tag, "text": "", **dict(attrs)})
        if tag not in VOID:
            self._open.append(self.found[-1])

    def handle_endtag(self, tag):
        assert self._open.pop()["tag"] == tag

    def handle_data(self, data):
        for one in self._open:
            one["text"] += data

    def all(self, tag):
        return [one for one in self.found if one["tag"] == tag]

    def named(self, name):
        return [one[name] for one in self.found if name in one]


@pytest.fixture
def read(client):
    def read(path, status=200, **params):
        answer = client.get(path, params=params, headers=BROWSER)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return Page(answer.text)

    return read


@pytest.mark.parametrize("page", ["inscription", "mon-commerce"])
def test_the_slash_of_a_folder_leads_to_the_page(client, page):
    sent = client.get(f"/{page}/?fiche=1", headers=BROWSER, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (308, f"../{page}?fiche=1")


@pytest.fixture
def seen(app, publish):
    """The number of a published listing that the searches show."""

    def seen(**changes):
        number = publish(**changes)
        app.vitrine.refresh()
        return number

    return seen


WHERE = {"nom": "fromagerie", "commune": MAROLLES}
ADDRESSES = (
    ("/inscription", {}),
    ("/inscription", WHERE),
    ("/mon-commerce", {}),
    ("/mon-commerce", {"fiche": "12"}),
)


@pytest.fixture(params=ADDRESSES, ids=str)
def page(request, app, read):
    app.vitrine.refresh()
    return read(request.param[0], **request.param[1])


def test_a_page_is_french_titled_and_labelled(page):
    assert page.all("html")[0]["lang"] == "fr"
    assert [len(page.all(tag)) for tag in ("title", "h1", "main")] == [1, 1, 1]
    levels = [int(one["tag"][1]) for one in page.found if re.fullmatch("h[1-6]", one["tag"])]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = page.named("id")
    assert len(ids) == len(set(ids))
    assert set(" ".join(page.named("aria-describedby")).split()) <= set(ids)
    labelled = set(page.named("for"))
    assert labelled <= set(ids)
    for one in page.found:
        if one["tag"] in {"input", "select", "textarea"}:
            assert one.get("id") in labelled or "aria-label" in one, one


def test_a_page_runs_nothing_but_its_own_script(client, page):
    assert page.all("style") == []
    assert not any(name.startswith("on") or name == "style" for one in page.found for name in one)
    sources = [one["src"] for one in page.all("script")]
    assert bool(sources) == bool(page.all("noscript"))
    for source in (*sources, *(one["href"] for one in page.all("link"))):
        if not source.startswith("data:"):
            assert client.get(f"/{source}").status_code == 200
    policy = client.get("/mon-commerce").headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_shop_is_looked_for_before_it_is_registered(read, seen):
    number = seen(nom="Fromagerie d'essai")
    seen(nom="Librairie d'essai")
    page = read("/inscription", nom="fromagerie dessai", commune=MAROLLES)
    shown = [one["text"] for one in page.all("li")]
    assert "1 rue de la Fontaine, 94440 Marolles-en-Brie" in shown[0]
    ways = [one["href"] for one in page.all("a") if "fiche=" in one["href"]]
    assert ways[0] == f"inscription?fiche={number}"
    (box,) = (one for one in page.all("input") if one.get("data-champ") == "fiche/nom")
    assert box["value"] == "fromagerie dessai"
    claim = read("/inscription", fiche=number)
    (form,) = claim.all("form")
    assert form["data-fiche"] == str(number)


HOSTILE = "<img src=x onerror=alert(1)>\"'&amp;"


def test_what_is_looked_for_stays_a_text(read, seen):
    seen()
    page = read("/inscription", nom=HOSTILE, commune=MAROLLES)
    assert page.all("img") == []
    assert HOSTILE in [one["text"] for one in page.all("strong")]
    assert HOSTILE in page.named("value")


@pytest.mark.parametrize(
    "params", [{"nom": "x"}, {"nom": "x", "commune": "13055"}, {"nom": " ", "commune": "94048"}]
)
def test_what_is_missing_is_asked_for_again(read, params):
    page = read("/inscription", **params)
    assert [one["name"] for one in page.found if one.get("name") in {"nom", "commune"}] == [
        "nom",
        "commune",
    ]
    told = [one["text"] for one in page.found if one.get("role") == "alert"]
    assert told == ["Donnez le nom du commerce et sa commune."] * bool(params["nom"].strip())


@pytest.mark.parametrize("fiche_id", ["1000000", "abc", "0"])
def test_a_listing_that_is_not_there_is_a_page_to_browsers(app, client, read, fiche_id):
    app.vitrine.refresh()
    page = read("/inscription", 404 if fiche_id == "1000000" else 400, fiche=fiche_id)
    assert page.all("h1")[0]["text"] == "Cette page n’existe pas"
    problem = client.get(
        "/inscription", params={"fiche": fiche_id}, headers={"Accept": "application/json"}
    )
    assert problem.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("code", [one.code for one in territoire.communes()] + ["75112"])
def test_without_a_position_a_shop_is_in_its_commune(code):
    where = territoire.resolve(code)
    page = Page(inscription.resultats("Essai", where, []).decode())
    (form,) = page.all("form")
    place = territoire.locate(float(form["data-lon"]), float(form["data-lat"]))
    assert code in {place.code_commune, place.code_arrondissement}


MODELS = {
    "fiche": FicheDecrite.model_fields,
    "contacts": set(GenreContact),
    "modalites": set(Modalite),
}
OWN = {"position", "exceptions", "jeton", "fiche_id"}
"""Fields of the forms alone: the scripts say where they go."""


def fits(place):
    """Whether a field of a form is a member of what the API takes."""
    first, _, rest = place.partition("/")
    if first == "fiche" and rest:
        return fits(rest)
    if first in OWN:
        return True
    if rest and first == "modalites":
        genre, _, member = rest.partition("/")
        known = {*ModaliteSaisie.model_fields}
        return genre in MODELS["modalites"] and member.partition("/")[0] in {"", *known}
    if rest and first == "contacts":
        return rest in MODELS["contacts"]
    if rest and first == "horaires":
        return rest == "feries" or rest.removeprefix("semaine/") in JOURS
    return first in {*FicheDecrite.model_fields, *InscriptionNouvelle.model_fields}


def test_every_field_is_one_that_the_api_takes(page):
    assert [place for place in page.named("data-champ") if not fits(place)] == []


def test_the_form_of_a_listing_has_every_service():
    places = Page(fiche.page(None).decode()).named("data-champ")
    assert {f"modalites/{genre}" for genre in Modalite} <= set(places)
    assert {f"horaires/semaine/{jour}" for jour in JOURS} <= set(places)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_writes_texts_and_keeps_nothing_but_the_token(client, script):
    text = script.read_text()
    assert len(text.splitlines()) <= 400
    forbidden = r"innerHTML|insertAdjacentHTML|document\.(write|cookie)|localStorage"
    assert re.findall(forbidden, text) == []
    for module in re.findall(r'from "\./([\w-]+\.js)"', text):
        assert client.get(f"/espace/{module}").status_code == 200
    answer = client.get(f"/espace/{script.name}")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    again = client.get(f"/espace/{script.name}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["rien.js", "espace.py", "..%2F__init__.js", "espace.css.js"])
def test_no_other_file_is_served(client, name):
    assert client.get(f"/espace/{name}").status_code == 404


def test_a_followed_link_leads_to_the_page_of_the_merchant(client, link):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    asked = {"params": {"jeton": link()}, "headers": BROWSER}
    question = client.get("/liens", **asked)
    assert "script-src" not in question.headers["content-security-policy"]
    answer = client.post("/liens", **asked)
    page = Page(answer.text)
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert [one["src"] for one in page.all("script")] == ["espace/jeton.js"]
    (token,) = (one["text"] for one in page.found if one.get("id") == "jeton")
    (way,) = (one["href"] for one in page.all("a") if one.get("class") == "bouton")
    assert way == "mon-commerce?fiche=1"
    assert token not in way


@pytest.mark.parametrize("written", [pages.served("Déjà fait."), pages.refusal("Trop tard.")])
def test_a_link_that_does_nothing_leads_to_another(written):
    assert {"mon-commerce", "inscription"} <= set(Page(written.decode()).named("href"))
