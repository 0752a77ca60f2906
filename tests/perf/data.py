"""Registries of any size, and a directory, in a throw-away PostgreSQL, made by generators."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from services.bornes import demonstration
from services.bornes.commands import import_irve
from shared.db import make_engine
from shared.migrations import upgrade
from shared.postgres import machine_binaries, wheel_binaries
from tests.perf import annuaire
from tests.postgres import throw_away

ROOT = Path(__file__).parents[2]
MIGRATED = (ROOT / "gateway", ROOT / "services" / "bornes", ROOT / "services" / "commerces")
STATIONS = """
SELECT DISTINCT ON (station_id) station_id, lon, lat FROM bornes.points_de_charge
WHERE retire_le IS NULL ORDER BY station_id, date_maj DESC, id
"""


@dataclass(frozen=True)
class Registry:
    """A database of the charging registry, and where its stations are."""

    url: str
    points: int
    ids: list[str]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


class Databases:
    """Migrated databases of one server; a registry is made once a run."""

    def __init__(self, server_url: str) -> None:
        self._server = server_url
        self._registries: dict[int, Registry] = {}
        self._directory: str | None = None
        self._template = self._create("template1")
        for folder in MIGRATED:
            upgrade(folder, self._url(self._template))

    def registry(self, points: int) -> Registry:
        """The registry of so many generated points."""
        if points not in self._registries:
            self._registries[points] = _filled(self._url(self._create(self._template)), points)
        return self._registries[points]

    def directory(self) -> str:
        """URL of the directory of generated shops."""
        if self._directory is None:
            self._directory = self._url(self._create(self._template))
            annuaire.fill(self._directory, annuaire.FICHES)
        return self._directory

    @contextmanager
    def empty(self) -> Iterator[str]:
        """A migrated database for one measure."""
        name = self._create(self._template)
        try:
            yield self._url(name)
        finally:
            with psycopg.connect(self._server, autocommit=True) as server:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _create(self, template: str) -> str:
        name = f"banc_{uuid4().hex[:12]}"
        with psycopg.connect(self._server, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _url(self, name: str) -> str:
        return urlsplit(self._server)._replace(path=f"/{name}").geturl()


@contextmanager
def databases() -> Iterator[Databases]:
    """Databases of a server that lives as long as the run."""
    with throw_away(wheel_binaries() or machine_binaries()) as url:
        yield Databases(url)


def _filled(url: str, points: int) -> Registry:
    file = BytesIO(b"".join(demonstration.irve(points)))
    engine = make_engine(url)
    with Session(engine) as session, session.begin():
        import_irve(session, file, nom="banc.csv", producteur="banc", acteur="banc")
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        rows = connection.execute(STATIONS).fetchall()
    ids, lon, lat = zip(*rows, strict=True)
    return Registry(url, points, list(ids), np.array(lon), np.array(lat))
