"""What an agent may look for: what is both on its ground and where it asks."""

import pytest

from services.commerces.api.agents import within
from shared.auth import Acteur


@pytest.mark.parametrize(
    ("ground", "asked", "found"),
    [
        ("75116", "75056", ["75116"]),
        ("75056", "75116", ["75116"]),
        ("75116", "75116", ["75116"]),
        ("75116", "75104", []),
        ("75116", "93066", []),
        ("93066", "93059", ["93066"]),
        ("93066", None, ["93066"]),
    ],
)
def test_what_is_both_here_and_there(ground, asked, found):
    acteur = Acteur("mairie", "commune", territoire=frozenset({ground}))
    assert within(acteur, asked) == found


def test_who_answers_for_all_is_bounded_by_what_is_asked_alone():
    cci = Acteur("cci", "cci")
    assert (within(cci, None), within(cci, "75056")) == (None, ["75056"])
