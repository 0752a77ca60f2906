"""What crisis rules decide, as it changes: from one boundary to the next, and within each week."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from services.commerces.regimes.fenetres import Weekly
from services.commerces.regimes.regles import Regime

T = TypeVar("T", bound=Hashable)


class Calendrier(Generic[T]):
    """What is made of the rules in force together, at any instant.

    Rules without an end turn forever: turns are never listed, each is found from the one before.
    """

    def __init__(self, regimes: Sequence[Regime], value: Callable[[Sequence[Regime]], T]) -> None:
        self._value = value
        self._regimes = regimes
        ends = {end for regime in regimes for end in (regime.debut, regime.fin) if end}
        self._bornes = sorted(ends)
        self._begun = defaultdict(list)
        for regime in regimes:
            self._begun[regime.debut].append(regime)
        self._last: tuple[int, list[Regime]] = (0, [])
        """A stretch and the rules whose period it is in: the next one differs by few."""
        self._weeks: dict[int, Weekly[T]] = {}
        """By how many boundaries are past."""
        self._steady: dict[T, Weekly[T]] = {}
        """Those of stretches without a window, by their one value."""

    def at(self, moment: datetime) -> T:
        """What is made of the rules in force at an instant."""
        return self._week(bisect_right(self._bornes, moment)).at(moment)

    def after(self, moment: datetime) -> datetime | None:
        """The first instant after one at which it is something else; None if it changes no more."""
        past = bisect_right(self._bornes, moment)
        week = self._week(past)
        before, turn = week.at(moment), week.change(moment)
        while past < len(self._bornes):
            borne = self._bornes[past]
            if turn is not None and turn < borne:
                return turn
            past += 1
            week = self._week(past)
            if week.at(borne) != before:
                return borne
            turn = week.change(borne)
        return turn

    def _inside(self, past: int) -> list[Regime]:
        """The rules whose period holds once so many boundaries are past, as they begin."""
        if past == 0:
            return []
        borne = self._bornes[past - 1]
        place, before = self._last
        if place == past - 1:
            begun = self._begun.get(borne, [])
            inside = [one for one in before if one.dans_sa_periode(borne)] + begun
        else:
            inside = [one for one in self._regimes if one.dans_sa_periode(borne)]
        self._last = (past, inside)
        return inside

    def _week(self, past: int) -> Weekly[T]:
        found = self._weeks.get(past)
        if found is None:
            found = self._weeks[past] = self._made(self._inside(past))
        return found

    def _made(self, inside: Sequence[Regime]) -> Weekly[T]:
        marks = {mark for regime in inside for mark in regime.fenetre.marks}
        if marks <= {0}:
            value = self._value(inside)
            return self._steady.setdefault(value, Weekly(marks, lambda _: value))
        return Weekly(
            marks, lambda minute: self._value([r for r in inside if r.fenetre.on(minute)])
        )
