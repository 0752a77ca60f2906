"""The smallest server that gives the answers of the directory from PostgreSQL's rows.

What its SQL binds comes ready in the URL: nothing is read, checked or looked up here. The same
uvicorn as `tests.perf.bare`, one connection, prepared statements, rows already written as JSON.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import orjson
import psycopg
from starlette.types import Receive, Scope, Send

from services.commerces import taxonomie
from services.commerces.facettes import libelle, nom_lieu
from services.commerces.filtres import BITS
from shared.schemas.commun import PARIS
from tests.perf.bare import run
from tests.perf.commerces_questions import KINDS

STATEMENTS: Final = {
    f"/{kind.name}/{number}": statement
    for kind in KINDS
    for number, statement in enumerate(kind.statements.values())
}
Rows = Sequence[tuple[Any, ...]]


def path_of(kind: str, number: int, bound: dict[str, Any]) -> str:
    """Where this server answers a question by the statement `number` of its kind."""
    written = {name: orjson.dumps(value).decode() for name, value in bound.items()}
    return f"/{kind}/{number}?{urlencode(written)}"


class App:
    """The server, whose root tells the number of its backend's process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.AsyncConnection | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        statement = STATEMENTS.get(scope["path"])
        if statement is None:
            body = str(self._connection.info.backend_pid).encode()
        else:
            query = parse_qsl(scope["query_string"].decode())
            bound = {name: orjson.loads(value) for name, value in query}
            cursor = await self._connection.execute(statement, bound, prepare=True)
            rows = await cursor.fetchall()
            body = _facets(rows) if scope["path"].startswith("/facettes") else _page(rows)
        headers = [
            (b"content-type", b"application/geo+json"),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _page(rows: Rows) -> bytes:
    """Listings; with their distance and when they close, where the rows say so."""
    found = rows[0][1] if rows else 0
    head = '{"type":"FeatureCollection","numberMatched":%s,"numberReturned":%d,"features":['
    features = [row[2] for row in rows] if rows and len(rows[0]) == 3 else map(_open, rows)
    return (head % (orjson.dumps(found).decode(), len(rows)) + ",".join(features) + "]}").encode()


def _open(row: tuple[Any, ...]) -> str:
    _, _, resume, away, until = row
    told = '%s,"distance_m":%.1f,"ouverture":{"etat":"ouvert","jusqu_a":"%s"}}}'
    return told % (resume[:-2], away, _utc(until))


def _utc(local: datetime) -> str:
    return local.replace(tzinfo=PARIS).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _facets(rows: Rows) -> bytes:
    facettes: dict[str, list[dict[str, Any]]] = {}
    fiches = 0
    for name, value, count, bits in rows:
        if name is None:
            fiches = int(count)
            for filtre, values in BITS.items():
                facettes[filtre] = [
                    _facet(one, libelle(one), bits[bit.bit_length() - 1])
                    for one, bit in values.items()
                ]
        elif value is not None:
            facettes.setdefault(name, []).append(_facet(value, _told(name, value), int(count)))
    return orjson.dumps({"fiches": fiches, "facettes": facettes})


def _facet(valeur: str, libelle: str, fiches: int) -> dict[str, Any]:
    return {"valeur": valeur, "libelle": libelle, "fiches": fiches}


@lru_cache(maxsize=1024)
def _told(name: str, value: str) -> str:
    return taxonomie.categories()[value].nom if name == "categorie" else nom_lieu(value)


def main() -> None:
    run(App(sys.argv[1]))


if __name__ == "__main__":
    main()
