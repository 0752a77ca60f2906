"""Drives Chromium by its own protocol over a pipe (CDP): a real keyboard, and no other program."""

import http.server
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

AXE = ROOT / ".conformite/node_modules/axe-core/axe.min.js"
PATIENCE_S = 60
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-gpu",
    "--remote-debugging-pipe",
)
LAUNCH = (
    "import os, sys; asks, tells = map(int, sys.argv[1:3]); "
    "os.dup2(asks, 3); os.dup2(tells, 4); os.execv(sys.argv[3], sys.argv[3:])"
)
"""Chromium reads its orders on 3 and answers on 4."""
KEYS = {"Tab": 9, "Enter": 13, " ": 32, "ArrowDown": 40}


class Onglet:
    """One page of the browser."""

    def __init__(self, asks: int, tells: int) -> None:
        self._asks, self._tells = asks, tells
        self._number = 0
        self._buffer = b""
        self.events: list[dict[str, Any]] = []
        self._session: str | None = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._asks, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self._number:
                assert "error" not in told, (method, told)
                return told["result"]
            self.events.append(told)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            read = os.read(self._tells, 1 << 20)
            assert read, "the browser ended"
            self._buffer += read
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def open(self, url: str) -> None:
        self.events.clear()
        self.ask("Page.navigate", url=url)
        self.until("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of an expression, once its promise is kept."""
        found = self.ask(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until a condition holds in the page, whose own timers may be off."""
        limit = time.monotonic() + PATIENCE_S
        # A page that is leaving has none of what the condition names.
        script = f"(() => {{ try {{ return Boolean({condition}); }} catch {{ return false; }} }})()"
        while not self.run(script):
            assert time.monotonic() < limit, (condition, self.run("document.body.innerText"))
            time.sleep(0.05)

    def press(self, key: str) -> None:
        code = KEYS[key]
        text = {"Enter": "\r", " ": " "}.get(key, "")
        pressed = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **pressed)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def type(self, text: str) -> None:
        self.ask("Input.insertText", text=text)

    def size(self, width: int, height: int = 800) -> None:
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def requested(self) -> set[str]:
        """Addresses that were asked for since the page was opened."""
        self.run("1")
        return {
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        }

    def complaints(self) -> list[Any]:
        """What the browser refused or found wrong."""
        self.run("1")
        kinds = {"Log.entryAdded", "Runtime.exceptionThrown"}
        return [event["params"] for event in self.events if event.get("method") in kinds]


@contextmanager
def onglet(browser: str, folder: Path) -> Iterator[Onglet]:
    """A page of a browser of its own, ended with the test."""
    their_asks, asks = os.pipe()
    tells, their_tells = os.pipe()
    command = [
        browser,
        *FLAGS,
        f"--user-data-dir={folder / 'profil'}",
        "about:blank",
    ]
    launched = [sys.executable, "-c", LAUNCH, str(their_asks), str(their_tells), *command]
    with (folder / "navigateur.log").open("wb") as log:
        process = subprocess.Popen(
            launched, stdout=log, stderr=log, pass_fds=(their_asks, their_tells)
        )
    os.close(their_asks)
    os.close(their_tells)
    try:
        yield Onglet(asks, tells)
    finally:
        process.terminate()
        process.wait(30)
        os.close(asks)
        os.close(tells)


@contextmanager
def serving(content: bytes, *, policy: str | None = None) -> Iterator[str]:
    """The address of a page, under a security policy."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def axe(tab: Onglet) -> list[str]:
    """The rules that axe-core finds broken: WCAG 2.2 A and AA, and its good practices."""
    tab.ask("Page.setBypassCSP", enabled=True)
    tab.run(AXE.read_text())
    found = tab.run(
        "axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations.map((v) =>"
        " v.id + ' ' + v.nodes.map((n) => n.html + ' ' + n.failureSummary).join(' | ')))"
    )
    passed = tab.run("axe.run(document).then((r) => r.passes.length)")
    assert passed > 10, "axe-core looked at nothing"
    return found
