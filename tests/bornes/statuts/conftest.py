"""Points of two operators in the test's transaction, and statuses about them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from services.bornes.statuts.commands import enregistrer, prepare_months
from services.bornes.statuts.dynamique import lire
from services.bornes.statuts.regles import Verdict
from shared.db import open_engine
from tests.factories import irve_station, take_irve

PEREMPTION = timedelta(minutes=10)
NOW = datetime.now(UTC).replace(microsecond=0)


def cells(
    point: str, etat: str = "en_service", occupation: str = "libre", age_s: float = 0, **more
):
    """A status as its cells, `age_s` seconds old."""
    told = NOW - timedelta(seconds=age_s)
    return {
        "id_pdc_itinerance": point,
        "etat_pdc": etat,
        "occupation_pdc": occupation,
        "horodatage": told.isoformat(),
        **more,
    }


@pytest.fixture
def points(send) -> list[str]:
    """Ids of three points of FRXXX and one of FRYYY."""
    rows = [*irve_station(3, "FRXXXP1"), *irve_station(1, "FRYYYP1", coordonneesXY="[2.36,48.86]")]
    send(rows)
    return [row["id_pdc_itinerance"] for row in rows]


@pytest.fixture
def tell(session: Session) -> Callable[..., list[Verdict]]:
    """Write statuses given as cells; what became of each."""

    def tell(*rows: dict[str, Any], prefixes=None, maintenant=NOW) -> list[Verdict]:
        return enregistrer(
            session,
            map(lire, rows),
            prefixes=prefixes,
            peremption=PEREMPTION,
            maintenant=maintenant,
        )

    return tell


@pytest.fixture
def engine(clone_database):
    """Of a database of its own, for several transactions."""
    with open_engine(clone_database()) as engine:
        yield engine


@pytest.fixture
def registered(engine, fill_points):
    """Ids of the points that `engine` knows."""
    with Session(engine) as session, session.begin():
        prepare_months(session)
    return fill_points(engine, 50)


def codes(verdict: Verdict) -> list[str]:
    return [constat.code for constat in verdict.constats]


@pytest.fixture
def fill_points() -> Callable[..., list[str]]:
    """Import stations of FRXXX for good; the ids of their points."""

    def fill(engine, count: int) -> list[str]:
        rows = irve_station(count)
        with Session(engine) as session, session.begin():
            take_irve(session, rows)
        return [row["id_pdc_itinerance"] for row in rows]

    return fill
