"""Words as a search compares them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.mots import (
    MOT_MAX,
    TEXTE_MAX,
    fold,
    forme,
    groups,
    racine,
    split,
    words,
)

FRENCH = st.text("abcdefghijklmnopqrstuvwxyzàâäçéèêëîïôöùûüÿœæ", min_size=1, max_size=15)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L'Étoile d’Or", ["l", "etoile", "d", "or"]),
        ("ŒUVRE & Cœur", ["oeuvre", "coeur"]),
        ("7j/7, de 8h30 à 19h", ["7j", "7", "de", "8h30", "a", "19h"]),
        ("Porte-bonheur_S.A.R.L.", ["porte", "bonheur", "s", "a", "r", "l"]),
        ("ﬁne ½ straße", ["fine", "1", "2", "strasse"]),
        ("寿司 Sushi", ["寿司", "sushi"]),
        ("… — !", []),
    ],
)
def test_words_of_a_text(text, expected) -> None:
    assert words(text) == expected


def test_words_without_a_space_between_are_also_one() -> None:
    assert split("Oeno'Vice") == (["oeno", "vice"], ["oenovice"])
    assert split("Étoile") == (["etoile"], [])


@pytest.mark.parametrize(
    "forms",
    [
        ["boulangerie", "boulangeries"],
        ["resto", "restos"],
        ["jeu", "jeux"],
        ["gateau", "gateaux"],
        ["cheval", "chevaux"],
        ["libanais", "libanaise", "libanaises"],
        ["chinois", "chinoise", "chinoises"],
        ["fin", "fine", "fins", "fines"],
        ["libraire", "librairie"],
    ],
)
def test_forms_of_a_word_share_a_root(forms) -> None:
    assert len({racine(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("fraise", "frais"), ("poisson", "boisson"), ("vin", "vingt"), ("os", "o"), ("gras", "grass")],
)
def test_other_words_do_not(one, other) -> None:
    assert racine(one) != racine(other)


@pytest.mark.parametrize(
    "forms",
    [
        ["boucher", "bouchers", "bouchère", "bouchères"],
        ["italien", "italiens", "italienne", "italiennes"],
        ["japonais", "japonaise", "japonaises"],
        ["gateau", "gateaux"],
        ["cheval", "chevaux"],
        ["jeu", "jeux"],
        ["fin", "fine", "fins", "fines"],
    ],
)
def test_forms_of_one_word(forms) -> None:
    assert len({forme(fold(form)) for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("manga", "manger"), ("boucher", "bouche"), ("libraire", "librairie"), ("japon", "japonais")],
)
def test_words_of_one_root_are_not_all_forms_of_one(one, other) -> None:
    assert racine(one) == racine(other)
    assert forme(one) != forme(other)


def test_long_texts_and_words_are_cut() -> None:
    assert len(words("a " * TEXTE_MAX)) == TEXTE_MAX // 2
    assert words("a" * TEXTE_MAX) == ["a" * MOT_MAX]
    assert split("ab-" * MOT_MAX)[1] == [("ab" * MOT_MAX)[:MOT_MAX]]


@given(st.text())
def test_folding_twice_changes_nothing(text) -> None:
    assert fold(fold(text)) == fold(text)


@given(FRENCH)
def test_accents_and_case_do_not_matter(word) -> None:
    plain = "".join(
        c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)
    ).translate(str.maketrans({"œ": "oe", "æ": "ae"}))
    for form in (word.upper(), word.capitalize(), unicodedata.normalize("NFD", word), plain):
        assert words(form) == words(word)


@given(
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=15).filter(
        lambda w: w[-1] not in "sx"
    )
)
def test_a_plural_in_s_has_the_root_of_its_singular(word) -> None:
    assert racine(word + "s") == racine(word)


@given(st.text())
def test_any_text_has_words(text) -> None:
    for word in words(text):
        assert 0 < len(word) <= MOT_MAX
        racine(word)
    for group in groups(text):
        parts, whole = split(group)
        assert len(whole) == (len(parts) > 1)
