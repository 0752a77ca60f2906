"""Files of refuelling points, imported in the test's transaction."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.bornes.models import JOURNAL
from shared.schemas.bornes_imports import Import
from tests.factories import take_points


@pytest.fixture
def send(session: Session) -> Callable[..., Import]:
    """Import some rows as a producer's file."""
    return partial(take_points, session)


@pytest.fixture
def told(session: Session) -> Callable[[], list[tuple[str, str, dict[str, Any]]]]:
    """The journal: genre, subject, body."""

    def told() -> list[tuple[str, str, dict[str, Any]]]:
        columns = (JOURNAL.c.genre, JOURNAL.c.sujet, JOURNAL.c.corps)
        rows = session.execute(select(*columns).order_by(JOURNAL.c.position))
        return [(genre, sujet, corps) for genre, sujet, corps in rows]

    return told
