"""The page of a mailed link in a real browser: what a merchant sees of the whole suite."""

from datetime import UTC, datetime

import pytest

from services.commerces.liens import pages
from shared.schemas.commerces_contribution import LienRecu, LienSuivi, ObjetLien
from tests.e2e.navigateur import axe, serving

pytestmark = pytest.mark.navigateur

NOM = "Fromagerie d'essai"
LIMITE = datetime(2026, 11, 29, tzinfo=UTC)
RECU = LienRecu(objet=ObjetLien.PRECISION, nom=NOM, precision="Et le dimanche ?", expire_le=LIMITE)
FAIT = LienSuivi(
    objet=ObjetLien.INSCRIPTION, fiche_id="1", nom=NOM, jeton="j" * 43, expire_le=LIMITE
)
PAGES = {
    "confirmer": pages.question(RECU.model_copy(update={"objet": ObjetLien.INSCRIPTION})),
    "repondre": pages.question(RECU),
    "reponse-refusee": pages.question(RECU, refus="Le message est vide.", texte=" "),
    "fait": pages.answer(FAIT, "https://annuaire.metropole.exemple"),
    "mort": pages.refusal("Ce lien n'est pas valable."),
}


@pytest.fixture(params=PAGES)
def shown(request, tab):
    headers = pages.ANSWER_HEADERS if request.param == "fait" else pages.HEADERS
    policy = headers["Content-Security-Policy"]
    with serving(PAGES[request.param], policy=policy) as address:
        tab.size(320)
        tab.open(address)
        yield tab


def test_it_is_read_on_a_small_telephone(shown):
    """And its style is the one that its policy allows."""
    assert shown.run("document.documentElement.scrollWidth") <= 320
    assert shown.run("getComputedStyle(document.body).fontFamily").startswith("system-ui")
    sizes = shown.run(
        "[...document.querySelectorAll('button, textarea')].map((e) => e.offsetHeight)"
    )
    assert all(size >= 44 for size in sizes)
    # Nothing else than the page is served here: its script is seen in test_espace.py.
    assert [one for one in shown.complaints() if "jeton.js" not in str(one)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_breaks_no_rule_of_axe(shown, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    shown.ask("Emulation.setEmulatedMedia", features=features)
    assert axe(shown) == []


def test_a_refused_answer_is_told_beside_its_box(tab):
    with serving(PAGES["reponse-refusee"]) as address:
        tab.open(address)
        box = "document.querySelector('textarea')"
        assert tab.run(f"{box}.ariaDescribedByElements[0].textContent") == "Le message est vide."
        assert tab.run(f"{box}.ariaInvalid") == "true"
