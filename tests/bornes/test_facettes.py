"""Facets count what searches answer, value by value."""

from datetime import UTC, datetime

import pytest

from services.bornes.vitrine import segment
from shared.memory.segments import Version

BANDES = {
    "0-7.4": {"puissance_max": 7.4},
    "7.4-22": {"puissance_min": 7.41, "puissance_max": 22},
    "22-150": {"puissance_min": 22.01, "puissance_max": 149.99},
    "150-": {"puissance_min": 150},
}


@pytest.fixture
def lignes(ligne):
    """A station with a slow Type 2 beside a fast CCS; a Type 2; one that an enseigne names."""
    rapide = {"puissance_nominale": 150.0, "prise_type_2": False, "prise_type_combo_ccs": True}
    ailleurs = {"lon": 2.357, "lat": 48.936, "code_commune": "93066", "territoire": "T6"}
    return [
        ligne(),
        ligne(id="FRXXXE2", gratuit=True, paiement_cb=True, **rapide),
        ligne(
            id="FRYYYE1",
            station_id="FRYYYP1",
            puissance_nominale=7.4,
            gratuit=False,
            nom_operateur="Autre opérateur",
            nom_enseigne="Opérateur d'essai",
            accessibilite_pmr="Réservé PMR",
            code_arrondissement=None,
            **ailleurs,
        ),
        ligne(
            id="FRYYYE2",
            station_id="FRYYYP1",
            prise_type_ef=True,
            nom_operateur="Autre opérateur",
            nom_enseigne="Opérateur d'essai",
            restriction_gabarit="hauteur 1,90 m",
            code_arrondissement=None,
            **ailleurs,
        ),
        ligne(id="FRZZZE1", station_id="FRZZZP1", paiement_cb=False, nom_operateur=None),
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"puissance_max": 50},
        {"puissance_min": 7.4, "puissance_max": 22, "prise": "2"},
        {"prise": "combo_ccs"},
        {"prise": "ef,combo_ccs", "gratuit": "true"},
        {"gratuit": "false", "paiement_acte": "true"},
        {"accessibilite_pmr": "reserve_pmr", "deux_roues": "false"},
        {"gabarit": "restreint", "implantation": "voirie"},
        {"operateur": "Opérateur d'essai", "prise": "2"},
        {"operateur": "FRYYY"},
        {"commune": "93066", "puissance_max": 10},
        {"commune": "75104", "ept": "T1", "condition_acces": "acces_libre"},
        {"bbox": "2.3,48.8,2.36,48.9", "paiement_cb": "true"},
        {"ouvert_a": "2026-11-24T10:00:00Z", "reservation": "false"},
    ],
)
@pytest.mark.parametrize("changed", [False, True])
def test_facets_answer_as_searches_do(ouvrir, lignes, asked, changed):
    client = ouvrir(lignes)
    if changed:
        old = [lignes[0], lignes[2]._replace(gratuit=True), lignes[4]]
        new = Version.of(segment(old)).apply(["FRXXXP1", "FRYYYP1"], segment(lignes[:4]))
        client.etalage.show(new)
    assert_facets_are_searches(client, asked, client.get("/facettes", params=asked).json())


@pytest.mark.parametrize("asked", [{}, {"disponible": "true"}, {"disponible": "false"}])
def test_facets_of_states_answer_as_searches_do(ouvrir, lignes, asked):
    client = ouvrir(lignes)
    now = datetime.now(UTC)
    client.direct.tell("FRXXXE1", "en_service", "occupe", now)
    client.direct.tell("FRXXXE2", "en_service", "libre", now)
    client.direct.tell("FRYYYE1", "hors_service", "inconnu", now)
    answer = client.get("/facettes", params=asked | {"etats": "true"}).json()
    assert answer["facettes"]["disponible"]
    assert_facets_are_searches(client, asked, answer)


def test_powers_are_shown_as_the_french_write_them(ouvrir, lignes):
    bandes = ouvrir(lignes).get("/facettes").json()["facettes"]["puissance"]
    assert [one["libelle"] for one in bandes] == [
        "7,4 kW ou moins",
        "plus de 7,4 kW, 22 kW ou moins",
        "plus de 22 kW, moins de 150 kW",
        "150 kW ou plus",
    ]


def assert_facets_are_searches(client, asked, answer):
    """Each count is what searches answer with that value instead of those asked."""
    assert answer["stations"] == matched(client, "stations", asked)
    for name, values in answer["facettes"].items():
        for one in values:
            wanted = narrowed(asked, name, one["valeur"])
            counted = (one["stations"], one["points_de_charge"])
            found = (matched(client, "stations", wanted), matched(client, "points", wanted))
            assert counted == found, (name, one["valeur"])


def narrowed(asked, name, value):
    """A question, with a value instead of what it asks of one filter."""
    if name == "puissance":
        other = {key: one for key, one in asked.items() if not key.startswith("puissance_")}
        return other | BANDES[value]
    return asked | {name: value}


def matched(client, what, asked):
    path = "/stations" if what == "stations" else "/ogc/collections/points_de_charge/items"
    found = client.get(path, params=asked)
    assert found.status_code == 200, found.json()
    return found.json()["numberMatched"]


@pytest.mark.parametrize("name", ["日本", "*", "’", " "])
def test_a_name_without_a_letter_is_not_that_of_stations_without_operator(ouvrir, lignes, name):
    client = ouvrir(lignes)
    assert client.get("/stations", params={"operateur": name}).json()["numberMatched"] == 0
    answer = client.get("/ogc/collections/stations/items", params={"nom_operateur": name})
    assert answer.json()["numberMatched"] == 0
