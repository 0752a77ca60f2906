"""The suite as its users meet it: processes that listen, in each of its two shapes."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from gateway import demo
from shared.settings import Settings
from tests.e2e.formulaires import OUVERT, served
from tests.e2e.navigateur import AXE, onglet
from tests.e2e.pages import Tools

RELANCE = Path(sys.executable).with_name("relance")
SECRET = "secret-partage-des-tests-de-bout-en-bout"
START_S = 150
"""Patience, on a machine that does much else: the demonstration first writes its data."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MAPLIBRE = Path(__file__).parents[2] / ".conformite/node_modules/maplibre-gl/dist"
HOW = "no browser or no MapLibre: apt-get install chromium; make conformite"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def running(
    *command: str, log: Path, stop: int = signal.SIGTERM, **variables: str
) -> Iterator[str]:
    """The address of a `relance` process once it is ready; it must stop without an error."""
    port = free_port()
    environment = {**os.environ, **variables, "RELANCE_PORT": str(port)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [RELANCE, *command], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_until_ready(address := f"http://127.0.0.1:{port}", process, log)
            yield address
        finally:
            process.send_signal(stop)
            try:
                code = process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
    assert code == (-stop if stop == signal.SIGKILL else 0), log.read_text()


def wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + START_S
    while time.monotonic() < limit and process.poll() is None:
        try:
            if httpx.get(f"{address}/sante/pret", trust_env=False, timeout=30).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    pytest.fail(f"not ready: {log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def demo_database(demonstrations: Callable[[], str]) -> str:
    """A database of their own for the processes of one shape."""
    return demonstrations()


@pytest.fixture(scope="session", params=["un-processus", "processus-separes"])
def suite(request, demo_database, tmp_path_factory) -> Iterator[tuple[httpx.Client, str]]:
    """A client of the public door and the key of an operator; the same data in both shapes."""
    folder = tmp_path_factory.mktemp(request.param)
    settings = Settings(dossier=folder, database_url=demo_database)
    key = demo.prepare(settings)[0]
    common = {
        "RELANCE_DATABASE_URL": demo_database,
        "RELANCE_SECRET_INTERNE": SECRET,
        "RELANCE_TAILLE_MAX_CORPS": "1000000",
        "RELANCE_FLUX_AUDITEURS_MAX": "2",
    }
    with ExitStack() as stack:
        elsewhere: Mapping[str, str] = {}
        if request.param == "processus-separes":
            process = running("serve", "bornes", log=folder / "bornes.log", **common)
            elsewhere = {"RELANCE_BORNES_URL": stack.enter_context(process)}
        process = running("serve", "gateway", log=folder / "gateway.log", **common, **elsewhere)
        address = stack.enter_context(process)
        yield stack.enter_context(httpx.Client(base_url=address, trust_env=False, timeout=30)), key


@pytest.fixture
def client(suite) -> httpx.Client:
    return suite[0]


@pytest.fixture
def cle(suite) -> dict[str, str]:
    return {"Authorization": f"Bearer {suite[1]}"}


@pytest.fixture(scope="session")
def tools() -> Tools:
    """What the tests of the map in a browser need, or they are skipped."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    folder = Path(os.environ.get("RELANCE_MAPLIBRE", MAPLIBRE))
    names = ("maplibre-gl.js", "maplibre-gl.css")
    if browser is None or not all((folder / name).is_file() for name in names):
        if os.environ.get("RELANCE_CONFORMITE"):
            pytest.fail(HOW)
        pytest.skip(HOW)
    return Tools(browser, {name: (folder / name).read_bytes() for name in names})


@pytest.fixture(scope="module")
def browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None or not AXE.is_file():
        if os.environ.get("RELANCE_CONFORMITE"):
            pytest.fail("chromium and axe-core: apt-get install chromium; make conformite")
        pytest.skip("no chromium or no axe-core: apt-get install chromium; make conformite")
    return found


@pytest.fixture
def tab(browser, tmp_path):
    with onglet(browser, tmp_path) as tab:
        yield tab


@pytest.fixture(params=["monte"])
def espace(request, clone_database, tmp_path):
    """The merchants' pages; with the parameter `distant` the directory is behind a proxy."""
    with served(clone_database(), tmp_path, remote=request.param == "distant") as espace:
        yield espace


@pytest.fixture
def opened(tab, espace):
    """The page of a merchant who came by a link."""

    def opened(jeton: str) -> None:
        tab.open(f"{espace.base}/v1/commerces/mon-commerce")
        tab.run(f"sessionStorage.setItem('jeton', {json.dumps(jeton)})")
        tab.open(f"{espace.base}/v1/commerces/mon-commerce")
        tab.until(OUVERT)

    return opened
