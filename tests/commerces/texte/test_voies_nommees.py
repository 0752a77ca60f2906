"""Streets in a question: what names them, and what they find."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.mots import words
from services.commerces.texte.voies_nommees import named, words_of


def streets(text):
    return {word: sorted(found) for word, found in named(words(text)).items()}


@pytest.mark.parametrize(
    ("adresse", "expected"),
    [
        ("12 rue de Vaugirard", ["~12", "~rue", "~vaugirard"]),
        ("12 bis, Bd. St-Michel", ["~12", "~bis", "~boulevard", "~saint", "~michel"]),
        ("3 av du Général Leclerc", ["~3", "~avenue", "~general", "~leclerc"]),
        ("rue de la rue", ["~rue"]),
        ("", []),
    ],
)
def test_the_words_of_an_address(adresse, expected):
    assert words_of(adresse) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("boulangerie rue de Vaugirard", {"rue": ["~rue"], "vaugirard": ["~vaugirard"]}),
        ("bd st michel", {"bd": ["~boulevard"], "st": ["~saint"], "michel": ["~michel"]}),
        ("pizza 12 rue monge", {"12": ["~12"], "rue": ["~rue"], "monge": ["~monge"]}),
        (
            "12 ter rue monge",
            {"12": ["~12"], "ter": ["~ter"], "rue": ["~rue"], "monge": ["~monge"]},
        ),
        ("boulangerie bio", {}),
        ("boulangerie de rue", {}),
        ("rue de la", {}),
        ("", {}),
    ],
)
def test_what_names_a_street(text, expected):
    assert streets(text) == expected


@given(
    st.sampled_from(["", "12 ", "12 bis, ", "8bis ", "4-6 ", "31/33 "]),
    st.sampled_from(["rue", "Bd.", "AV", "impasse"]),
    st.text(st.characters(categories=["L", "Nd"], include_characters=" -'.,"), min_size=1),
)
def test_an_address_names_itself(number, kind, name):
    adresse = f"{number}{kind} X {name}"
    meant = set().union(*named(words(adresse)).values())
    assert meant == set(words_of(adresse))


VINCENNES = {"lon": 2.4386, "lat": 48.8474, "code_postal": "94300"}
CINQ = {"lon": 2.3500, "lat": 48.8420, "code_postal": "75005"}


@pytest.fixture
def found(ouvrir, faire):
    """The shops that a question finds, the best first."""
    fromagerie, boulangerie = {"categories": ["fromagerie"]}, {"categories": ["boulangerie"]}
    client = ouvrir(
        [
            faire(1, nom="Chez Anne", adresse="12 rue Mouffetard", **fromagerie, **CINQ),
            faire(2, nom="Chez Paul", adresse="14 avenue de Paris", **boulangerie, **VINCENNES),
            faire(3, nom="Chez Jean", adresse="3, rue de Paris", **boulangerie, **VINCENNES),
            faire(4, nom="E. Leclerc", adresse="1 rue Monge", **CINQ),
            faire(6, nom="Café Charonne", adresse="8 rue de Charonne", **CINQ),
            faire(7, nom="Chez Lou", adresse="9 rue de Charonne", **CINQ),
            faire(5, nom="Au pain", adresse="2 Av. du Gal Leclerc", **boulangerie, **VINCENNES),
        ]
    )

    def found(q):
        answer = client.get("/", params={"q": q})
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["features"]]

    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rue mouffetard", ["1"]),
        ("fromagerie rue Mouffetard", ["1"]),
        ("boulangerie rue mouffetard", []),
        ("12 rue mouffetard", ["1"]),
        ("14 rue mouffetard", []),
        ("fromagerie rue mouf", ["1"]),
        ("fromagerie rue mouffetard paris", ["1"]),
        ("boulangerie avenue de paris", ["2"]),
        ("boulangerie rue de paris", ["3"]),
        ("boulangerie av leclerc", ["5"]),
        ("rue moufetard", ["1"]),
        ("fromagerie rue Mouffettard", ["1"]),
        ("12 rue mouftard paris", ["1"]),
        ("rue mougen", []),
        ("rue de charone", ["6", "7"]),
        ("bd lecler", []),
        ("av lecler", ["5"]),
    ],
)
def test_a_street_finds_its_shops(found, text, expected):
    assert found(text) == expected


def test_a_street_needs_no_kind_of_way_where_no_listing_has_its_name(found):
    assert found("fromagerie mouffetard") == ["1"]
    assert found("leclerc") == ["4"]
    assert found("fromagerie moufetard") == ["1"]


def test_a_street_that_bears_the_name_of_a_town_is_not_that_town(found):
    assert found("boulangerie paris") == []
