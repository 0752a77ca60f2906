"""`relance demo`, with its own PostgreSQL: what it is given, it keeps."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.bornes.demonstration import irve
from shared.postgres import find_running
from tests.commerces.abonnements.conftest import Recu, receiving
from tests.e2e.conftest import RELANCE, free_port, running


@pytest.fixture
def variables(tmp_path, monkeypatch) -> dict[str, str]:
    for name in ("RELANCE_DATABASE_URL", "RELANCE_BORNES_URL", "RELANCE_SECRET_INTERNE"):
        monkeypatch.delenv(name, raising=False)
    tmp_path.chmod(0o755)
    return {
        "RELANCE_DOSSIER": str(tmp_path / "donnees"),
        "RELANCE_COMMERCES_WEBHOOKS_HOTES": "127.0.0.1",
    }


@pytest.fixture
def receiver() -> Iterator[Recu]:
    with receiving() as recu:
        yield recu


def subscribe(address: str, held: Path, url: str) -> tuple[str, dict[str, str]]:
    """A webhook of the demonstration's CCI: its address, and the header that opens it."""
    headers = {"Authorization": f"Bearer {(held / 'cle-cci-de-demonstration').read_text()}"}
    path = f"{address}/v1/commerces/abonnements"
    made = httpx.post(path, json={"url": url}, headers=headers, trust_env=False, timeout=30)
    assert made.status_code == 201, made.text
    return made.headers["location"], headers


def test_a_demonstration_keeps_what_it_is_given(tmp_path, variables, monkeypatch, receiver):
    monkeypatch.setenv("RELANCE_DOSSIER", variables["RELANCE_DOSSIER"])
    file = tmp_path / "operateur.csv"
    file.write_bytes(b"".join(irve(30, seed=7)).replace(b"FRZZZ", b"FRE2E"))
    station = next(w for w in file.read_text().split(",") if w.startswith("FRE2EP"))
    log = tmp_path / "demo.log"

    with running("demo", log=log, stop=signal.SIGKILL, **variables) as address:
        webhook, cci = subscribe(address, tmp_path / "donnees", receiver.url)
        second = subprocess.run(
            [RELANCE, "demo"],
            env={**os.environ, **variables, "RELANCE_PORT": str(free_port())},
            check=False,
            capture_output=True,
            text=True,
        )
        assert second.returncode == 1
        assert "Une démonstration tourne déjà" in second.stderr
        assert httpx.get(f"{address}/v1/bornes/facettes", trust_env=False, timeout=30).is_success
        subprocess.run([RELANCE, "bornes", "import", file], check=True, capture_output=True)
    told = log.read_text()
    key = next(word.removeprefix("CLE=") for word in told.split() if word.startswith("CLE=rgp_"))
    assert "fictives" in told
    assert f" {RELANCE} --help" in told, "it is on nobody's path"

    with running("demo", log=log, stop=signal.SIGINT, **variables) as address:
        client = httpx.Client(base_url=address, trust_env=False, timeout=30)
        found = client.get(f"/v1/bornes/stations/{station}")
        mine = client.get("/v1/bornes/imports", headers={"Authorization": f"Bearer {key}"})
        # What the first sealed, the worker of the second reads.
        assert client.post(f"{webhook}/essai", headers=cci).status_code == 202
        receiver.wait()
        documentation = client.get("/docs").text
        client.close()
    assert receiver.bodies[-1]["type"] == "essai"
    assert f"curl &#x27;{address}/v1/" in documentation
    assert ":8000/" not in documentation
    assert found.status_code == 200, "killed at once, it lost what was committed"
    assert mine.status_code == 200
    assert key in log.read_text()
    assert find_running(tmp_path / "donnees") is None, "Ctrl-C leaves no PostgreSQL behind"
