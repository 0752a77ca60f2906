"""The guides say what is true: their commands are run, their addresses asked, in both shapes."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from services.commerces.models import TRAVAUX
from services.commerces.taches import atelier
from shared.db import make_engine
from shared.settings import Settings
from shared.worker import Atelier, run_forever
from tests.e2e.conftest import RELANCE
from tests.e2e.test_gdal import NEEDED

ROOT = Path(__file__).parents[2]
MOBILE, OPERATEUR = "docs/guide-developpeur-mobile.md", "docs/guide-operateur.md"
CCI, COMMUNE = "docs/guide-cci.md", "docs/guide-commune.md"
GUIDES = (MOBILE, OPERATEUR, CCI, COMMUNE)
README = "README.md"
ONE_SHAPE = pytest.mark.parametrize("suite", ["un-processus"], indirect=True)
"""The directory is in the gateway's process in both: its guides are typed once."""
HERE = "http://127.0.0.1:8000"
"""Where the guides find the demonstration."""
START = "make demo\n"
"""The one block that is not run: the suite is that."""

# A stream has no end, and what was just written is public within a second: the status of each call
# goes to a file of its own, whatever the guide does with the answer.
CURL = r"""#!/usr/bin/env bash
limit=60 stream=
case "$*" in */v1/bornes/flux*) limit=2 stream=1 ;; esac
answer=$(mktemp) told=$(mktemp)
for _ in {1..50}; do
    "$REAL_CURL" --silent --show-error --noproxy '*' "${@//$HERE/$THERE}" --max-time "$limit" \
        --write-out '%{stderr}%{http_code}' >"$answer" 2>"$told"
    code=$?
    status=$(tail -c 3 "$told")
    if [ -n "$stream" ] && [ $code = 28 ]; then code=0; fi
    if [ "$status" != 404 ] && [ "$status" != 503 ]; then break; fi
    sleep 0.1
done
case "$*" in */v1/commerces/inscriptions*)
    for _ in {1..100}; do compgen -G '.relance/courrier/*.eml' >/dev/null && break; sleep 0.1; done
;; esac
cat "$answer"
cat "$told" >&2
echo "$status" >>"$STATUSES"
exit $code
"""


class Block(NamedTuple):
    """A block of shell, and the statuses it says that its calls get (200 or 201 by default)."""

    text: str
    statuses: list[str]


def blocks(guide: str) -> list[Block]:
    text = (ROOT / guide).read_text()
    found = re.findall(r"^```sh *([\d ]*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [Block(block, told.split()) for told, block in found if block != START]


def runnable(guide: str) -> list[Block]:
    """Those whose tools are here; GDAL may be missing on a contributor's machine.

    Of the README, what has no file of the reader's: English says the same, as another test sees.
    """
    if guide == README:
        return [block for block in blocks(guide) if block.text.startswith("curl")]
    has_gdal = shutil.which("ogr2ogr") or os.environ.get(NEEDED)
    return [block for block in blocks(guide) if has_gdal or not block.text.startswith("ogr")]


def run(guide: str, client: httpx.Client, folder: Path, database: str) -> None:
    """Type the guide from its beginning to its end, in a folder made like a checkout."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed: apt-get install curl")
    tools = folder / "outils"
    tools.mkdir()
    (tools / "curl").write_text(CURL)
    (tools / "curl").chmod(0o755)
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/relance").symlink_to(RELANCE)
    (folder / "docs").symlink_to(ROOT / "docs")
    typed = runnable(guide)
    lines = ["set -euo pipefail"]
    for number, block in enumerate(typed):
        lines += [f'export STATUSES="$PWD/statuts-{number}"; : >"$STATUSES"']
        lines += [block.text.replace(HERE, str(client.base_url).rstrip("/"))]
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{tools}:{os.environ['PATH']}",
            "REAL_CURL": curl,
            "NO_PROXY": "127.0.0.1",
            # Mailed links name the public address.
            "HERE": HERE,
            "THERE": str(client.base_url).rstrip("/"),
            "RELANCE_DATABASE_URL": database,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    told = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert done.returncode == 0, told
    for number, block in enumerate(typed):
        statuses = (folder / f"statuts-{number}").read_text().split()
        assert len(statuses) == block.text.count("curl "), block.text
        if block.statuses:
            assert statuses == block.statuses, (block.text, told)
        else:
            assert set(statuses) <= {"200", "201"}, (block.text, told)


@ONE_SHAPE
def test_the_readme_can_be_typed(client, demo_database, tmp_path):
    assert len(runnable(README)) > 8
    run(README, client, tmp_path, demo_database)
    assert (tmp_path / "irve.csv").read_text(encoding="utf-8-sig").startswith("nom_amenageur")


def test_the_mobile_guide_can_be_typed(client, demo_database, tmp_path):
    assert len(blocks(MOBILE)) > 10
    run(MOBILE, client, tmp_path, demo_database)


# Its commands are processes that read the database: the shape of the suite is nothing to them.
@pytest.mark.parametrize("suite", ["processus-separes"], indirect=True)
@pytest.mark.timeout(900)  # each `relance` is a process that starts: slow where much else runs
def test_the_operators_guide_can_be_typed(client, demo_database, tmp_path):
    """What it sends is then public, as it says."""
    assert len(blocks(OPERATEUR)) > 20
    run(OPERATEUR, client, tmp_path, demo_database)
    asked = {"ids": "FRZZZP900001,FRZZZP900002"}
    etats = {one["id"]: one for one in client.get("/v1/bornes/etats", params=asked).json()["etats"]}
    assert {id_: (one["etat_pdc"], one["occupation_pdc"]) for id_, one in etats.items()} == {
        "FRZZZE90000101": ("en_service", "libre"),
        "FRZZZE90000102": ("hors_service", "inconnu"),
        "FRZZZE90000201": ("en_service", "occupe"),
        "FRZZZE90000202": ("en_service", "libre"),
    }
    station = {"station": "FRZZZP900001"}
    assert client.get("/v1/bornes/signalements/publics", params=station).json()["features"] == []
    assert (tmp_path / "rapport.csv").read_text().startswith("ligne,colonne,code,gravite")


@ONE_SHAPE
@pytest.mark.timeout(900)
def test_the_guide_of_the_cci_can_be_typed(client, demo_database, tmp_path):
    run(CCI, client, tmp_path, demo_database)
    assert "numberMatched" in client.get("/v1/commerces").text
    assert (tmp_path / "commerces.csv").read_text(encoding="utf-8-sig").startswith("id")


@contextmanager
def posting_mail(database: str) -> Iterator[None]:
    """What `relance demo` does beside: the directory's due work, in this process."""
    engine, stop = make_engine(database), threading.Event()
    *_, let_mail_out = atelier(Settings()).tournees
    mail = Atelier(TRAVAUX, {}, (let_mail_out,))
    work = threading.Thread(target=run_forever, args=([(engine, mail)], stop))
    work.start()
    try:
        yield
    finally:
        stop.set()
        work.join()
        engine.dispose()


@ONE_SHAPE
@pytest.mark.timeout(900)
def test_the_guide_of_communes_can_be_typed(client, demo_database, tmp_path, monkeypatch):
    monkeypatch.setenv("RELANCE_DOSSIER", str(tmp_path / ".relance"))
    with posting_mail(demo_database):
        run(COMMUNE, client, tmp_path, demo_database)


@pytest.mark.parametrize("guide", [MOBILE, OPERATEUR, CCI])
def test_the_addresses_of_a_guide_answer(client, guide):
    asked = re.findall(r"`GET (/[^`]+)`", (ROOT / guide).read_text())
    assert asked
    assert {path: status for path in asked if (status := client.get(path).status_code) != 200} == {}


@pytest.mark.parametrize("guide", GUIDES)
def test_the_operations_of_a_guide_are_in_the_contract(client, guide):
    paths = client.get("/openapi.json").json()["paths"]
    known = {
        (method.upper(), re.sub(r"\{\w+\}", "[^/]+", path))
        for path, operations in paths.items()
        for method in operations
    }
    told = re.findall(r"`(GET|POST) (/v1/[^`?]+)[^`]*`", (ROOT / guide).read_text())
    unknown = [
        (method, path)
        for method, path in told
        if not any(m == method and re.fullmatch(p, path) for m, p in known)
    ]
    assert told
    assert unknown == []
