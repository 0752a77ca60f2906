"""The widget in a real browser: its page, and a commune's page that embeds it."""

import base64
import os
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from gateway.app import create_gateway
from services.commerces.app import service
from services.commerces.horaires_osm import from_osm
from shared.service import ServiceApp
from shared.settings import Settings
from tests.commerces.conftest import Etalage, fiche_of
from tests.e2e.navigateur import axe, serving
from tests.gateway.conftest import serving as gateway_serving

pytestmark = pytest.mark.navigateur

COMMUNE = "75056"
HOSTILE = "<img src=x onerror=document.title=1><script>document.title=2</script>"
HOST_PAGE = """<!doctype html><html lang="fr"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Ma commune</title>
<style>* {{ color: #fff !important; font-size: 3px !important }} p {{ display: none }}
body {{ text-transform: uppercase; text-indent: 3em; text-shadow: 1px 1px red; white-space: nowrap;
letter-spacing: 3px; color-scheme: dark }}</style>
</head><body><main><h1>Ma commune</h1>
<script src="{script}" data-commune="{commune}" data-couleur="a3211b" async></script>
<noscript><p><a href="{page}">Les commerces à domicile</a></p></noscript></main></body></html>"""
SHADOW = "document.querySelector('commerces-a-domicile').shadowRoot"
SHOWN = f"{SHADOW}.querySelector('#resultats')"
FOCUSED = "(document.activeElement.shadowRoot ?? document).activeElement"
SCREENSHOTS = os.environ.get("RELANCE_CAPTURES")


class Etabli(Etalage):
    """A vitrine that shows what it is given for as long as the service runs."""

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


def listings():
    """Two pages of shops, one of which would run a script if it could."""
    hours = [from_osm(text) for text in ("24/7", "Mo-Sa 09:00-19:00; PH off")]
    shown = [*(one.model_dump(mode="json", exclude_none=True) for one in hours), None]
    contacts = [
        {"genre": "telephone", "valeur": "+33142360000", "public": True},
        {"genre": "site", "valeur": "https://exemple.fr/", "public": True},
    ]
    for n in range(25):
        yield fiche_of(
            n,
            nom=f"Commerce d'essai n° {n}" if n else HOSTILE,
            categories=["boulangerie" if n % 4 else "librairie"],
            horaires=shown[n % 3],
            contacts=contacts[: n % 3],
            modalites=[{"genre": "livraison"}, {"genre": "comptoir"}],
            lon=2.30 + n / 300,
            lat=48.84 + n % 5 / 100,
        )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The address of the plain page, behind the gateway, of a service without a database."""
    nowhere = "postgresql://127.0.0.1:1/nulle-part"
    settings = Settings(dossier=tmp_path_factory.mktemp("widget"), database_url=nowhere)
    app = ServiceApp(service, settings)
    app.vitrine = app.fastapi.state.vitrine = Etabli(listings())
    with gateway_serving(create_gateway({"commerces": app}, settings)) as port:
        yield f"http://127.0.0.1:{port}/v1/commerces/widget/{COMMUNE}"


def test_it_is_served_in_each_shape_of_the_suite(client):
    answer = client.get(f"/v1/commerces/widget/{COMMUNE}?q=essai")
    assert answer.status_code == 200
    sheet = re.search(r'href="\.\./(widget\.css)" integrity', answer.text)
    for name in (sheet[1], "widget.js"):
        assert client.get(f"/v1/commerces/{name}").status_code == 200


@pytest.fixture
def host(page):
    """A commune's page, of another origin, with styles of its own and a strict policy."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page))
    script = f"{origin}/v1/commerces/widget.js"
    content = HOST_PAGE.format(script=script, commune=COMMUNE, page=page).encode()
    policy = (
        f"default-src 'none'; script-src {origin}; connect-src {origin}; img-src 'self'; "
        "style-src 'unsafe-inline'; frame-src " + origin
    )
    with serving(content, policy=policy) as address:
        yield address


def capture(tab, name: str) -> None:
    if SCREENSHOTS:
        shot = tab.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        Path(SCREENSHOTS, f"{name}.png").write_bytes(base64.b64decode(shot))


def test_the_page_breaks_no_rule_of_axe(tab, page):
    for address in (page, f"{page}?q=zzzz", f"{page}?modalite=livraison&couleur=a3211b"):
        tab.open(address)
        assert axe(tab) == [], address
        tab.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert axe(tab) == [], address
    capture(tab, "page")
    for address in (page.replace(COMMUNE, "13055"), f"{page}?couleur=ffff00"):
        tab.open(address)
        assert axe(tab) == [], address


def test_the_embedded_list_breaks_no_rule_of_axe(tab, host, page):
    tab.open(host)
    tab.until(SHOWN)
    tab.run(f"{SHADOW}.querySelector('details').open = true")
    assert axe(tab) == []
    assert tab.run(f"{SHADOW}.textContent").count(HOSTILE) > 0
    assert tab.run("document.title") == "Ma commune"
    merchants = tab.run(f"{SHADOW}.querySelector('a[href*=inscription]').href")
    assert merchants == urljoin(page, f"../inscription?commune={COMMUNE}")
    capture(tab, "integre")


def test_a_site_that_makes_a_module_of_the_script_shows_every_list(tab, page):
    """As optimisers of sites do; a module has no current script, and runs once."""
    script = page.partition("/widget/")[0] + "/widget.js"
    asked = f'<script src="{script}" data-commune=" {COMMUNE} " type="module"></script>'
    with serving(f"<!doctype html><title>Ma commune</title>{asked}{asked}".encode()) as address:
        tab.open(address)
        lists = "[...document.querySelectorAll('commerces-a-domicile')]"
        tab.until(f"{lists}.filter((e) => e.shadowRoot.querySelector('.nom')).length === 2")


def test_an_old_browser_shows_the_way_to_the_list(tab, host, page):
    """Safari 15 has neither the one nor the other."""
    gone = "delete AbortSignal.timeout; delete Document.prototype.adoptedStyleSheets;"
    script = tab.ask("Page.addScriptToEvaluateOnNewDocument", source=gone)["identifier"]
    try:
        tab.open(host)
        link = f"{SHADOW}.querySelector('a')"
        tab.until(link)
        assert tab.run(f"{link}.href").startswith(page)
    finally:
        tab.ask("Page.removeScriptToEvaluateOnNewDocument", identifier=script)


def test_the_styles_of_the_host_stay_outside(tab, host):
    tab.open(host)
    tab.until(SHOWN)
    assert tab.run(f"getComputedStyle({SHADOW}.querySelector('.nom')).color") == "rgb(163, 33, 27)"
    size = tab.run(f"parseFloat(getComputedStyle({SHADOW}.querySelector('li p')).fontSize)")
    assert size >= 14
    inherited = ("textTransform", "textIndent", "textShadow", "whiteSpace", "letterSpacing")
    names = ", ".join((*inherited, "colorScheme"))
    style = f"getComputedStyle({SHADOW}.querySelector('li p'))"
    told = tab.run(f"(({{{names}}}) => [{names}])({style})")
    assert told == ["none", "0px", "none", "normal", "normal", "light"]
    assert tab.run(f"{SHADOW}.querySelector('main')") is None
    levels = tab.run(f"[...{SHADOW}.querySelectorAll('h2,h3,h4')].map((h) => h.localName)")
    assert levels[:3] == ["h2", "h3", "h4"]


def test_nothing_is_asked_of_others_and_nothing_is_kept(tab, host, page):
    tab.open(host)
    tab.until(SHOWN)
    origins = {urlsplit(url).netloc for url in tab.requested() if not url.startswith("data:")}
    assert origins == {urlsplit(host).netloc, urlsplit(page).netloc}
    assert tab.ask("Network.getCookies", urls=[host, page])["cookies"] == []
    assert tab.run("localStorage.length + sessionStorage.length") == 0
    wrong = [one for one in tab.complaints() if "favicon" not in str(one)]
    assert wrong == []
    tab.open(page)
    assert {urlsplit(url).netloc for url in tab.requested()} == {urlsplit(page).netloc}
    assert tab.run("document.cookie + localStorage.length + sessionStorage.length") == "00"


@pytest.mark.parametrize("where", ["page", "integre"])
def test_nothing_overflows_at_320_pixels(tab, host, page, where):
    tab.size(320)
    tab.open(page if where == "page" else host)
    if where == "integre":
        tab.until(SHOWN)
    root = "document" if where == "page" else SHADOW
    tab.run(f"{root}.querySelectorAll('details').forEach((d) => {{ d.open = true; }})")
    assert tab.run("document.documentElement.scrollWidth") <= 320
    capture(tab, f"{where}-320")


def test_the_form_is_one_line_where_there_is_room(tab, page):
    """A label that wraps under its box is read as that of the next one."""
    tab.size(1000)
    tab.open(page)
    lines = tab.run("[...document.querySelectorAll('form label')].map((e) => e.offsetHeight)")
    assert max(lines) < 30
    boxes = "form input:not([type=hidden]), form select, form button"
    bottoms = tab.run(
        f"[...document.querySelectorAll('{boxes}')].map((e) => e.getBoundingClientRect().bottom)"
    )
    assert max(bottoms) - min(bottoms) <= 10


def test_it_is_a_list_with_a_form_without_script(tab, host, page):
    tab.ask("Emulation.setScriptExecutionDisabled", value=True)
    tab.open(page)
    html = tab.run("document.body.innerText")
    assert "commerces trouvés" in html
    count = tab.run("document.querySelectorAll('li').length")
    assert count > 0
    tab.run("document.querySelector('#q').value = 'boulangerie'")
    tab.run("document.querySelector('form').requestSubmit()")
    tab.until("location.search.includes('q=boulangerie') && document.readyState === 'complete'")
    assert tab.run("document.querySelector('#q').value") == "boulangerie"
    tab.open(host)
    assert tab.run("document.querySelector('noscript a') !== null")
    assert tab.run("document.querySelector('commerces-a-domicile') === null")


def test_it_is_used_with_the_keyboard_alone(tab, host):
    tab.open(host)
    tab.until(SHOWN)
    tab.press("Tab")
    assert tab.run(f"{FOCUSED}.id") == "q"
    outline = f"getComputedStyle({FOCUSED}).outlineStyle + getComputedStyle({FOCUSED}).outlineWidth"
    assert tab.run(outline) == "solid3px"
    tab.type("boulangerie")
    seen = []
    for _ in range(4):
        tab.press("Tab")
        seen.append(tab.run(f"{FOCUSED}.name || {FOCUSED}.type"))
        assert tab.run(outline) == "solid3px"
    assert seen == ["modalite", "categorie", "ouverts", "submit"]
    before = tab.run(f"{SHOWN}.textContent")
    tab.press("Enter")
    tab.until(f"{SHOWN}.textContent !== {before!r} && {FOCUSED}.id === 'resultats'")
    told = tab.run(f"{SHADOW}.querySelector('[role=status]').textContent")
    assert told == tab.run(f"{SHOWN}.textContent")
    assert "trouvé" in told
    assert tab.run(f"{SHADOW}.querySelector('#q').value") == "boulangerie"


def test_pages_are_turned_with_the_keyboard(tab, host):
    tab.open(host)
    tab.until(SHOWN)
    link = f"{SHADOW}.querySelector('a[data-page]')"
    first = tab.run(f"{SHADOW}.querySelector('.nom').textContent")
    tab.run(f"{link}.focus()")
    tab.press("Enter")
    tab.until(f"{FOCUSED}.id === 'resultats'")
    assert tab.run(f"{SHADOW}.querySelector('.nom').textContent") != first
    assert tab.run("location.href") == host
    assert "page 2 sur" in tab.run(f"{SHOWN}.textContent")


def test_a_frame_shows_the_page(tab, page):
    content = f'<!doctype html><html lang="fr"><title>x</title><iframe src="{page}"></iframe>'
    with serving(content.encode()) as address:
        tab.open(address)
        assert page in tab.requested()
        assert tab.complaints() == []


def test_a_list_that_cannot_be_had_is_a_link(tab, host, page):
    tab.ask("Network.setBlockedURLs", urls=["*/widget/*"])
    tab.open(host)
    tab.until(f"{SHADOW}.querySelector('a')")
    assert tab.run(f"{SHADOW}.querySelector('a').href").startswith(page)
    assert "pas pu être affichée" in tab.run(f"{SHADOW}.querySelector('[role=status]').textContent")


def test_a_list_that_does_not_come_is_waited_for_a_while_only(tab, host, page):
    held = "window.patience = new AbortController(); AbortSignal.timeout = () => patience.signal"
    tab.ask("Page.addScriptToEvaluateOnNewDocument", source=held)
    tab.ask("Fetch.enable", patterns=[{"urlPattern": "*/widget/*"}])  # asked, and never answered
    tab.open(host)
    tab.until(f"{SHADOW}.textContent.includes('Chargement')")
    tab.run("patience.abort()")
    tab.until(f"{SHADOW}.querySelector('a')")
    assert tab.run(f"{SHADOW}.querySelector('a').href").startswith(page)
    assert "Chargement" not in tab.run(f"{SHADOW}.textContent")
