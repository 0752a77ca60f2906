"""`relance demo`, with its own PostgreSQL: what it is given, it keeps."""

import signal
import subprocess

import httpx
import pytest

from services.bornes.demonstration import irve
from shared.postgres import find_running
from tests.e2e.conftest import RELANCE, running


@pytest.fixture
def variables(tmp_path, monkeypatch) -> dict[str, str]:
    for name in ("RELANCE_DATABASE_URL", "RELANCE_BORNES_URL", "RELANCE_SECRET_INTERNE"):
        monkeypatch.delenv(name, raising=False)
    tmp_path.chmod(0o755)
    return {"RELANCE_DOSSIER": str(tmp_path / "donnees")}


def test_a_demonstration_keeps_what_it_is_given(tmp_path, variables, monkeypatch):
    monkeypatch.setenv("RELANCE_DOSSIER", variables["RELANCE_DOSSIER"])
    file = tmp_path / "operateur.csv"
    file.write_bytes(b"".join(irve(30, seed=7)).replace(b"FRZZZ", b"FRE2E"))
    station = next(w for w in file.read_text().split(",") if w.startswith("FRE2EP"))
    log = tmp_path / "demo.log"

    with running("demo", log=log, stop=signal.SIGKILL, **variables) as address:
        assert httpx.get(f"{address}/v1/bornes/facettes", trust_env=False, timeout=30).is_success
        subprocess.run([RELANCE, "bornes", "import", file], check=True, capture_output=True)
    told = log.read_text()
    key = next(word.removeprefix("CLE=") for word in told.split() if word.startswith("CLE=rgp_"))
    assert "fictives" in told

    with running("demo", log=log, stop=signal.SIGINT, **variables) as address:
        client = httpx.Client(base_url=address, trust_env=False, timeout=30)
        found = client.get(f"/v1/bornes/stations/{station}")
        mine = client.get("/v1/bornes/imports", headers={"Authorization": f"Bearer {key}"})
        client.close()
    assert found.status_code == 200, "killed at once, it lost what was committed"
    assert mine.status_code == 200
    assert key in log.read_text()
    assert find_running(tmp_path / "donnees") is None, "Ctrl-C leaves no PostgreSQL behind"
