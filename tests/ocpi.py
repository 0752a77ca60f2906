"""What OCPI tests share: a partner on loopback, a registered client, points in memory."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from services.bornes.ocpi.locations import Point

TOKEN_B = "jeton-du-partenaire"
MOMENT = datetime(2024, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)

PLAIN: dict[str, Any] = {
    "id": "FRESSE1",
    "station_id": "FRESSP1",
    "puissance_nominale": 22.0,
    "prise_type_ef": False,
    "prise_type_2": True,
    "prise_type_combo_ccs": False,
    "prise_type_chademo": False,
    "cable_t2_attache": None,
    "gratuit": None,
    "paiement_cb": None,
    "tarification": None,
    "reservation": False,
    "accessibilite_pmr": "Accessibilité inconnue",
    "restriction_gabarit": "Aucune",
    "station_deux_roues": False,
    "date_mise_en_service": date(2021, 7, 1),
    "lon": 2.3522,
    "lat": 48.8566,
    "nom_station": "Hôtel de Ville",
    "nom_enseigne": "Réseau d'essai",
    "nom_operateur": "Opérateur d'essai",
    "nom_amenageur": None,
    "siren_amenageur": None,
    "telephone_operateur": None,
    "adresse_station": "Place de l'Hôtel de Ville 75004 Paris",
    "code_insee_commune": "75104",
    "implantation_station": "Voirie",
    "horaires": "24/7",
    "raccordement": None,
    "code_commune": "75056",
    "code_arrondissement": "75104",
    "modifie_le": MOMENT,
    "retire_le": None,
}


def point(**changes: Any) -> Point:
    values = PLAIN | changes
    values.setdefault("id_pdc_itinerance", values["id"])
    values.setdefault("id_station_itinerance", values["station_id"])
    return Point(**values)


def authorization(token: str) -> dict[str, str]:
    return {"Authorization": f"Token {base64.b64encode(token.encode()).decode()}"}


class Partner:
    """A client's own API: its answers by path, and the tokens it was asked with."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.versions = f"{root}/versions"
        self.seen: list[tuple[str, str | None]] = []
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.headers: dict[str, str] = {}
        for version in ("2.2.1", "2.3.0"):
            url = f"{root}/{version}/credentials"
            endpoints = [{"identifier": "credentials", "role": "RECEIVER", "url": url}]
            self.answer(f"/{version}", {"version": version, "endpoints": endpoints})
        self.offer("2.2.1", "2.3.0")

    def offer(self, *versions: str) -> None:
        listed = [{"version": one, "url": f"{self.root}/{one}"} for one in versions]
        self.answer("/versions", listed)

    def answer(self, path: str, data: Any, code: int = 1000, status: int = 200) -> None:
        body = {"data": data, "status_code": code, "timestamp": "2026-01-01T00:00:00Z"}
        self.answers[path] = (status, json.dumps(body).encode())

    def credentials(self, token: str = TOKEN_B) -> dict[str, Any]:
        role = {
            "role": "EMSP",
            "party_id": "EXA",
            "country_code": "FR",
            "business_details": {"name": "Un partenaire"},
        }
        return {"token": token, "url": self.versions, "roles": [role]}


@contextmanager
def partner() -> Iterator[Partner]:
    """A partner that answers on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.seen.append((self.path, self.headers["Authorization"]))
            status, body = found.answers[self.path]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Partner(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield found
        finally:  # a test that fails would leave it serving for ever
            server.shutdown()
            thread.join(5)


def register(client: Any, token_a: str, version: str = "2.2.1") -> str:
    """The token C of a partner that registers with its token A."""
    with partner() as found:
        done = client.post(
            f"/ocpi/{version}/credentials",
            json=found.credentials(),
            headers=authorization(token_a),
        )
    token: str = done.json()["data"]["token"]
    return token


def data(answer):
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["status_code"] == 1000, body
    return body["data"]


def refused(answer, http=200):
    assert answer.status_code == http, answer.text
    body = answer.json()
    assert body.keys() == {"status_code", "status_message", "timestamp"}
    return body["status_code"]
