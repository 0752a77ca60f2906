"""Our schema: a valid Table Schema, documented column by column, that reads cells as it says."""

import csv
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from frictionless import Resource, Schema
from hypothesis import given
from hypothesis import strategies as st

from services.bornes import irve
from services.bornes.avitaillement.demonstration import avitaillement
from services.bornes.avitaillement.schema import COLONNES, PUBLIE, SCHEMA, lire
from services.bornes.cellules import CODES, Formule
from tests.factories import POINT, point_csv

COLONNE = {colonne.name: colonne for colonne in COLONNES}
FIELDS = json.loads(PUBLIE)["fields"]


def valid(path, content):
    path.write_bytes(content)
    resource = Resource(path=path.name, basepath=str(path.parent), schema=schema())
    return resource.validate()


def schema():
    return Schema.from_descriptor(json.loads(PUBLIE))


def test_it_is_a_table_schema_and_its_examples_are_valid(tmp_path):
    assert Schema.validate_descriptor(json.loads(PUBLIE)).valid
    examples = {field["name"]: field["example"] for field in FIELDS}
    for rows in ([examples], [POINT]):
        report = valid(tmp_path / "essai.csv", point_csv(rows))
        assert report.valid, report.flatten(["type", "note"])
    report = valid(tmp_path / "demonstration.csv", avitaillement())
    assert report.valid, report.flatten(["type", "note"])


def test_a_bad_file_is_not_valid(tmp_path):
    for cells in ({"energie": "E85"}, {"prix_kg": "-1"}, {"id_point": ""}, {"pression_bar": "7,0"}):
        assert not valid(tmp_path / "essai.csv", point_csv([POINT | cells])).valid
    assert not valid(tmp_path / "essai.csv", point_csv([POINT, POINT])).valid


def test_its_own_examples_are_read_without_finding():
    for field in FIELDS:
        cellule = lire(COLONNE[field["name"]], field["example"])
        assert cellule.valeur == field["example"], field["name"]
        assert cellule.constats == ()


def test_what_it_shares_with_irve_is_the_same():
    shared = {c.name: c for c in irve.COLONNES if c.name in COLONNE}
    assert len(shared) > 15
    for name, theirs in shared.items():
        ours = COLONNE[name]
        assert (ours.type, ours.format, ours.enum) == (theirs.type, theirs.format, theirs.enum)


def test_the_documentation_describes_every_column_as_the_schema_does():
    text = (Path(__file__).parents[3] / "docs/avitaillement.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (oui|non) \| (.+) \| (.+) \|$", text, re.MULTILINE)
    assert [row[:4] for row in rows] == [
        (
            field["name"],
            field["type"],
            "oui" if field["constraints"]["required"] else "non",
            field["description"],
        )
        for field in FIELDS
    ]
    values = {row[0]: row[4] for row in rows}
    for field in FIELDS:
        for value in field["constraints"].get("enum", ()):
            assert f"`{value}`" in values[field["name"]]


@pytest.mark.parametrize(
    ("nom", "recu", "valeur", "codes"),
    [
        ("prix_kg", "14.9", "14.900", []),
        ("prix_kg", "14,90 €/kg", "14.900", ["NOMB"]),
        ("prix_kg", "1.5994", "1.599", []),
        ("prix_kg", "0", "0.000", []),
        ("prix_kg", "-0", "0.000", []),
        ("prix_kg", "100.5", None, ["OPTI"]),
        ("prix_kg", "-1", None, ["OPTI"]),
        ("prix_kg", "NaN", None, ["NULL"]),
        ("prix_kg", "1e999", None, ["OPTI"]),
        ("prix_kg", "14,90 $", None, ["OPTI"]),
        ("pression_bar", "700", "700", []),
        ("pression_bar", "700 bars", "700", ["NOMB"]),
        ("pression_bar", "350.0", "350", ["NOMB"]),
        ("pression_bar", "350.5", None, ["OPTI"]),
        ("pression_bar", "70 MPa", "700", ["NOMB"]),
        ("pression_bar", "35,0 MPa", "350", ["NOMB"]),
        ("pression_bar", "700 MPa", None, ["OPTI"]),
        ("debit_kg_min", "3 MPa", None, ["OPTI"]),
        ("part_renouvelable_pct", "55,5 %", "55.5", ["NOMB"]),
        ("debit_kg_min", "3,6 kg/min", "3.6", ["NOMB"]),
        ("energie", "h2", "H2", ["ENUM"]),
        ("energie", "Bio GNC", "bioGNC", ["ENUM"]),
        ("energie", "Hydrogène", "H2", ["ENUM"]),
        ("energie", "Bio-CNG", "bioGNC", ["ENUM"]),
        ("energie", "GNV", None, ["ILLI"]),  # compressed or liquefied
        ("energie", "E85", None, ["ILLI"]),
        ("etat_point", "en service", "en_service", ["ENUM"]),
        ("horodatage_etat", "2026-01-31T09:00:00+01:00", "2026-01-31T08:00:00Z", []),
        ("horodatage_etat", "2026-01-31t08:00:00z", "2026-01-31T08:00:00Z", []),
        ("horodatage_etat", "2026-01-31T08:00:00+0000", "2026-01-31T08:00:00Z", []),
        ("horodatage_etat", "2026-01-31T09:00:00", "2026-01-31T08:00:00Z", ["FUSE"]),
        ("horodatage_etat", "2026-07-31", "2026-07-30T22:00:00Z", ["FUSE"]),
        ("horodatage_etat", "hier", None, ["OPTI"]),
        ("horodatage_etat", "9999-12-31T23:59:59-23:00", None, ["OPTI"]),
        ("type_vehicule", "M1,N1", "M1,N1", []),
        ("type_vehicule", "m1 ; N1/N2", "M1,N1,N2", ["ENUM"]),
        ("type_vehicule", "M1 N1", "M1,N1", ["ENUM"]),
        ("type_vehicule", "voiture", None, ["OPTI"]),
        ("id_point", "FR/1", None, ["ILLI"]),
        ("id_point", "FR", None, ["ILLI"]),
        ("horaires", "sur rendez-vous", None, ["ILLI"]),
        ("siren_amenageur", "217500017", "217500017", ["SIRI"]),
    ],
)
def test_cells(nom, recu, valeur, codes):
    found = lire(COLONNE[nom], recu)
    assert (found.valeur, [constat.code for constat in found.constats]) == (valeur, codes)


LIKELY = st.one_of(
    st.text(max_size=40),
    st.sampled_from([*POINT.values(), "14,9 €", "700 bar", "null", "'-x", "2026-01-31"]),
    st.floats().map(str),
    st.datetimes().map(str),
    st.tuples(st.floats(-200, 200), st.floats(-200, 200)).map(lambda p: str(list(p))),
)


@given(st.sampled_from(COLONNES), LIKELY)
def test_what_was_kept_reads_the_same_and_a_required_cell_has_a_value_or_an_error(colonne, recu):
    try:
        found = lire(colonne, recu)
    except Formule:
        return
    errors = [c for c in found.constats if CODES[c.code].gravite == "erreur"]
    assert bool(errors) == (colonne.required and found.valeur is None)
    again = lire(colonne, found.valeur or "")
    assert again.valeur == found.valeur
    assert not [c for c in again.constats if CODES[c.code].gravite == "reparation"]


@given(st.sampled_from(FIELDS), LIKELY)
def test_what_was_kept_is_valid_by_the_published_schema(field, recu):
    try:
        valeur = lire(COLONNE[field["name"]], recu).valeur
    except Formule:
        return
    if valeur is not None:
        _, notes = schema().get_field(field["name"]).create_cell_reader()(valeur)
        assert not notes


def test_the_columns_are_those_of_the_schema():
    assert list(SCHEMA.noms) == [field["name"] for field in FIELDS] == list(POINT)
    (header,) = csv.reader(StringIO(avitaillement().decode().splitlines()[0]))
    assert tuple(header) == SCHEMA.noms
