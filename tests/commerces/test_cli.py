"""`relance commerces` from the command line: imports, their decisions, duplicates."""

import csv
import json

import pytest
from typer.testing import CliRunner

from services.commerces.cli import app

HEADER = "nom;adresse;code_postal;position;categorie;modalites\n"
ROW = "Fromagerie {};{} rue de la Fontaine;94440;48.7375,2.5553;Fromagerie;livraison\n"
RUNNER = CliRunner()


@pytest.fixture
def relance(clone_database, monkeypatch):
    monkeypatch.setenv("RELANCE_DATABASE_URL", clone_database())

    def relance(*args, code=0):
        result = RUNNER.invoke(app, [str(arg) for arg in args])
        assert result.exit_code == code, result.output
        return result.output

    return relance


@pytest.fixture
def write(tmp_path):
    def write(*rows, name="mairie.csv"):
        path = tmp_path / name
        path.write_text(HEADER + "".join(ROW.format(n, n) for n in rows), encoding="utf-8")
        return path

    return write


def test_an_import_from_the_command_line(relance, write, tmp_path):
    report = tmp_path / "rapport.csv"
    said = relance("import", write(1, 2), "--rapport", report, "--edition", "2026-01-31")
    assert "de « mairie » : accepté" in said.splitlines()[0]
    assert "2 créées" in said
    rows = list(csv.DictReader(report.read_text(encoding="utf-8").splitlines()))
    assert [row["statut"] for row in rows] == ["accepte", "accepte"]
    assert "2  publiée" in relance("etat")
    assert "mairie" in relance("imports", "lister")


def test_a_report_is_json_where_its_name_says_so(relance, write, tmp_path):
    """As that of charging points."""
    report = tmp_path / "rapport.JSON"
    said = relance("import", write(1, 2), "--essai", "--rapport", report)
    assert said.startswith("Import d’essai de « mairie » : rien n'est gardé")
    assert [one["statut"] for one in json.loads(report.read_text())] == ["accepte", "accepte"]


def test_what_is_not_read_is_said_with_what_is_expected(relance, tmp_path):
    path, report = tmp_path / "mairie.csv", tmp_path / "rapport.csv"
    wrong = ROW.format(1, 1).replace("\n", ";peut-être;hier;12\n")
    header = HEADER.replace("\n", ";telephone_public;verifie_le;Surface\n")
    path.write_text(header + wrong, encoding="utf-8")
    said = relance("import", path, "--rapport", report)
    assert "Colonnes ignorées : Surface" in said
    assert "ligne 2, telephone_public : « peut-être » ; attendu : Oui ou non." in said
    rows = {row["colonne"]: row for row in csv.DictReader(report.read_text("utf-8").splitlines())}
    assert "AAAA-MM-JJ" in rows["verifie_le"]["attendu"]


def test_a_dry_run_says_all_in_json(relance, write):
    found = json.loads(relance("import", write(1), "--essai", "--json", "--modalite", "comptoir"))
    assert (found["id"], found["bilan"]["fiches"]["creees"]) == (None, 1)
    assert "Aucun import." in relance("imports", "lister")


def test_a_dry_run_has_nothing_to_confirm(relance, write):
    relance("import", write(1, 2, 3))
    assert "l'import devra être confirmé." in relance("import", write(1), "--essai")


def test_a_held_import_is_confirmed_or_dropped(relance, write):
    relance("import", write(1, 2, 3))
    said = relance("import", write(1))
    assert "2 commerces sur 3 disparaîtraient" in said
    assert "2 suspendues" in relance("imports", "confirmer", 2)
    relance("import", write(4), "--source", "mairie")
    assert "abandonné" in relance("imports", "abandonner", 3)


def test_a_bad_day_is_said(relance, write):
    assert "AAAA-MM-JJ" in relance("import", write(1), "--edition", "hier", code=2)


def test_duplicates_are_looked_for(relance, write):
    relance("import", write(1, 2))
    assert relance("doublons") == "Paires de fiches qui attendent une décision : 1.\n"


def test_the_taxonomy_is_shown(relance):
    assert "fromagerie" in relance("taxonomie", "--recherche", "fromage")


def test_where_nobody_subscribes_it_is_said(relance):
    assert relance("abonnements") == "Aucun abonnement.\n"


@pytest.mark.parametrize(
    ("name", "given", "source"),
    [("mairie.ok.csv", (), "mairie"), (".csv", (), ".csv"), ("a.csv", ("--source", " b "), "b")],
)
def test_a_source_always_has_a_name(relance, write, name, given, source):
    said = relance("import", write(1, name=name), "--essai", *given)
    assert f"de « {source} »" in said
    assert "Un nom est attendu" in relance("import", write(1), "--source", " ", code=2)
    assert "--source" in relance("import", "/dev/stdin", code=2)
