"""Searches change in the window of a rule only, and say why."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.schemas.commerces import FicheDetail, Fiches
from shared.schemas.commerces_regimes import Regimes as RegimesPublics
from shared.schemas.commun import PARIS, JourSemaine
from shared.schemas.geo import Feature
from tests.commerces.regimes.conftest import DEBUT, FIN, exception_of, heures, regime_of
from tests.commerces.test_facettes import assert_facets_are_searches

TOUJOURS = {
    "semaine": {
        jour: [{"de": "00:00", "a": "24:00"}]
        for jour in ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
    }
}
LIVRAISON = {
    "genre": "livraison",
    "horaires": TOUJOURS,
    "zone": {"type": "communes", "codes": ["75104"]},
}
COMPTOIR = {"genre": "comptoir", "horaires": TOUJOURS}
EMPORTER = ("drive", "livraison", "comptoir")


def ids(answer):
    assert answer.status_code == 200, answer.text
    Fiches.model_validate(answer.json())
    return sorted(feature["id"] for feature in answer.json()["features"])


def at(moment):
    return moment.isoformat()


@pytest.fixture
def shops(faire):
    return [
        faire(1, categories=["restaurant"], modalites=[LIVRAISON, COMPTOIR]),
        faire(2, categories=["librairie"], modalites=[LIVRAISON, COMPTOIR]),
        faire(3, categories=["restaurant"], modalites=[{**COMPTOIR, "genre": "point_collecte"}]),
    ]


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        (DEBUT - timedelta(seconds=1), ["1", "2", "3"]),
        (DEBUT, ["1", "2"]),
        (FIN - timedelta(seconds=1), ["1", "2"]),
        (FIN, ["1", "2", "3"]),
    ],
)
def test_results_change_in_the_window_only(sous_regimes, shops, moment, found):
    rule = regime_of(*EMPORTER, categories=("restauration",))
    client = sous_regimes(shops, rule)
    answer = client.get("/fiches", params={"a": at(moment)})
    assert ids(answer) == found
    assert (answer.json().get("regimes") is not None) == (len(found) == 2)


def test_the_answer_says_which_rule_limits_and_why(sous_regimes, shops):
    rule = regime_of(*EMPORTER, categories=("restauration",), nom="Restaurants", motif="Covid")
    client = sous_regimes(shops, rule)
    body = client.get("/fiches", params={"a": at(DEBUT)}).json()
    assert body["numberMatched"] == 2
    assert body["ecartes_par_regime"] == 1
    told = {
        "id": rule.id,
        "nom": "Restaurants",
        "motif": "Covid",
        "modalites": ["drive", "livraison", "comptoir"],
        "debut": "2026-11-03T00:00:00Z",
        "fin": "2026-12-01T00:00:00Z",
        "jours": None,
        "creneau": None,
    }
    assert body["regimes"] == [told]
    limited = {f["id"]: f["properties"].get("regime") for f in body["features"]}
    assert limited == {"1": {"modalites": ["livraison", "comptoir"], "regimes": [told]}, "2": None}


def test_each_modality_is_asked_about_itself(sous_regimes, shops):
    client = sous_regimes(shops, regime_of("livraison"))
    asked = {"a": at(DEBUT)}
    assert ids(client.get("/fiches", params={**asked, "modalite": "comptoir"})) == []
    assert ids(client.get("/fiches", params={**asked, "modalite": "livraison"})) == ["1", "2"]
    assert ids(client.get("/fiches", params={**asked, "livre_a": "75104"})) == ["1", "2"]
    closed = client.get("/fiches", params={**asked, "modalite": "comptoir"}).json()
    assert closed["ecartes_par_regime"] == 2
    assert closed["features"] == []


def test_what_is_closed_is_not_unknown(sous_regimes, faire):
    client = sous_regimes([faire(1)], regime_of())
    asked = {"a": at(DEBUT), "inclure_inconnus": "true"}
    assert ids(client.get("/fiches", params=asked)) == []
    assert ids(client.get("/fiches", params={**asked, "a": at(FIN)})) == ["1"]


def test_the_state_is_that_of_what_remains(sous_regimes, faire):
    soir = {"semaine": {"mardi": [{"de": "18:00", "a": "22:00"}]}}
    shop = faire(1, modalites=[COMPTOIR, {**LIVRAISON, "horaires": soir}])
    client = sous_regimes([shop], regime_of("livraison"))
    tuesday = datetime(2026, 11, 3, 18, tzinfo=UTC)
    (feature,) = client.get("/fiches", params={"a": at(tuesday)}).json()["features"]
    assert feature["properties"]["ouverture"]["jusqu_a"] == "2026-11-03T21:00:00Z"


def test_an_exception_reopens_and_says_nothing(sous_regimes, shops):
    client = sous_regimes(shops, regime_of(), exception_of("culture_loisirs"))
    body = client.get("/fiches", params={"a": at(DEBUT)}).json()
    assert [f["id"] for f in body["features"]] == ["2"]
    assert body["features"][0]["properties"]["regime"] is None
    assert body["ecartes_par_regime"] == 2


def test_a_rule_elsewhere_changes_nothing(sous_regimes, shops):
    client = sous_regimes(shops, regime_of(territoires=("93",)))
    body = client.get("/fiches", params={"a": at(DEBUT)}).json()
    assert len(body["features"]) == 3
    assert "regimes" not in body


def test_a_question_that_is_not_about_a_modality_lists_closed_shops_too(sous_regimes, shops):
    client = sous_regimes(shops, regime_of(debut=datetime(2020, 1, 1, tzinfo=UTC), fin=None))
    assert ids(client.get("/fiches")) == ["1", "2", "3"]
    assert ids(client.get("/fiches", params={"modalite": "comptoir"})) == []
    assert ids(client.get("/fiches", params={"a": "maintenant"})) == []


def test_facets_and_clusters_follow(sous_regimes, shops):
    client = sous_regimes(shops, regime_of("livraison"))
    asked = {"a": at(DEBUT)}
    assert client.get("/facettes", params=asked).json()["fiches"] == 2
    assert_facets_are_searches(client, asked)
    assert_facets_are_searches(client, {**asked, "categorie": "restaurant"})
    assert client.get("/grappes", params={**asked, "zoom": 10}).json()["fiches"] == 2


def test_a_listing_says_what_limits_it_now(sous_regimes, shops):
    rule = regime_of("livraison", debut=datetime(2020, 1, 1, tzinfo=UTC), fin=None)
    client = sous_regimes(shops, rule, exception_of("librairie", debut=rule.debut, fin=None))
    limited = client.get("/fiches/1").json()
    Feature[FicheDetail].model_validate(limited)
    assert limited["properties"]["regime"]["modalites"] == ["livraison"]
    assert "regime" not in client.get("/fiches/2").json()["properties"]
    assert client.get("/fiches/3").json()["properties"]["regime"]["modalites"] == []
    assert client.get("/fiches/9").status_code == 404
    assert client.get("/fiches/1/jsonld").status_code == 200


def test_a_shop_without_modality_is_limited_too(sous_regimes, faire):
    rule = regime_of("livraison", debut=datetime(2020, 1, 1, tzinfo=UTC), fin=None)
    client = sous_regimes([faire(1, modalites=[])], rule)
    assert client.get("/fiches/1").json()["properties"]["regime"]["modalites"] == []


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({}, ["passé", "état", "ville"]),
        ({"a": "2026-11-15T12:00:00Z"}, ["état", "ville"]),
        ({"a": "2026-12-01T00:00:00Z"}, []),
        ({"commune": "93059"}, ["passé", "état", "ville"]),
        ({"commune": "75104"}, ["passé", "état"]),
        ({"categorie": "pharmacie"}, ["ville"]),
        ({"categorie": "restaurant_italien,pharmacie"}, ["passé", "état", "ville"]),
    ],
)
def test_rules_are_public(sous_regimes, params, names):
    client = sous_regimes(
        [],
        regime_of(nom="état", categories=("restauration",)),
        regime_of(nom="ville", territoires=("93066",)),
        regime_of(
            nom="passé",
            categories=("restaurant",),
            debut=datetime(2020, 3, 17, tzinfo=UTC),
            fin=datetime(2020, 6, 2, 22, tzinfo=UTC),
        ),
    )
    answer = client.get("/regimes", params=params)
    assert answer.status_code == 200, answer.text
    RegimesPublics.model_validate(answer.json())
    assert [regime["nom"] for regime in answer.json()["regimes"]] == names


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"commune": "13055"}, "commune"),
        ({"categorie": "boutique"}, "categorie"),
        ({"a": "demain"}, "a"),
        ({"jour": "20/10/2020"}, "jour"),
        ({"jour": "9999-12-31"}, "jour"),
        ({"zone": "1"}, "zone"),
    ],
)
def test_a_bad_question_about_rules_is_refused_by_name(sous_regimes, params, named):
    answer = sous_regimes([], regime_of()).get("/regimes", params=params)
    assert (answer.status_code, answer.json()["parametre"]) == (400, named)


@pytest.mark.parametrize(
    ("jour", "names"),
    [
        ("2020-10-16", []),
        ("2020-10-17", ["nuit", "samedi"]),
        ("2020-10-20", ["nuit"]),  # `a` at noon tells none of them
        ("2020-10-24", ["nuit", "samedi"]),
        ("2020-10-25", ["nuit", "samedi"]),  # until six: it began on Saturday
        ("2020-10-26", ["nuit"]),
        ("2020-10-30", []),
    ],
)
def test_the_rules_of_a_day_are_those_of_its_evening_too(sous_regimes, jour, names):
    curfew = {
        "creneau": heures("21:00", "06:00"),
        "debut": datetime(2020, 10, 17, tzinfo=PARIS),
        "fin": datetime(2020, 10, 30, tzinfo=PARIS),
    }
    client = sous_regimes(
        [],
        regime_of(nom="nuit", **curfew),
        regime_of(nom="samedi", jours=(JourSemaine.SAMEDI,), **curfew),
    )
    answer = client.get("/regimes", params={"jour": jour})
    assert [regime["nom"] for regime in answer.json()["regimes"]] == names
    noon = client.get("/regimes", params={"jour": jour, "a": f"{jour}T12:00"})
    assert noon.json()["regimes"] == []
