"""Sessions told again as statuses."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.statuts.rejeu import (
    RAPPEL,
    Changement,
    Rejeu,
    SessionRecharge,
    changements,
    lire_sessions,
)
from shared.transfers.files import FichierRefuse

START = datetime(2026, 1, 31, 8, tzinfo=UTC)


def test_sessions_are_taken_then_free():
    sessions = [SessionRecharge("A", 10_000, 40_000), SessionRecharge("B", 20_000, 30_000)]
    assert list(changements(sessions)) == [
        Changement(0, "A", occupe=True),
        Changement(10, "B", occupe=True),
        Changement(20, "B", occupe=False),
        Changement(30, "A", occupe=False),
    ]


def test_sessions_that_overlap_are_one_and_those_that_follow_are_two():
    sessions = [
        SessionRecharge("A", 0, 20_000),
        SessionRecharge("A", 10_000, 30_000),
        SessionRecharge("A", 30_000, 40_000),
    ]
    assert list(changements(sessions)) == [
        Changement(0, "A", occupe=True),
        Changement(30, "A", occupe=False),
        Changement(30, "A", occupe=True),
        Changement(40, "A", occupe=False),
    ]


def test_time_goes_faster_and_states_are_told_again_before_they_expire():
    replay = Rejeu(
        [SessionRecharge("A", 0, 600_000), SessionRecharge("B", 300_000, 900_000)],
        debut=START,
        vitesse=60,
    )

    def at(seconds):
        lot = replay.lot(START + timedelta(seconds=seconds))
        return {statut.id_pdc_itinerance: statut.occupation_pdc for statut in lot}

    assert at(0) == {"A": "occupe", "B": "libre"}
    assert at(4) == {}
    assert at(5) == {"B": "occupe"}
    assert at(10) == {"A": "libre"}
    assert not replay.fini
    assert at(15) == {"B": "libre"}
    assert replay.fini
    assert at(15 + RAPPEL.total_seconds()) == {"A": "libre", "B": "libre"}


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.integers(0, 10_000), st.integers(0, 5_000)),
        max_size=20,
    )
)
def test_a_point_is_taken_exactly_while_a_session_is_under_way(asked):
    sessions = sorted(
        (SessionRecharge(point, debut, debut + length) for point, debut, length in asked),
        key=lambda session: (session.debut, session.point),
    )
    told = list(changements(sessions))
    assert [one.apres_s for one in told] == sorted(one.apres_s for one in told)
    origin = sessions[0].debut if sessions else 0
    for instant in {second for s in sessions for second in (s.debut, s.fin, s.fin - 1)}:
        for point in "ABC":
            last = [
                one.occupe
                for one in told
                if one.point == point and one.apres_s * 1000 + origin <= instant + 0.5
            ]
            under_way = any(s.point == point and s.debut <= instant < s.fin for s in sessions)
            assert (last[-1] if last else False) == under_way


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "[]",
        '{"id_pdc_itinerance": "A", "start": 2}',
        '{"id_pdc_itinerance": "A", "start": 2, "end": 1}',
        '{"id_pdc_itinerance": "A", "start": null, "end": 1}',
        '{"id_pdc_itinerance": "A", "start": Infinity, "end": 1}',
    ],
)
def test_a_file_of_something_else_says_where(tmp_path, line):
    file = tmp_path / "sessions.jsonl"
    file.write_text('{"id_pdc_itinerance": "A", "start": 1, "end": 2}\n' + line)
    with pytest.raises(ValueError, match="ligne 2"):
        lire_sessions(file)


def test_a_file_without_a_session_is_refused(tmp_path):
    file = tmp_path / "sessions.jsonl"
    file.write_text("\n")
    with pytest.raises(ValueError, match="aucune session"):
        lire_sessions(file)


@pytest.mark.parametrize("kept", [2, 20, 40])
def test_a_compressed_file_that_was_cut_is_refused(tmp_path, kept):
    file = tmp_path / "sessions.jsonl.gz"
    whole = gzip.compress(b'{"id_pdc_itinerance": "A", "start": 1, "end": 2}\n')
    assert kept < len(whole)
    file.write_bytes(whole[:kept])
    with pytest.raises(FichierRefuse, match="tronqué"):
        lire_sessions(file)


def test_a_file_may_be_compressed(tmp_path):
    file = tmp_path / "sessions.jsonl.gz"
    lines = [
        {"id_pdc_itinerance": "B", "start": 5, "end": 6},
        {"id_pdc_itinerance": "A", "start": 1, "end": 2},
    ]
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    assert lire_sessions(file) == [SessionRecharge("A", 1, 2), SessionRecharge("B", 5, 6)]


def test_the_real_sessions_are_told_whole(donnees_reelles):
    sessions = lire_sessions(donnees_reelles / "irve/grand_paris_sessions.jsonl.gz")
    assert len(sessions) == 13_322
    told = list(changements(sessions))
    assert len({one.point for one in told}) == 880
    assert sum(one.occupe for one in told) == sum(not one.occupe for one in told)
    assert len(told) == 2 * 13_322
    replay = Rejeu(sessions, debut=START, vitesse=600)
    assert len(replay.lot(START)) == 880
    day = replay.lot(START + timedelta(seconds=144))
    assert 0 < len(day) < 880
