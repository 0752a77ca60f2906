"""The commune and the territory that a question names."""

from functools import partial

import pytest

from shared import territoire
from shared.memory.places import asked_commune, asked_places, found_commune, written_commune
from shared.problems import InvalidBody, InvalidParameter, NotFound


@pytest.mark.parametrize(
    ("commune", "ept", "expected"),
    [
        (None, None, {}),
        ("93066", None, {"commune": "93066"}),
        ("93059", None, {"commune": "93066"}),
        ("75104", "T1", {"arrondissement": "75104", "ept": "T1"}),
        (None, "200057867", {"ept": "T6"}),
    ],
)
def test_codes_are_those_of_today(commune, ept, expected):
    assert asked_places(commune=commune, ept=ept) == expected


@pytest.mark.parametrize(("name", "value"), [("commune", "13055"), ("ept", "123456789")])
def test_what_is_elsewhere_is_refused(name, value):
    with pytest.raises(InvalidParameter) as refused:
        asked_places(**{"commune": None, "ept": None, name: value})
    assert refused.value.members["parametre"] == name


def test_the_point_of_a_commune_is_inside_it():
    for commune in territoire.communes():
        lieu = territoire.locate(*territoire.point_of(commune.code))
        assert lieu.code_commune == commune.code
    assert territoire.locate(*territoire.point_of("75116")).code_arrondissement == "75116"
    assert territoire.point_of("93059") == territoire.point_of("93066")
    assert territoire.point_of("13055") is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [("93059", "93066"), ("75056", "75056"), ("75104", "75104"), ("13055", None)],
)
def test_whoever_names_a_commune_is_told_of_its_fault_where_it_is(code, expected):
    """In a query, in a body, in an address: one commune, three refusals."""
    asked = partial(asked_commune, parametre="livre_a")
    written = partial(written_commune, pointer="#/codes/0")
    if expected is not None:
        assert asked(code).code == found_commune(code).code == written(code) == expected
        return
    with pytest.raises(InvalidParameter) as refused:
        asked(code)
    assert refused.value.members["parametre"] == "livre_a"
    with pytest.raises(InvalidBody) as refused:
        written(code)
    assert refused.value.members["erreurs"][0]["pointer"] == "#/codes/0"
    with pytest.raises(NotFound, match=code):
        found_commune(code)


@pytest.mark.parametrize(
    ("code_postal", "hint"),
    [
        ("92120", "demandez 92049 (Montrouge)."),
        ("75016", "demandez 75116 (Paris 16e)."),
        ("94440", "94048 (Marolles-en-Brie) ou 94070 (Santeny) ou 94075 (Villecresnes)."),
    ],
)
def test_a_postcode_is_told_which_codes_to_ask(code_postal, hint):
    with pytest.raises(InvalidParameter, match="code postal") as refused:
        asked_commune(code_postal)
    assert str(refused.value.members["erreurs"][0]["detail"]).endswith(hint)
