"""The window of a crisis rule: the days of the week and the hours at which it holds.

By the clocks of Paris: an hour that comes twice when they change is in the window twice, one that
is skipped never is.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, Generic, TypeVar

from services.commerces.horaires import at_clock, clocks_change, turns_on
from shared.horaires import DAY_MIN
from shared.schemas.commerces_horaires import Heures
from shared.schemas.commun import JOURS, PARIS, JourSemaine

T = TypeVar("T")

WEEK: Final = 7 * DAY_MIN
"""Minutes."""
DAYS_AHEAD: Final = 15
"""Two whole weeks: what the clocks skip in one comes in the other."""
_DAY: Final = timedelta(days=1)


class Weekly(Generic[T]):
    """A value for each minute of the week, from Monday's midnight on, the same every week."""

    def __init__(self, marks: Iterable[int], value: Callable[[int], T]) -> None:
        """`value` tells that of a minute, once it is asked about; it changes at marks only."""
        self.marks = sorted({0, *marks})
        self._value = value
        self._known: dict[int, T] = {}
        """By the place of the mark from which they hold."""
        self._steady = len(self.marks) == 1
        """Whether it is known that all values are the same."""

    def on(self, minute: int) -> T:
        """The value of a minute of the week."""
        return self._from(bisect_right(self.marks, minute) - 1)

    def at(self, moment: datetime) -> T:
        """The value of an instant."""
        if self._steady:
            return self._from(0)
        local = moment.astimezone(PARIS)
        return self.on(local.weekday() * DAY_MIN + local.hour * 60 + local.minute)

    def change(self, moment: datetime) -> datetime | None:
        """The first instant after one that has another value; None if all have the same."""
        if self._steady:
            return None
        before, local = self.at(moment), moment.astimezone(PARIS)
        first, since = local.date(), local.hour * 60 + local.minute
        for number in range(DAYS_AHEAD):
            day = first + number * _DAY
            found = self._change_on(day, (moment, -1 if number else since), before)
            if found:
                return found
        self._steady = True
        return None

    def _change_on(self, day: date, after: tuple[datetime, int], before: T) -> datetime | None:
        midnight = day.weekday() * DAY_MIN
        places = range(
            bisect_left(self.marks, midnight), bisect_left(self.marks, midnight + DAY_MIN)
        )
        minutes = [self.marks[place] - midnight for place in places]
        if clocks_change(day):
            later = (turn for turn in turns_on(day, minutes) if turn > after[0])
            return next((turn for turn in later if self.at(turn) != before), None)
        for place, minute in zip(places, minutes, strict=True):
            if minute > after[1] and self._from(place) != before:
                return at_clock(day, minute).astimezone(UTC)
        return None

    def _from(self, place: int) -> T:
        if place not in self._known:
            self._known[place] = self._value(self.marks[place])
        return self._known[place]


@lru_cache(maxsize=1024)
def plages(
    jours: tuple[JourSemaine, ...] | None, creneau: Heures | None
) -> tuple[tuple[int, int], ...]:
    """The minutes of the week at which a rule holds, as [first, last).

    Hours belong to the day they begin on.
    """
    if jours is None and creneau is None:
        return ((0, WEEK),)
    start, end = (0, DAY_MIN) if creneau is None else creneau.minutes
    midnights = [JOURS.index(jour) * DAY_MIN for jour in (JOURS if jours is None else jours)]
    spans = [(midnight + start, midnight + end) for midnight in midnights]
    # The night of Sunday ends on Monday.
    spans += [(0, last - WEEK) for _, last in spans if last > WEEK]
    return tuple((first, min(last, WEEK)) for first, last in spans)


@lru_cache(maxsize=1024)
def fenetre(jours: tuple[JourSemaine, ...] | None, creneau: Heures | None) -> Weekly[bool]:
    """Whether a rule holds, by the minute of the week."""
    spans = plages(jours, creneau)
    # Nothing changes where a day ends and the next begins.
    marks = {first % WEEK for first, _ in spans} ^ {last % WEEK for _, last in spans}
    return Weekly(marks, lambda minute: any(first <= minute < last for first, last in spans))


def first_held(window: Weekly[bool], start: datetime, end: datetime | None) -> datetime | None:
    """The first instant of a window from one instant on, before another (None: ever)."""
    found = start if window.at(start) else window.change(start)
    return found if found is None or end is None or found < end else None
