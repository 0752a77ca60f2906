"""The map in a real browser: MapLibre draws our tiles, from a page of another origin."""

import json
import os
import queue
import shutil
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytestmark = pytest.mark.navigateur

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HOW = "apt-get install chromium; npm pack maplibre-gl; RELANCE_MAPLIBRE=<its dist folder>"
PATIENCE_S = 90
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


@pytest.fixture(scope="session")
def tools() -> tuple[str, Path]:
    """The browser, and MapLibre's script, which is no part of the project."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    script = Path(os.environ.get("RELANCE_MAPLIBRE", ""), "maplibre-gl.js")
    if browser is None or not script.is_file():
        pytest.skip(f"no browser or no MapLibre: {HOW}")
    return browser, script


@contextmanager
def page(script: Path):
    """The address of the page, and the queue of what it sends back."""
    files = {
        "/": (Path(__file__).with_name("carte.html").read_bytes(), "text/html"),
        "/maplibre-gl.js": (script.read_bytes(), "text/javascript"),
    }
    results: queue.Queue[dict] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, kind = files.get(self.path.partition("?")[0], (b"", "text/plain"))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            results.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", results
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def drawn(tools, client, tmp_path) -> dict:
    """What MapLibre has drawn at zoom 10, then at zoom 14."""
    browser, script = tools
    tiles = f"{client.base_url}/v1/bornes/tuiles/{{z}}/{{x}}/{{y}}.mvt"
    with page(script) as (address, results), (tmp_path / "navigateur.log").open("wb") as log:
        profile = f"--user-data-dir={tmp_path / 'profil'}"
        command = [browser, *FLAGS, profile, f"{address}?tuiles={tiles}"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            return results.get(timeout=PATIENCE_S)
        except queue.Empty:
            pytest.fail((tmp_path / "navigateur.log").read_text(errors="replace")[-3000:])
        finally:
            process.terminate()
            process.wait(30)


def test_maplibre_draws_what_the_searches_find(client, drawn):
    assert drawn["errors"] == []
    far, near = drawn["far"], drawn["near"]
    known = client.get("/v1/bornes/grappes", params={"zoom": 10, "champs": "puissance_max"}).json()
    clusters = {
        f["id"]: f["properties"] for f in known["features"] if "zoom_expansion" in f["properties"]
    }
    assert len(far["grappes"]) > 10
    for seen in far["grappes"]:
        assert seen.pop("promoted") == seen["id"]
        assert clusters[seen.pop("id")] == seen
    assert near["grappes"] == []
    bbox = ",".join(f"{side:.7f}" for side in near["bbox"])
    there = client.get("/v1/bornes/stations", params={"bbox": bbox, "limite": 1000}).json()
    assert {seen["id"] for seen in near["stations"]} >= {f["id"] for f in there["features"]}
    assert there["features"]
