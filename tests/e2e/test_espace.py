"""The merchants' pages in a real browser: from the landing page to the public listing."""

import json
from functools import partial

import pytest

from tests.commerces.contribution.conftest import COURRIEL, FICHE, MAROLLES, key, token
from tests.e2e.formulaires import BILAN, OUVERT, click, fill, hours, send, told_beside
from tests.e2e.navigateur import axe

pytestmark = pytest.mark.navigateur

NOM = 'Fromage & fils <3 "l\'essai"'
SAID = 'Mo 09:00-12:30,14:00-24:00; PH unknown "jour férié"'


both = pytest.mark.parametrize("espace", ["monte", "distant"], indirect=True)


def describe(tab):
    fill(tab, "courriel", COURRIEL)
    fill(tab, "fiche/adresse", FICHE["adresse"])
    fill(tab, "fiche/categories", "fromagerie")
    fill(tab, "fiche/position", "48.7375, 2.5553")
    click(tab, "#c-fiche-modalites-comptoir")


def register(tab, espace):
    """From the landing page to the mail; the refusals on the way are beside their fields."""
    tab.open(espace.base)
    click(tab, "a[href$='/inscription']")
    tab.until("document.querySelector('#nom')")
    tab.run(f"document.querySelector('#nom').value = {json.dumps(NOM)}")
    tab.run(f"document.querySelector('#commune').value = '{MAROLLES}'")
    click(tab, "main form button")
    tab.until("!document.querySelector('[data-inscription]').hidden")
    assert tab.run("document.querySelector('main strong').textContent") == NOM
    describe(tab)
    fill(tab, "fiche/contacts/telephone", "01 42")
    fill(tab, "courriel", "marie")
    assert "Téléphone : Un numéro de téléphone" in send(tab, "data-inscription")
    assert "Un numéro de téléphone est attendu" in told_beside(tab, "fiche/contacts/telephone")
    assert "adresse de courriel est attendue" in told_beside(tab, "courriel")
    assert told_beside(tab, "fiche/nom") is None
    click(tab, "[data-bilan] a")
    assert tab.run("document.activeElement.dataset.champ") == "courriel"
    fill(tab, "fiche/contacts/telephone", "01 42 36 00 00")
    fill(tab, "courriel", COURRIEL)
    assert f"envoyé à {COURRIEL}" in send(tab, "data-inscription")


@both
def test_a_shop_is_registered_described_and_shown_by_the_pages_alone(tab, espace):
    register(tab, espace)
    tab.open(f"{espace.base}/v1/commerces/liens?jeton={espace.mailed()}")
    click(tab, "button")
    tab.until("document.querySelector('a.bouton')")
    tab.until("sessionStorage.length === 1")
    click(tab, "a.bouton")
    tab.until(OUVERT)
    assert "attend la décision" in tab.run("document.querySelector('[data-etat]').innerText")
    numero = espace.decide()["fiche_id"]

    tab.run("location.reload()")
    tab.until(f"{OUVERT} && document.querySelector('[data-etat]').innerText.includes('publiée')")
    assert tab.run("document.querySelector('[data-nom]').textContent") == NOM
    hours(tab, "lundi", "09:00", "12:30", "11:00", "00:00")
    click(tab, "#c-modalites-livraison-offerte")
    fill(tab, "modalites/livraison/zone", "lieux")
    fill(tab, "modalites/livraison/zone/codes", "marolles en brie")
    click(tab, "[data-champ='modalites/livraison'] [data-ajouter]")
    fill(tab, "modalites/livraison/minimum", "15")
    fill(tab, "modalites/livraison/frais", "2,5 €")
    assert "Lundi : Les créneaux 09:00-12:30 et 11:00-24:00 se chev" in send(tab, "data-fiche")
    hours(tab, "lundi", "09:00", "12:30", "14:00", "00:00")
    assert "Un agent de la commune" in send(tab, "data-fiche")
    demandes = tab.run("document.querySelector('[data-demandes]').innerText")
    assert "Attend la décision d’un agent." in demandes
    assert "Livraison à domicile" in demandes

    queued = espace.decide()
    assert {one["champ"] for one in queued["ecarts"]} == {"horaires", "modalites/livraison"}
    tab.run("location.reload()")
    tab.until(f"{OUVERT} && document.querySelector('[data-demandes]').innerText.includes('Vu sur')")
    tab.until("document.querySelector('[data-demandes]').innerText.includes('Acceptée')")
    found = espace.shown(numero, horaires_osm=SAID)
    assert found["nom"] == NOM
    assert found["telephone"] is None, "private until one says so"
    (livraison,) = (one for one in found["modalites_detail"] if one["genre"] == "livraison")
    assert livraison["zone"] == {"type": "communes", "codes": ["94001", MAROLLES]}
    assert (livraison["minimum"], livraison["frais"]) == ("15.00", "2.50")
    assert "jeton" not in tab.run("location.href")


def test_what_waits_stays_asked_when_something_else_is(tab, espace, opened):
    """The next demand takes the place of the one that waits."""
    jeton, _ = espace.holder(siret=None)
    opened(jeton)
    fill(tab, "description", "Fromages de Brie")
    assert "Un agent" in send(tab, "data-fiche")
    assert tab.run("document.querySelector('[data-attente]').hidden") is False
    fill(tab, "exceptions/du", "2030-12-24")
    fill(tab, "exceptions/au", "2030-12-26")
    fill(tab, "exceptions/motif", "Congés")
    assert "Un agent" in send(tab, "data-fiche")
    asked = {one["champ"]: one["apres"] for one in espace.decide()["ecarts"]}
    assert asked.keys() == {"description", "horaires"}
    assert asked["description"] == "Fromages de Brie"
    assert asked["horaires"]["exceptions"] == [
        {"du": "2030-12-24", "au": "2030-12-26", "motif": "Congés"}
    ]


def test_a_service_with_hours_of_its_own_closes_with_the_shop(tab, espace, opened):
    jeton, _ = espace.holder(horaires_osm="Tu-Sa 09:00-19:00; 2030 Dec 25 off")
    opened(jeton)
    click(tab, "#c-modalites-livraison-a-part")
    hours(tab, "lundi", "10:00", "11:00", "", "", de="modalites-livraison-horaires")
    fill(tab, "exceptions/du", "2030-12-26")
    assert "Un agent" in send(tab, "data-fiche")
    asked = {one["champ"]: one["apres"] for one in espace.decide()["ecarts"]}
    closed = [{"du": "2030-12-25", "au": "2030-12-25"}, {"du": "2030-12-26"}]
    assert asked["horaires"]["exceptions"] == closed
    assert asked["modalites/livraison"]["horaires"]["exceptions"] == closed


def test_a_listing_that_changed_meanwhile_keeps_what_one_wrote(tab, espace, opened):
    jeton, numero = espace.holder()
    opened(jeton)
    fill(tab, "description", "Écrit ici")
    mine = espace.service.get("/moi", headers=token(jeton))
    agent = key("cci", scope="commerces:gerer")
    seen = espace.service.get(f"/gestion/fiches/{numero}", headers=agent).headers["etag"]
    body = {**mine.json()["saisie"], "adresse": "2 rue de la Fontaine"}
    put = partial(espace.service.put, f"/gestion/fiches/{numero}", json=body)
    assert put(headers={**agent, "If-Match": seen}).status_code == 200
    assert "Votre fiche avait changé entre-temps" in send(tab, "data-fiche")
    for champ, value in (("adresse", "2 rue de la Fontaine"), ("description", "Écrit ici")):
        assert tab.run(f"document.querySelector('[data-champ=\"{champ}\"]').value") == value
    assert "Votre demande est envoyée" in send(tab, "data-fiche")
    (only,) = espace.decide()["ecarts"]
    assert (only["champ"], only["apres"]) == ("description", "Écrit ici")


def test_what_the_form_does_not_show_goes_back_as_it_came(tab, espace, opened):
    """Nothing changes by opening the page and sending it."""
    week = "Mo 08:00-10:00,11:00-12:00,14:00-19:00; PH 10:00-12:00; 2030 Dec 25 off"
    zone = {"type": "rayon", "rayon_m": 1250}
    contacts = [
        {"genre": "telephone", "valeur": "+33142360000", "public": True},
        {"genre": "telephone", "valeur": "+33142360001", "public": False},
        {"genre": "site", "valeur": "https://exemple.fr/", "public": False},
    ]
    modalites = [
        {"genre": "drive", "horaires_osm": "Tu 08:00-10:00,18:00-02:00", "canaux": ["sms"]},
        {"genre": "comptoir", "horaires_osm": "24/7"},
        {"genre": "livraison", "zone": zone, "minimum": "20.50", "commande_jusqu_a": "17:30"},
    ]
    jeton, _ = espace.holder(
        horaires_osm=week,
        contacts=contacts,
        modalites=modalites,
        categories=["fromagerie", "epicerie"],
        langues=["fr"],
        paiements=["cheque", "carte"],
    )
    opened(jeton)
    assert week in tab.run("document.querySelector('#c-horaires code').textContent")
    assert "Rien ne change" in send(tab, "data-fiche")


def test_all_is_confirmed_by_one_click_then_closed_taken_and_erased(tab, espace, opened):
    jeton, numero = espace.holder()
    opened(jeton)
    click(tab, "[data-confirmer]")
    tab.until(f"{BILAN}.includes('confirmée')")
    tab.run("URL.createObjectURL = (blob) => { window.taken = blob; return '#'; }")
    click(tab, "[data-telecharger]")
    tab.until("window.taken")
    assert json.loads(tab.run("taken.text()"))["courriel"] == COURRIEL
    assert "Cochez la case" in send(tab, "data-fermeture")
    assert "Cochez la case" in send(tab, "data-effacement")
    click(tab, "#effacement")
    assert "effacé" in send(tab, "data-effacement")
    assert tab.run("sessionStorage.length") == 0
    assert tab.run("document.querySelector('[data-ouvert]').hidden") is True
    assert espace.service.get("/moi", headers=token(jeton)).status_code == 401
    assert f'"{numero}"' not in espace.public("?commune=94048").text


def test_an_agents_question_is_answered_on_the_page(tab, espace, opened):
    jeton, _ = espace.holder(siret=None)
    opened(jeton)
    fill(tab, "description", "Fromages")
    send(tab, "data-fiche")
    espace.decide("demander")
    opened(jeton)
    form = "document.querySelector('[data-demandes] form')"
    tab.run(f"{form}.querySelector('textarea').value = 'De Brie'; {form}.requestSubmit()")
    tab.until(f"{BILAN}.includes('transmise')")
    assert espace.decide()["etapes"][-1]["texte"] == "De Brie"


def test_who_was_refused_reads_its_data_and_no_listing(tab, espace):
    espace.service.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    given = espace.service.post("/liens", params={"jeton": espace.mailed()}).json()
    espace.decide("refuser")
    address = f"{espace.base}/v1/commerces/mon-commerce"
    tab.open(address)
    tab.until("!document.querySelector('[data-ferme]').hidden")
    fill(tab, "jeton", "rien")
    assert "a pris fin" in send(tab, "data-jeton")
    fill(tab, "jeton", given["jeton"])
    tab.run("document.querySelector('[data-jeton]').requestSubmit()")
    tab.until("!document.querySelector('[data-donnees]').hidden")
    assert tab.run("document.querySelector('[data-ouvert]').hidden") is True


def test_a_link_is_asked_for_where_one_comes_without_a_token(tab, espace):
    _, numero = espace.holder()
    tab.open(f"{espace.base}/v1/commerces/inscription?fiche={numero}")
    click(tab, f"a[href='mon-commerce?fiche={numero}']")
    tab.until(
        "document.querySelector('[data-acces]') && !document.querySelector('[data-ferme]').hidden"
    )
    assert "Valeur obligatoire" in send(tab, "data-acces")
    fill(tab, "courriel", COURRIEL)
    assert "un lien vient d’y être envoyé" in send(tab, "data-acces")
    assert espace.mailed()


ADDRESSES = (
    "inscription",
    "inscription?nom=fromagerie&commune=94048",
    "inscription?fiche=1000000",
    "mon-commerce",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_break_no_rule_of_axe_and_fit_a_small_telephone(tab, espace, opened, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    tab.ask("Emulation.setEmulatedMedia", features=features)
    jeton, numero = espace.holder()
    tab.size(320)
    for address in (*ADDRESSES, f"inscription?fiche={numero}"):
        tab.open(f"{espace.base}/v1/commerces/{address}")
        assert axe(tab) == [], address
        assert tab.run("document.documentElement.scrollWidth") <= 320, address
    opened(jeton)
    assert tab.complaints() == []
    click(tab, "#c-modalites-depannage_urgence-offerte")
    click(tab, "#c-modalites-livraison-a-part")
    fill(tab, "modalites/depannage_urgence/zone", "lieux")
    send(tab, "data-fiche")
    tab.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert axe(tab) == []
    assert tab.run("document.documentElement.scrollWidth") <= 320
    small = "[...document.querySelectorAll('button')].filter((e) => e.offsetHeight)"
    assert tab.run(f"{small}.every((e) => e.offsetHeight >= 44)")


def test_nothing_is_kept_but_the_token_and_nothing_asked_of_others(tab, espace, opened):
    jeton, _ = espace.holder()
    opened(jeton)
    asked = tab.requested()
    assert {url.startswith((espace.base, "data:")) for url in asked} == {True}
    assert not any(jeton in url for url in asked)
    assert tab.ask("Network.getCookies", urls=[espace.base])["cookies"] == []
    assert tab.run("localStorage.length") == 0
    assert tab.run("Object.keys(sessionStorage)") == ["jeton"]
    click(tab, "[data-quitter]")
    assert tab.run("sessionStorage.length") == 0


def test_a_form_is_filled_and_sent_by_the_keyboard(tab, espace):
    tab.open(f"{espace.base}/v1/commerces/inscription")
    tab.run("document.querySelector('#nom').focus()")
    tab.type("Fromagerie")
    tab.press("Tab")
    tab.run(f"document.activeElement.value = '{MAROLLES}'")
    tab.press("Tab")
    tab.press("Enter")
    tab.until("document.querySelector('[data-inscription]')")
    tab.until("!document.querySelector('[data-inscription]').hidden")
    seen = []
    tab.run("document.querySelector('[data-champ=courriel]').focus()")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    while tab.run("document.activeElement.localName") != "button" or len(seen) < 10:
        seen.append(tab.run("document.activeElement.id"))
        tab.press("Tab")
        assert tab.run(outline) == "solid"
    assert "site_web" not in seen
    assert seen.index("c-fiche-nom") < seen.index("c-fiche-adresse") < seen.index("c-message")
    tab.press("Enter")
    tab.until("document.activeElement.matches('[data-bilan]')")
    assert "Valeur obligatoire" in tab.run(BILAN)
