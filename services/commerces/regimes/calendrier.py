"""What crisis rules decide, as it changes: from one boundary to the next, and within each week."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from services.commerces.regimes.fenetres import Weekly
from services.commerces.regimes.regles import Regime

T = TypeVar("T", bound=Hashable)


Weeks = Callable[[Mapping[int, Regime]], Weekly[T]]
"""What is made of rules, by number, while they are all in their period."""


class Calendrier(Generic[T]):
    """What is made of the rules in force together, at any instant.

    Rules without an end turn forever: turns are never listed, each is found from the one before.
    """

    def __init__(self, regimes: Sequence[Regime], week: Weeks[T]) -> None:
        self._made = week
        self._regimes = regimes
        ends = {end for regime in regimes for end in (regime.debut, regime.fin) if end}
        self._bornes = sorted(ends)
        self._begun: dict[datetime, dict[int, Regime]] = {borne: {} for borne in self._bornes}
        self._ended: dict[datetime, list[int]] = {borne: [] for borne in self._bornes}
        for regime in regimes:
            self._begun[regime.debut][regime.id] = regime
            if regime.fin is not None:
                self._ended[regime.fin].append(regime.id)
        self._last: tuple[int, Mapping[int, Regime]] = (0, {})
        """A stretch and the rules whose period it is in: the next one differs by few."""
        self._weeks: dict[int, Weekly[T]] = {}
        """By how many boundaries are past."""

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

    def _inside(self, past: int) -> Mapping[int, Regime]:
        """The rules whose period holds once so many boundaries are past, by number."""
        if past == 0:
            return {}
        borne = self._bornes[past - 1]
        place, before = self._last
        if place == past - 1:
            inside = {**before, **self._begun[borne]}
            for ended in self._ended[borne]:
                inside.pop(ended, None)
        else:
            inside = {one.id: one for one in self._regimes if one.dans_sa_periode(borne)}
        self._last = (past, inside)
        return inside

    def _week(self, past: int) -> Weekly[T]:
        found = self._weeks.get(past)
        if found is None:
            found = self._weeks[past] = self._made(self._inside(past))
        return found


def par_valeur(value: Callable[[Sequence[Regime]], T]) -> Weeks[T]:
    """Weeks of what is made of the rules that hold together, once it is asked about."""
    steady: dict[T, Weekly[T]] = {}

    def week(inside: Mapping[int, Regime]) -> Weekly[T]:
        held = tuple(inside.values())
        marks = {mark for regime in held for mark in regime.fenetre.marks}
        if marks <= {0}:
            found = value(held)
            return steady.setdefault(found, Weekly(marks, lambda _: found))
        return Weekly(marks, lambda minute: value([r for r in held if r.fenetre.on(minute)]))

    return week
