"""Texts that were read in the wrong way before they came."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.transfers.misread import restored

FRENCH = "abc ABC'éèêëàâùûîïôçÉÈÀÇŒœæ’«»…–°"


@pytest.mark.parametrize(
    ("misread", "right"),
    [
        ("FranÃ§ois", "François"),
        ("Ã\x89cole", "École"),  # read as Latin-1
        ("Ã‰cole", "École"),
        ("Ã\xa0 gauche", "à gauche"),
        ("Lâ€™Ã®le â€“ 3â‚¬", "L’île – 3€"),
        ("ÃƒÂ©tat", "état"),  # twice
        ("l&#039;Ouest &amp; d&eacute;p&ocirc;t", "l'Ouest & dépôt"),
        ("&amp;#039;Ouest", "'Ouest"),
        ("NÂ°&nbsp;12", "N°\xa012"),
    ],
)
def test_what_was_misread_is_restored(misread, right):
    assert restored(misread) == right


@pytest.mark.parametrize(
    "text",
    [
        *("CHÂTEAU", "SÃO PAULO", "Åre", "tâŒŒ", "A & B; C", "R&D;x", "Тест", ""),
        *("&#61;cmd()", "&#43;33", "&nbsp;", "&#1;", "&amp;" * 2 + "amp;" * 5),
    ],
)
def test_nothing_else_is_touched(text):
    assert restored(text) == text


@given(st.text(alphabet=FRENCH, min_size=1).filter(lambda text: text == text.strip()))
def test_any_french_text_comes_back(text):
    assert restored(text) == text
    assert restored(text.encode().decode("latin-1")) == text
    if html.escape(text)[0] not in "=+-@":
        assert restored(html.escape(text)) == text


@given(st.text(alphabet="ÃÂâÅ©€™§&#039;amplt<= \xa0\xad", max_size=30))
def test_what_is_restored_stays(text):
    assert restored(restored(text)) == restored(text)
