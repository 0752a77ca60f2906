"""What the filters of stations say, as bits and as a reading of free texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes import filtres
from shared.schemas.bornes import Filtres, Prise


@given(st.lists(st.sampled_from(list(Prise)), min_size=1), st.booleans() | st.none())
def test_masks_say_what_filters_say(prises, gratuit) -> None:
    asked = {"prise": prises} | ({} if gratuit is None else {"gratuit": gratuit})
    try:
        question = Filtres(**asked)
    except ValueError:
        assert len(prises) > len(Prise)
        return
    masks = filtres.masks(question)
    assert len(masks) == len(asked)
    assert sum(filtres.BITS["prise"][p] for p in set(prises)) in masks


@pytest.mark.parametrize(
    ("restriction", "meaning"),
    [
        ("aucune restriction connue", "aucune"),
        ("Aucune Restriction", "aucune"),
        ("Restriction de gabarit non précisée", "inconnu"),
        ("false", "aucune"),
        ("inconnu", "inconnu"),
        ("15m²", "restreint"),
        ("hauteur maximale 2,10 m", "restreint"),
        ("Non renseigné", "inconnu"),
        ("Non spécifié", "inconnu"),
        ("Non communiqué", "inconnu"),
        ("Non concerné", "inconnu"),
        ("no restriction", "aucune"),
        ("Pas d'hauteur maximale", "aucune"),
        ("Non accessible aux poids lourds", "restreint"),
    ],
)
def test_what_a_restriction_means(restriction, meaning) -> None:
    assert filtres.gabarit(restriction) == meaning
