"""When a shop is open between two days: states that follow each other, as searches tell them."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from shared.schemas.commerces_ouverture import JOURS_MAX, Disponibilites
from shared.schemas.commun import JOURS, PARIS
from tests.commerces.regimes.conftest import regime_of

NUITS = {
    "semaine": {
        **{jour: [{"de": "09:00", "a": "12:00"}, {"de": "18:00", "a": "02:00"}] for jour in JOURS},
        "mercredi": [{"de": "10:00", "a": "12:00", "condition": "sur rendez-vous"}],
    },
    "feries": {"politique": "ferme"},
    "exceptions": [{"du": "2026-12-28", "au": "2026-12-30", "motif": "congés"}],
}
TOUJOURS = {"semaine": {jour: [{"de": "00:00", "a": "24:00"}] for jour in JOURS}}


def asked(client, du, au=None, number=1):
    answer = client.get(
        f"/fiches/{number}/disponibilites", params={"du": du} | ({"au": au} if au else {})
    )
    assert answer.status_code == 200, answer.text
    found = Disponibilites.model_validate(answer.json())
    for periods in found.modalites.values():
        assert all(one.a == other.de for one, other in pairwise(periods))
        assert all(one.de < one.a for one in periods)
    return found


def told(periods):
    """State, beginning and end by the clocks of Paris, and reason."""
    return [
        (
            str(one.etat),
            f"{one.de.astimezone(PARIS):%d %H:%M}",
            f"{one.a.astimezone(PARIS):%d %H:%M}",
            one.raison,
        )
        for one in periods
    ]


def test_a_day_from_midnight_to_midnight(ouvrir, faire):
    client = ouvrir([faire(1, horaires=NUITS, modalites=[{"genre": "comptoir"}])])
    found = asked(client, "2026-11-26", "2026-11-26")
    assert found == asked(client, "2026-11-26")
    assert told(found.modalites["comptoir"]) == [
        ("ferme", "26 00:00", "26 09:00", None),
        ("ouvert", "26 09:00", "26 12:00", None),
        ("ferme", "26 12:00", "26 18:00", None),
        ("ouvert", "26 18:00", "27 00:00", None),
    ]


def test_holidays_closures_and_conditions_are_told_with_their_reason(ouvrir, faire):
    client = ouvrir([faire(1, horaires=NUITS, modalites=[{"genre": "comptoir"}])])
    found = told(asked(client, "2026-12-23", "2026-12-28").modalites["comptoir"])
    assert ("inconnu", "23 10:00", "23 12:00", "sur rendez-vous") in found
    assert ("ouvert", "24 18:00", "25 02:00", None) in found
    assert ("ferme", "25 02:00", "26 00:00", "Noël") in found
    assert found[-1] == ("ferme", "28 02:00", "29 00:00", "congés")


def test_each_modality_has_its_own_and_its_dates(ouvrir, faire):
    modalites = [
        {"genre": "comptoir", "horaires": TOUJOURS},
        {
            "genre": "livraison",
            "horaires": TOUJOURS,
            "du": date(2026, 11, 26),
            "au": date(2026, 11, 27),
        },
        {"genre": "drive", "horaires_texte": "le soir"},
        {"genre": "point_collecte", "du": date(2027, 1, 1)},
        {"genre": "depannage_urgence", "au": date(2026, 11, 24)},
    ]
    client = ouvrir([faire(1, horaires=NUITS, modalites=modalites)])
    found = asked(client, "2026-11-25", "2026-11-28").modalites
    assert list(found) == ["drive", "livraison", "comptoir"]
    assert told(found["comptoir"]) == [("ouvert", "25 00:00", "29 00:00", None)]
    assert told(found["livraison"]) == [
        ("ferme", "25 00:00", "26 00:00", None),
        ("ouvert", "26 00:00", "28 00:00", None),
        ("ferme", "28 00:00", "29 00:00", None),
    ]
    assert told(found["drive"]) == [("inconnu", "25 00:00", "29 00:00", None)]


def test_a_crisis_rule_closes_in_its_window(sous_regimes, faire):
    rule = regime_of(
        motif="Couvre-feu",
        debut=datetime(2026, 11, 26, 10, tzinfo=PARIS),
        fin=datetime(2026, 11, 26, 15, tzinfo=PARIS),
    )
    client = sous_regimes([faire(1, modalites=[{"genre": "comptoir", "horaires": TOUJOURS}])], rule)
    assert told(asked(client, "2026-11-26").modalites["comptoir"]) == [
        ("ouvert", "26 00:00", "26 10:00", None),
        ("ferme", "26 10:00", "26 15:00", "Couvre-feu"),
        ("ouvert", "26 15:00", "27 00:00", None),
    ]


def test_a_rule_that_takes_over_from_another_gives_its_own_reason(sous_regimes, faire):
    ends = [datetime(2026, 11, day, 10, tzinfo=PARIS) for day in (26, 27, 29)]
    first = regime_of(motif="Confinement", debut=ends[0], fin=ends[1])
    then = regime_of(motif="Couvre-feu", debut=ends[1], fin=ends[2])
    modalites = [{"genre": "comptoir", "horaires": TOUJOURS, "au": date(2026, 11, 27)}]
    client = sous_regimes([faire(1, modalites=modalites)], first, then)
    assert told(asked(client, "2026-11-26", "2026-11-29").modalites["comptoir"]) == [
        ("ouvert", "26 00:00", "26 10:00", None),
        ("ferme", "26 10:00", "27 10:00", "Confinement"),
        ("ferme", "27 10:00", "29 10:00", "Couvre-feu"),
        ("ferme", "29 10:00", "30 00:00", None),
    ]


@pytest.mark.parametrize(
    ("day", "hours", "closes"), [("2026-03-29", 23, "03:00"), ("2026-10-25", 25, "02:00")]
)
def test_a_day_whose_clocks_change_has_all_its_hours(ouvrir, faire, day, hours, closes):
    client = ouvrir([faire(1, horaires=NUITS, modalites=[{"genre": "comptoir"}])])
    periods = asked(client, day).modalites["comptoir"]
    assert periods[-1].a - periods[0].de == timedelta(hours=hours)
    assert told(periods)[0] == ("ouvert", f"{day[-2:]} 00:00", f"{day[-2:]} {closes}", None)


def test_it_says_what_the_listing_says_at_each_instant(sous_regimes, faire):
    """Every half an hour of days with a holiday, a leave and a rule."""
    rule = regime_of(
        "livraison",
        motif="Fermé",
        debut=datetime(2026, 12, 24, 17, tzinfo=PARIS),
        fin=datetime(2027, 1, 2, tzinfo=PARIS),
    )
    modalites = [{"genre": "comptoir"}, {"genre": "livraison", "horaires": NUITS}]
    client = sous_regimes([faire(1, horaires=NUITS, modalites=modalites)], rule)
    found = asked(client, "2026-12-23", "2026-12-29")
    moment = datetime(2026, 12, 23, tzinfo=PARIS).astimezone(UTC)
    while moment < datetime(2026, 12, 30, tzinfo=PARIS):
        answer = client.get("/fiches/1", params={"a": moment.isoformat()}).json()
        for genre, state in answer["properties"]["ouverture"]["modalites"].items():
            (here,) = (one for one in found.modalites[genre] if one.de <= moment < one.a)
            assert (here.etat, here.raison) == (state["etat"], state.get("raison")), moment
        moment += timedelta(minutes=30)


def test_a_span_out_of_bounds_is_refused_by_name(ouvrir, faire):
    client = ouvrir([faire(1)])
    for params, name in [
        ({}, "du"),
        ({"du": "2026-11-26", "au": "2026-11-25"}, "au"),
        ({"du": "2026-11-01", "au": "2026-12-02"}, "au"),
        ({"du": "1999-12-31"}, "du"),
        ({"du": "hier"}, "du"),
    ]:
        answer = client.get("/fiches/1/disponibilites", params=params)
        assert (answer.status_code, answer.json()["parametre"]) == (400, name)
    assert asked(client, "2026-11-01", "2026-12-01").au.day == JOURS_MAX - 30
    for day in ("2000-01-01", "2099-12-31"):  # the first begins, in UTC, before the century
        assert len(asked(client, day).modalites) == 1
    assert client.get("/fiches/2/disponibilites?du=2026-11-26").status_code == 404
