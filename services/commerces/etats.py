"""Whether found listings are open, until when and why: the most favourable of what was asked."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache

import numpy as np

from services.commerces.filtres import OUVERTURES, Question, question
from services.commerces.horaires import Agenda, at_clock, clocks_change, etat_de
from services.commerces.ouvertures import LATER, OUVERT
from services.commerces.regimes.restrictions import Restrictions
from shared.columns import Ints, ranges
from shared.schemas.commerces import CriteresFiches
from shared.schemas.commerces_horaires import EtatOuverture
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import PARIS, Ouverture
from shared.segments import Segment, Version


def ouvertures(version: Version, rows: Ints, question: Question) -> Iterator[bytes]:
    """The state of each listing at the instant asked, as JSON."""
    moment = question.moment
    assert moment is not None, "asked for an instant"
    day = moment.astimezone(PARIS).date()
    for found in _noted(version, rows, question, moment):
        ends = [end for state, _, end in found if state == OUVERT]
        if ends and min(ends) != LATER and not clocks_change(day):
            yield _open_until(day, max(ends))
        else:
            yield _json(_best(found, moment))


def etats(
    version: Version,
    rows: Ints,
    *,
    moment: datetime,
    modalites: list[Modalite] | None,
    restrictions: Restrictions | None,
) -> Iterator[EtatOuverture]:
    """The state of each listing at an instant, open or not, by the modalities of that day."""
    asked = question(
        CriteresFiches(modalite=modalites or list(Modalite)),
        version,
        places={},
        jour=moment.astimezone(PARIS).toordinal(),
        restrictions=restrictions,
    )
    for found in _noted(version, rows, asked, moment):
        yield _best(found, moment) if found else EtatOuverture(etat=Ouverture.INCONNU)


@lru_cache(maxsize=8192)
def _open_until(day: date, minute: int) -> bytes:
    until = at_clock(day, minute).astimezone(UTC)
    return _json(EtatOuverture(etat=Ouverture.OUVERT, jusqu_a=until))


def _json(etat: EtatOuverture) -> bytes:
    return etat.model_dump_json(exclude_none=True).encode()


Notes = list[tuple[int, int, int]]
"""State, hours and closing minute (or LATER) of the modalities of one listing."""


def _noted(version: Version, rows: Ints, asked: Question, moment: datetime) -> Iterator[Notes]:
    found: dict[int, Notes] = {row: [] for row in rows.tolist()}
    shift = 0
    for segment in version.segments:
        _note(found, segment, asked, moment, shift=shift)
        shift += len(segment)
    return map(found.__getitem__, rows.tolist())


def _best(notes: Notes, moment: datetime) -> EtatOuverture:
    best = max(state for state, _, _ in notes)
    texts = {OUVERTURES.text(number) for state, number, _ in notes if state == best}
    return max((at(text, moment) for text in texts), key=_lasts)


def _note(
    found: dict[int, Notes], segment: Segment, asked: Question, moment: datetime, *, shift: int
) -> None:
    """State and hours of the modalities that answer, for the listings of one segment."""
    here = np.array([row - shift for row in found if 0 <= row - shift < len(segment)], dtype=int)
    starts, ends = segment.bounds[here], segment.bounds[here + 1]
    parts, owners = ranges(starts, ends), np.repeat(here + shift, ends - starts)
    answers = asked.serves(segment, parts)
    numbers = segment.parts.columns["horaires"][parts[answers]]
    if asked.moment == moment and not asked.inclure_inconnus:
        states = np.full_like(numbers, OUVERT)  # no other answers
    else:
        states = OUVERTURES.open_at(moment, numbers)
    ends = OUVERTURES.closings(moment, numbers)
    columns = (owners[answers], states, numbers, ends)
    for row, state, number, end in zip(*(column.tolist() for column in columns), strict=True):
        found[row].append((state, number, end))


def _lasts(found: EtatOuverture) -> tuple[bool, datetime | None]:
    """A state that never changes lasts longest."""
    return (found.jusqu_a is None, found.jusqu_a)


@lru_cache(maxsize=8192)
def at(text: str, moment: datetime) -> EtatOuverture:
    """The state of hours, given as their JSON, at an instant."""
    return etat_de(_agenda(text), moment)


@lru_cache(maxsize=8192)
def _agenda(text: str) -> Agenda | None:
    """Hours ready to be asked: reading them costs more than the answer, and instants are many."""
    return Agenda.read(text) if text else None
