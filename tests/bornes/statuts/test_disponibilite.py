"""How long a point was in each state: worked examples, then any history against a slow count."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.bornes.statuts.disponibilite import Ligne, temps

HOLDS = timedelta(minutes=10)
START = datetime(2026, 1, 31, tzinfo=UTC)


def at(minutes):
    return START + timedelta(minutes=minutes)


def spent(rows, vu, debut=0, fin=60):
    """Minutes in service, out of service and unknown; rows are (minute, state, told until)."""
    lignes = [
        Ligne(etat, "libre", at(minute), None if told is None else at(told))
        for minute, etat, told in rows
    ]
    found = temps(
        lignes, vu=None if vu is None else at(vu), debut=at(debut), fin=at(fin), peremption=HOLDS
    )
    return tuple(part / timedelta(minutes=1) for part in found), found.taux


def test_nothing_told_is_an_hour_unknown():
    assert spent([], None) == ((0, 0, 60), None)


def test_a_state_told_all_along_holds_all_along():
    assert spent([(-5, "en_service", None)], 60) == ((60, 0, 0), 1.0)


def test_a_state_told_once_holds_ten_minutes():
    assert spent([(20, "en_service", None)], 20) == ((10, 0, 50), 1.0)


def test_a_failure_counts_from_its_status_to_the_next():
    rows = [(0, "en_service", None), (30, "hors_service", 29), (45, "en_service", 44)]
    assert spent(rows, 60) == ((45, 15, 0), 0.75)


def test_a_silence_is_unknown_not_out_of_service():
    rows = [(0, "en_service", None), (50, "en_service", 20)]
    assert spent(rows, 60) == ((40, 0, 20), 1.0)


def test_what_the_operator_does_not_know_is_unknown():
    rows = [(0, "hors_service", None), (15, "inconnu", 14)]
    assert spent(rows, 60) == ((0, 15, 45), 0.0)


def test_the_first_change_after_the_period_says_until_when_the_last_state_was_told():
    rows = [(10, "en_service", None), (90, "hors_service", 20)]
    assert spent(rows, 90) == ((20, 0, 40), 1.0)


def test_an_empty_period_has_no_time():
    assert spent([(0, "en_service", None)], 30, debut=20, fin=20) == ((0, 0, 0), None)


@given(
    told=st.lists(
        st.tuples(st.integers(0, 90), st.sampled_from(["en_service", "hors_service", "inconnu"])),
        unique_by=lambda one: one[0],
    ).map(sorted),
    debut=st.integers(0, 60),
    length=st.integers(0, 60),
)
def test_as_one_would_count_minute_by_minute(told, debut, length):
    """From statuses, the history as it is written, then what each minute was."""
    rows, vu = [], None
    for minute, etat in told:
        if vu is None or etat != rows[-1][1] or minute - vu > 10:
            rows.append((minute, etat, vu))
        vu = minute
    fin = debut + length
    before = [row for row in rows if row[0] <= debut][-1:]
    inside = [row for row in rows if debut < row[0] < fin]
    after = [row for row in rows if row[0] >= max(fin, debut + 1)][:1]
    count = dict.fromkeys(("en_service", "hors_service", "inconnu"), 0)
    for minute in range(debut, fin):
        last = max((one for one in told if one[0] <= minute), default=None)
        held = last is not None and minute < last[0] + 10
        count[last[1] if held else "inconnu"] += 1
    found, taux = spent([*before, *inside, *after], vu, debut, fin)
    assert found == tuple(count.values())
    known = count["en_service"] + count["hors_service"]
    assert taux == (count["en_service"] / known if known else None)
