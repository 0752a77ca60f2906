"""Opening hours: what is refused, what they say of an instant, and until when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from pydantic import ValidationError

from services.commerces.horaires import Agenda, etat_de, ouvrira
from services.commerces.horaires_osm import from_osm
from shared.horaires import Illisible
from shared.schemas.commerces_horaires import CRENEAUX_MAX, EXCEPTIONS_MAX, Horaires
from shared.schemas.commun import JOURS, PARIS, Ouverture
from shared.validation import errors_fr
from tests.examples import tried_on
from tests.horaires import all_hours, etat, moments, ouverture, text_of

OUVERT, FERME, INCONNU = Ouverture.OUVERT, Ouverture.FERME, Ouverture.INCONNU


def paris(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=PARIS)


def slot(de: str, a: str, condition: str | None = None) -> dict:
    return {"de": de, "a": a, "condition": condition}


def week(*slots: dict, jours=JOURS) -> dict:
    return dict.fromkeys(jours, slots)


def refusal(**hours) -> str:
    with pytest.raises(ValidationError) as caught:
        Horaires.model_validate(hours)
    return errors_fr(caught.value.errors())[0].detail


DAY = slot("09:00", "18:00")


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ({}, "Ces horaires n'ouvrent jamais ; si c'est voulu, dites `jamais`."),
        ({"semaine": week(DAY), "jamais": True}, "`jamais` ne va avec aucun autre horaire."),
        (
            {"semaine": {"lundi": [slot("08:00", "12:00"), slot("11:00", "14:00")]}},
            "Les créneaux 08:00-12:00 et 11:00-14:00 se chevauchent.",
        ),
        (
            {"semaine": {"samedi": [slot("18:00", "02:00")], "dimanche": [slot("01:00", "12:00")]}},
            "Le créneau 18:00-02:00 du samedi déborde sur 01:00-12:00 du dimanche.",
        ),
        (
            {"semaine": {"dimanche": [slot("18:00", "02:00")], "lundi": [slot("01:00", "12:00")]}},
            "Le créneau 18:00-02:00 du dimanche déborde sur 01:00-12:00 du lundi.",
        ),
        (
            {"semaine": {"lundi": [slot("08:00", "08:00")]}},
            "Un créneau ne peut pas finir à l'heure où il commence.",
        ),
        (
            {"semaine": {"lundi": [slot("00:00", "00:00")]}},
            "Un créneau ne peut pas finir à l'heure où il commence.",
        ),
        (
            {"semaine": {"lundi": [slot(f"{h:02}:00", f"{h:02}:30") for h in range(9)]}},
            f"Au plus {CRENEAUX_MAX} éléments acceptés.",
        ),
        (
            {"semaine": week(DAY), "feries": {"politique": "propres"}},
            "Des créneaux vont avec la politique `propres`, et elle avec eux.",
        ),
        (
            {"semaine": week(DAY), "feries": {"politique": "ferme", "creneaux": [DAY]}},
            "Des créneaux vont avec la politique `propres`, et elle avec eux.",
        ),
        (
            {
                "feries": {"politique": "ouvert"},
                "exceptions": [{"du": "2026-12-24", "creneaux": [DAY]}],
            },
            "Ouvrir les jours fériés comme la semaine demande une semaine.",
        ),
        (
            {"semaine": week(DAY), "exceptions": [{"du": "2026-08-20", "au": "2026-08-01"}]},
            "La fin vient avant le début.",
        ),
        (
            {"semaine": week(DAY), "exceptions": [{"du": "2026-01-01", "au": "2027-01-02"}]},
            "Une exception dure au plus 366 jours.",
        ),
        (
            {
                "semaine": week(DAY),
                "exceptions": [{"du": "2026-08-20"}, {"du": "2026-08-01", "au": "2026-08-23"}],
            },
            "Deux exceptions portent sur le 20/08/2026.",
        ),
        (
            {
                "exceptions": [
                    {
                        "du": "2026-08-20",
                        "creneaux": [slot("09:00", "10:00", "sur rendez-vous")],
                        "motif": "inventaire",
                    }
                ]
            },
            "Le motif d'une ouverture sous condition est sa condition.",
        ),
        (
            {
                "semaine": week(DAY),
                "exceptions": [{"du": f"2026-{1 + n // 28:02}-{1 + n % 28:02}"} for n in range(61)],
            },
            f"Au plus {EXCEPTIONS_MAX} éléments acceptés.",
        ),
        (
            {"semaine": week(DAY), "fermetures": [{"du": "02-30", "au": "03-01"}]},
            "Ce jour n'existe dans aucune année.",
        ),
        (
            {"semaine": week(DAY), "exceptions": [{"du": "1999-12-31"}]},
            "La valeur doit être au moins 2000-01-01.",
        ),
    ],
)
def test_hours_that_make_no_sense_are_refused(hours, sentence) -> None:
    assert refusal(**hours) == sentence


@pytest.mark.parametrize("text", ["24:30", "8:00", "08h00", "25:00", "-1:00", ""])
def test_a_clock_is_a_clock(text) -> None:
    sentence = refusal(semaine={"lundi": [slot(text, "12:00")]})
    assert sentence == "Une heure HH:MM est attendue, de 00:00 à 23:59."


@pytest.mark.parametrize("text", ['"', "<b>", "a\nb", " ", "x" * 101])
def test_a_reason_is_a_short_plain_text(text) -> None:
    assert refusal(semaine=week(slot("08:00", "12:00", text)))


def test_equal_hours_are_equal_however_they_are_written() -> None:
    one = {"semaine": {"lundi": [slot("14:00", "00:00"), slot("08:00", "12:00")]}}
    other = {"semaine": {"lundi": [slot("08:00", "12:00"), slot("14:00", "24:00")]}}
    assert Horaires.model_validate(one) == Horaires.model_validate(other)
    assert hash(Horaires.model_validate(one)) == hash(Horaires.model_validate(other))


@pytest.mark.parametrize("end", ["00:00", "23:59", "24:00"])
def test_midnight_is_midnight_however_it_is_written(end) -> None:
    hours = Horaires.model_validate({"semaine": {"lundi": [slot("18:00", end)]}})
    assert hours.semaine.lundi[0].a == "24:00"
    assert from_osm(f"Mo 18:00-{end}") == hours


# The table of the reference page, and what it leads to; None: outside the subset, so unknown.
@pytest.mark.parametrize(
    ("text", "local", "state", "until"),
    [
        ("Mo-Sa 09:00-19:30; PH off", "2026-05-01 10:00", FERME, "2026-05-02 09:00"),
        ("Mo-Sa 09:00-19:30; PH off", "2026-04-06 10:00", FERME, "2026-04-07 09:00"),
        ("Mo-Sa 09:00-19:30; PH off", "2026-04-03 10:00", OUVERT, "2026-04-03 19:30"),
        ("Mo-Sa 09:00-19:30; PH off", "2026-05-25 10:00", FERME, "2026-05-26 09:00"),
        ("Fr-Sa 18:00-02:00; PH off", "2026-01-25 01:30", OUVERT, "2026-01-25 02:00"),
        ("Mo-Fr 09:00-12:00,18:00-26:00; PH off", "2026-01-27 01:30", OUVERT, "2026-01-27 02:00"),
        ("Mo-Fr 09:00-18:00; PH -1 day 10:00-17:00", "2026-07-13 12:00", None, None),
        ("Su[1] 09:00-12:00", "2026-02-01 10:00", None, None),
        ("Su[-1] 09:00-12:00", "2026-01-25 10:00", None, None),
        ("week 01-53/2 Mo 09:00-12:00", "2026-01-26 10:00", None, None),
        ("Mo-Su,PH 09:00-12:00; easter +1 day off", "2026-04-06 10:00", None, None),
        ("Mo-Su,PH 09:00-12:00; Aug off", "2026-08-31 10:00", FERME, "2026-09-01 09:00"),
        ("Mo-Su,PH 09:00-12:00; Dec 20-Jan 05 off", "2026-12-25 10:00", FERME, "2027-01-06 09:00"),
        ("Mo-Su,PH 09:00-12:00; Dec 20-Jan 05 off", "2027-01-06 10:00", OUVERT, "2027-01-06 12:00"),
        (
            'Mo-Su 10:00-18:00; 2026 Aug 03-2026 Aug 23 off "congés"',
            "2026-08-10 12:00",
            FERME,
            "2026-08-24 10:00",
        ),
        ("SH Mo-Fr 09:00-17:00", "2026-07-20 10:00", None, None),
        ("22:00-06:00", "2026-03-29 04:00", OUVERT, "2026-03-29 06:00"),
        ("01:00-05:00", "2026-10-25 04:00", OUVERT, "2026-10-25 05:00"),
        ("Mo-Fr 12:00+", "2026-01-26 13:00", None, None),
        ('Mo-Fr 08:00-12:00 || "sur rendez-vous"', "2026-01-27 15:00", None, None),
        ('Mo-Fr 08:00-12:00 || "sur rendez-vous"', "2026-01-31 11:00", None, None),
        (
            'Mo-Fr 08:00-12:00, Mo-Fr 12:00-20:00 unknown "sur rendez-vous"; PH off',
            "2026-01-27 15:00",
            INCONNU,
            "2026-01-27 20:00",
        ),
        ("PH 10:00-13:00; Mo-Fr 09:00-18:00", "2026-07-14 15:00", None, None),
        ("Mo-Sa 8:30-13:00 15:30-20:00", "2026-01-26 14:00", FERME, "2026-01-26 15:30"),
        ("Mo - Fr 09:00-19:00", "2026-01-26 14:00", OUVERT, "2026-01-26 19:00"),
        ("Mo-Fr 9h-19h", "2026-01-26 14:00", OUVERT, "2026-01-26 19:00"),
        ("Mo-Fr  09:00-19:00", "2026-01-26 14:00", OUVERT, "2026-01-26 19:00"),
        ("24/7", "2026-05-01 03:00", OUVERT, None),
        ("off", "2026-05-01 12:00", FERME, None),
        # Silence on holidays is not an answer.
        ("Mo-Fr 09:00-18:00", "2026-05-01 12:00", INCONNU, "2026-05-02 00:00"),
        ("Mo-Fr 09:00-18:00", "2026-04-30 20:00", FERME, "2026-05-01 00:00"),
    ],
)
def test_the_worked_table(text, local, state, until) -> None:
    if state is None:
        with pytest.raises(Illisible):
            from_osm(text)
        return
    answer = etat(from_osm(text), paris(local))
    assert answer.etat is state
    assert answer.jusqu_a == (paris(until) if until else None)


@pytest.mark.parametrize(
    ("text", "local", "reason"),
    [
        ("Mo-Fr 09:00-18:00; PH off", "2026-05-01 12:00", "Fête du Travail"),
        ("Mo-Fr 09:00-18:00", "2026-05-25 12:00", "Lundi de Pentecôte : ouverture non précisée"),
        ("Mo-Fr 09:00-18:00; PH 10:00-12:00", "2026-05-25 11:00", "Lundi de Pentecôte"),
        ("Mo-Fr 09:00-18:00; PH 10:00-12:00", "2026-05-25 13:00", "Lundi de Pentecôte"),
        ('Mo-Fr 09:00-18:00; 2026 Aug 03-23 off "congés"', "2026-08-15 12:00", "congés"),
        ('Mo-Fr 09:00-18:00; Aug off "fermeture d\'été"', "2026-08-15 12:00", "fermeture d'été"),
        ('Mo-Fr 09:00-18:00 unknown "sur rendez-vous"', "2026-01-26 12:00", "sur rendez-vous"),
        ("Mo-Fr 09:00-18:00", "2026-01-25 12:00", None),
        ("Mo-Fr 09:00-18:00", "2026-01-26 12:00", None),
        (
            'Mo-Fr 09:00-18:00; PH off; 2026 Dec 25 09:00-12:00 open "ouverture de Noël"',
            "2026-12-25 10:00",
            "ouverture de Noël",
        ),
    ],
)
def test_the_reason_is_given(text, local, reason) -> None:
    assert etat(from_osm(text), paris(local)).raison == reason


@pytest.mark.parametrize(
    ("text", "local", "state"),
    [
        # What begins before midnight goes to its end, whatever the next day is.
        ("Fr-Sa 18:00-02:00; PH off", "2027-05-01 01:00", OUVERT),
        ("Fr-Sa 18:00-02:00; PH off", "2027-05-01 19:00", FERME),
        ("Fr-Sa 18:00-02:00; PH off", "2027-05-02 01:00", FERME),
        ("Fr-Sa 18:00-02:00; 2026 Aug 01-2026 Aug 23 off", "2026-08-01 01:00", OUVERT),
        ("Fr-Sa 18:00-02:00; 2026 Aug 01-2026 Aug 23 off", "2026-08-01 03:00", FERME),
        ("Fr 18:00-02:00; Sa 09:00-12:00", "2026-01-24 01:00", OUVERT),
        ("Th 18:00-02:00", "2026-05-01 01:00", OUVERT),
        ("Th 18:00-02:00", "2026-05-01 03:00", INCONNU),
        ("Fr 18:00-02:00", "2026-05-02 01:00", INCONNU),
        ("Fr 18:00-02:00", "2026-05-02 02:00", FERME),
        ('Th 18:00-02:00 unknown "si concert"; PH off', "2026-05-01 01:00", INCONNU),
    ],
)
def test_a_night_belongs_to_its_evening(text, local, state) -> None:
    assert ouverture(from_osm(text), paris(local)) is state


@pytest.mark.parametrize(
    ("text", "utc", "state", "until"),
    [
        # 2026-03-29: 02:00 becomes 03:00, at 01:00 UTC.
        ("00:00-02:30", "2026-03-29T00:30", OUVERT, "2026-03-29T01:00"),
        ("02:30-05:00", "2026-03-29T00:30", FERME, "2026-03-29T01:00"),
        ("02:10-02:50", "2026-03-29T00:30", FERME, "2026-03-30T00:10"),
        ("22:00-06:00", "2026-03-28T23:00", OUVERT, "2026-03-29T04:00"),
        # 2026-10-25: 03:00 becomes 02:00, at 01:00 UTC: what begins at 02:00 begins twice.
        ("00:00-02:30", "2026-10-25T00:15", OUVERT, "2026-10-25T00:30"),
        ("00:00-02:30", "2026-10-25T00:45", FERME, "2026-10-25T01:00"),
        ("00:00-02:30", "2026-10-25T01:15", OUVERT, "2026-10-25T01:30"),
        ("22:00-06:00", "2026-10-24T23:00", OUVERT, "2026-10-25T05:00"),
        ("24/7", "2026-10-25T00:30", OUVERT, None),
    ],
)
def test_the_nights_the_clocks_change(text, utc, state, until) -> None:
    answer = etat(from_osm(text), datetime.fromisoformat(utc).replace(tzinfo=UTC))
    assert answer.etat is state
    assert answer.jusqu_a == (datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None)


def test_unknown_hours_are_unknown() -> None:
    answer = etat(None, paris("2026-01-26 12:00"))
    assert answer.model_dump() == {"etat": INCONNU, "jusqu_a": None, "raison": None}
    assert ouverture(None, paris("2026-01-26 12:00")) is INCONNU


QUARTER = timedelta(minutes=15)


@tried_on(40)
@given(all_hours(), moments())
def test_the_state_holds_until_the_instant_given(hours, moment) -> None:
    """Quarter by quarter for ten days: nothing changes before, and something does then."""
    answer = etat(hours, moment)
    until = answer.jusqu_a or moment + timedelta(days=400)
    for number in range(960):
        instant = moment + number * QUARTER
        if instant >= until:
            assert ouverture(hours, until) is not answer.etat
            break
        assert ouverture(hours, instant) is answer.etat


@tried_on(60)
@given(all_hours(), moments())
def test_hours_read_as_they_are_kept_say_the_same(hours, moment) -> None:
    assert etat_de(Agenda.read(text_of(hours)), moment) == etat(hours, moment)


@pytest.mark.parametrize(
    ("hours", "opens"),
    [
        ({"semaine": week(DAY)}, True),
        ({"semaine": week(DAY), "fermetures": [{"du": "01-01", "au": "12-31"}]}, False),
        ({"semaine": week(DAY), "fermetures": [{"du": "01-02", "au": "01-01"}]}, False),
        ({"semaine": week(DAY), "fermetures": [{"du": "01-02", "au": "12-31"}]}, True),
        (
            {
                "semaine": week(DAY),
                "fermetures": [{"du": "01-01", "au": "12-31"}],
                "exceptions": [{"du": "2026-12-24", "creneaux": [DAY]}],
            },
            True,
        ),
        ({"exceptions": [{"du": "2026-11-25", "creneaux": [DAY]}]}, False),
        ({"exceptions": [{"du": "2026-11-25", "au": "2026-11-26", "creneaux": [DAY]}]}, True),
        ({"feries": {"politique": "propres", "creneaux": [DAY]}}, True),
    ],
)
def test_whether_hours_open_some_day(hours, opens):
    assert ouvrira(Horaires.model_validate(hours), date(2026, 11, 26)) is opens


@pytest.mark.parametrize(("opens", "told"), [("2026-12-31", True), ("2027-01-10", False)])
def test_a_change_is_looked_for_a_year_ahead(opens, told):
    exceptions = [{"du": opens, "creneaux": [DAY]}]
    hours = Horaires.model_validate({"exceptions": exceptions, "feries": {"politique": "ferme"}})
    found = etat(hours, paris("2026-01-02T12:00"))
    assert found.etat is FERME
    assert found.jusqu_a == (paris(f"{opens}T09:00").astimezone(UTC) if told else None)


@pytest.mark.parametrize(
    ("hours", "place"),
    [
        (
            {"semaine": week(DAY), "exceptions": [{"du": "2026-08-20", "au": "2026-08-01"}]},
            ("exceptions", 0, "au"),
        ),
        (
            {"semaine": week(DAY), "exceptions": [{"du": "2026-01-01", "au": "2027-01-02"}]},
            ("exceptions", 0, "au"),
        ),
    ],
)
def test_a_wrong_end_is_what_a_refusal_names(hours, place) -> None:
    with pytest.raises(ValidationError) as refused:
        Horaires.model_validate(hours)
    assert [error.loc for error in errors_fr(refused.value.errors())] == [place]
