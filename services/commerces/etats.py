"""Whether found listings are open, until when and why: the most favourable of what was asked."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

import numpy as np

from services.commerces.filtres import OUVERTURES, Question
from services.commerces.horaires import etat
from shared.columns import Ints
from shared.schemas.commerces_horaires import EtatOuverture, Horaires
from shared.segments import Version


def ouvertures(version: Version, rows: Ints, question: Question) -> Iterator[bytes]:
    """The state of each listing at the instant asked, as JSON."""
    moment = question.moment
    assert moment is not None, "asked for an instant"
    states = OUVERTURES.states(moment)
    for row in rows.tolist():
        segment, place = version.locate(row)
        parts = np.arange(segment.bounds[place], segment.bounds[place + 1])
        parts = parts[question.serves(segment, parts)]
        numbers = segment.parts.columns["horaires"][parts]
        best = states[numbers] == states[numbers].max()
        found = [at(OUVERTURES.text(number), moment) for number in set(numbers[best].tolist())]
        yield max(found, key=_lasts).model_dump_json(exclude_none=True).encode()


def _lasts(found: EtatOuverture) -> tuple[bool, datetime | None]:
    """A state that never changes lasts longest."""
    return (found.jusqu_a is None, found.jusqu_a)


@lru_cache(maxsize=8192)
def at(text: str, moment: datetime) -> EtatOuverture:
    """The state of hours, given as their JSON, at an instant."""
    return etat(Horaires.model_validate_json(text) if text else None, moment)
