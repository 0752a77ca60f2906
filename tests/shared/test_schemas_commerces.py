"""What a listing may say: plain texts, numbers that dial, addresses that are safe to link to."""

import pytest
from pydantic import ValidationError

from shared.schemas.commerces import RechercheFiches
from shared.schemas.commerces_gestion import Contact, FicheSaisie
from shared.schemas.commerces_positions import lon_lat

MINIMAL = {
    "nom": "Fromagerie d'essai",
    "adresse": "1 rue de l'Essai",
    "code_postal": "94440",
    "lon": 2.54,
    "lat": 48.73,
    "categories": ["fromagerie"],
    "modalites": [{"genre": "comptoir"}],
}


def refused(**changes):
    with pytest.raises(ValidationError) as error:
        FicheSaisie.model_validate({**MINIMAL, **changes})
    return error.value.errors()


def test_a_minimal_listing_is_accepted():
    fiche = FicheSaisie.model_validate(MINIMAL)
    assert fiche.niveau_preuve is None, "what is proved stays"
    assert fiche.contacts == []


@pytest.mark.parametrize("name", ["", "   ", "<script>alert(1)</script>", "a\x00b", "x" * 121])
def test_a_name_is_one_line_of_plain_text(name):
    assert refused(nom=name)[0]["loc"] == ("nom",)


@pytest.mark.parametrize(
    "unseen", [*"\u200b\u2060\u00ad\ufeff\u3164\u2800\u1160\u200e\u200d\ufe0f", "\u200b \u2060"]
)
def test_what_cannot_be_seen_is_no_text(unseen):
    assert refused(nom=unseen)[0]["msg"].endswith("le texte est vide")
    fiche = FicheSaisie.model_validate({**MINIMAL, "nom": f"Chez{unseen[0]} Paul{unseen[0]}"})
    assert fiche.nom.replace("\u200d", "").replace("\ufe0f", "") == "Chez Paul"


def test_an_emoji_keeps_what_shapes_it():
    fiche = FicheSaisie.model_validate({**MINIMAL, "nom": "Chez 👩\u200d🍳 ❤\ufe0f"})
    assert fiche.nom == "Chez 👩\u200d🍳 ❤\ufe0f"


def test_a_name_is_written_in_one_way():
    fiche = FicheSaisie.model_validate({**MINIMAL, "nom": "  Cafe\u0301   5 < 6 \n"})
    assert fiche.nom == "Café 5 < 6"


def test_a_description_is_bounded_and_plain():
    assert refused(description="x" * 5_000_000)[0]["type"] == "string_too_long"
    assert refused(description="<img src=x onerror=alert(1)>")
    assert FicheSaisie.model_validate({**MINIMAL, "description": "a\nb"}).description == "a\nb"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("01 42 36 00 00", "+33142360000"),
        ("+33 (1) 42.36.00.00", "+33142360000"),
        ("0033142360000", "+33142360000"),
        ("+33 (0)1 42 36 00 00", "+33142360000"),
        ("tel:+33-1-42-36-00-00", "+33142360000"),
        ("\u202a01\u2011 42 36 00 00\u202c\u200b", "+33142360000"),
        ("+32 2 123 45 67", "+3221234567"),
        ("3631", "3631"),
    ],
)
def test_a_telephone_is_written_in_one_way(written, kept):
    assert Contact(genre="telephone", valeur=written).valeur == kept


@pytest.mark.parametrize(
    ("genre", "value"),
    [
        ("telephone", "01 42 36 00"),
        ("telephone", "01 42 36 00 00 / 06 00 00 00 00"),
        ("telephone", "<Nul>"),
        ("courriel", "facebook"),
        ("courriel", "a@b"),
        ("courriel", f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 62}.fr"),
        ("site", "javascript:alert(1)"),
        ("site", "https//exemple.fr"),
        ("site", "http://exemple.fr:99999/"),
        ("site", "http://exemple.fr:abc/"),
        ("site", "https://admin:secret@exemple.fr"),
        ("site", "https://localhost/"),
        ("site", 'https://exemple.fr/"onclick="x'),
        ("site", "https://exemple.fr/" + "a" * 500),
        ("commande", "data:text/html,x"),
        ("instagram", "@handle"),
        ("fax", "01 42 36 00 00"),
    ],
)
def test_a_contact_that_is_not_of_its_kind_is_refused(genre, value):
    assert refused(contacts=[{"genre": genre, "valeur": value}])


def test_a_contact_is_private_until_it_is_made_public():
    assert Contact(genre="courriel", valeur="nom@exemple.fr").public is False


@pytest.mark.parametrize(
    "changes",
    [
        {"siret": "73282932000075"},
        {"categories": []},
        {"categories": ["fromagerie", "fromagerie"]},
        {"modalites": []},
        {"modalites": [{"genre": "comptoir"}, {"genre": "comptoir"}]},
        {"modalites": [{"genre": "comptoir", "du": "2026-02-01", "au": "2026-01-31"}]},
        {"modalites": [{"genre": "livraison", "minimum": "-1.00"}]},
        {"modalites": [{"genre": "livraison", "minimum": 12}]},
        {"modalites": [{"genre": "livraison", "delai_min": "30"}]},
        {"labels": ["bio", "bio"]},
        {"horaires_osm": "24/7", "horaires": {"jamais": True}},
        {"couleur": "bleu"},
        {"contacts": [{"genre": ["telephone"], "valeur": "01 42 36 00 00"}]},
        {"contacts": [{"genre": "telephone", "valeur": 142360000}]},
        {"contacts": ["01 42 36 00 00"]},
    ],
)
def test_what_contradicts_itself_is_refused(changes):
    assert refused(**changes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2.35,48.85", (2.35, 48.85)), ("-181,0", None), ("0,91", None), ("2.35", None)],
)
def test_a_position_in_an_address(text, expected):
    assert lon_lat(text) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"livre_a": "Paris"},
        {"autour": "93066"},
        {"tri": "distance"},
        {"tri": "pertinence"},
        {"rayon_m": 500},
        {"bbox": "0,0,5,5"},
        {"champs": ["couleur"]},
        {"categorie": ["Fromagerie"]},
    ],
)
def test_a_question_that_has_no_answer_is_refused(query):
    with pytest.raises(ValidationError):
        RechercheFiches.model_validate(query)


def test_a_question_is_read_as_it_is_written_in_an_address():
    recherche = RechercheFiches.model_validate(
        {"modalite": ["livraison,drive"], "livre_a": "2.35,48.85", "tri": "distance"}
    )
    assert recherche.modalite == ["livraison", "drive"]
