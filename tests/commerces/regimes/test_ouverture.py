"""Whether a shop is open, until when and why: its hours under the crisis rules."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.commerces.desserte import BITS
from services.commerces.desserte import TOUJOURS as TOUJOURS_OFFERTE
from services.commerces.etats import etats, ouvertures
from services.commerces.filtres import question
from services.commerces.horaires import Agenda
from services.commerces.regimes.ouverture import Cadre, etat_sous
from services.commerces.regimes.restrictions import Regimes, secteur
from services.commerces.vitrine import segment
from shared.memory.segments import Version
from shared.schemas.commerces import CriteresFiches, FicheDetail, Fiches
from shared.schemas.commerces_horaires import EtatOuverture, Horaires
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import JOURS, PARIS, Ouverture
from shared.schemas.geo import Feature
from tests.commerces.conftest import fiche_of
from tests.commerces.regimes.conftest import DEBUT, FIN, exception_of, regime_of
from tests.commerces.regimes.test_fenetres import FENETRES
from tests.commerces.regimes.test_recherche import LIVRAISON, TOUJOURS, at
from tests.examples import tried_on

COMPTOIR = {"genre": "comptoir", "horaires": {**TOUJOURS, "feries": {"politique": "ouvert"}}}
JOURNEE = {"semaine": {jour: [{"de": "09:00", "a": "19:00"}] for jour in JOURS}}
FERME = {"politique": "ferme"}
QUART = timedelta(minutes=15)
SOIR = {"semaine": {jour: [{"de": "18:00", "a": "22:00"}] for jour in JOURS}}
MARDI = datetime(2026, 11, 24, 12, tzinfo=PARIS)


def states(client, moment, **params):
    answer = client.get("/fiches", params={"a": at(moment), **params})
    assert answer.status_code == 200, answer.text
    Fiches.model_validate(answer.json())
    return {f["id"]: f["properties"]["ouverture"] for f in answer.json()["features"]}


def of_fiche(client, moment, number=1):
    answer = client.get(f"/fiches/{number}", params={"a": at(moment)})
    assert answer.status_code == 200, answer.text
    Feature[FicheDetail].model_validate(answer.json())
    return answer.json()["properties"]["ouverture"]


def test_what_is_open_closes_when_a_rule_begins(sous_regimes, faire):
    debut, fin = datetime(2027, 1, 5, tzinfo=PARIS), datetime(2027, 1, 8, tzinfo=PARIS)
    client = sous_regimes([faire(1, modalites=[COMPTOIR])], regime_of(debut=debut, fin=fin))
    eve = datetime(2027, 1, 4, 23, 30, tzinfo=PARIS)
    told = {"etat": "ouvert", "jusqu_a": "2027-01-04T23:00:00Z"}
    assert states(client, eve) == {"1": told}
    assert of_fiche(client, eve) == {**told, "modalites": {"comptoir": told}}


def test_a_rule_of_the_same_day_closes_before_the_hours_do(sous_regimes, faire):
    shop = faire(1, modalites=[{**COMPTOIR, "horaires": JOURNEE}])
    rule = regime_of(debut=datetime(2026, 11, 24, 15, tzinfo=PARIS))
    client = sous_regimes([shop], rule)
    assert states(client, MARDI)["1"]["jusqu_a"] == "2026-11-24T14:00:00Z"


@pytest.mark.parametrize("rule", [{"territoires": ("93",)}, {"categories": ("pharmacie",)}])
def test_a_rule_about_others_ends_nothing(sous_regimes, faire, rule):
    client = sous_regimes([faire(1, modalites=[COMPTOIR])], regime_of(**rule))
    assert states(client, datetime(2026, 11, 1, tzinfo=UTC)) == {"1": {"etat": "ouvert"}}


def test_what_follows_another_rule_is_still_closed(sous_regimes, faire):
    """A shop under two rules in a row reopens when its hours do after the second."""
    shop = faire(1, modalites=[{**COMPTOIR, "horaires": JOURNEE}])
    later = datetime(2026, 12, 5, 11, tzinfo=PARIS)
    client = sous_regimes(
        [shop], regime_of(motif="Première"), regime_of(debut=FIN, fin=later, motif="Seconde")
    )
    told = {"etat": "ferme", "jusqu_a": "2026-12-05T10:00:00Z", "raison": "Première"}
    assert states(client, DEBUT, inclure_fermes="true") == {"1": told}


def test_the_end_of_a_rule_is_not_an_opening_when_hours_are_closed(sous_regimes, faire):
    shop = faire(1, modalites=[{**COMPTOIR, "horaires": JOURNEE}])
    client = sous_regimes([shop], regime_of())
    reopens = states(client, DEBUT, inclure_fermes="true")["1"]["jusqu_a"]
    assert reopens == "2026-12-01T08:00:00Z"


def test_unknown_hours_are_closed_by_a_rule_and_unknown_after(sous_regimes, faire):
    client = sous_regimes([faire(1)], regime_of(motif="Décret"))
    assert of_fiche(client, DEBUT) == {
        "etat": "ferme",
        "jusqu_a": "2026-12-01T00:00:00Z",
        "raison": "Décret",
        "modalites": {
            "comptoir": {"etat": "ferme", "jusqu_a": "2026-12-01T00:00:00Z", "raison": "Décret"}
        },
    }
    assert of_fiche(client, FIN)["etat"] == "inconnu"
    before = datetime(2026, 11, 1, tzinfo=UTC)
    assert of_fiche(client, before)["jusqu_a"] == "2026-11-03T00:00:00Z"


def test_an_exception_leaves_hours_as_they_are(sous_regimes, faire):
    shop = faire(1, categories=["librairie"], modalites=[COMPTOIR])
    client = sous_regimes([shop], regime_of(), exception_of("culture_loisirs"))
    assert states(client, datetime(2026, 11, 1, tzinfo=UTC)) == {"1": {"etat": "ouvert"}}


def test_each_modality_of_a_listing_has_its_state(sous_regimes, faire):
    shop = faire(
        1,
        modalites=[
            {**COMPTOIR, "horaires": JOURNEE},
            {**LIVRAISON, "horaires": SOIR},
            {"genre": "drive"},
            {"genre": "point_collecte", "horaires": TOUJOURS, "au": date(2026, 1, 1)},
        ],
    )
    found = of_fiche(sous_regimes([shop]), MARDI)
    assert found == {
        "etat": "ouvert",
        "jusqu_a": "2026-11-24T21:00:00Z",
        "modalites": {
            "comptoir": {"etat": "ouvert", "jusqu_a": "2026-11-24T18:00:00Z"},
            "livraison": {"etat": "ferme", "jusqu_a": "2026-11-24T17:00:00Z"},
            "drive": {"etat": "inconnu"},
        },
    }


def test_a_shop_is_open_as_long_as_one_of_its_modalities_follows_another(sous_regimes, faire):
    """From 9 to 19 at the counter, from 18 to 22 at home: open without a break until 22."""
    shop = faire(1, modalites=[{**COMPTOIR, "horaires": JOURNEE}, {**LIVRAISON, "horaires": SOIR}])
    client = sous_regimes([shop])
    told = {"etat": "ouvert", "jusqu_a": "2026-11-24T21:00:00Z"}
    assert states(client, MARDI) == states(client, MARDI, inclure_fermes="true") == {"1": told}
    alone = {"etat": "ouvert", "jusqu_a": "2026-11-24T18:00:00Z"}
    assert states(client, MARDI, modalite="comptoir") == {"1": alone}


def test_unknown_is_until_a_modality_opens(sous_regimes, faire):
    shop = faire(1, modalites=[{"genre": "comptoir"}, {**LIVRAISON, "horaires": SOIR}])
    found = of_fiche(sous_regimes([shop]), MARDI)
    assert (found["etat"], found["jusqu_a"]) == ("inconnu", "2026-11-24T17:00:00Z")


def test_no_opening_is_told_that_a_rule_of_that_instant_forbids(sous_regimes, faire):
    """A curfew that begins when the shop would open."""
    shop = faire(1, modalites=[{**COMPTOIR, "horaires": SOIR}])
    debut, fin = datetime(2026, 11, 24, 18, tzinfo=PARIS), datetime(2026, 11, 26, 6, tzinfo=PARIS)
    client = sous_regimes([shop], regime_of(debut=debut, fin=fin))
    found = of_fiche(client, MARDI)
    assert (found["etat"], found["jusqu_a"]) == ("ferme", "2026-11-26T17:00:00Z")
    assert found["modalites"]["comptoir"]["jusqu_a"] == found["jusqu_a"]


def test_a_closed_shop_reopens_with_the_first_of_its_modalities(sous_regimes, faire):
    shop = faire(1, modalites=[{**COMPTOIR, "horaires": SOIR}, {**LIVRAISON, "horaires": JOURNEE}])
    night = datetime(2026, 11, 24, 3, tzinfo=PARIS)
    found = of_fiche(sous_regimes([shop]), night)
    assert (found["etat"], found["jusqu_a"]) == ("ferme", "2026-11-24T08:00:00Z")


def test_a_modality_ends_with_its_last_day(sous_regimes, faire):
    shop = faire(1, modalites=[{**COMPTOIR, "au": date(2026, 11, 30)}])
    found = states(sous_regimes([shop]), MARDI)
    assert found == {"1": {"etat": "ouvert", "jusqu_a": "2026-11-30T23:00:00Z"}}


def test_a_modality_begins_with_its_first_day(sous_regimes, faire):
    drive = {"genre": "drive", "horaires": COMPTOIR["horaires"], "du": date(2026, 12, 2)}
    shop = faire(1, modalites=[{**COMPTOIR, "horaires": JOURNEE}, drive])
    night = datetime(2026, 12, 1, 20, tzinfo=PARIS)
    client = sous_regimes([shop])
    found = of_fiche(client, night)
    assert (found["etat"], found["jusqu_a"]) == ("ferme", "2026-12-01T23:00:00Z")
    assert list(found["modalites"]) == ["comptoir"]
    assert states(client, night, inclure_fermes="true")["1"]["jusqu_a"] == found["jusqu_a"]
    assert of_fiche(client, datetime(2026, 12, 2, tzinfo=PARIS))["etat"] == "ouvert"


def test_nothing_is_known_of_a_shop_until_its_first_modality_begins(sous_regimes, faire):
    shop = faire(1, modalites=[{**COMPTOIR, "horaires": JOURNEE, "du": date(2026, 12, 2)}])
    found = of_fiche(sous_regimes([shop]), MARDI)
    assert found == {"etat": "inconnu", "jusqu_a": "2026-12-01T23:00:00Z", "modalites": {}}


def test_a_search_keeps_closed_and_unknown_shops_when_asked(sous_regimes, faire):
    shops = [
        faire(1, modalites=[{**COMPTOIR, "horaires": JOURNEE}]),
        faire(2, modalites=[{**COMPTOIR, "horaires": SOIR}]),
        faire(3),
        faire(4, modalites=[{**LIVRAISON, "horaires": SOIR}]),
    ]
    client = sous_regimes(shops)
    assert list(states(client, MARDI)) == ["1"]
    closed = {"etat": "ferme", "jusqu_a": "2026-11-24T17:00:00Z"}
    found = states(client, MARDI, inclure_fermes="true")
    assert (found["2"], found["3"], found["4"]) == (closed, {"etat": "inconnu"}, closed)
    assert set(found) == {"1", "2", "3", "4"}
    assert states(client, MARDI, inclure_fermes="true", livre_a="75104") == {"4": closed}
    facets = client.get("/facettes", params={"a": at(MARDI), "inclure_fermes": "true"})
    assert facets.json()["fiches"] == 4


def test_a_search_that_keeps_closed_shops_says_which_rule_closes_them(sous_regimes, faire):
    client = sous_regimes([faire(1, modalites=[COMPTOIR])], regime_of(motif="Décret"))
    body = client.get("/fiches", params={"a": at(DEBUT), "inclure_fermes": "true"}).json()
    assert (body["numberMatched"], body["ecartes_par_regime"]) == (1, 0)
    properties = body["features"][0]["properties"]
    assert properties["ouverture"]["raison"] == "Décret"
    assert properties["regime"]["modalites"] == []


def test_a_listing_at_an_instant_says_the_rules_of_that_instant(sous_regimes, faire):
    client = sous_regimes([faire(1, modalites=[COMPTOIR])], regime_of())
    told = client.get("/fiches/1", params={"a": at(DEBUT)}).json()["properties"]
    assert told["regime"]["modalites"] == []
    told = client.get("/fiches/1", params={"a": at(FIN)}).json()["properties"]
    assert "regime" not in told
    assert client.get("/fiches/1", params={"a": "maintenant"}).status_code == 200
    assert "ouverture" not in client.get("/fiches/1").json()["properties"]
    refused = client.get("/fiches/1", params={"a": "demain"})
    assert (refused.status_code, refused.json()["parametre"]) == (400, "a")


def test_a_listing_without_modality_is_unknown(sous_regimes, faire):
    found = of_fiche(sous_regimes([faire(1, modalites=[])]), MARDI)
    assert found == {"etat": "inconnu", "modalites": {}}


QUARTS = st.integers(0, 40 * 96).map(lambda n: datetime(2026, 10, 20, tzinfo=UTC) + n * QUART)
MODALITES_ = st.frozensets(st.sampled_from(list(Modalite)), max_size=3)
REGLES = st.lists(
    st.tuples(
        QUARTS, st.integers(1, 960), MODALITES_, st.just((None, None)) | FENETRES, st.booleans()
    ).map(
        lambda one: regime_of(
            *one[2],
            debut=one[0],
            fin=None if one[4] and one[3] != (None, None) else one[0] + one[1] * QUART,
            jours=one[3][0],
            creneau=one[3][1],
        )
    ),
    max_size=4,
)
NUIT = {"semaine": {jour: [{"de": "20:00", "a": "04:00"}] for jour in JOURS}}
TARD = {"semaine": {jour: [{"de": "20:00", "a": "02:30"}] for jour in JOURS}}
MATIN = {"semaine": {jour: [{"de": "04:00", "a": "10:00"}] for jour in JOURS[:5]}}
HEURES = st.sampled_from([None, JOURNEE, SOIR, TOUJOURS, {**JOURNEE, "feries": FERME}])


@tried_on(150)
@given(rules=REGLES, hours=HEURES, moment=QUARTS, last=st.none() | QUARTS.map(datetime.date))
def test_the_state_holds_until_it_is_said_to_change(rules, hours, moment, last):
    """Against the state of every quarter of an hour."""
    regimes = Regimes(sorted(rules, key=lambda one: one.debut))
    au = TOUJOURS_OFFERTE if last is None else last.toordinal()
    cadre = Cadre(secteur(fiche_of(1)[0]), BITS[Modalite.COMPTOIR], au)
    agenda = Agenda(Horaires.model_validate(hours)) if hours else None

    def at_instant(instant):
        closed, _ = cadre.closed(regimes, instant)
        known = Ouverture.INCONNU if agenda is None else agenda.at(instant)[0]
        return Ouverture.FERME if closed else known

    found = etat_sous(regimes, cadre, agenda, moment)
    assert found.etat is at_instant(moment)
    until = found.jusqu_a or moment + timedelta(60)
    steps = [moment + n * QUART for n in range(60 * 96)]
    assert all(at_instant(step) is found.etat for step in steps if step < until)
    assert found.jusqu_a is None or at_instant(until) is not found.etat


PREMIERS = st.none() | st.integers(0, 42).map(lambda n: date(2026, 10, 20) + timedelta(n))
OFFRES = st.lists(
    st.tuples(st.sampled_from([None, JOURNEE, SOIR, NUIT, MATIN, TOUJOURS]), PREMIERS),
    min_size=1,
    max_size=3,
)


def offered(hours):
    """Modalities that have these hours, each perhaps from a day on only."""
    return [
        {"genre": genre, "horaires": own, "du": du}
        for genre, (own, du) in zip(Modalite, hours, strict=False)
    ]


@tried_on(40)
@given(
    rules=REGLES,
    hours=OFFRES,
    moment=QUARTS,
)
def test_the_state_of_a_shop_holds_until_it_is_said_to_change(rules, hours, moment):
    """Against the most favourable of its modalities at every quarter of an hour."""
    shop = fiche_of(1, modalites=offered(hours))
    version = Version.of(segment([shop]))
    regimes = Regimes(sorted(rules, key=lambda one: one.debut))

    def at_instant(instant):
        (found,) = etats(version, np.array([0]), moment=instant, modalites=None, regimes=regimes)
        return found

    found = at_instant(moment)
    until = found.jusqu_a or moment + timedelta(3)
    steps = [moment + n * QUART for n in range(3 * 96)]
    assert all(at_instant(step).etat is found.etat for step in steps if step < until)
    assert found.jusqu_a is None or at_instant(until).etat is not found.etat


@tried_on(60)
@given(
    rules=REGLES,
    shops=st.lists(OFFRES, min_size=1, max_size=6),
    moment=QUARTS,
)
def test_a_search_tells_what_each_listing_does(rules, shops, moment):
    """Most are told from the columns of the day, all at once."""
    listings = [fiche_of(n, modalites=offered(hours)) for n, hours in enumerate(shops, 1)]
    version = Version.of(segment(listings))
    regimes = Regimes(sorted(rules, key=lambda one: one.debut))
    criteres = CriteresFiches(a=moment, inclure_fermes=True)
    asked = question(criteres, version, places={}, instant=moment, regimes=regimes)
    rows = asked.search(version.base, None)
    told = [EtatOuverture.model_validate_json(one) for one in ouvertures(version, rows, asked)]
    assert told == list(etats(version, rows, moment=moment, modalites=None, regimes=regimes))


SOIRS = st.tuples(st.integers(0, 9), st.integers(0, 20)).map(
    lambda one: datetime(2026, 10, 20, 19, tzinfo=UTC) + timedelta(one[0]) + one[1] * QUART
)


# An hour of this night is skipped.
@example(rules=[], hours=[TARD], days=None, moment=datetime(2027, 3, 27, 22, tzinfo=PARIS))
@tried_on(150)
@given(
    rules=REGLES,
    hours=st.lists(st.sampled_from([JOURNEE, NUIT, TARD, MATIN, TOUJOURS]), min_size=1, max_size=6),
    days=st.none() | st.integers(0, 2).map(timedelta),
    moment=QUARTS | SOIRS,
)
def test_a_search_of_one_kind_tells_when_what_is_open_closes(rules, hours, days, moment):
    """In the night too, unless the last day ends first, a rule begins or the clocks change."""
    au = days if days is None else moment.astimezone(PARIS).date() + days
    listings = [
        fiche_of(n, modalites=[{"genre": Modalite.COMPTOIR, "horaires": own, "au": au}])
        for n, own in enumerate(hours, 1)
    ]
    version = Version.of(segment(listings))
    regimes = Regimes(sorted(rules, key=lambda one: one.debut))
    criteres = CriteresFiches(a=moment, modalite=["comptoir"])
    asked = question(criteres, version, places={}, instant=moment, regimes=regimes)
    rows = asked.search(version.base, None)
    told = [EtatOuverture.model_validate_json(one) for one in ouvertures(version, rows, asked)]
    assert told == list(etats(version, rows, moment=moment, modalites=None, regimes=regimes))
