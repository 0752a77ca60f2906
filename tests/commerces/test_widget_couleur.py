"""The colours of a widget: which are read on white, and which shade is proposed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.widget import couleur as couleurs

COLORS = st.from_regex("[0-9a-f]{6}", fullmatch=True)


@pytest.mark.parametrize(
    ("color", "ratio"), [("000000", 21.0), ("ffffff", 1.0), ("767676", 4.54), ("ff0000", 4.0)]
)
def test_contrast_by_worked_examples(color, ratio):
    assert couleurs.contrast_with_white(color) == pytest.approx(ratio, abs=0.01)
    assert couleurs.is_readable(color) == (ratio >= 4.5)


@given(COLORS)
def test_a_shade_that_is_proposed_can_be_read(color):
    shade = couleurs.darkened(color)
    assert couleurs.is_readable(shade)
    assert re.fullmatch("[0-9a-f]{6}", shade)
    if couleurs.is_readable(color):
        assert shade == color
