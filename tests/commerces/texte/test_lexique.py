"""The words known: their families, what starts so, what is near."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from services.commerces.texte import lexique as module
from services.commerces.texte.lexique import TRAITS, Lexique, _traits

LETTERS = "abcdefghijklmnopqrstuvwxyzé"
WORDS = st.lists(st.text(LETTERS[:6], min_size=1, max_size=11), min_size=1, max_size=12)


def lexicon(*texts: str) -> Lexique:
    made = Lexique()
    for text in texts:
        made.encode([(10, text)])
        made.settle()
    return made


def near(made: Lexique, word: str) -> dict[str, int]:
    return {made.word(number): distance for number, distance in made.near(word)}


def test_words_keep_their_numbers() -> None:
    made = lexicon("Boulangerie du Port", "Boulangeries, pains")
    assert [made.word(made.find(word)) for word in ("port", "pains")] == ["port", "pains"]
    assert made.find("boucherie") is None
    assert {made.word(n) for n in made.family("boulangerie")} == {"boulangerie", "boulangeries"}
    assert made.family("boucherie") == []


def test_what_starts_so_is_in_order_of_the_alphabet() -> None:
    made = lexicon("tapis tabac", "table taba")
    assert [made.word(number) for number in made.starting("tab")] == ["taba", "tabac", "table"]
    assert made.starting("zinc") == []


def test_how_many_edits_a_word_may_have_depends_on_its_size() -> None:
    made = lexicon("fromagerie librairie pizza bar pain75")
    assert near(made, "fromagrie") == {"fromagerie": 1}
    assert near(made, "librairy") == {"librairie": 2}
    assert near(made, "pzia") == {}
    assert near(made, "piza") == {"pizza": 1}
    assert near(made, "bat") == near(made, "bars") == {}
    assert near(made, "pain74") == near(made, "painx75") == {}
    assert near(made, "pizza") == {}


def test_a_marked_word_is_near_those_of_its_mark() -> None:
    made = lexicon("mouffetard, moufetarde")
    for word in ("~mouffetard", "~mouf", "#mouffetard", "~12"):
        made.encode_word(word, 20)
    made.settle()
    assert near(made, "~moufetard") == {"~mouffetard": 1}
    assert near(made, "~moux") == near(made, "~13") == near(made, "~") == {}
    assert near(made, "moufetard") == {"mouffetard": 1, "moufetarde": 1}


@given(WORDS, st.text(LETTERS[:6], min_size=1, max_size=11))
def test_near_is_what_comparing_with_every_word_finds(known, word) -> None:
    expected = {}
    for other in known:
        distance, short, long = OSA.distance(word, other), *sorted((len(word), len(other)))
        if (distance == 1 and short >= 4 and long >= 5) or (distance == 2 and short >= 8):
            expected[other] = distance
    assert near(lexicon(*known), word) == expected


@given(st.text(LETTERS, min_size=1), st.text(LETTERS, min_size=1, max_size=2), st.data())
def test_one_edit_changes_few_traits(word, put, data) -> None:
    place = data.draw(st.integers(0, len(word)))
    cut = data.draw(st.integers(place, min(len(word), place + 1)))
    edited = word[:place] + put[:1] + word[cut:]
    swapped = word[:place] + word[place : place + 2][::-1] + word[place + 2 :]
    for other in (edited, swapped):
        assert (_traits(word) ^ _traits(other)).bit_count() <= TRAITS


@pytest.mark.parametrize("poids", [(200, 56), (0, 12), (-1, 255)])
def test_weights_are_between_1_and_255_together(poids) -> None:
    with pytest.raises(ValueError, match="255 at most"):
        Lexique().encode([(each, "pain") for each in poids])


def test_what_is_remembered_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(module, "MEMO_MAX", 2)
    made = lexicon("un deux trois quatre cinq")
    assert made._wholes.cache_info().currsize <= 2
    assert [made.word(number) for number in range(5)] == ["un", "deux", "trois", "quatre", "cinq"]
