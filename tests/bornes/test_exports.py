"""Exports: valid for the official schema, harmless in a spreadsheet, and importable again."""

import csv
import json
import re
from io import StringIO

import pytest
from frictionless import Resource, Schema, system
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from services.bornes.exports.irve_statique import irve_statique, irve_statique_geojson
from services.bornes.irve import COLONNES, NOMS
from services.bornes.models import PointDeCharge
from services.bornes.queries import living_points
from services.bornes.vitrine import segment
from shared.memory.segments import Version
from shared.schemas.bornes_exports import LigneIrve
from shared.schemas.geo import FeatureCollection
from shared.transfers.spreadsheets import ecrire, neutraliser, retrouver
from tests.examples import tried_on
from tests.factories import irve_row, irve_station, take_irve


def export(session: Session) -> bytes:
    living = segment(living_points(session.connection()))
    return "".join(irve_statique(Version.of(living))).encode()


def assert_round_trip(session: Session) -> None:
    again = take_irve(session, export(session), hors_perimetre=True, essai=True)
    points = again.bilan.points
    assert (points.crees, points.modifies, points.retires) == (0, 0, 0)
    assert again.bilan.lignes.lues == again.bilan.lignes.accepte


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+1+cmd", "'+1+cmd"),
        ("-1+cmd", "'-1+cmd"),
        ("\t=1", "'\t'=1"),
        ("-\n=1", "'-\n'=1"),
        ("Chez Bob;=cmd|'/C calc'!A0;", "Chez Bob;'=cmd|'/C calc'!A0;"),
        ("a;@SUM(A1);+1+cmd;-1+cmd", "a;'@SUM(A1);'+1+cmd;'-1+cmd"),
        ("a\r\n=1+1", "a\r\n'=1+1"),
        ("＝cmd()", "'＝cmd()"),
        ("a;＋1;－1;＠SUM(A1)", "a;'＋1;'－1;'＠SUM(A1)"),
        ("Mo-Fr 08:00-12:00; PH off", "Mo-Fr 08:00-12:00; PH off"),
        ("a;-4.5;+33 1 23 45 67 89", "a;-4.5;+33 1 23 45 67 89"),
        ("+33 1 23 45 67 89", "+33 1 23 45 67 89"),
        ("+33.123456789", "+33.123456789"),
        ("-4.5", "-4.5"),
        ("-", "-"),
        ("24/7", "24/7"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_compute_is_neutralised(cell, expected):
    assert neutraliser(cell) == expected


@given(st.text(max_size=20) | st.text("=+-@＝＋－＠;\t\r\n'\"1a", max_size=12))
def test_no_cell_of_a_csv_is_a_formula(cell):
    """Whatever a spreadsheet parts cells with."""
    (_, (written,)) = csv.reader(StringIO("".join(ecrire(["x"], [[cell or "vide"]])), newline=""))
    for piece in re.split(r"[;\t\r\n]", written):
        assert not piece.startswith(("=", "＝", "＋", "－", "＠")) or len(piece) == 1


@example("0\n\r0")
@given(st.text(max_size=20) | st.text("=+-@＝＋－＠;\t\r\n'\"1a", max_size=12))
def test_a_neutralised_cell_is_found_again(received):
    kept = retrouver(received.strip())
    if not kept.startswith("="):
        assert retrouver(neutraliser(kept)) == kept


def test_the_export_has_the_official_columns_and_one_row_a_living_point(session):
    take_irve(session, [*irve_station(2, prise_type_2="True"), irve_row(9)])
    rows = list(csv.reader(StringIO(export(session).decode(), newline="")))
    assert rows[0] == list(NOMS)
    assert [row[NOMS.index("id_pdc_itinerance")] for row in rows[1:]] == [
        "FRXXXE100",
        "FRXXXE101",
        "FRXXXE9",
    ]
    one = dict(zip(rows[0], rows[1], strict=True))
    assert one["coordonneesXY"] == "[2.3522,48.8566]"
    assert one["prise_type_2"] == "true"
    assert one["gratuit"] == ""


def stored(session: Session) -> dict[str, list[str]]:
    """Each living point as PostgreSQL writes its columns."""
    position = func.concat("[", PointDeCharge.lon, ",", PointDeCharge.lat, "]")
    columns = [
        position if nom == "coordonneesXY" else cast(getattr(PointDeCharge, nom), Text)
        for nom in NOMS
    ]
    living = select(PointDeCharge.id, *columns).where(PointDeCharge.retire_le.is_(None))
    return {
        row[0]: ["" if cell is None else cell for cell in row[1:]]
        for row in session.execute(living)
    }


def exported(session: Session) -> dict[str, list[str]]:
    rows = csv.reader(StringIO(export(session).decode(), newline=""))
    next(rows)
    identifier = NOMS.index("id_pdc_itinerance")
    return {row[identifier]: row for row in rows}


def test_the_points_of_a_station_may_say_otherwise(session):
    rows = irve_station(3)
    rows[1] |= {"nom_station": "Autre nom", "num_pdl": "12345678901234", "raccordement": "Direct"}
    rows[2] |= {"coordonneesXY": "[2.3524,48.8567]", "station_deux_roues": "true", "nbre_pdc": "7"}
    take_irve(session, [*rows, irve_row(9, contact_operateur="autre@exemple.fr")])
    assert exported(session) == stored(session)


def test_the_geojson_says_the_same_as_the_csv_in_the_types_of_its_columns(session):
    rows = irve_station(3, prise_type_2="True", date_mise_en_service="2021-02-03")
    rows[1] |= {"nom_station": "Autre nom", "coordonneesXY": "[2.3524,48.8567]"}
    apart = {"id_pdc_itinerance": "Non concerné", "id_station_itinerance": "Non concerné"}
    locals_ = {"id_pdc_local": "L9", "id_station_local": "S9"}
    take_irve(session, [*rows, irve_row(9, puissance_nominale="7.4", **apart, **locals_)])
    living = Version.of(segment(living_points(session.connection())))
    content = b"".join(irve_statique_geojson(living))
    features = FeatureCollection[LigneIrve].model_validate_json(content).features
    assert {feature.id for feature in features} == set(stored(session))
    told = {feature["id"]: feature for feature in json.loads(content)["features"]}
    for point, row in stored(session).items():
        properties = told[point]["properties"]
        assert list(properties) == list(NOMS)
        assert [written(properties[nom]) for nom in NOMS] == row
        assert json.loads(properties["coordonneesXY"]) == told[point]["geometry"]["coordinates"]


def written(value: str | float | bool | None) -> str:
    """As PostgreSQL has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value).removesuffix(".0")


TEXT = st.one_of(
    st.sampled_from(
        ["", "- sans badge", "+33 1 23", "@exemple", "'-1", "'", "a;b", "a;-b;@c", '"', "1\n2"]
    ),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30),
)
CELLS = st.fixed_dictionaries(
    {},
    optional={
        **{
            colonne.name: TEXT.filter(lambda cell: not cell.strip().startswith("="))
            for colonne in COLONNES
            if colonne.type == "string" and not (colonne.enum or colonne.pattern or colonne.format)
        },
        "puissance_nominale": st.floats(0, 2000).map(str),
        "coordonneesXY": st.tuples(st.floats(2.23, 2.45), st.floats(48.81, 48.9)).map(
            lambda place: str(list(place))
        ),
        "date_mise_en_service": st.dates().map(str),
        "gratuit": st.sampled_from(["VRAI", "false", "", "null"]),
    },
)


@tried_on(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CELLS, min_size=1, max_size=5))
def test_importing_our_own_export_changes_nothing(session, cells):
    with session.begin_nested() as undo:
        rows = [irve_row(99), *(irve_row(n, **some) for n, some in enumerate(cells))]
        take_irve(session, rows, hors_perimetre=True, seuil_perte=1)
        assert_round_trip(session)
        undo.rollback()


def test_the_real_export_is_valid_and_importable(session, donnees_reelles, tmp_path):
    take_irve(session, (donnees_reelles / "irve/grand_paris_irve_statique.csv").read_bytes())
    assert_round_trip(session)
    told = exported(session)
    for point, row in stored(session).items():
        if not point.startswith("NC"):  # an id of ours: the file says « Non concerné »
            assert told[point] == [neutraliser(cell) for cell in row]
    path = tmp_path / "export.csv"
    path.write_bytes(export(session))
    schema = Schema.from_descriptor(
        str(donnees_reelles / "irve/schemas/published/schema-statique-2.3.1.json")
    )
    with system.use_context(trusted=True):  # an absolute path is a file of ours
        report = Resource(path=str(path), schema=schema).validate()
    assert report.flatten(["rowNumber", "fieldName", "note"]) == []
    assert report.tasks[0].stats["rows"] == 6162
