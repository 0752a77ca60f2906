"""A real browser for the tests: pages served from another origin, and what they send back."""

import json
import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

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
KINDS = {".css": "text/css", ".html": "text/html; charset=utf-8", ".js": "text/javascript"}


class Tools(NamedTuple):
    """A browser, and MapLibre's files, which are no part of the project."""

    browser: str
    maplibre: Mapping[str, bytes]
    """By name."""


@contextmanager
def _served(files: Mapping[str, bytes]) -> Iterator[tuple[str, "queue.Queue[dict]"]]:
    """The address of some files, and the queue of what their pages send back."""
    results: queue.Queue[dict] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0].lstrip("/")
            body = files.get(name, b"")
            self.send_response(200)
            self.send_header("Content-Type", KINDS.get(Path(name).suffix, "text/plain"))
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
        yield f"http://127.0.0.1:{server.server_port}", results
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Visit:
    """A page that a browser shows."""

    def __init__(self, results: "queue.Queue[dict]", log: Path) -> None:
        self._results = results
        self._log = log

    def told(self) -> dict:
        """What the page sends back next."""
        try:
            return self._results.get(timeout=PATIENCE_S)
        except queue.Empty:
            pytest.fail(self._log.read_text(errors="replace")[-3000:])


@contextmanager
def visiting(tools: Tools, page: str, folder: Path, suffix: str = "") -> Iterator[Visit]:
    """Open a page, with MapLibre beside it; `suffix` follows its address."""
    log = folder / "navigateur.log"
    files = {**tools.maplibre, "page.html": page.encode()}
    with _served(files) as (address, results), log.open("wb") as output:
        profile = f"--user-data-dir={folder / 'profil'}"
        logged = ("--enable-logging=stderr", "--v=0")
        command = [tools.browser, *FLAGS, *logged, profile, f"{address}/page.html{suffix}"]
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            yield Visit(results, log)
        finally:
            process.terminate()
            process.wait(30)
