"""The quality of the data over HTTP: rules, producers, operators, faults to correct."""

import csv
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.cellules import CODES
from services.bornes.qualite.regles import evolution, share
from shared.schemas.bornes_qualite import Evolution
from tests.factories import irve_row, irve_station

FLAWED = {"raccordement": "direct"}


def of(answer, code):
    (producer,) = answer.json()["producteurs"]
    return next(finding for finding in producer["constats"] if finding["code"] == code)


def test_every_code_of_a_report_is_a_rule_with_its_source(client):
    answer = client.get("/qualite/regles")
    rules = answer.json()["regles"]
    assert [rule["code"] for rule in rules] == list(CODES)
    assert all(rule["libelle"] and rule["source"]["nom"] for rule in rules)
    published = {rule["code"] for rule in rules if "QualiCharge" in rule["source"]["nom"]}
    assert published >= {
        "POWL", "POWU", "CRDF", "INSE", "ADDR", "AFIE", "AFIP", "PDCM",
        "PDCL", "LOCP", "SIRI", "AMEM", "OPEM", "PDLM", "NE10",
    }  # fmt: skip
    unchanged = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/qualite/regles", headers=unchanged).status_code == 304


def test_a_producer_s_findings_have_a_share_examples_and_a_trend(client, receive):
    rows = irve_station(4)
    receive([row | FLAWED for row in rows])
    receive([row | (FLAWED if number else {}) for number, row in enumerate(rows)])
    found = of(client.get("/qualite"), "ENUM")
    assert (found["nombre"], found["part_pct"], found["evolution"]) == (3, 75.0, "baisse")
    assert [(point["nombre"], point["part_pct"]) for point in found["tendance"]] == [
        (4, 100.0),
        (3, 75.0),
    ]
    assert found["exemples"][0]["recu"] == "direct"
    assert found["exemples"][0]["retenu"] == "Direct"


def test_rules_add_up_over_the_producers(client, receive):
    receive([irve_row(1, **FLAWED)], "a")
    receive([irve_row(2, **FLAWED), irve_row(3, nbre_pdc="2")], "b")
    body = client.get("/qualite", params={"code": "ENUM"}).json()
    assert body["lignes_lues"] == 3
    (rule,) = body["regles"]
    assert (rule["nombre"], rule["producteurs"], rule["part_pct"]) == (2, 2, 66.67)
    assert [p["producteur"] for p in body["producteurs"]] == ["a", "b"]
    assert client.get("/qualite", params={"gravite": "erreur"}).json()["regles"] == []


def test_producers_come_page_by_page(client, receive):
    for number, name in enumerate(("a & b", "é", "z"), 1):
        receive([irve_row(number)], name)
    names, url = [], "?limite=1"
    while url:
        answer = client.get(f"/qualite{url}")
        names += [p["producteur"] for p in answer.json()["producteurs"]]
        url = answer.links.get("next", {}).get("url")
    assert sorted(names) == ["a & b", "z", "é"]
    alone = client.get("/qualite", params={"producteur": "a & b"}).json()
    assert [p["producteur"] for p in alone["producteurs"]] == ["a & b"]


def operators(client, **asked):
    return client.get("/qualite/operateurs", params=asked).json()["operateurs"]


def test_an_operator_s_findings_have_a_share_examples_and_a_trend(client, receive):
    alpha = irve_station(2, "FRAAAP1", nom_operateur="Alpha")
    beta = irve_station(1, "FRBBBP1", nom_operateur="Beta")
    receive([*(row | FLAWED for row in alpha), *beta])
    receive([alpha[0], alpha[1] | FLAWED, *beta])
    first, second = operators(client)
    assert (first["prefixe"], first["operateur"], first["lignes_lues"]) == ("FRAAA", "Alpha", 2)
    assert (first["producteur"], first["fichier"]) == ("essai", "essai.csv")
    (found,) = [found for found in first["constats"] if found["code"] == "ENUM"]
    assert (found["nombre"], found["part_pct"], found["evolution"]) == (1, 50.0, "baisse")
    assert [point["part_pct"] for point in found["tendance"]] == [100.0, 50.0]
    assert first["import_id"] == found["tendance"][-1]["import_id"]
    (example,) = found["exemples"]
    assert (example["ligne"], example["recu"], example["retenu"]) == (3, "direct", "Direct")
    assert "ENUM" not in [found["code"] for found in second["constats"]]


def test_an_operator_is_told_in_each_file_that_names_it(client, receive):
    receive([irve_row(1) | FLAWED, *irve_station(2, "FRBBBP1")], "consolide")
    receive([irve_row(1)], "lui-même")
    everywhere = [(one["producteur"], one["prefixe"]) for one in operators(client)]
    assert everywhere == [("consolide", "FRBBB"), ("consolide", "FRXXX"), ("lui-même", "FRXXX")]
    assert len(operators(client, prefixe="FRXXX")) == 2
    (alone,) = operators(client, producteur="lui-même", code="DOUP")
    assert [found["code"] for found in alone["constats"]] == ["DOUP"]


def test_a_rejected_line_belongs_to_the_operator_read_in_it(client, receive):
    receive([irve_row(1), irve_row(2, date_maj="demain"), irve_row(3, id_pdc_itinerance="?")])
    (only,) = operators(client, gravite="erreur")
    assert (only["prefixe"], only["lignes_lues"]) == ("FRXXX", 3)
    assert sum(found["nombre"] for found in only["constats"]) == 2


def test_operators_come_page_by_page(client, receive):
    receive([*irve_station(2, "FRCCCP1"), *irve_station(1, "FRAAAP1"), *irve_station(1, "FRBBBP1")])
    seen, url = [], "?limite=1"
    while url:
        answer = client.get(f"/qualite/operateurs{url}")
        seen += [one["prefixe"] for one in answer.json()["operateurs"]]
        url = answer.links.get("next", {}).get("url")
    assert seen == ["FRCCC", "FRAAA", "FRBBB"]


def test_a_producer_reads_its_faults_and_no_spreadsheet_computes_them(client, receive):
    formula = "@SUM(A1:A9)"
    receive([irve_row(1, **FLAWED), irve_row(2, telephone_operateur="", siren_amenageur=formula)])
    answer = client.get("/qualite/anomalies.csv", params={"producteur": "essai"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert {row["code"] for row in rows} >= {"ENUM", "OPEM"}
    assert f"'{formula}" in [row["recu"] for row in rows]
    only = client.get("/qualite/anomalies.csv", params={"producteur": "essai", "code": "ENUM"})
    assert {row["code"] for row in csv.DictReader(only.text.splitlines())} == {"ENUM"}
    unchanged = {"If-None-Match": only.headers["ETag"]}
    same = client.get(
        "/qualite/anomalies.csv", params={"producteur": "essai", "code": "ENUM"}, headers=unchanged
    )
    assert same.status_code == 304


def test_the_faults_of_one_operator_are_a_file_too(client, receive):
    receive([row | FLAWED for name in ("FRAAAP1", "FRBBBP1") for row in irve_station(2, name)])
    asked = {"producteur": "essai", "prefixe": "FRBBB"}
    answer = client.get("/qualite/anomalies.csv", params=asked)
    assert {row["ligne"] for row in csv.DictReader(answer.text.splitlines())} == {"4", "5"}
    everyone = client.get("/qualite/anomalies.csv", params={"producteur": "essai"})
    assert everyone.headers["ETag"] != answer.headers["ETag"]


def test_only_accepted_files_are_shown(client, receive):
    receive(irve_station(5))
    receive([row | FLAWED for row in irve_station(1)])  # held: it would lose four points of five
    found = [c["code"] for c in client.get("/qualite").json()["producteurs"][0]["constats"]]
    assert "ENUM" not in found
    nobody = client.get("/qualite/anomalies.csv", params={"producteur": "personne"})
    assert nobody.status_code == 404


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([], None),
        ([4.0], None),
        ([4.0, 4.05], Evolution.STABLE),
        ([4.0, 4.2], Evolution.HAUSSE),
        ([2.0, 9.0, 4.0], Evolution.BAISSE),
    ],
)
def test_the_last_two_shares_tell_the_trend(shares, expected):
    assert evolution(shares) == expected


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_share_is_a_part_of_its_whole(part, rest):
    whole = part + rest
    assert 0 <= share(part, whole) <= 100
    assert share(part, whole) + share(rest, whole) == pytest.approx(100 if whole else 0, abs=0.02)


def test_the_real_file_by_operator(client, receive, donnees_reelles):
    path = donnees_reelles / "irve/grand_paris_irve_statique.csv"
    with path.open(encoding="utf-8") as file:
        receive(list(csv.DictReader(file)), "grand-paris")
    body = client.get("/qualite").json()
    assert {rule["code"] for rule in body["regles"]} >= {"PDCL", "AMEM", "COHS", "CONN"}
    by_operator = operators(client, limite=100)
    metropolis = next(one for one in by_operator if one["prefixe"] == "FRMGP")
    assert metropolis["lignes_lues"] == 963
    counted = Counter()
    for one in by_operator:
        counted.update({found["code"]: found["nombre"] for found in one["constats"]})
    of_the_file = {"LOCP"}  # its place is the header: nobody's line
    assert counted == {
        rule["code"]: rule["nombre"] for rule in body["regles"] if rule["code"] not in of_the_file
    }
    assert sum(one["lignes_lues"] for one in by_operator) == body["lignes_lues"]
