"""Opening hours: what is understood, what is not, and what the clocks of Paris make of it."""

import csv
import gzip
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.horaires import parse, state
from shared.schemas.commun import PARIS, Ouverture

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
OPEN, CLOSED, UNKNOWN = Ouverture.OUVERT, Ouverture.FERME, Ouverture.INCONNU


def at(text: str, local: str) -> Ouverture:
    """What a text says of a local time of Paris."""
    return state(text, datetime.fromisoformat(local).replace(tzinfo=PARIS))


# 2026-01-26 is a Monday; 2026-05-01 a Friday and a holiday.
@pytest.mark.parametrize(
    ("text", "local", "found"),
    [
        ("24/7", "2026-01-26 03:00", OPEN),
        ("24/7", "2026-01-26 00:00", OPEN),
        ("open", "2026-01-26 00:00", OPEN),
        ("24/7", "2026-05-01 03:00", OPEN),
        ("Mo-Fr 08:00-18:00", "2026-01-26 08:00", OPEN),
        ("Mo-Fr 08:00-18:00", "2026-01-26 07:59", CLOSED),
        ("Mo-Fr 08:00-18:00", "2026-01-26 18:00", CLOSED),
        ("Mo-Fr 08:00-18:00", "2026-01-31 12:00", CLOSED),
        ("Tu,We,Fr,Th,Mo  14:00-17:00", "2026-01-29 15:00", OPEN),
        ("Tu,We,Fr,Th,Mo  14:00-17:00", "2026-02-01 15:00", CLOSED),
        ("We,Tu,Th,Mo  07:30-21:30,Su,Sa  00:00-01:00,Su  10:00-22:00", "2026-02-01 00:30", OPEN),
        ("We,Tu,Th,Mo  07:30-21:30,Su,Sa  00:00-01:00,Su  10:00-22:00", "2026-02-01 05:00", CLOSED),
        ("Mo-Sa 09:00-12:00 14:00-19:00, Su 9:00-12:30", "2026-01-26 13:00", CLOSED),
        ("Mo-Sa 09:00-12:00 14:00-19:00, Su 9:00-12:30", "2026-02-01 12:15", OPEN),
        ("Mo-Th 7:30-12:00,Fr13:15-17:00", "2026-01-30 14:00", OPEN),
        ("Fr-Mo 22:00-02:00", "2026-01-27 01:59", OPEN),
        ("Fr-Mo 22:00-02:00", "2026-01-27 02:00", CLOSED),
        ("Fr-Mo 22:00-02:00", "2026-01-28 01:00", CLOSED),
        ("Mo 22:00-26:00", "2026-01-27 01:00", OPEN),
        ("Mo-Su 08:00-08:00", "2026-01-26 07:00", OPEN),
        ("Mo 07:00-00:00", "2026-01-26 23:59", OPEN),
        ("Mo 00:00-23:59", "2026-01-26 23:59", OPEN),
        ("Mo 00:00-23:59", "2026-01-27 00:00", CLOSED),
        ("Mo 00:00-00:01", "2026-01-26 12:00", CLOSED),
        ("08:00-20:00", "2026-02-01 12:00", OPEN),
        ("LUN-JEU 08:00-12H00", "2026-01-29 11:00", OPEN),
        ("Mo 08:00-12:00 Open", "2026-01-26 09:00", OPEN),
        ("Mo 12:00-48:00", "2026-01-27 23:59", OPEN),
        ("Lun-Ven 8h-19h, Sam 9h30-18h", "2026-01-31 09:15", CLOSED),
        ("Mo-Sun 06:00-22:00", "2026-02-01 21:00", OPEN),
        ("Mo-Su 08:00-20:00; Su off", "2026-02-01 12:00", CLOSED),
        ("Mo-Su 08:00-20:00, Su off", "2026-02-01 12:00", CLOSED),
        ("Mo-Fr 08:00-12:00; Fr 09:00-11:00", "2026-01-30 08:30", CLOSED),
        ("Mo-Fr 08:00-12:00, Fr 13:00-15:00", "2026-01-30 08:30", OPEN),
        ("off", "2026-01-26 12:00", CLOSED),
        # Silent on holidays: unknown where it opens, but closed where no day opens.
        ("Mo-Fr 08:00-18:00", "2026-05-01 12:00", UNKNOWN),
        ("Mo-Fr 08:00-18:00", "2026-05-01 20:00", CLOSED),
        ("Mo-Su 08:00-18:00", "2026-05-01 12:00", OPEN),
        ("Th 20:00-06:00", "2026-05-01 05:00", OPEN),
        ("Fr 20:00-06:00", "2026-05-02 05:00", UNKNOWN),
        ("Mo-Fr 08:00-18:00; PH off", "2026-05-01 12:00", CLOSED),
        ("Mo-Fr 08:00-18:00; PH off", "2026-01-26 12:00", OPEN),
        ("PH off; Mo-Fr 08:00-18:00", "2026-05-01 12:00", CLOSED),
        ("24/7; PH off", "2026-05-01 12:00", CLOSED),
        ("Mo-Fr 08:00-18:00; PH 10:00-12:00", "2026-05-01 11:00", OPEN),
        ("Su,PH 10:00-12:00", "2026-05-01 11:00", OPEN),
        ("PH,Su 10:00-12:00", "2026-05-01 11:00", OPEN),
        ("PH,Su 10:00-12:00", "2026-02-01 11:00", OPEN),
    ],
)
def test_what_a_text_says_of_a_moment(text, local, found) -> None:
    assert at(text, local) is found


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ; ",
        "Mo-Fr",
        "Su 0:00",
        "Su off",
        "PH off",
        "PH-Mo 08:00-12:00",
        "Jan-Mar 08:00-12:00",
        "Monday 08:00-12:00",
        "Mo 08:00+",
        "Mo 08:00-12:00 off",
        "Mo 08:60-12:00",
        "Mo 25:00-26:00",
        "Mo 08:00-49:00",
        "Mo 24:00-25:00",
        # What nothing but a person can settle, or only some days have.
        'Mo-Fr 08:00-18:00 "sur rendez-vous"',
        'Su off "marché"; Mo-Sa 08:00-18:00',
        "Mo-Fr 08:00-18:00 unknown",
        "Mo-Fr 08:00-18:00; PH Mo 10:00-12:00",
        "sunrise-sunset",
        'Mo-Fr 08:00-12:00 || "sur rendez-vous"',
        "Mo 08:00-12:00, We",
        "Mo 08:00-12:00 " * 200,
    ],
)
def test_what_is_not_understood_is_unknown(text) -> None:
    assert parse(text) is None
    assert at(text, "2026-01-26 12:00") is UNKNOWN


@pytest.mark.parametrize(
    ("utc", "found"),
    [
        # Clocks go from 02:00 to 03:00 on 2026-03-29: 02:30 does not exist.
        ("2026-03-29T00:59:00", CLOSED),
        ("2026-03-29T01:00:00", OPEN),
        # And from 03:00 to 02:00 on 2026-10-25: 02:30 comes twice.
        ("2026-10-25T00:30:00", CLOSED),
        ("2026-10-25T01:30:00", CLOSED),
        ("2026-10-25T02:00:00", OPEN),
    ],
)
def test_the_clocks_of_paris_change(utc, found) -> None:
    assert state("Mo-Su 03:00-05:00", datetime.fromisoformat(utc).replace(tzinfo=UTC)) is found


@st.composite
def weeks(draw):
    """Spans by day, as minutes, and one of the ways to write them."""
    rules = st.tuples(
        st.sets(st.integers(0, 6), min_size=1), st.integers(0, 1439), st.integers(1, 1438)
    )
    # 23:59 reads as midnight: what is written and what is meant would differ.
    plain = rules.filter(lambda rule: sum(rule[1:]) % 1440 != 1439)
    spans = draw(st.lists(plain, min_size=1, max_size=6))
    texts = []
    for days, start, length in spans:
        names = ",".join(draw(st.permutations([DAYS[day] for day in sorted(days)])))
        texts.append(f"{names} {clock(start)}-{clock((start + length) % 1440)}")
    return spans, draw(st.sampled_from((",", ", ", " "))).join(texts)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31))  # noqa: DTZ001 made aware below


@given(weeks(), MOMENTS)
def test_a_week_is_read_as_it_was_meant(week, moment) -> None:
    spans, text = week
    local = moment.replace(tzinfo=UTC).astimezone(PARIS)
    minute, day = local.hour * 60 + local.minute, local.weekday()
    meant = any(
        (day in days and start <= minute < start + length)
        or ((day - 1) % 7 in days and start <= minute + 1440 < start + length)
        for days, start, length in spans
    )
    found = state(text, moment.replace(tzinfo=UTC))
    assert found is (OPEN if meant else CLOSED) or (found is UNKNOWN and meant)
    if found is UNKNOWN:
        assert {local.date(), local.date() - timedelta(days=1)} & holidays_of(local.year)


def holidays_of(year: int) -> set[date]:
    from shared.territoire.feries import holidays

    return {*holidays(year), *holidays(year - 1)}


PIECES = st.sampled_from(
    [
        *("Mo", "Mo-Fr", "Sa,Su", "PH", "Fr-Mo", "09:00-12:00", "14:00-26:00", "22:00-02:00"),
        *("off", "24/7", "9h-12h", "closed", "||", "+", "08:00 - 19:00"),
    ]
)
RULES = st.tuples(st.lists(PIECES, max_size=6), st.sampled_from([" ", "; ", ", ", ""])).map(
    lambda said: said[1].join(said[0])
)


@given(RULES | st.text(alphabet="MoTuSaPHoff0123456789:-,; h/"))
def test_any_text_is_read_or_left(text) -> None:
    assert at(text, "2026-01-26 12:00") in Ouverture


def test_the_real_files_are_understood(donnees_reelles) -> None:
    texts = set()
    for path in ("grand_paris_irve_statique.csv", "national/national_irve_statique_union.csv.gz"):
        file = donnees_reelles / "irve" / path
        opened = gzip.open if file.suffix == ".gz" else open
        with opened(file, "rt", encoding="utf-8-sig") as lines:
            texts |= {row["horaires"] for row in csv.DictReader(lines)}
    assert len(texts) == 447
    assert {text for text in texts if parse(text) is None} == set()
