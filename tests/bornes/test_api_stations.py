"""The public searches, as a map client sees them."""

import json
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from services.bornes.irve import COLONNES
from services.bornes.vitrine import segment
from shared.schemas.bornes import (
    PointDeCharge,
    PointDeChargeDetail,
    StationDetail,
    StationResume,
    Stations,
)
from shared.schemas.bornes_carte import Facettes, StationsProches
from shared.schemas.geo import Feature
from tests.examples import tried_on


@pytest.fixture
def client(ligne, ouvrir):
    """Three stations: a slow one in Paris, a fast one in Saint-Denis, a two-wheeler's at the same
    place."""
    return ouvrir(
        [
            ligne(nbre_pdc=3),
            ligne(id="FRXXXE2", puissance_nominale=7.4, prise_type_ef=True, gratuit=True),
            ligne(
                id="FRYYYE3",
                station_id="FRYYYP2",
                lon=2.357,
                lat=48.936,
                code_insee_commune="93066",
                code_commune="93066",
                code_arrondissement=None,
                territoire="T6",
                puissance_nominale=150.0,
                prise_type_2=False,
                prise_type_combo_ccs=True,
                nom_operateur="Rapide & Cie",
                paiement_cb=True,
                condition_acces="Accès réservé",
                accessibilite_pmr="Réservé PMR",
                restriction_gabarit="hauteur 1,90 m",
                implantation_station="Station dédiée à la recharge rapide",
            ),
            ligne(
                id="FRYYYE4",
                station_id="FRYYYP3",
                lon=2.357,
                lat=48.936,
                code_commune="93066",
                code_arrondissement=None,
                territoire="T6",
                station_deux_roues=True,
                gratuit=False,
                restriction_gabarit="inconnu",
            ),
        ]
    )


PARIS, RAPIDE, DEUX_ROUES = "FRXXXP1", "FRYYYP2", "FRYYYP3"


def found(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [feature["id"] for feature in answer.json()["features"]]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", {PARIS, RAPIDE, DEUX_ROUES}),
        ("bbox=2.3,48.8,2.4,48.9", {PARIS}),
        ("bbox=2.357,48.936,2.357,48.936", {RAPIDE, DEUX_ROUES}),
        ("commune=75056", {PARIS}),
        ("commune=75104", {PARIS}),
        ("commune=75105", set()),
        ("commune=93059", {RAPIDE, DEUX_ROUES}),
        ("ept=T6", {RAPIDE, DEUX_ROUES}),
        ("ept=200057867", {RAPIDE, DEUX_ROUES}),
        ("operateur=Rapide+%26+Cie", {RAPIDE}),
        ("operateur=rapide_%26_cie", {RAPIDE}),
        ("operateur=FRYYY", {RAPIDE, DEUX_ROUES}),
        ("operateur=FR*YYY", {RAPIDE, DEUX_ROUES}),
        ("operateur=op%C3%A9rateur+d%E2%80%99essai", {PARIS, DEUX_ROUES}),
        ("operateur=personne", set()),
        ("prise=ef", {PARIS}),
        ("prise=ef,combo_ccs", {PARIS, RAPIDE}),
        ("prise=ef&prise=combo_ccs", {PARIS, RAPIDE}),
        ("prise=chademo", set()),
        ("puissance_min=22", {PARIS, RAPIDE, DEUX_ROUES}),
        ("puissance_min=22.1", {RAPIDE}),
        ("puissance_max=7.4", {PARIS}),
        ("prise=ef&puissance_min=22", set()),
        ("gratuit=true", {PARIS}),
        ("gratuit=false", {DEUX_ROUES}),
        ("paiement_cb=true", {RAPIDE}),
        ("paiement_acte=false", set()),
        ("reservation=false", {PARIS, RAPIDE, DEUX_ROUES}),
        ("deux_roues=true", {DEUX_ROUES}),
        ("accessibilite_pmr=Réservé PMR", {RAPIDE}),
        ("accessibilite_pmr=reserve_pmr", {RAPIDE}),
        ("condition_acces=acces_reserve", {RAPIDE}),
        ("implantation=voirie", {PARIS, DEUX_ROUES}),
        ("gabarit=restreint", {RAPIDE}),
        ("gabarit=aucune,inconnu", {PARIS, DEUX_ROUES}),
        ("ept=T6&gratuit=false&bbox=2.3,48.9,2.4,49", {DEUX_ROUES}),
    ],
)
def test_filters(client, query, kept) -> None:
    answer = client.get(f"/stations?{query}")
    assert set(found(answer)) == kept
    assert answer.json()["numberMatched"] == answer.json()["numberReturned"] == len(kept)


@pytest.mark.parametrize(
    ("query", "parametre"),
    [
        ("bbox=1,2,3", "bbox"),
        ("bbox=2.4,48.8,2.3,48.9", "bbox"),
        ("bbox=0,45,10,50", "bbox"),
        ("bbox=nan,48,2,49", "bbox"),
        ("commune=1", "commune"),
        ("commune=13055", "commune"),
        ("ept=T13", "ept"),
        ("ept=123456789", "ept"),
        ("prise=usb", "prise"),
        ("prise=", "prise"),
        ("puissance_min=-1", "puissance_min"),
        ("puissance_min=inf", "puissance_min"),
        ("puissance_min=nan", "puissance_min"),
        ("puissance_min=50&puissance_max=22", "puissance_max"),
        ("gratuit=peut-etre", "gratuit"),
        ("limite=0", "limite"),
        ("limite=1001", "limite"),
        ("curseur=n'importe quoi", "curseur"),
        ("curseur=" + "a" * 300, "curseur"),
        ("operateur=", "operateur"),
        ("couleur=rouge", "couleur"),
    ],
)
def test_bad_questions_are_refused_by_name(client, query, parametre) -> None:
    answer = client.get(f"/stations?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["parametre"] == parametre


def test_answers_are_what_the_contract_says(client) -> None:
    Stations.model_validate(client.get("/stations").json())
    near = client.get("/stations/proches?lon=2.35&lat=48.85").json()
    StationsProches.model_validate(near)
    detail = Feature[StationDetail].model_validate(client.get(f"/stations/{PARIS}").json())
    assert [pdc.id_pdc_itinerance for pdc in detail.properties.points_de_charge] == [
        "FRXXXE1",
        "FRXXXE2",
    ]
    pdc = PointDeChargeDetail.model_validate(client.get("/points-de-charge/FRXXXE2").json())
    assert (pdc.puissance_nominale, pdc.station.id) == (7.4, PARIS)
    Facettes.model_validate(client.get("/facettes").json())


def test_a_station_says_what_was_declared_and_what_is_there(client) -> None:
    properties = client.get(f"/stations/{PARIS}").json()["properties"]
    assert (properties["nbre_pdc"], properties["nbre_pdc_recenses"]) == (3, 2)
    assert properties["puissance_max"] == 22.0
    assert properties["prises"] == ["ef", "2"]
    assert properties["commune"] == "Paris"


TELLING = {
    "id_pdc_local": "B1-2",
    "id_station_local": "B1",
    "puissance_nominale": 43.5,
    "prise_type_chademo": True,
    "cable_t2_attache": True,
    "gratuit": True,
    "paiement_acte": False,
    "paiement_cb": True,
    "paiement_autre": True,
    "tarification": "0,39 € le kWh",
    "condition_acces": "Accès réservé",
    "reservation": True,
    "accessibilite_pmr": "Réservé PMR",
    "restriction_gabarit": "hauteur 2,10 m",
    "station_deux_roues": True,
    "date_mise_en_service": date(2021, 7, 2),
    "observations": "au sous-sol",
    "date_maj": date(2024, 2, 29),
    "nom_amenageur": "Aménageur",
    "siren_amenageur": "217500016",
    "contact_amenageur": "amenageur@exemple.fr",
    "telephone_operateur": "+33199001234",
    "implantation_station": "Parking public",
    "nbre_pdc": 7,
    "horaires": "Mo-Fr 08:00-19:00",
    "raccordement": "Indirect",
}
"""Values that no default of ours has."""


def test_all_that_is_declared_is_told_as_it_is(ouvrir, ligne) -> None:
    row = ligne(**TELLING)
    client = ouvrir([row])
    station = client.get("/stations/FRXXXP1").json()["properties"]
    (listed,) = client.get("/stations").json()["features"]
    point = client.get("/points-de-charge/FRXXXE1").json()
    declared = json.loads(json.dumps(row._asdict(), default=str))
    told = {
        "summary": (listed["properties"], StationResume.model_fields.keys()),
        "station": (station, StationDetail.model_fields.keys()),
        "point": (point, PointDeCharge.model_fields.keys()),
        "point of the station": (station["points_de_charge"][0], PointDeCharge.model_fields.keys()),
    }
    for what, (shown, fields) in told.items():
        same = fields & declared.keys()
        assert {name: shown[name] for name in same} == {name: declared[name] for name in same}, what
    assert point["station"]["properties"] == listed["properties"]
    # The position is the geometry; who delivers the current is for the national file alone.
    columns = StationDetail.model_fields.keys() | PointDeCharge.model_fields.keys()
    assert {one.name for one in COLONNES} - columns == {"coordonneesXY", "num_pdl"}


@pytest.mark.parametrize("written", ["FR*YYY*E3", "fr-yyy-e3", "FR YYY E3"])
def test_a_point_is_found_as_it_is_written_on_the_borne(client, written) -> None:
    """A report of a fault took it so, a reading answered that there was none."""
    expected = client.get("/points-de-charge/FRYYYE3")
    found = client.get(f"/points-de-charge/{written}")
    assert (found.status_code, found.json()) == (200, expected.json())
    station = client.get(f"/stations/{written.upper().replace('E3', 'P2')}")
    assert station.json() == client.get("/stations/FRYYYP2").json()


@pytest.mark.parametrize("path", ["/stations/FRXXXP9", "/points-de-charge/FRXXXP1", "/stations/é"])
def test_what_is_not_there(client, path) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "introuvable")


def test_nearest_gives_true_distances(client) -> None:
    near = client.get("/stations/proches?lon=2.35&lat=48.85&rayon_m=20000&limite=2").json()
    assert [f["id"] for f in near["features"]] == [PARIS, RAPIDE]
    assert near["features"][0]["properties"]["distance_m"] == 0
    assert near["features"][1]["properties"]["distance_m"] == pytest.approx(9576, abs=5)
    assert near["numberReturned"] == 2
    few = client.get("/stations/proches?lon=2.35&lat=48.85&rayon_m=5000").json()
    assert [f["id"] for f in few["features"]] == [PARIS]
    filtered = client.get("/stations/proches?lon=2.35&lat=48.85&rayon_m=50000&deux_roues=true")
    assert found(filtered) == [DEUX_ROUES]
    none = client.get("/stations/proches?lon=-70&lat=-33").json()
    assert none["features"] == []


def test_nearest_needs_a_place(client) -> None:
    for service in ("", "/avitaillement"):
        turned = client.get(f"{service}/stations/proches?lon=48.85&lat=2.35")
        assert (turned.status_code, turned.json()["parametre"]) == (400, "lat")
        assert "lon=2.35, lat=48.85" in turned.json()["detail"]
    missing = client.get("/stations/proches?lon=2.35")
    assert missing.json()["parametre"] == "lat"
    assert client.get("/stations/proches?lon=200&lat=48").json()["parametre"] == "lon"
    assert client.get("/stations/proches?lon=2&lat=48&rayon_m=50001").status_code == 400


def test_facets_count_stations_and_points(client) -> None:
    facettes = client.get("/facettes").json()
    assert (facettes["stations"], facettes["points_de_charge"]) == (3, 4)
    prises = {f["valeur"]: f for f in facettes["facettes"]["prise"]}
    assert (prises["2"]["stations"], prises["2"]["points_de_charge"]) == (2, 3)
    operateurs = facettes["facettes"]["operateur"]
    assert [(o["libelle"], o["stations"]) for o in operateurs] == [
        ("Opérateur d'essai", 2),
        ("Rapide & Cie", 1),
    ]
    assert found(client.get(f"/stations?operateur={operateurs[0]['valeur']}")) == [
        PARIS,
        DEUX_ROUES,
    ]
    bandes = {f["valeur"]: f["points_de_charge"] for f in facettes["facettes"]["puissance"]}
    assert bandes == {"0-7.4": 1, "7.4-22": 2, "22-150": 0, "150-": 1}
    assert {f["libelle"] for f in facettes["facettes"]["ept"]} == {"Paris", "Plaine Commune"}
    assert client.get("/facettes?ept=T1").json()["stations"] == 1


def pages(client, query: str) -> list[str]:
    """All the ids that following `next` gives."""
    ids: list[str] = []
    url = f"/stations?{query}"
    while url:
        answer = client.get(url)
        ids += found(answer)
        links = answer.json()["links"]
        assert answer.links.get("next", {}).get("url") == (links[0]["href"] if links else None)
        url = f"/stations{links[0]['href']}" if links else ""
    return ids


def test_pages_cover_everything_once(client) -> None:
    assert pages(client, "limite=1") == found(client.get("/stations"))
    assert pages(client, "limite=1&commune=93066&prise=2,combo_ccs") == [RAPIDE, DEUX_ROUES]


def test_the_next_page_repeats_the_question(client) -> None:
    href = client.get("/stations?limite=1&prise=2&prise=combo_ccs").json()["links"][0]["href"]
    asked = parse_qs(urlsplit(href).query)
    assert asked["prise"] == ["2", "combo_ccs"]
    assert asked["limite"] == ["1"]


@tried_on(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=30),
    st.integers(1, 5),
    st.data(),
)
def test_pages_survive_changes_between_them(ligne, ouvrir, places, limite, data) -> None:
    """What is there from the first page to the last is seen once, whatever else changes."""
    points = [
        ligne(id=f"FRAAAE{n}", station_id=f"FRAAAP{n}", lon=2.2 + x / 200, lat=48.8 + y / 200)
        for n, (x, y) in enumerate(places)
    ]
    client = ouvrir(points)
    first = client.get(f"/stations?limite={limite}").json()
    gone = data.draw(st.sets(st.sampled_from([point.station_id for point in points])))
    added = ligne(id="FRBBBE0", station_id="FRBBBP0", lon=2.25, lat=48.85)
    version = client.etalage.vue.version.apply([*gone, "FRBBBP0"], segment([added]))
    client.etalage.show(version)
    seen = [feature["id"] for feature in first["features"]]
    if first["links"]:
        seen += pages(client, urlsplit(first["links"][0]["href"]).query)
    stayed = {point.station_id for point in points} - gone
    assert stayed <= set(seen)
    assert len(seen) == len(set(seen))
