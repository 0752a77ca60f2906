"""`relance bornes ocpi`."""

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from gateway.cli import app
from services.bornes.ocpi import commands, jetons, queries
from services.bornes.ocpi.partie import presented_by
from shared.db import open_engine
from shared.schemas.ocpi import Credentials
from tests.applications import SECRET
from tests.factories import irve_station, take_irve
from tests.ocpi import TOKEN_B, partner


@pytest.fixture
def database(clone_database, monkeypatch):
    url = clone_database()
    monkeypatch.setenv("RELANCE_DATABASE_URL", url)
    monkeypatch.setenv("RELANCE_SECRET_INTERNE", SECRET)
    monkeypatch.setenv("RELANCE_BORNES_OCPI_HOTES", "127.0.0.1, localhost")
    with open_engine(url) as engine:
        yield engine


def run(*words, code=0):
    result = CliRunner().invoke(app, ["bornes", "ocpi", *words])
    assert result.exit_code == code, result.output
    return result


def test_a_partner_is_invited_listed_and_revoked(database):
    assert run("lister").stdout == "Aucun partenaire.\n"
    token = run("inviter", "Un partenaire").stdout.strip()
    assert token not in run("lister").stdout
    assert run("lister").stdout.split() == ["1", "invité", "Un", "partenaire"]
    with Session(database) as session:
        assert queries.find_party(session, [jetons.digest(token)]).nom == "Un partenaire"
    assert "fermé" in run("revoquer", "1").stdout
    assert "fermé" in run("lister").stdout
    with Session(database) as session:
        assert queries.find_party(session, [jetons.digest(token)]) is None
    assert "déjà fermé" in run("revoquer", "1", code=1).stderr
    assert "Aucun partenaire" in run("revoquer", "2", code=1).stderr


def test_a_registered_partner_is_asked_again_with_its_token(database, monkeypatch):
    with partner() as theirs:
        credentials = Credentials.model_validate(theirs.credentials())
        with Session(database) as session, session.begin():
            token = commands.inviter(session, "Un partenaire", jours=30)
            session.flush()
            presented = {jetons.digest(token): token}
            invited = presented_by(queries.find_party(session, list(presented)), presented)
            commands.inscrire(
                session,
                invited,
                credentials,
                endpoints=[],
                version="2.2.1",
                secret=SECRET,
            )
        assert "inscrit" in run("lister").stdout
        assert run("verifier", "1").stdout.split() == [
            "credentials",
            "RECEIVER",
            f"{theirs.root}/2.2.1/credentials",
        ]
        assert theirs.seen[0] == ("/versions", jetons.header(TOKEN_B))
        theirs.answers["/versions"] = (500, b"")
        assert "HTTP 500" in run("verifier", "1", code=1).stderr
        monkeypatch.setenv("RELANCE_SECRET_INTERNE", SECRET[::-1])
        assert "renouveler" in run("verifier", "1", code=1).stderr


def test_what_cannot_be_verified(database):
    run("inviter", "Un partenaire", "--jours", "2")
    assert "pas inscrit" in run("verifier", "1", code=1).stderr
    assert "Aucun partenaire" in run("verifier", "9", code=1).stderr


def test_points_that_ocpi_cannot_tell(database):
    rows = irve_station(3, "FRESSP1")
    rows[1]["prise_type_2"] = rows[2]["prise_type_2"] = "false"
    rows[2]["prise_type_autre"] = "true"
    for row in rows:
        row["nom_enseigne"] = "Réseau;=1+1"
    with Session(database) as session, session.begin():
        take_irve(session, rows)
    result = run("ecarts")
    assert result.stdout.splitlines() == [
        "id_pdc,id_station,nom_enseigne,raison",
        "FRESSE101,FRESSP1,Réseau;'=1+1,aucune prise",
        "FRESSE102,FRESSP1,Réseau;'=1+1,autre prise seulement",
    ]
    assert "Sans aucune prise : 1. Avec une autre prise seulement : 1." in result.stderr
