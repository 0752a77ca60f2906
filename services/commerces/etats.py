"""Whether found listings are open, until when and why: the most favourable of what was asked."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

import numpy as np

from services.commerces.filtres import OUVERTURES, Question
from services.commerces.horaires import etat
from shared.columns import Ints, ranges
from shared.schemas.commerces_horaires import EtatOuverture, Horaires
from shared.segments import Segment, Version


def ouvertures(version: Version, rows: Ints, question: Question) -> Iterator[bytes]:
    """The state of each listing at the instant asked, as JSON."""
    moment = question.moment
    assert moment is not None, "asked for an instant"
    found: dict[int, list[tuple[int, int]]] = {row: [] for row in rows.tolist()}
    shift = 0
    for segment in version.segments:
        _note(found, segment, question, shift=shift)
        shift += len(segment)
    for row in rows.tolist():
        best = max(state for state, _ in found[row])
        texts = {OUVERTURES.text(number) for state, number in found[row] if state == best}
        state = max((at(text, moment) for text in texts), key=_lasts)
        yield state.model_dump_json(exclude_none=True).encode()


def _note(
    found: dict[int, list[tuple[int, int]]], segment: Segment, question: Question, *, shift: int
) -> None:
    """State and hours of the modalities that answer, for the listings of one segment."""
    assert question.moment is not None, "asked for an instant"
    here = np.array([row - shift for row in found if 0 <= row - shift < len(segment)], dtype=int)
    starts, ends = segment.bounds[here], segment.bounds[here + 1]
    parts, owners = ranges(starts, ends), np.repeat(here + shift, ends - starts)
    answers = question.serves(segment, parts)
    numbers = segment.parts.columns["horaires"][parts[answers]]
    states = OUVERTURES.states(question.moment)[numbers]
    for row, state, number in zip(
        owners[answers].tolist(), states.tolist(), numbers.tolist(), strict=True
    ):
        found[row].append((state, number))


def _lasts(found: EtatOuverture) -> tuple[bool, datetime | None]:
    """A state that never changes lasts longest."""
    return (found.jusqu_a is None, found.jusqu_a)


@lru_cache(maxsize=8192)
def at(text: str, moment: datetime) -> EtatOuverture:
    """The state of hours, given as their JSON, at an instant."""
    return etat(Horaires.model_validate_json(text) if text else None, moment)
