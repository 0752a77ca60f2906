"""A secret is drawn once for a folder, kept for its owner alone, and found by every process."""

import pytest

from shared import kept_secret
from shared.settings import Settings


@pytest.fixture(autouse=True)
def _folder(monkeypatch, tmp_path):
    monkeypatch.delenv("RELANCE_SECRET_INTERNE", raising=False)
    monkeypatch.setenv("RELANCE_DOSSIER", str(tmp_path / "donnees"))


def test_a_secret_is_drawn_once_and_found_by_all():
    assert Settings().secret_interne is None
    drawn = kept_secret.keep(Settings().dossier)
    assert len(drawn) >= 32
    assert kept_secret.keep(Settings().dossier) == drawn
    assert Settings().secret_interne == drawn
    (file,) = Settings().dossier.iterdir()
    assert file.stat().st_mode & 0o077 == 0


def test_the_variable_comes_first(monkeypatch):
    kept_secret.keep(Settings().dossier)
    monkeypatch.setenv("RELANCE_SECRET_INTERNE", "celui de la variable")
    assert Settings().secret_interne == "celui de la variable"


def test_where_nothing_can_be_written_there_is_none(tmp_path):
    (tmp_path / "donnees").write_text("un fichier, et non un dossier")
    assert kept_secret.keep(Settings().dossier) is None
    assert Settings().secret_interne is None
