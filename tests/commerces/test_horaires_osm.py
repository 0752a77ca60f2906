"""`opening_hours` written and read: what comes back, what fits, and what is refused."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.horaires import Agenda
from services.commerces.horaires_osm import JAMAIS, TEXTE_MAX, from_osm, to_osm
from shared.horaires import Illisible
from shared.schemas.commerces_horaires import (
    CRENEAUX_MAX,
    EXCEPTIONS_MAX,
    FERMETURES_MAX,
    Horaires,
)
from shared.schemas.commun import JOURS
from shared.territoire import is_holiday
from tests.conftest import ROOT
from tests.examples import tried_on
from tests.horaires import YEARS, all_hours, etat, moments


def meaning(hours: Horaires) -> list:
    """Each day of two years, as it is lived.

    Hours proper to holidays that are those of a week of equal days read back as the week's own:
    the same hours, without the name of the holiday as their reason.
    """
    first = date(YEARS[0], 1, 1).toordinal()
    agenda = Agenda(hours)
    days = [date.fromordinal(first + number) for number in range(730)]
    lived = [agenda.day(day) for day in days]
    return [
        found._replace(raison=None) if is_holiday(day) and found.slots else found
        for day, found in zip(days, lived, strict=True)
    ]


@tried_on(60)
@given(all_hours(), moments())
def test_what_is_written_comes_back(hours, moment) -> None:
    again = from_osm(to_osm(hours))
    assert meaning(again) == meaning(hours)
    before, after = etat(hours, moment), etat(again, moment)
    assert (after.etat, after.jusqu_a) == (before.etat, before.jusqu_a)
    assert to_osm(from_osm(to_osm(again))) == to_osm(again)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("24/7", "24/7"),
        ("open", "24/7"),
        ("00:00-24:00", "24/7"),
        ("Mo-Su 00:00-24:00", '24/7; PH unknown "jour férié"'),
        ("24/7; PH off", "24/7; PH off"),
        ("off", "off"),
        ("Mo-Su off", "off"),
        ("24/7; Su off; PH off", "Mo-Sa 00:00-24:00; PH off"),
        ("Mo-Fr 9h-12h 14h-18h30, Sa 10-12h", None),
        ("Mo-Fr 9h-12h 14h-18h30, Sa 10h-12h; PH off",
         "Mo-Fr 09:00-12:00,14:00-18:30; Sa 10:00-12:00; PH off"),
        ("lundi – vendredi : 9h – 19h; PH off", "Mo-Fr 09:00-19:00; PH off"),
        ("Mo-Su,PH 09:00-20:00", "Mo-Su,PH 09:00-20:00"),
        ("Mo-Fr 09:00-18:00; PH Mo-Fr 09:00-18:00", "Mo-Fr 09:00-18:00; PH Mo-Fr 09:00-18:00"),
        ("Mo-Sa 09:00-20:00; Su,PH 09:00-13:00",
         "Mo-Sa 09:00-20:00; Su 09:00-13:00; PH 09:00-13:00"),
        ("Mo-Sa 09:00-20:00; Su,PH off", "Mo-Sa 09:00-20:00; PH off"),
        ("Mo-Fr 18:00-02:00; Sa 09:00-12:00; PH off",
         "Mo-Fr 18:00-02:00, Sa 09:00-12:00; PH off"),
        ("Mo-Fr 09:00-18:00; PH unknown", 'Mo-Fr 09:00-18:00; PH unknown "jour férié"'),
        ('Mo-Fr 09:00-18:00; PH "sur rendez-vous"',
         'Mo-Fr 09:00-18:00; PH 00:00-24:00 unknown "sur rendez-vous"'),
        ("Mo-Fr 09:00-18:00 unknown; PH off",
         'Mo-Fr 09:00-18:00 unknown "à confirmer"; PH off'),
        ('Mo–Fr 09:00–18:00 " 9 – 12 selon l’affluence "; PH off',
         'Mo-Fr 09:00-18:00 unknown "9 – 12 selon l’affluence"; PH off'),
        ("Mo-Fr 09:00-18:00; PH off; Aug off", "Mo-Fr 09:00-18:00; PH off; Aug 01-Aug 31 off"),
        ("Mo-Fr 09:00-18:00; Aug off; PH off", "Mo-Fr 09:00-18:00; PH off; Aug 01-Aug 31 off"),
        ("Mo-Fr 09:00-18:00; PH off; Feb off", "Mo-Fr 09:00-18:00; PH off; Feb 01-Feb 29 off"),
        ('Mo-Fr 09:00-18:00; PH off; 2026 Aug 03-23 off "congés"',
         'Mo-Fr 09:00-18:00; PH off; 2026 Aug 03-2026 Aug 23 off "congés"'),
        ("Mo-Fr 09:00-18:00; PH off; 2026 Aug off",
         "Mo-Fr 09:00-18:00; PH off; 2026 Aug 01-2026 Aug 31 off"),
        ("Mo-Fr 09:00-18:00; PH off; 2026 Dec 24 09:00-12:00, 2026 Dec 24 14:00-16:00",
         "Mo-Fr 09:00-18:00; PH off; 2026 Dec 24 09:00-12:00,14:00-16:00"),
        ("Mo-Fr 09:00-18:00; PH off; 2026 Dec 24 09:00-12:00; 2026 Dec 24 14:00-16:00",
         "Mo-Fr 09:00-18:00; PH off; 2026 Dec 24 14:00-16:00"),
        ("Mar-Sam 9h-19h; PH off", "Tu-Sa 09:00-19:00; PH off"),
        ("Mo-Fr 09:00-18:00; PH off; Mar 15-20 off",
         "Mo-Fr 09:00-18:00; PH off; Mar 15-Mar 20 off"),
        ("Mo-Su 09:00-23:00, Fr-Sa 09:00-24:00; PH off",
         "Mo-Th,Su 09:00-23:00; Fr-Sa 09:00-24:00; PH off"),
    ],
)  # fmt: skip
def test_what_is_understood(text, written) -> None:
    if written is None:
        with pytest.raises(Illisible):
            from_osm(text)
    else:
        assert to_osm(from_osm(text)) == written


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "la semaine n'est pas dite"),
        ("Su off", "la semaine n'est pas dite"),
        ("2026 Aug 03 off", "la semaine n'est pas dite"),
        ("PH off", "la semaine n'est pas dite"),
        (
            "Mo-Sa 08:00-22:00; 08:00-12:30",
            "une règle sans jours après une autre n'est pas claire",
        ),
        (
            'Mo-Fr 08:00-12:00; "sur rendez-vous"',
            "une règle sans jours après une autre n'est pas claire",
        ),
        ("Mo-Su 09:00-18:00; Mo-Su off", JAMAIS),
        ("Mo 09:00-10:00; Mo-Su,PH off", JAMAIS),
        ("Mo-Fr", "une règle nomme des jours et n'en dit rien"),
        ("Mo-Fr 12:00+", "« + » n'est pas accepté : donnez l'heure de fin"),
        ("Mo-Fr 12:00-14:00,18:00-20:00+", "« + » n'est pas accepté : donnez l'heure de fin"),
        (
            "Mo-Fr 08:00-12:00 || unknown",
            '« || » n\'est pas accepté : donnez des créneaux `unknown "sur rendez-vous"`',
        ),
        (
            "PH off; Mo-Fr 09:00-18:00",
            "la semaine doit venir avant les jours fériés et les dates",
        ),
        (
            "Mo-Fr 09:00-18:00; Aug off; PH 10:00-12:00",
            "les jours fériés doivent venir avant les dates",
        ),
        (
            "Mo-Fr 09:00-18:00; 2026 Dec 25 10:00-12:00; PH off",
            "les jours fériés doivent venir avant les dates",
        ),
        (
            "Mo-Fr 09:00-18:00; 2026 Aug 10 10:00-12:00; Aug off",
            "une fermeture annuelle doit venir avant les dates",
        ),
        (
            "Mo-Fr 09:00-18:00; PH Mo 10:00-12:00",
            "les jours fériés doivent être tous pareils, ou comme la semaine",
        ),
        ("Mo-Fr 09:00-18:00; PH-Mo off", "« PH » n'est pas accepté dans une suite de jours"),
        (
            "Mo-Fr 09:00-18:00; Jun-Aug 09:00-22:00",
            "des horaires de saison ne sont pas acceptés : datez-les",
        ),
        (
            "Mo-Fr 09:00-18:00; Aug Mo off",
            "des jours de la semaine dans des dates ne sont pas acceptés",
        ),
        (
            "Mo-Fr 09:00-18:00; Dec 20-2027 Jan 05 off",
            "une année est attendue au début et à la fin de la période",
        ),
        (
            "Mo-Fr 09:00-18:00, 2026 Dec 24 19:00-22:00",
            "une date qui s'ajoute à la semaine n'est pas acceptée",
        ),
        ("Mo-Fr 09:00-18:00; 2027 Feb 29 off", "le 29/02/2027 n'existe pas"),
        ("Mo-Fr 09:00-18:00; Apr 31 off", "« Apr 31 » n'est pas un jour"),
        ("Mo-Fr 09:00-18:00; Apr 00 off", "« Apr 00 » n'est pas un jour"),
        ("Mo-Fr 09:00-18:00; 2026 Aug 23-03 off", "la fin vient avant le début"),
        (
            "Mo-Fr 09:00-18:00; 2026 Aug 03-23 off; 2026 Aug 15 10:00-12:00",
            "deux exceptions portent sur le 15/08/2026",
        ),
        (
            'Mo-Fr 09:00-18:00, Mo-Fr 12:00-20:00 unknown "x"',
            "les créneaux 09:00-18:00 et 12:00-20:00 se chevauchent",
        ),
        ("Mo-Fr 08:00-08:00", "un créneau ne peut pas finir à l'heure où il commence"),
        ("Mo-Fr 30:00-31:00", "« 30:00-31:00 » n'est pas un créneau d'une journée"),
        ("Mo-Fr off 08:00-12:00", "« 08:00-12:00 » n'est pas compris à cette place"),
        ("Mo-Fr 08:00-12:00 off", "une fermeture ne prend pas d'heures"),
        ('Mo-Fr 08:00-12:00 "a" "b"', '« "b" » n\'est pas compris à cette place'),
        ('Mo-Fr 08:00-12:00 "<script>"', None),
        ("Mo-Fr 08:00-12:00;" * 6000, "le texte a plus de 100\u202f000 caractères"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(text, sentence) -> None:
    with pytest.raises(Illisible) as caught:
        from_osm(text)
    assert sentence is None or str(caught.value)[1:] == sentence[1:]


DAYS = st.sampled_from(
    [
        "",
        "Mo",
        "Tu-Fr",
        "Sa,Su",
        "PH",
        "Mo-Su,PH",
        "Jan 01",
        "Dec 24-26",
        "2026 Aug 01-15",
        "week 01",
    ]
)
HOURS = st.sampled_from(
    [
        "09:00-12:00",
        "14:00-19:30",
        "22:00-02:00",
        "off",
        '"x"',
        '10:00-12:00 "x"',
        "unknown",
        "24/7",
    ]
)
RULES = st.tuples(
    st.lists(st.tuples(DAYS, HOURS).map(" ".join), min_size=1, max_size=4),
    st.sampled_from(["; ", ", ", ";", " || "]),
).map(lambda said: said[1].join(said[0]))


@tried_on(200)
@given(RULES | st.text(alphabet='MoTuSaPHSHoff0123456789:-,; h/"|+[]AugDec'))
def test_any_text_is_read_or_refused(text) -> None:
    try:
        hours = from_osm(text)
    except Illisible:
        return
    assert meaning(from_osm(to_osm(hours))) == meaning(hours)


def test_the_longest_hours_come_back() -> None:
    def slots(day: int) -> list[dict]:
        return [
            {"de": f"{n:02}:00", "a": f"{n:02}:{day + 10}", "condition": f"{n} " + "x" * 98}
            for n in range(CRENEAUX_MAX)
        ]

    first = date(2026, 1, 1)
    hours = Horaires.model_validate(
        {
            "semaine": {jour: slots(number) for number, jour in enumerate(JOURS)},
            "feries": {"politique": "ouvert"},
            "fermetures": [
                {"du": "01-01", "au": f"01-{n + 10}", "motif": "x" * 100}
                for n in range(FERMETURES_MAX)
            ],
            "exceptions": [
                {
                    "du": first + n * timedelta(days=2),
                    "au": first + timedelta(days=2 * n + 1),
                    "creneaux": slots(0),
                }
                for n in range(EXCEPTIONS_MAX)
            ],
        }
    )
    assert 60_000 < len(to_osm(hours)) < TEXTE_MAX
    assert from_osm(to_osm(hours)) == hours


def test_the_documentation_is_true() -> None:
    page = (ROOT / "docs/horaires.md").read_text()
    example = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert example is not None
    hours = Horaires.model_validate_json(example[1])
    assert meaning(from_osm(to_osm(hours))) == meaning(hours)
    rows = re.findall(r"^\| [^|]+ \| (`.*`) \|$", page, re.MULTILINE)
    examples = [text for row in rows for text in re.findall(r"`([^`]+)`", row)]
    assert len(examples) == 13
    for text in examples:
        first = "" if re.match("24/7|off|Mo|Lun|mardi", text) else "Mo-Fr 09:00-18:00; "
        assert from_osm(first + text)


def test_the_real_texts_fit(donnees_reelles) -> None:
    lines = (donnees_reelles / "commerces/opening_hours_real.txt").read_text().splitlines()
    texts = [line for line in lines if line]
    refused = []
    for text in texts:
        try:
            hours = from_osm(text)
        except Illisible:
            refused.append(text)
        else:
            assert from_osm(to_osm(hours)) == hours
    assert len(texts) == 41
    assert refused == ["Mo-Sa 08:00-22:00; 08:00-12:30"]
