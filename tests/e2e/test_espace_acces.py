"""What a merchant takes back on its page: a demand that waits, the accesses it no longer wants."""

import httpx
import pytest

from tests.commerces.contribution.conftest import COURRIEL, FICHE, key, token
from tests.e2e.formulaires import BILAN, OUVERT, click, fill, send
from tests.e2e.navigateur import axe

pytestmark = pytest.mark.navigateur

DEMANDES = "document.querySelector('[data-demandes]')"
FERME = "!document.querySelector('[data-ferme]').hidden"


def waiting(espace):
    headers, asked = key("cci"), {"etat": "en_attente"}
    answer = espace.service.get("/moderation/propositions", params=asked, headers=headers)
    return answer.json()["elements"]


def status(espace, jeton, path="/moi"):
    return espace.service.get(path, headers=token(jeton)).status_code


def reach(tab, condition):
    """Press Tab until the focus, always seen, is where it should be."""
    for _ in range(60):
        tab.press("Tab")
        if tab.run(f"document.activeElement.matches({condition!r})"):
            break
    assert tab.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_demand_is_withdrawn_by_the_keyboard_on_a_small_telephone(tab, espace, opened):
    jeton, _ = espace.holder(siret=None)
    tab.size(320)
    opened(jeton)
    fill(tab, "description", "Fromages de Brie")
    assert "Un agent" in send(tab, "data-fiche")
    assert len(waiting(espace)) == 1
    tab.run("document.querySelector('[data-confirmer]').focus()")
    reach(tab, "summary")
    while tab.run("document.activeElement.textContent") != "Retirer cette demande":
        reach(tab, "summary")
    tab.press("Enter")
    assert axe(tab) == []
    assert tab.run("document.documentElement.scrollWidth") <= 320
    reach(tab, "[data-retirer]")
    assert tab.run("document.activeElement.offsetHeight") >= 44
    tab.press("Enter")
    tab.until(f"{BILAN}.includes('Votre demande est retirée')")
    assert tab.run("document.activeElement.matches('[data-bilan]')")
    assert "Retirée." in tab.run(f"{DEMANDES}.innerText")
    assert tab.run(f"{DEMANDES}.querySelector('[data-retirer]')") is None
    assert tab.run("document.querySelector('[data-attente]').hidden") is True
    assert tab.run("document.querySelector('[data-champ=description]').value") == ""
    assert waiting(espace) == []
    assert axe(tab) == []


def test_a_demand_that_was_decided_meanwhile_is_shown_as_it_is(tab, espace, opened):
    jeton, _ = espace.holder(siret=None)
    opened(jeton)
    fill(tab, "description", "Fromages de Brie")
    send(tab, "data-fiche")
    espace.decide()
    click(tab, "[data-retirer]")
    tab.until(f"{BILAN}.includes('n’attend plus')")
    assert "Acceptée." in tab.run(f"{DEMANDES}.innerText")


def test_who_withdraws_its_registration_keeps_its_data_alone(tab, espace, opened):
    espace.service.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    given = espace.service.post("/liens", params={"jeton": espace.mailed()}).json()
    opened(given["jeton"])
    assert "seulement vos données" in tab.run(f"{DEMANDES}.textContent")
    click(tab, "[data-retirer]")
    tab.until(f"{BILAN}.includes('Votre demande est retirée')")
    assert tab.run("document.querySelector('[data-ouvert]').hidden") is True
    assert tab.run("document.querySelector('[data-donnees]').hidden") is False
    assert waiting(espace) == []
    click(tab, "[data-donnees] [data-quitter]")
    tab.until(f"{BILAN}.includes('a pris fin')")
    assert status(espace, given["jeton"], "/moi/donnees") == 401


def test_a_new_link_closes_the_other_accesses_then_one_leaves(tab, espace):
    lost, numero = espace.holder()
    espace.service.post("/acces", json={"courriel": COURRIEL, "fiche_id": numero})
    tab.open(f"{espace.base}/v1/commerces/liens?jeton={espace.mailed()}")
    click(tab, "button")
    tab.until("document.querySelector('a.bouton') && sessionStorage.length === 1")
    mine = tab.run("sessionStorage.jeton")
    click(tab, "a.bouton")
    tab.until(OUVERT)
    click(tab, "[data-autres]")
    tab.until(f"{BILAN}.includes('autres accès sont fermés')")
    assert [status(espace, one) for one in (lost, mine)] == [401, 200]
    click(tab, "[data-quitter]")
    tab.until(f"{BILAN}.includes('a pris fin')")
    assert tab.run(FERME)
    assert tab.run("sessionStorage.length") == 0
    assert status(espace, mine) == 401


def test_one_leaves_without_the_directory_and_is_told_what_stays(tab, espace, opened):
    jeton, _ = espace.holder()
    opened(jeton)
    tab.run("window.fetch = () => Promise.reject(new TypeError())")
    click(tab, "[data-quitter]")
    tab.until(f"{BILAN}.includes('reste valable')")
    assert tab.run(FERME)
    assert tab.run("sessionStorage.length") == 0


def test_an_access_that_has_ended_is_told(tab, espace, opened):
    jeton, _ = espace.holder()
    opened(jeton)
    espace.service.delete("/moi/jeton", headers=token(jeton))
    click(tab, "[data-confirmer]")
    tab.until(f"{BILAN}.includes('a pris fin')")
    click(tab, "[data-quitter]")
    tab.until(FERME)


@pytest.mark.parametrize("espace", ["monte", "distant"], indirect=True)
def test_a_token_that_ended_opens_nothing_behind_the_gateway(espace):
    jeton, _ = espace.holder()
    address = f"{espace.base}/v1/commerces/moi"

    def read():
        return httpx.get(address, headers=token(jeton), trust_env=False).status_code

    assert [read(), read()] == [200, 200]
    espace.service.delete("/moi/jeton", headers=token(jeton))
    assert read() == 401
