"""Files of refuelling points, imported in the test's transaction."""

from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.bornes.commands import import_avitaillement
from services.bornes.models import JOURNAL
from shared.schemas.bornes_imports import Import, OptionsImport
from tests.factories import point_csv


@pytest.fixture
def send(session: Session) -> Callable[..., Import]:
    """Import some rows as a producer's file."""

    def send(
        rows: Iterable[Mapping[str, str]],
        producteur: str = "essai",
        prefixes: frozenset[str] | None = None,
        **options: Any,
    ) -> Import:
        return import_avitaillement(
            session,
            BytesIO(point_csv(rows)),
            nom="essai.csv",
            producteur=producteur,
            acteur="testeur",
            options=OptionsImport(**options),
            prefixes=prefixes,
        )

    return send


@pytest.fixture
def told(session: Session) -> Callable[[], list[tuple[str, str, dict[str, Any]]]]:
    """The journal: genre, subject, body."""

    def told() -> list[tuple[str, str, dict[str, Any]]]:
        columns = (JOURNAL.c.genre, JOURNAL.c.sujet, JOURNAL.c.corps)
        rows = session.execute(select(*columns).order_by(JOURNAL.c.position))
        return [(genre, sujet, corps) for genre, sujet, corps in rows]

    return told
