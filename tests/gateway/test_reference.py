"""The reference page: what a reader of the contract needs of each operation and each model."""

import html
import re

import pytest

from gateway.accueil.reference import reference

LIMITE = {
    "name": "limite",
    "in": "query",
    "description": "Combien.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 500},
}
BLANK = {"type": "string", "pattern": r"^\s*$"}
OUVERTS = {
    "name": "ouverts",
    "in": "query",
    "schema": {"anyOf": [{"type": "string", "const": "maintenant"}, {"type": "null"}, BLANK]},
}
MOTS = {"name": "q", "in": "query", "schema": {"anyOf": [{"type": "string"}, BLANK]}}
OPERATION = {
    "tags": ["essai"],
    "summary": "Une tuile : calque `stations`",
    "security": [{"cle": ["essai:lire", "essai:ecrire"]}],
    "parameters": [LIMITE, OUVERTS, MOTS],
    "responses": {
        "200": {"description": "Une page.", "content": {"text/html": {}}},
        "4XX": {"description": "Refus."},
        "304": {"description": "Rien n'a changé."},
    },
}
CHANGEMENT = {
    "properties": {
        "id": {"type": "string"},
        "fiche": {"anyOf": [{"$ref": "#/components/schemas/Fiche"}, {"type": "null"}]},
        "siret": {"anyOf": [{"type": "string", "description": "Clé vérifiée."}, {"type": "null"}]},
    },
    "externalDocs": {"description": "Norme d'essai", "url": "https://norme.example/"},
}
MESSAGE = {
    "tags": ["essai-envois"],
    "summary": "Un objet change",
    "parameters": [{"name": "webhook-id", "in": "header", "schema": {"type": "string"}}],
    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {"204": {"description": "Reçu."}},
}
DOCUMENT = {
    "tags": [
        {"name": "essai", "x-titre": "Essai", "description": "Un service."},
        {
            "name": "essai-envois",
            "x-titre": "Envois",
            "description": "Ce qu'il envoie.",
            "x-service": "essai",
        },
    ],
    "webhooks": {"essai.objet.change": {"post": MESSAGE}},
    "paths": {"/v1/essai": {"get": OPERATION}},
    "components": {
        "schemas": {"Changement": CHANGEMENT, "Fiche": {"type": "object"}},
        "securitySchemes": {"cle": {"scheme": "bearer", "description": "Clé d'accès."}},
    },
}


@pytest.fixture(scope="module")
def page():
    return reference(DOCUMENT, "http://127.0.0.1:8000").decode()


def rows(page, caption):
    """The cells of the first table of this name, by their row's title."""
    table = page[page.index(f"<caption>{caption}") :].partition("</table>")[0]
    found = re.findall(r"<tr><th[^>]*>(.*?)</th>(.*?)</tr>", table.partition("<tbody>")[2])
    clean = [[html.unescape(re.sub("<[^>]+>", "", part)) for part in row] for row in found]
    return dict(clean)


def test_a_summary_shows_code_as_code(page):
    assert "calque <code>stations</code></summary>" in page


def test_the_rights_of_a_reserved_operation_are_told(page):
    asked = "droit <code>essai:lire</code> et <code>essai:ecrire</code>"
    assert f"Accès réservé\N{NO-BREAK SPACE}: {asked}. Clé d’accès." in page


def test_a_parameter_says_what_it_is_without_it(page):
    told = rows(page, "Paramètres")
    assert "integer de 1 à 1000, 500 par défaut" in told["limite"]
    assert "« maintenant » ou string" in told["ouverts"]
    assert "string ou string" not in told["q"]
    assert "null" not in told["ouverts"], "a parameter is there or not"


def test_answers_are_in_order_and_a_page_is_not_json(page):
    told = rows(page, "Réponses")
    assert list(told) == ["200", "304", "4XX"]
    assert told["200"].endswith("text/html ")


def test_a_value_that_may_be_null_says_so(page):
    """The tombstone of a feed, the cursor of a last page."""
    told = rows(page, "Propriétés")
    assert "Fiche ou null" in told["fiche"]
    assert "null" not in told["id"]


def test_a_link_to_a_model_opens_it(page):
    """A browser opens what hides the target of a link: the target is inside, under its title."""
    assert 'href="#modele-Fiche"' in page
    inside = page.partition("<summary><code>Fiche</code></summary>")[2].partition("</details>")[0]
    assert 'id="modele-Fiche"' in inside


def test_a_property_takes_the_meaning_of_its_type(page):
    assert "Clé vérifiée." in rows(page, "Propriétés")["siret"]


def test_a_model_of_a_standard_leads_to_it(page):
    assert '<a href="https://norme.example/">Norme d&#x27;essai</a>' in page


def test_what_a_service_sends_is_in_its_rubric(page):
    rubric = page[page.index('id="essai-envois"') :].partition("</section>")[0]
    assert "<code>objet.change</code> Un objet change" in rubric
    assert "webhook-id" in rubric


def test_a_table_wider_than_the_screen_scrolls_by_the_keyboard(page):
    """WCAG 2.1.1: at 320 pixels most of them are."""
    tables = re.findall(r'<div class="large"([^>]*)><table><caption>(.*?)</caption>', page)
    assert len(tables) == page.count("<table>") > 3
    for attributes, caption in tables:
        assert f'tabindex="0" aria-label="{caption}"' in attributes
