"""Which of many opening hours are open at an instant: all at once, from columns.

Hours are numbered as they come and numbers never change meaning, so that a read model keeps one
small number a listing and modality. What a day holds is worked out once, by `horaires.Agenda`'s
rules, for all hours; a minute of it is then two comparisons of columns.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any, Final, Self

import numpy as np
import orjson
from numpy.typing import NDArray

from services.commerces.creneaux import LATER, Chosen, Day, Spans, in_columns, join
from shared.horaires import DAY_MIN, HOLIDAYS
from shared.memory.columns import Array, Ints, Vocabulary, picked
from shared.schemas.commerces_horaires import PolitiqueFeries, minutes
from shared.schemas.commun import JOURS, PARIS, Ouverture
from shared.territoire import is_holiday

ETATS: Final = (Ouverture.FERME, Ouverture.INCONNU, Ouverture.OUVERT)
"""States by their number in a column."""
FERME, INCONNU, OUVERT = range(3)
INCONNUES: Final = ""
"""The text of hours that are not known."""
DAYS_KEPT: Final = 8
_LIKE_THE_WEEK: Final = 3
_FERIES: Final = {
    PolitiqueFeries.OUVERT: _LIKE_THE_WEEK,
    PolitiqueFeries.FERME: FERME,
    PolitiqueFeries.PROPRES: FERME,
    PolitiqueFeries.INCONNU: INCONNU,
}
_WEEK, _HOLIDAY, _CLOSURE, _DATED = range(4)
"""What decides of a day: the later wins."""
_DAY: Final = timedelta(days=1)

States = NDArray[np.uint8]
Hours = dict[str, Any]
"""`Horaires` as JSON has them."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Hours as columns; never changed once made."""

    known: States
    """FERME, or INCONNU for hours that are not known at all."""
    feries: States
    """State outside slots on holidays, or `_LIKE_THE_WEEK`."""
    week: tuple[Spans, ...]
    """Monday to Sunday, then the hours proper to holidays."""
    closures: Array
    """Owner, first and last day as 100 × month + day."""
    dated: Array
    """Owner, first and last day since year 1."""
    dated_spans: Spans
    """Their owner is a column of `dated`."""
    days: dict[date, tuple[States, NDArray[np.bool_], Day, Day]] = field(default_factory=dict)
    """Of the days last asked about: state outside slots, whether it is a day of the ordinary
    week, uncertain and sure slots."""

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Columns of hours, from their JSON: validated when it was written, not once more here."""
        # Numbers only: as many dictionaries kept alive would keep the garbage collector busy.
        known, feries, closures, dated, dated_slots = (array("i") for _ in range(5))
        week = tuple(array("i") for _ in range(HOLIDAYS + 1))
        for owner, text in enumerate(texts):
            hours: Hours = orjson.loads(text) if text else _NEVER
            known.append(FERME if text else INCONNU)
            feries.append(_feries(hours))
            days = [hours.get("semaine", {}).get(jour, ()) for jour in JOURS]
            for slots, creneaux in zip(week, [*days, _own(hours.get("feries", {}))], strict=True):
                _extend(slots, owner, creneaux)
            for one in hours.get("fermetures", ()):
                closures.extend((owner, _month_day(one["du"]), _month_day(one["au"])))
            for one in hours.get("exceptions", ()):
                _extend(dated_slots, len(dated) // 3, _own(one))
                dated.extend((owner, _ordinal(one["du"]), _ordinal(one.get("au") or one["du"])))
        return cls(
            known=np.array(known, dtype=np.uint8),
            feries=np.array(feries, dtype=np.uint8),
            week=tuple(map(Spans.of, week)),
            closures=in_columns(closures, 3),
            dated=in_columns(dated, 3),
            dated_spans=Spans.of(dated_slots),
        )

    def joined(self, other: "_Block") -> "_Block":
        """Both, this one first."""
        size, places = len(self.known), self.dated.shape[1]
        moved = np.array([[size], [0], [0]])
        return _Block(
            known=np.concatenate((self.known, other.known)),
            feries=np.concatenate((self.feries, other.feries)),
            week=tuple(
                join((mine, theirs.shift(owner=size)))
                for mine, theirs in zip(self.week, other.week, strict=True)
            ),
            closures=np.concatenate((self.closures, other.closures + moved), axis=1),
            dated=np.concatenate((self.dated, other.dated + moved), axis=1),
            dated_spans=join((self.dated_spans, other.dated_spans.shift(owner=places))),
        )

    def states(self, day: date, minute: int, chosen: Chosen) -> States:
        """The state of the hours chosen at a minute of a day."""
        outside, _, uncertain, sure = self._day(day)
        states: States = picked(outside, chosen).copy()
        for spans, state in ((uncertain, INCONNU), (sure, OUVERT)):
            if spans.empty:
                continue
            states[spans.holds(minute, chosen)] = state
        return states

    def surely_open(self, day: date, minute: int, chosen: Ints) -> NDArray[np.bool_]:
        """Which of the hours chosen are open at a minute of a day, whatever the others are."""
        return self._day(day)[3].holds(minute, chosen)

    def closings(self, day: date, minute: int, chosen: Ints) -> Ints:
        """When what is surely open at a minute of an ordinary day stops; else LATER."""
        _, ordinary, _, sure = self._day(day)
        ends = sure.ends(minute, chosen)
        ends[~ordinary[chosen]] = LATER
        night = np.flatnonzero(ends >= DAY_MIN)
        if night.size:
            goes_on = self.open_then(day + _DAY, ends[night] - DAY_MIN, chosen[night])
            ends[night[goes_on]] = LATER
        return ends

    def open_then(self, day: date, minutes: Ints, chosen: Ints) -> NDArray[np.bool_]:
        """Whether the hours chosen may be surely open at a minute of a day, each its own."""
        return self._day(day)[3].open_then(minutes, chosen)

    def _day(self, day: date) -> tuple[States, NDArray[np.bool_], Day, Day]:
        found = self.days.get(day)
        if found is None:
            outside, ordinary, today = self._slots_of(day)
            eve = self._slots_of(day - _DAY)[2]
            nights = eve.where(eve.end > DAY_MIN).shift(minutes=-DAY_MIN)
            slots = join((today, nights))
            sure = slots.state == OUVERT
            size = len(self.known)
            found = (
                outside,
                ordinary,
                Day.of(slots.where(~sure), size),
                Day.of(slots.where(sure), size),
            )
            while len(self.days) >= DAYS_KEPT:
                self.days.pop(next(iter(self.days)))
            self.days[day] = found
        return found

    def _slots_of(self, day: date) -> tuple[States, NDArray[np.bool_], Spans]:
        """The state outside slots, whether the week decides, and the slots that begin on a day."""
        holiday = is_holiday(day)
        decides = np.zeros(len(self.known), dtype=np.uint8)
        if holiday:
            decides[self.feries != _LIKE_THE_WEEK] = _HOLIDAY
        owner, first, last = self.closures
        here = day.month * 100 + day.day
        inside = np.where(
            first <= last, (first <= here) & (here <= last), (here >= first) | (here <= last)
        )
        decides[owner[inside]] = _CLOSURE
        owner, first, last = self.dated
        dated = (first <= day.toordinal()) & (day.toordinal() <= last)
        decides[owner[dated]] = _DATED
        parts = [self._deciding(self.week[day.weekday()], decides, _WEEK)]
        outside = self.known
        if holiday:
            parts.append(self._deciding(self.week[HOLIDAYS], decides, _HOLIDAY))
            unknown = (decides == _HOLIDAY) & (self.feries == INCONNU)
            outside = np.where(unknown, INCONNU, outside).astype(np.uint8)
            # Nor is it known whether the night of that weekday goes on.
            nights = self.week[day.weekday()]
            nights = nights.where(unknown[nights.owner])
            parts.append(nights._replace(state=np.full_like(nights.state, INCONNU)))
        if dated.any():
            spans = self.dated_spans.where(dated[self.dated_spans.owner])
            parts.append(spans._replace(owner=owner[spans.owner]))
        return outside, decides == _WEEK, join(parts)

    @staticmethod
    def _deciding(spans: Spans, decides: States, level: int) -> Spans:
        kept = decides[spans.owner] == level
        return spans if kept.all() else spans.where(kept)


_NEVER: Final[Hours] = {"jamais": True}


def _feries(hours: Hours) -> int:
    if hours.get("jamais"):
        return _LIKE_THE_WEEK
    return _FERIES[hours.get("feries", {}).get("politique", PolitiqueFeries.INCONNU)]


def _own(holder: Hours) -> Sequence[Hours]:
    found: Sequence[Hours] = holder.get("creneaux", ())
    return found


def _extend(rows: "array[int]", owner: int, creneaux: Iterable[Hours]) -> None:
    for slot in creneaux:
        state = INCONNU if slot.get("condition") else OUVERT
        rows.extend((owner, *minutes(slot["de"], slot["a"]), state))


def _month_day(day: str) -> int:
    return int(day[:2]) * 100 + int(day[3:])


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


class Ouvertures:
    """Hours by number, in order of appearance, and what each is at an instant."""

    def __init__(self) -> None:
        self._vocabulary = Vocabulary()
        self._blocks: list[_Block] = []
        self._lock = Lock()
        self._states = lru_cache(maxsize=32)(self._compute)

    def number(self, text: str) -> int:
        """The number of hours, as the JSON that is stored of them, or INCONNUES."""
        with self._lock:
            return self._vocabulary.number(text)

    def text(self, number: int) -> str:
        """The JSON of hours, by their number."""
        return self._vocabulary.words[number]

    @property
    def count(self) -> int:
        """How many hours have a number."""
        return len(self._vocabulary.words)

    def states(self, moment: datetime) -> States:
        """The state of all hours at an instant, by number."""
        local = moment.astimezone(PARIS)
        known = len(self._vocabulary.words)
        return self._states(local.date(), local.hour * 60 + local.minute, known)

    def open_at(self, moment: datetime, numbers: Ints) -> States:
        """The state of some hours at an instant: `FERME`, `INCONNU` or `OUVERT`."""
        return self._of_some(_Block.states, moment, numbers, np.uint8)

    def surely_open(self, moment: datetime, numbers: Ints) -> NDArray[np.bool_]:
        """Which of some hours are `OUVERT` at an instant."""
        return self._of_some(_Block.surely_open, moment, numbers, np.bool_)

    def closings(self, moment: datetime, numbers: Ints) -> Ints:
        """Until which minute of its day, or of the night that follows it, some hours are open.

        LATER where it takes their whole `Agenda` to tell, or where they are not surely open.
        """
        return self._of_some(_Block.closings, moment, numbers, np.int64)

    def open_then(self, day: date, minutes: Ints, numbers: Ints) -> NDArray[np.bool_]:
        """Whether some hours are surely open at a minute of a day, each its own.

        True too where it takes their whole `Agenda` to tell.
        """
        answers = np.empty(numbers.size, dtype=np.bool_)
        for block, here, own in self._by_block(numbers):
            answers[here] = block.open_then(day, minutes[here], own)
        return answers

    def _of_some(
        self,
        ask: Callable[[_Block, date, int, Ints], Array],
        moment: datetime,
        numbers: Ints,
        dtype: type[np.generic],
    ) -> Array:
        """What blocks answer about an instant, of some hours only."""
        local = moment.astimezone(PARIS)
        day, minute = local.date(), local.hour * 60 + local.minute
        answers = np.empty(numbers.size, dtype=dtype)
        for block, here, own in self._by_block(numbers):
            answers[here] = ask(block, day, minute, own)
        return answers

    def _by_block(self, numbers: Ints) -> Iterator[tuple[_Block, Chosen, Ints]]:
        """Blocks, the places of their hours among `numbers`, and their numbers in the block."""
        with self._lock:
            self._compile(len(self._vocabulary.words))
            if len(self._blocks) == 1:
                yield self._blocks[0], slice(None), numbers
                return
            first = 0
            for block in self._blocks:
                after = first + len(block.known)
                here = np.flatnonzero((numbers >= first) & (numbers < after))
                yield block, here, numbers[here] - first
                first = after

    def _compute(self, day: date, minute: int, known: int) -> States:
        with self._lock:
            self._compile(known)
            parts = [block.states(day, minute, slice(None)) for block in self._blocks]
        states = np.concatenate(parts) if parts else np.empty(0, dtype=np.uint8)
        states.flags.writeable = False
        return states

    def _compile(self, known: int) -> None:
        """Make columns of the hours that came last; small blocks grow into large ones.

        Each is joined only to one that is not larger: it moves log₂(n) times in all, and a new
        one leaves what is worked out for the large ones as it is.
        """
        done = sum(len(block.known) for block in self._blocks)
        if known <= done:
            return
        self._blocks.append(_Block.of(self._vocabulary.words[done:known]))
        while len(self._blocks) > 1 and len(self._blocks[-2].known) <= len(self._blocks[-1].known):
            last = self._blocks.pop()
            self._blocks.append(self._blocks.pop().joined(last))
