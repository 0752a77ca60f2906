"""A curfew: what is open until it, what it leaves open, and what opens after it."""

from datetime import date, datetime

import pytest

from shared.schemas.commun import JOURS, PARIS
from tests.commerces.regimes.conftest import heures, regime_of
from tests.commerces.regimes.test_ouverture import COMPTOIR, MARDI, of_fiche, states
from tests.commerces.regimes.test_recherche import LIVRAISON

COUVRE_FEU = {
    "nom": "Couvre-feu",
    "motif": "Couvre-feu de 21 h à 6 h",
    "creneau": heures("21:00", "06:00"),
    "debut": datetime(2026, 10, 17, tzinfo=PARIS),
    "fin": None,
}
JOUR_ET_SOIR = {"semaine": {jour: [{"de": "06:00", "a": "23:00"}] for jour in JOURS}}
FERIES = {"feries": {"politique": "ouvert"}}


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-11-24T20:00:00+01:00", {"etat": "ouvert", "jusqu_a": "2026-11-24T20:00:00Z"}),
        ("2026-11-24T22:00:00+01:00", {"etat": "ferme", "jusqu_a": "2026-11-25T05:00:00Z"}),
        # Closed by its hours too, but the decision is why.
        ("2026-11-25T01:00:00+01:00", {"etat": "ferme", "jusqu_a": "2026-11-25T05:00:00Z"}),
        # The nights on which the clocks change.
        ("2026-10-24T22:00:00+02:00", {"etat": "ferme", "jusqu_a": "2026-10-25T05:00:00Z"}),
        ("2027-03-27T22:00:00+01:00", {"etat": "ferme", "jusqu_a": "2027-03-28T04:00:00Z"}),
    ],
)
def test_a_restaurant_under_a_curfew(sous_regimes, faire, moment, told):
    shop = faire(1, categories=["restaurant"], modalites=[{**COMPTOIR, "horaires": JOUR_ET_SOIR}])
    client = sous_regimes([shop], regime_of("livraison", **COUVRE_FEU))
    if told["etat"] == "ferme":
        told = {**told, "raison": "Couvre-feu de 21 h à 6 h"}
    moment = datetime.fromisoformat(moment)
    assert states(client, moment, inclure_fermes="true") == {"1": told}
    assert of_fiche(client, moment) == {**told, "modalites": {"comptoir": told}}
    assert states(client, moment) == ({"1": told} if told["etat"] == "ouvert" else {})


def test_a_curfew_leaves_what_it_permits(sous_regimes, faire):
    client = sous_regimes(
        [faire(1, modalites=[COMPTOIR, {**LIVRAISON, "horaires": COMPTOIR["horaires"]}])],
        regime_of("livraison", **COUVRE_FEU),
    )
    found = of_fiche(client, MARDI)
    assert found.pop("modalites") == {
        "comptoir": {"etat": "ouvert", "jusqu_a": "2026-11-24T20:00:00Z"},
        "livraison": {"etat": "ouvert"},
    }
    assert found == {"etat": "ouvert"}


def test_a_shop_of_the_night_does_not_open_under_a_curfew(sous_regimes, faire):
    """Every day of the year ahead is looked at, and none opens it."""
    night = {"semaine": {jour: [{"de": "21:30", "a": "23:30"}] for jour in JOURS}, **FERIES}
    shop = faire(1, modalites=[{**COMPTOIR, "horaires": night}])
    found = of_fiche(sous_regimes([shop], regime_of(**COUVRE_FEU)), MARDI)
    assert found["modalites"] == {"comptoir": {"etat": "ferme"}}
    lifted = datetime(2027, 2, 1, tzinfo=PARIS)
    rule = regime_of(**{**COUVRE_FEU, "fin": lifted})
    found = of_fiche(sous_regimes([shop], rule), MARDI)
    assert found["jusqu_a"] == "2027-02-01T20:30:00Z"


def test_what_is_unknown_stays_so_through_the_nights_of_a_curfew(sous_regimes, faire):
    """Each night closes the counter, not the delivery: nothing changes before the lockdown."""
    shop = faire(1, modalites=[{"genre": "comptoir"}, {"genre": "livraison"}])
    curfew = regime_of("livraison", territoires=("75",), **COUVRE_FEU)
    lockdown = regime_of(debut=datetime(2027, 3, 1, tzinfo=PARIS), fin=None)
    client = sous_regimes([shop], curfew, lockdown)
    found = of_fiche(client, MARDI)
    assert (found["etat"], found["jusqu_a"]) == ("inconnu", "2027-02-28T23:00:00Z")
    assert found["modalites"]["comptoir"]["jusqu_a"] == "2026-11-24T20:00:00Z"


def test_two_modalities_that_follow_one_another_every_night(sous_regimes, faire):
    """Open at the counter by day, at home by night: without a break until the lockdown."""
    evening = {"semaine": {jour: [{"de": "20:00", "a": "08:00"}] for jour in JOURS}}
    shop = faire(1, modalites=[COMPTOIR, {**LIVRAISON, "horaires": {**evening, **FERIES}}])
    curfew = regime_of("livraison", territoires=("75",), **COUVRE_FEU)
    lockdown = regime_of(debut=datetime(2027, 3, 1, tzinfo=PARIS), fin=None)
    found = of_fiche(sous_regimes([shop], curfew, lockdown), MARDI)
    assert (found["etat"], found["jusqu_a"]) == ("ouvert", "2027-02-28T23:00:00Z")


def test_what_has_ended_stays_so_through_the_nights_of_a_curfew(sous_regimes, faire):
    shop = faire(1, modalites=[{**COMPTOIR, "au": date(2026, 11, 25)}])
    found = of_fiche(sous_regimes([shop], regime_of("livraison", **COUVRE_FEU)), MARDI)
    assert found["modalites"]["comptoir"]["jusqu_a"] == "2026-11-24T20:00:00Z"
    night = datetime(2026, 11, 25, 22, tzinfo=PARIS)
    found = of_fiche(sous_regimes([shop], regime_of("livraison", **COUVRE_FEU)), night)
    assert "jusqu_a" not in found
