"""`relance commerces`, as typed."""

import pytest
from typer.testing import CliRunner

from services.commerces.cli import app
from services.commerces.demonstration import fill
from shared.db import make_engine


@pytest.fixture
def relance():
    return lambda *words: CliRunner().invoke(app, words)


def test_the_state_counts_listings_by_status(relance, clone_database, monkeypatch):
    url = clone_database()
    monkeypatch.setenv("RELANCE_DATABASE_URL", url)
    monkeypatch.setattr("services.commerces.demonstration.shops.__defaults__", (3,))
    engine = make_engine(url)
    fill(engine)
    engine.dispose()
    result = relance("etat")
    assert result.exit_code == 0, result.output
    lines = dict(line.strip().split("  ", 1)[::-1] for line in result.output.splitlines())
    assert lines == {
        "brouillon": "0",
        "en attente": "0",
        "publiée": "3",
        "suspendue": "0",
        "fermée": "0",
        "archivée": "0",
    }


def test_the_taxonomy_is_searched_by_any_word(relance):
    assert len(relance("taxonomie").output.splitlines()) > 70
    result = relance("taxonomie", "--recherche", "Fromage")
    assert [line.split()[0] for line in result.output.splitlines()] == ["fromagerie"]
