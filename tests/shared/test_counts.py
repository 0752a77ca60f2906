"""Numbers in sentences."""

import pytest

from shared.counts import counted, figure


@pytest.mark.parametrize(
    ("value", "told"),
    [(0, "0"), (999, "999"), (1_000, "1\u202f000"), (10**8, "100\u202f000\u202f000")],
)
def test_thousands_are_parted(value, told):
    assert figure(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0 ligne lue"),
        (1, "1 ligne lue"),
        (2, "2 lignes lues"),
        (1_500, "1\u202f500 lignes lues"),
    ],
)
def test_words_agree_with_their_number(value, told):
    assert counted(value, "ligne lue") == told
