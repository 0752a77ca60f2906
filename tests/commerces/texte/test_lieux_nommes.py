"""Places in a question: what names them, and what they find."""

import pytest

from services.commerces.mots import words
from services.commerces.texte.lieux_nommes import named, word_of


def places(text):
    return {word: sorted(found) for word, found in named(words(text)).items() if found}


def here(*codes):
    return sorted(map(word_of, codes))


@pytest.mark.parametrize(
    ("text", "word", "codes"),
    [
        ("fromagerie Vincennes", "vincennes", ["94080"]),
        ("boulangerie à St-Denis", "denis", ["93066"]),
        ("pierrefitte", "pierrefitte", ["93066"]),
        ("l'haÿ-les-roses", "roses", ["94038"]),
        ("hay les roses", "hay", ["94038"]),
        ("le bourget", "bourget", ["93013"]),
        ("Ivry", "ivry", ["94041"]),
        ("fleuriste boulogne", "boulogne", ["92012"]),
        ("levallois", "levallois", ["92044"]),
        ("le kremlin", "kremlin", ["94043"]),
        ("fontenay", "fontenay", ["92032", "94033"]),
        ("fontenay sous bois", "fontenay", ["94033"]),
        ("pizza 94300", "94300", ["94080"]),
        ("94440", "94440", ["94048", "94070", "94075"]),
        ("paris 15", "paris", ["75115"]),
        ("paris 15", "15", ["75115"]),
        ("pharmacie 1er", "1er", ["75101"]),
        ("15ème arrondissement", "arrondissement", ["75115"]),
        ("75016", "75016", ["75116"]),
        ("75116", "75116", ["75116"]),
    ],
)
def test_what_names_a_place(text, word, codes):
    assert places(text)[word] == here(*codes)


def test_paris_is_all_of_its_arrondissements():
    assert set(here(*(f"751{n:02}" for n in range(1, 21)))) < set(places("paris")["paris"])


@pytest.mark.parametrize("text", ["lilas", "bois", "roses", "saint", "15", "vin", "maisons", ""])
def test_what_names_none(text):
    assert places(text) == {}


VINCENNES = {"lon": 2.4386, "lat": 48.8474, "code_postal": "94300"}
LILAS = {"lon": 2.4190, "lat": 48.8800, "code_postal": "93260"}
QUINZE = {"lon": 2.2950, "lat": 48.8420, "code_postal": "75015"}


@pytest.fixture
def found(ouvrir, faire):
    """The names of the shops that a question finds, the best first."""
    shops = [
        faire(1, nom="Fromagerie Dupont", categories=["fromagerie"], **VINCENNES),
        faire(2, nom="Cave de Vincennes", categories=["caviste"], **QUINZE),
        faire(3, nom="Vin et compagnie", categories=["caviste"], **LILAS),
        faire(4, nom="Au lilas blanc", categories=["fleuriste"], **VINCENNES),
        faire(5, nom="Fromagerie St Paul", categories=["fromagerie"], **QUINZE),
    ]
    client = ouvrir(shops)

    def found(q, **params):
        answer = client.get("/", params={"q": q, **params})
        assert answer.status_code == 200, answer.text
        return [one["properties"]["nom"] for one in answer.json()["features"]]

    return found


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("fromagerie vincennes", ["Fromagerie Dupont"]),
        ("fromagerie paris 15", ["Fromagerie St Paul"]),
        ("fromager 75015", ["Fromagerie St Paul"]),
        ("caviste les lilas", ["Vin et compagnie"]),
        ("lilas", ["Au lilas blanc"]),
        ("saint paul", ["Fromagerie St Paul"]),
        ("st paul", ["Fromagerie St Paul"]),
    ],
)
def test_a_question_that_names_a_place_finds_what_is_there(found, q, names):
    assert found(q) == names


def test_a_name_comes_before_a_place(found):
    names = found("vincennes")
    assert names[0] == "Cave de Vincennes"
    assert set(names[1:]) == {"Fromagerie Dupont", "Au lilas blanc"}


def test_the_beginning_of_a_place_finds_nothing_of_it(found):
    assert set(found("vin")) == {"Vin et compagnie", "Cave de Vincennes"}
