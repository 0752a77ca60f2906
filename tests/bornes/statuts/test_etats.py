"""The states in memory: what is told, when it stops holding, and which points are free."""

from datetime import UTC, datetime, timedelta

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.statuts.dynamique import ETATS, ETATS_PRISE, OCCUPATIONS, PRISES
from services.bornes.statuts.etats import AUCUN, PDC, Etats, microseconds
from shared.schemas.bornes_statuts import EtatDynamique

NOW = 1_790_000_000
INSTANT = datetime.fromtimestamp(NOW, UTC)
STATE = st.tuples(
    st.integers(0, 5).map(lambda number: f"FRETAE{number}"),
    st.sampled_from(ETATS),
    st.sampled_from(OCCUPATIONS),
    st.integers(-200, 1_000).map(lambda age: INSTANT - timedelta(seconds=age)),
    *(st.none() | st.sampled_from(ETATS_PRISE) for _ in PRISES),
)


def row(point, etat="en_service", occupation="libre", age_s=0.0, **prises):
    told = INSTANT - timedelta(seconds=age_s)
    return (point, etat, occupation, told, *(prises.get(name) for name in PRISES))


def states(*rows):
    return Etats.none(600).apply(rows, NOW)


def number(point):
    return PDC.number(point)


def words(etats, number):
    """A state as it is told, its instant read."""
    told = orjson.loads(etats.of(number).json)
    instant = told["horodatage"]
    return {**told, "horodatage": instant and datetime.fromisoformat(instant)}


def test_a_state_is_given_back_in_the_words_of_the_standard():
    etats = states(row("FRETAE1", occupation="reserve", etat_prise_type_2="fonctionnel"))
    assert words(etats, number("FRETAE1")) == {
        "etat_pdc": "en_service",
        "occupation_pdc": "reserve",
        "horodatage": INSTANT,
        "perime": False,
        "etat_prise_type_2": "fonctionnel",
        "etat_prise_type_combo_ccs": None,
        "etat_prise_type_chademo": None,
        "etat_prise_type_ef": None,
    }
    EtatDynamique.model_validate_json(etats.of(number("FRETAE1")).json)


def test_of_a_point_never_told_nothing_is_known_even_if_it_comes_later():
    etats = states(row("FRETAE1"))
    newcomer = number("FRETAE-nouveau")
    assert newcomer >= etats.etat.size - 1
    assert not AUCUN.known(np.arange(3)).any()
    for known in (AUCUN, etats):
        assert words(known, newcomer)["etat_pdc"] == "inconnu"
        assert words(known, newcomer)["horodatage"] is None
        assert not words(known, newcomer)["perime"]
        numbers = np.array([newcomer])
        assert not known.free(numbers).any()
        assert not known.taken(numbers).any()
        assert not known.told(numbers).any()


def test_a_state_holds_ten_minutes_to_the_second():
    etats = states(row("FRETAE1", etat_prise_type_ef="fonctionnel"))
    assert etats.holds_until == NOW + 601
    assert words(etats.at(NOW + 600), number("FRETAE1"))["etat_pdc"] == "en_service"
    late = words(etats.at(NOW + 601), number("FRETAE1"))
    assert (late["etat_pdc"], late["occupation_pdc"], late["perime"]) == (
        "inconnu",
        "inconnu",
        True,
    )
    assert (late["horodatage"], late["etat_prise_type_ef"]) == (INSTANT, "inconnu")
    assert late["etat_prise_type_2"] is None


@pytest.mark.parametrize(
    ("etat", "occupation", "free", "taken"),
    [
        ("en_service", "libre", True, False),
        ("en_service", "occupe", False, True),
        ("en_service", "reserve", False, True),
        ("en_service", "inconnu", False, False),
        ("hors_service", "libre", False, True),
        ("inconnu", "libre", False, False),
        ("inconnu", "reserve", False, False),
    ],
)
def test_free_and_taken(etat, occupation, free, taken):
    numbers = np.array([number("FRETAE1")])
    etats = states(row("FRETAE1", etat, occupation))
    assert (etats.free(numbers)[0], etats.taken(numbers)[0]) == (free, taken)
    assert not etats.at(NOW + 601).free(numbers)[0]
    assert not etats.at(NOW + 601).taken(numbers)[0]


@given(st.lists(st.lists(STATE, unique_by=lambda one: one[0])))
def test_columns_say_what_a_dictionary_would(batches):
    etats, known = Etats.none(600), {}
    for rows in batches:
        etats = etats.apply(rows, NOW)
        known |= {one[0]: one for one in rows}
    for place in range(6):
        point = f"FRETAE{place}"
        found, one = words(etats, number(point)), known.get(point)
        holds = one is not None and one[3] >= INSTANT - timedelta(seconds=600)
        assert found["etat_pdc"] == (one[1] if holds else "inconnu")
        assert found["occupation_pdc"] == (one[2] if holds else "inconnu")
        assert found["horodatage"] == (one[3] if one else None)
        free = holds and one[1:3] == ("en_service", "libre")
        assert etats.free(np.array([number(point)]))[0] == free
        assert etats.of(number(point)).libre == free
        prises = one[4:] if one else (None,) * 4
        told = [prise if holds or prise is None else "inconnu" for prise in prises]
        assert [found[name] for name in PRISES] == told
    # Nothing changes before the second it announces, and something does at it.
    later = etats.at(etats.holds_until) if etats.holds_until < NOW + 10_000 else None
    everyone = np.array([number(f"FRETAE{place}") for place in range(6)])
    before = etats.known(everyone).sum()
    if later is None:
        assert before == 0
    else:
        assert etats.at(etats.holds_until - 1).known(everyone).sum() == before
        assert later.known(everyone).sum() < before


def test_a_state_is_never_changed_under_its_reader():
    first = states(row("FRETAE1"))
    second = first.apply([row("FRETAE1", occupation="occupe")], NOW)
    assert words(first, number("FRETAE1"))["occupation_pdc"] == "libre"
    assert words(second, number("FRETAE1"))["occupation_pdc"] == "occupe"
    assert microseconds(INSTANT) == NOW * 1_000_000
