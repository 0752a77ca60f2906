"""When a modality is open, day after day: its hours within its dates and the crisis rules."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from services.commerces.horaires import Agenda, at_clock
from services.commerces.regimes.ouverture import Cadre, state_at
from services.commerces.regimes.restrictions import Regimes
from shared.schemas.commerces_ouverture import PeriodeOuverture

_DAY = timedelta(days=1)


def periodes(
    regimes: Regimes, cadre: Cadre, agenda: Agenda | None, first: date, last: date
) -> list[PeriodeOuverture]:
    """Its states from one day to another, included, one after the other without a gap."""
    regimes = regimes.concerning(cadre.secteur)
    found: list[PeriodeOuverture] = []
    for start, end in pairwise(_turns(regimes, cadre, agenda, first, last)):
        state, reason = state_at(regimes, cadre, agenda, start)
        if found and (found[-1].etat, found[-1].raison) == (state, reason):
            found[-1] = found[-1].model_copy(update={"a": end})
        else:
            found.append(PeriodeOuverture(etat=state, de=start, a=end, raison=reason))
    return found


def _turns(
    regimes: Regimes, cadre: Cadre, agenda: Agenda | None, first: date, last: date
) -> list[datetime]:
    """The instants at which its state may become another, both ends included."""
    start, end = (at_clock(day, 0).astimezone(UTC) for day in (first, last + _DAY))
    turns = {start, end, *_borders(regimes, cadre, start, end)}
    if agenda is not None:
        for number in range((last - first).days + 1):
            turns.update(agenda.turns(first + number * _DAY))
    return sorted(turns)


def _borders(regimes: Regimes, cadre: Cadre, start: datetime, end: datetime) -> Iterator[datetime]:
    """Those of its dates, and of any rule: one that takes over from another tells why it does."""
    for own in (cadre.first(), cadre.last()):
        if own is not None and start < own < end:
            yield own.astimezone(UTC)
    here = regimes.next_after(start)
    while here is not None and here < end:
        yield here.astimezone(UTC)
        here = regimes.next_after(here)
