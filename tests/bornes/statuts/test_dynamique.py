"""IRVE dynamique: our facts are the official ones; what each cell is worth."""

import csv
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.cellules import CODES
from services.bornes.statuts.dynamique import (
    COLONNES,
    ETATS,
    NOMS,
    OBLIGATOIRES,
    OCCUPATIONS,
    Statut,
    lire,
)
from shared.schemas.bornes_statuts import EtatPdc, EtatPrise, OccupationPdc, StatutEnvoye

GOOD = {
    "id_pdc_itinerance": "FRXXXE1",
    "etat_pdc": "en_service",
    "occupation_pdc": "libre",
    "horodatage": "2026-01-31T08:00:00+01:00",
}
ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


def test_columns_are_those_of_the_official_schema(donnees_reelles):
    path = donnees_reelles / "irve/schemas/published/schema-dynamique-2.3.1.json"
    official = json.loads(path.read_text(encoding="utf-8"))
    assert official["missingValues"] == [""]
    ours = [
        (
            colonne.name,
            colonne.type,
            {
                "required": colonne.required,
                **({"pattern": colonne.pattern} if colonne.pattern else {}),
                **({"enum": list(colonne.enum)} if colonne.enum else {}),
            },
        )
        for colonne in COLONNES
    ]
    theirs = [(f["name"], f["type"], f["constraints"]) for f in official["fields"]]
    assert ours == theirs
    assert Statut._fields == NOMS


def test_the_official_example_is_read_as_it_is(donnees_reelles):
    path = donnees_reelles / "irve/schemas/schema-irve/dynamique/exemple-valide-dynamique.csv"
    with path.open(encoding="utf-8", newline="") as file:
        read = list(map(lire, csv.DictReader(file)))
    assert [lu.constats for lu in read] == [(), ()]
    assert read[0].statut.horodatage == datetime(2022, 10, 18, 12, 35, 49, tzinfo=UTC)
    assert read[0].statut.etat_prise_type_chademo is None


@pytest.mark.parametrize(
    ("changes", "code", "colonne"),
    [
        ({"etat_pdc": ""}, "OBLI", "etat_pdc"),
        ({"etat_pdc": None}, "OBLI", "etat_pdc"),
        ({"etat_pdc": "cassé"}, "ILLI", "etat_pdc"),
        ({"occupation_pdc": 3}, "ILLI", "occupation_pdc"),
        ({"id_pdc_itinerance": "pas un identifiant !"}, "ILLI", "id_pdc_itinerance"),
        ({"id_pdc_itinerance": "Non concerné"}, "ILLI", "id_pdc_itinerance"),
        ({"id_pdc_itinerance": "F" * 101}, "ILLI", "id_pdc_itinerance"),
        ({"horodatage": "hier"}, "ILLI", "horodatage"),
        ({"horodatage": "2026-01-31"}, "ILLI", "horodatage"),
        ({"horodatage": "2026-01-31T08:00:00"}, "ILLI", "horodatage"),
        ({"horodatage": "1970-01-01T00:00:00Z"}, "ILLI", "horodatage"),
        ({"horodatage": "9999-12-31T23:59:59-23:00"}, "ILLI", "horodatage"),
        ({"horodatage": 1_769_842_800}, "ILLI", "horodatage"),
    ],
)
def test_a_wrong_value_refuses_its_status_and_names_its_column(changes, code, colonne):
    lu = lire(GOOD | changes)
    assert lu.statut is None
    assert lu.constats == ((code, colonne),)


@pytest.mark.parametrize(
    ("changes", "code", "expected"),
    [
        ({"etat_pdc": " En service "}, "ENUM", ("etat_pdc", "en_service")),
        ({"occupation_pdc": "Réservé"}, "ENUM", ("occupation_pdc", "reserve")),
        ({"occupation_pdc": "Occupé"}, "ENUM", ("occupation_pdc", "occupe")),
        ({"id_pdc_itinerance": "FR*MGP*E1"}, "IDEN", ("id_pdc_itinerance", "FRMGPE1")),
        ({"id_pdc_itinerance": "frxxxe1"}, "IDEN", ("id_pdc_itinerance", "FRXXXE1")),
        ({"etat_prise_type_2": "?"}, "OPTI", ("etat_prise_type_2", None)),
    ],
)
def test_a_value_written_otherwise_is_repaired_and_said(changes, code, expected):
    lu = lire(GOOD | changes)
    assert [constat.code for constat in lu.constats] == [code]
    assert getattr(lu.statut, expected[0]) == expected[1]


@pytest.mark.parametrize(
    "texte",
    [
        "2026-01-31T07:00:00Z",
        "2026-01-31T07:00:00+0000",
        "2026-01-31 08:00:00+01:00",
        "2026-01-31T07:00:00.000Z",
        "20260131T070000Z",
        "2026-01-31t07:00:00z",
    ],
)
def test_an_instant_may_be_written_in_every_way_of_iso_8601(texte):
    assert lire(GOOD | {"horodatage": texte}).statut.horodatage == datetime(
        2026, 1, 31, 7, tzinfo=UTC
    )


@given(cells=st.dictionaries(st.sampled_from(NOMS) | st.text(max_size=5), ANYTHING))
def test_whatever_comes_is_a_status_or_a_reason(cells):
    lu = lire(cells)
    errors = [c for c in lu.constats if CODES[c.code].gravite == "erreur"]
    assert (lu.statut is None) == bool(errors)
    if lu.statut is not None:
        assert lu.statut.etat_pdc in ETATS
        assert lu.statut.occupation_pdc in OCCUPATIONS
        assert lu.statut.horodatage.tzinfo is UTC
        again = lu.statut._asdict() | {"horodatage": lu.statut.horodatage.isoformat()}
        assert lire(again).statut == lu.statut
        assert lire(again).constats == ()


def test_a_far_future_is_read_so_that_it_is_said_to_be_one():
    cells = GOOD | {"horodatage": "2100-01-01T00:00:00Z"}
    assert lire(cells).constats == ()


def test_what_a_sender_types_is_what_is_read():
    """The contract's model of a status against the columns of the standard."""
    fields = StatutEnvoye.model_fields
    assert tuple(fields) == NOMS
    assert [name for name, field in fields.items() if field.is_required()] == list(OBLIGATOIRES)
    words = {"etat_pdc": EtatPdc, "occupation_pdc": OccupationPdc}
    for column in COLONNES:
        if column.enum:
            assert set(words.get(column.name, EtatPrise)) == set(column.enum)
