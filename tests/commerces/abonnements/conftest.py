"""The service over a database of its own, a worker's hand, and receivers on real sockets."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from services.commerces.app import service
from services.commerces.livraisons import commands, envoi
from shared.auth import Acteur
from shared.service import ServiceApp
from shared.settings import Settings
from tests.applications import SECRET, bearer, opened

FICHE = {
    "nom": "Fromagerie d'essai",
    "adresse": "1 rue de la Fontaine",
    "code_postal": "94440",
    "lon": 2.5553,
    "lat": 48.7375,
    "categories": ["fromagerie"],
    "contacts": [{"genre": "courriel", "valeur": "prive@exemple.fr"}],
    "modalites": [{"genre": "comptoir"}],
}
PATIENCE_S = 60
PARIS = {"lon": 2.3522, "lat": 48.8566, "code_postal": "75004"}


def key(organisation="cci", *, role="cci", scope="commerces:abonner"):
    acteur = Acteur(organisation, role, frozenset({scope}))
    return bearer(acteur, service="commerces")


@dataclass
class Recu:
    """A receiver: what it was sent, and what it answers."""

    url: str = ""
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[BaseHTTPRequestHandler, bytes], None] | None = None
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    came: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        """Until something came."""
        assert self.came.wait(PATIENCE_S)

    @property
    def bodies(self) -> list[dict]:
        return [json.loads(body) for _, body in self.seen]


@contextmanager
def receiving() -> Iterator[Recu]:
    recu = Recu()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with recu.lock:
                recu.seen.append(({k.lower(): v for k, v in self.headers.items()}, body))
            recu.came.set()
            if recu.answer is not None:
                recu.answer(self, body)
                return
            self.send_response(recu.status)
            for name, value in recu.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recu.url = f"http://127.0.0.1:{server.server_port}/webhooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield recu
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Monde:
    """What a test does: agents that write, subscribers, a worker, time that passes."""

    def __init__(self, app: ServiceApp) -> None:
        self.settings = app.settings
        self.app = app
        self.engine = app.fastapi.state.engine
        self.client = TestClient(self.app)

    def subscribe(self, url: str, organisation: str = "cci", **changes):
        body = {"url": url, **changes}
        answer = self.client.post("/abonnements", json=body, headers=key(organisation))
        assert answer.status_code == 201, answer.text
        return answer

    def create(self, statut: str | None = "publiee", **changes) -> str:
        agent = key(scope="commerces:gerer")
        created = self.client.post("/gestion/fiches", json={**FICHE, **changes}, headers=agent)
        assert created.status_code == 201, created.text
        number = created.json()["id"]
        if statut is not None:
            self.decide(number, statut)
        return number

    def _tagged(self, number: str) -> dict[str, str]:
        agent = key(scope="commerces:gerer")
        read = self.client.get(f"/gestion/fiches/{number}", headers=agent)
        return {**agent, "If-Match": read.headers["etag"]}

    def decide(self, number: str, statut: str) -> None:
        answer = self.client.post(
            f"/gestion/fiches/{number}/statut",
            json={"statut": statut, "motif": "gardé pour nous"},
            headers=self._tagged(number),
        )
        assert answer.status_code == 200, answer.text

    def replace(self, number: str, **changes) -> None:
        answer = self.client.put(
            f"/gestion/fiches/{number}", json={**FICHE, **changes}, headers=self._tagged(number)
        )
        assert answer.status_code == 200, answer.text

    def distribute(self) -> None:
        while commands.distribute(self.engine):
            pass

    def work(self) -> int:
        """Make and send all that is due; how many calls were made."""
        self.distribute()
        calls = 0
        while envoi.deliver(self.engine, self.settings):
            calls += 1
        return calls

    def let_time_pass(self) -> None:
        """All waits end."""
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE commerces.livraisons SET prochain_essai_le = now()"))
            connection.execute(
                text("UPDATE commerces.abonnements SET repos_jusqu_a = NULL, pris_jusqu_a = NULL")
            )

    def read(self, number: int, organisation: str = "cci") -> dict:
        answer = self.client.get(f"/abonnements/{number}", headers=key(organisation))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def deliveries(self, number: int, **params) -> list[dict]:
        answer = self.client.get(f"/abonnements/{number}/livraisons", params=params, headers=key())
        assert answer.status_code == 200, answer.text
        return answer.json()["elements"]


@pytest.fixture
def monde(clone_database) -> Iterator[Monde]:
    settings = Settings(
        database_url=clone_database(), secret_interne=SECRET, commerces_webhooks_hotes="127.0.0.1"
    )
    with opened(service, settings) as app:
        yield Monde(app)


@pytest.fixture
def receiver() -> Iterator[Callable[[], Recu]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(receiving())


def events(recu):
    """What a receiver was told, and of which listing."""
    return [(body["type"], body["data"]["id"]) for body in recu.bodies]
