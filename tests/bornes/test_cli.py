"""`relance bornes`: what a person types and reads."""

import csv
import json
import re

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from services.bornes.cli import app
from shared.postgres import PostgresError
from shared.problems import InvalidBody
from tests.factories import irve_csv, irve_row, irve_station, point, point_csv

FIVE = [irve_station(1, f"FRXXXP{number}")[0] for number in range(1, 6)]


@pytest.fixture
def relance(clone_database, monkeypatch):
    monkeypatch.setenv("RELANCE_DATABASE_URL", clone_database())

    def relance(*words: object) -> str:
        result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return relance


@pytest.fixture
def file(tmp_path):
    def file(rows, name="essai.csv"):
        path = tmp_path / name
        path.write_bytes(irve_csv(rows))
        return path

    return file


def test_an_import_says_what_it_did(relance, file):
    said = relance("import", file([irve_row(1, raccordement="direct"), irve_row(2)]))
    assert "essai.csv (essai) : import 1, accepté." in said
    assert "2 lues : 1 acceptée, 1 réparée, 0 rejetée, 0 doublon" in said
    assert "Stations  1 créée, 0 modifiée, 0 retirée" in said
    assert "ENUM  reparation" in said


def test_a_dry_run_writes_the_report(relance, file, tmp_path):
    report = tmp_path / "rapport.csv"
    said = relance(
        "import", file([irve_row(raccordement="direct")]), "--essai", "--rapport", report
    )
    assert "essai, rien n'est gardé" in said
    lines = report.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "ligne,colonne,code,gravite,libelle,recu,retenu,attendu"
    assert lines[1].startswith("2,raccordement,ENUM,")
    assert relance("imports", "lister") == "Aucun import.\n"


def test_a_report_is_json_where_its_name_says_so(relance, file, tmp_path):
    report = tmp_path / "rapport.JSON"
    relance("import", file([irve_row(raccordement="direct")]), "--essai", "--rapport", report)
    [found] = [one for one in json.loads(report.read_text("utf-8")) if one["code"] == "ENUM"]
    assert (found["ligne"], found["recu"], found["retenu"]) == (2, "direct", "Direct")


def test_what_could_not_be_read_is_said_with_what_is_expected(relance, file, tmp_path):
    report = tmp_path / "rapport.csv"
    wrong = irve_row(2, prise_type_2="peut-être", condition_acces="libre", date_maj="hier")
    said = relance("import", file([irve_row(1), wrong]), "--rapport", report)
    assert "ligne 3, prise_type_2 : « peut-être » ; attendu : true ou false" in said
    with report.open(encoding="utf-8", newline="") as lines:
        expected = {row["colonne"]: row["attendu"] for row in csv.DictReader(lines)}
    assert expected["condition_acces"] == (
        "une de ces valeurs : « Accès libre », « Accès réservé »"
    )
    assert "AAAA-MM-JJ" in expected["date_maj"]


def test_columns_that_nobody_reads_are_named(relance, tmp_path):
    path = tmp_path / "essai.csv"
    path.write_bytes(irve_csv([irve_row()], columns=[*irve_row(), "", "prix"]))
    assert "Colonnes ignorées : prix\n" in relance("import", path)


def test_the_whole_result_as_json(relance, file):
    found = json.loads(relance("import", file([irve_row()]), "--json", "--producteur", "moi"))
    assert (found["producteur"], found["bilan"]["lignes"]["accepte"]) == ("moi", 1)


def test_points_elsewhere_need_the_option(relance, file):
    lyon = file([irve_row(coordonneesXY="[4.8357,45.764]", code_insee_commune="69123")])
    assert "1 rejetée" in relance("import", lyon)
    assert "1 acceptée" in relance("import", lyon, "--hors-perimetre")


def test_a_dry_run_has_nothing_to_confirm(relance, file):
    relance("import", file(FIVE))
    tried = relance("import", file(FIVE[:3]), "--essai")
    assert "disparaîtraient. L'import devra être confirmé." in tried


def test_a_held_import_is_followed_then_confirmed_or_dropped(relance, file):
    relance("import", file(FIVE))
    held = relance("import", file(FIVE[:3]))
    assert "en attente de confirmation" in held
    assert "« relance bornes imports confirmer 2 »" in held
    assert "en_attente  essai  essai.csv" in relance("imports", "lister", "--etat", "en_attente")
    assert "2 retirés" in relance("imports", "confirmer", 2)
    relance("import", file(FIVE[:1]))
    assert "abandonné" in relance("imports", "abandonner", 3)


def test_an_export_goes_to_a_file_or_to_the_output(relance, file, tmp_path):
    relance("import", file(FIVE))
    path = tmp_path / "export.csv"
    relance("exporter", path)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 6
    assert relance("exporter").splitlines() == path.read_text(encoding="utf-8").splitlines()


def test_an_export_that_fails_leaves_the_one_before(monkeypatch, tmp_path):
    """It may be what a site serves, or what a harvester takes each night."""
    monkeypatch.setenv("RELANCE_DATABASE_URL", "postgresql://relance@127.0.0.1:1/relance")
    path = tmp_path / "export.csv"
    path.write_text("d'hier")
    assert CliRunner().invoke(app, ["exporter", str(path)]).exit_code == 1
    assert path.read_text() == "d'hier"


def test_a_report_is_of_an_import_that_was_done(relance, file, tmp_path):
    report = tmp_path / "rapport.csv"
    report.write_text("du précédent")

    def undone(_session: object) -> None:
        raise ConnectionError

    event.listen(Session, "before_commit", undone)
    try:
        words = ["import", str(file(FIVE)), "--rapport", str(report)]
        assert CliRunner().invoke(app, words).exit_code == 1
    finally:
        event.remove(Session, "before_commit", undone)
    assert report.read_text() == "du précédent"


def test_a_refused_file_stops_the_command_with_its_reason(relance, file):
    with pytest.raises(InvalidBody, match="formule"):
        relance("import", file([irve_row(observations="=1")]))


def test_without_a_database_it_says_what_to_do(monkeypatch, tmp_path, file):
    monkeypatch.delenv("RELANCE_DATABASE_URL", raising=False)
    monkeypatch.setenv("RELANCE_DOSSIER", str(tmp_path))
    with pytest.raises(PostgresError, match="relance demo"):
        CliRunner().invoke(app, ["import", str(file([irve_row()]))], catch_exceptions=False)


def test_sessions_are_told_again_as_statuses_of_now(relance, file, tmp_path):
    relance("import", file([irve_row(1), irve_row(2)]))
    sessions = tmp_path / "sessions.jsonl"
    lines = [
        {"id_pdc_itinerance": "FRXXXE1", "start": 0, "end": 60_000},
        {"id_pdc_itinerance": "FRXXXE2", "start": 30_000, "end": 90_000},
        {"id_pdc_itinerance": "FRXXXE404", "start": 0, "end": 90_000},
    ]
    sessions.write_text("\n".join(map(json.dumps, lines)))
    said = relance("rejouer", sessions, "--vitesse", 600, "--pas-s", 0.05)
    # Each point is told at its end; at the start and on the way too, unless a slow machine comes
    # too late for them.
    announced, said = said.split("\n", 1)
    assert announced.startswith("3 sessions à redire en 0 min")
    assert announced.endswith("Leurs points connus du registre : 2 sur 3.")
    assert re.fullmatch("[2-5] statuts acceptés, [12] refusés.\n", said)


def test_a_file_that_holds_no_sessions_is_refused(relance, tmp_path):
    sessions = tmp_path / "sessions.jsonl"
    sessions.write_text("{}")
    with pytest.raises(AssertionError, match="ligne 1"):
        relance("rejouer", sessions)


def test_sessions_of_points_that_nobody_registered_are_refused(relance, tmp_path):
    sessions = tmp_path / "sessions.jsonl"
    sessions.write_text('{"id_pdc_itinerance": "FRXXXE1", "start": 0, "end": 1}\n')
    with pytest.raises(AssertionError, match="Aucun point de ces sessions"):
        relance("rejouer", sessions)


def test_refuelling_stations_are_imported_and_exported(relance, tmp_path):
    path = tmp_path / "gaz.csv"
    path.write_bytes(point_csv([point(1), point(2, horaires="24/7 ou presque")]))
    report = tmp_path / "rapport.csv"
    said = relance("avitaillement", "import", path, "--rapport", report)
    assert "gaz.csv (gaz) : import 1, accepté." in said
    assert "Stations  2 créées, 0 modifiée, 0 retirée" in said
    assert ",HORI," in report.read_text()
    exported = tmp_path / "export.csv"
    relance("avitaillement", "exporter", exported)
    again = json.loads(
        relance("avitaillement", "import", exported, "--producteur", "gaz", "--json")
    )
    assert again["bilan"]["points"] == {"crees": 0, "modifies": 0, "retires": 0}
    assert relance("avitaillement", "exporter") == exported.read_text()
    assert json.loads(relance("avitaillement", "schema"))["primaryKey"] == "id_point"
    assert "essai" in relance("avitaillement", "import", path, "--essai")


def test_a_producer_always_has_a_name(relance, file):
    rows = file([irve_row(1)], ".csv")
    assert ".csv (.csv) :" in relance("import", rows, "--essai")
    assert ".csv (moi) :" in relance("import", rows, "--essai", "--producteur", " moi ")
    asked = ["import", str(rows), "--producteur", " "]
    assert "Un nom est attendu" in CliRunner().invoke(app, asked).output
    piped = CliRunner().invoke(app, ["import", "/dev/stdin"])
    assert "--producteur" in piped.output
    assert piped.exit_code == 2
