"""What the tests of the merchants' pages do: serve the suite around them, fill their forms."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from gateway.app import create_gateway
from gateway.upstreams import RemoteService
from services.commerces.app import service
from services.commerces.courrier import commands as courrier
from services.commerces.courrier import envoi
from shared.service import ServiceApp
from shared.settings import Settings
from tests.applications import SECRET, opened
from tests.commerces.contribution.conftest import COURRIEL, FICHE, MAROLLES, key
from tests.e2e.navigateur import PATIENCE_S, Onglet
from tests.gateway.conftest import serving

BILAN = "document.querySelector('[data-bilan]').innerText"
OUVERT = "!document.querySelector('[data-ouvert]').hidden"


class Espace:
    """The suite around a database of its own, and its merchants' pages."""

    def __init__(self, app: ServiceApp, base: str) -> None:
        self.app, self.base = app, base
        self.service = TestClient(app)

    def mailed(self) -> str:
        """The token of the one link in the files of the mails that are due."""
        while courrier.let_out(self.app.fastapi.state.engine, envoi.port(self.app.settings)):
            pass
        files = list((self.app.settings.dossier / "courrier").glob("*.eml"))
        texts = [file.read_text() for file in files]
        for file in files:
            file.unlink()
        (found,) = filter(None, (re.search(r"/liens\?jeton=(\S+)", text) for text in texts))
        return found[1]

    def decide(self, decision: str = "accepter") -> dict:
        """What the commune decides of the one demand of its queue, as it saw it."""
        agent = key("commune", MAROLLES)
        asked = {"etat": "en_attente"}
        (one,) = self.service.get("/moderation/propositions", params=asked, headers=agent).json()[
            "elements"
        ]
        path = f"/moderation/propositions/{one['id']}"
        seen = self.service.get(path, headers=agent)
        body = {"decision": decision, "raison": "Vu sur place."}
        headers = {**agent, "If-Match": seen.headers["etag"]}
        answer = self.service.post(f"{path}/decision", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return one

    def holder(self, **changes: object) -> tuple[str, int]:
        """The token and the listing of a merchant whom the commune accepted."""
        body = {"courriel": COURRIEL, "fiche": FICHE | changes}
        assert self.service.post("/inscriptions", json=body).status_code == 201
        given = self.service.post("/liens", params={"jeton": self.mailed()}).json()
        self.decide()
        self.shown(given["fiche_id"])
        return given["jeton"], given["fiche_id"]

    def shown(self, numero: int, **expected: object) -> dict:
        """What the public reads of a listing, once it says what is expected."""
        limit = time.monotonic() + PATIENCE_S
        while time.monotonic() < limit:
            answer = self.public(f"fiches/{numero}")
            told = answer.json().get("properties", {})
            if answer.is_success and expected.items() <= told.items():
                return told
            time.sleep(0.05)
        pytest.fail(answer.text)

    def public(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.base}/v1/commerces/{path}", trust_env=False, timeout=PATIENCE_S)


@contextmanager
def served(database_url: str, folder: Path, *, remote: bool) -> Iterator[Espace]:
    """The suite in one process, or with the directory behind a proxy."""
    settings = Settings(dossier=folder, database_url=database_url, secret_interne=SECRET)
    with ExitStack() as stack:
        app = stack.enter_context(opened(service, settings))
        upstream: ServiceApp | RemoteService = app
        if remote:
            there = f"http://127.0.0.1:{stack.enter_context(serving(app))}"
            upstream = RemoteService(there, timeout_s=PATIENCE_S)
        port = stack.enter_context(serving(create_gateway({"commerces": upstream}, settings)))
        yield Espace(app, f"http://127.0.0.1:{port}")


def fill(tab: Onglet, champ: str, value: str) -> None:
    box = f"document.querySelector('[data-champ=\"{champ}\"]')"
    tab.run(f"{box}.value = {json.dumps(value)}")
    tab.run(f"{box}.dispatchEvent(new Event('change', {{bubbles: true}}))")


def hours(tab: Onglet, jour: str, *values: str, de: str = "horaires") -> None:
    boxes = f"document.querySelectorAll('#c-{de}-{jour} input')"
    tab.run(f"{boxes}.forEach((box, n) => {{ box.value = {json.dumps(values)}[n]; }})")


def click(tab: Onglet, selector: str) -> None:
    tab.run(f"document.querySelector({json.dumps(selector)}).click()")


def send(tab: Onglet, form: str) -> str:
    """Send a form; what is then told, where the focus is."""
    tab.run("document.querySelector('[data-bilan]').hidden = true")
    tab.run(f"document.querySelector('[{form}]').requestSubmit()")
    tab.until("!document.querySelector('[data-bilan]').hidden")
    tab.until("document.activeElement.matches('[data-bilan]')")
    return tab.run(BILAN)


def told_beside(tab: Onglet, champ: str) -> str | None:
    """What assistive technology says of a field, if it is marked as wrong."""
    box = f"document.querySelector('[data-champ=\"{champ}\"]')"
    if tab.run(f"{box}.ariaInvalid") != "true":
        return None
    return tab.run(f"{box}.ariaDescribedByElements.map((e) => e.textContent).join(' ')")
