"""Opening hours: a subset of OpenStreetMap's `opening_hours`, read and asked about an instant.

Three answers, never a guess: what is not understood, or not said, is `INCONNU`.

Understood: `24/7`; days by name, in lists and ranges, in any order (`Tu,Mo,Fr`, `Fr-Mo`); `PH`
for public holidays; one or several spans of the day, also over midnight; `off` and `closed`; rules
one after the other, added up by a comma or a space, replaced by `;` for the days they share.
Case and spaces do not matter; days and hours may be written as in French (`Lun`, `8h30`).
Anything else (months, weeks, comments, sunrise) leaves the whole text unknown.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from shared.territoire import is_holiday

PARIS: Final = ZoneInfo("Europe/Paris")
DAY_MIN: Final = 24 * 60
TEXT_MAX: Final = 2_000
"""Characters of the longest text read."""
_PH: Final = 7
"""Public holidays, after the seven days of the week, Monday first."""
_WEEK: Final = frozenset(range(7))
_NAMES: Final = {
    name: number
    for number, names in enumerate(
        (
            "mo mon lu lun",
            "tu tue ma mar",
            "we wed me mer",
            "th thu je jeu",
            "fr fri ve ven",
            "sa sat sam",
            "su sun di dim",
        )
    )
    for name in names.split()
} | {"ph": _PH}
_CLOCK: Final = r"\d{1,2}(?::[0-5]\d|h(?:[0-5]\d)?)"
_DAY: Final = "|".join(sorted(_NAMES, key=len, reverse=True))
_TOKEN: Final = re.compile(
    rf"""[\s,]*(?:
        (?P<always>24/7)
      | (?P<first>{_DAY})(?:\s*-\s*(?P<last>{_DAY}))?(?![a-z])
      | (?P<start>{_CLOCK})\s*-\s*(?P<end>{_CLOCK})(?!\w)
      | (?P<off>off|closed)(?![a-z])
      | (?P<override>;)
    )[\s,]*""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)

Span = tuple[int, int]
"""Minutes of the day, the end excluded; past 1,440 it is the next day's morning."""


class Etat(StrEnum):
    OUVERT = "ouvert"
    FERME = "ferme"
    INCONNU = "inconnu"


@dataclass(frozen=True, slots=True)
class Horaires:
    """What is open on each day of the week and on holidays."""

    days: tuple[frozenset[Span], ...]
    """Monday to Sunday, then holidays."""
    knows_holidays: bool
    """Whether the text speaks of holidays at all."""

    def at(self, moment: datetime) -> Etat:
        """Open or not at an instant, which has an offset, by the clocks of Paris."""
        local = moment.astimezone(PARIS)
        minute = local.hour * 60 + local.minute
        today = self._on(local.date(), minute)
        night = self._on(local.date() - timedelta(days=1), minute + DAY_MIN)
        if Etat.OUVERT in {today, night}:
            return Etat.OUVERT
        return Etat.INCONNU if Etat.INCONNU in {today, night} else Etat.FERME

    def _on(self, day: date, minute: int) -> Etat:
        """Whether a minute is within the spans that begin on a day."""
        holiday = is_holiday(day)
        number = _PH if holiday and self.knows_holidays else day.weekday()
        if not _within(self.days[number], minute):
            return Etat.FERME
        if holiday and not self.knows_holidays and not self._every_day(minute):
            # A text that is silent on holidays says nothing of the first of May.
            return Etat.INCONNU
        return Etat.OUVERT

    def _every_day(self, minute: int) -> bool:
        return all(_within(self.days[number], minute) for number in _WEEK)


def _within(spans: frozenset[Span], minute: int) -> bool:
    return any(start <= minute < end for start, end in spans)


def state(text: str, moment: datetime) -> Etat:
    """Whether a place with these opening hours is open at an instant."""
    horaires = parse(text)
    return Etat.INCONNU if horaires is None else horaires.at(moment)


@lru_cache(maxsize=8192)
def parse(text: str) -> Horaires | None:
    """The opening hours that a text gives, None when any of it is not understood."""
    if len(text) > TEXT_MAX:
        return None
    rules = _Rules()
    position = 0
    text = text.strip()
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None or not rules.take(token):
            return None
        position = token.end()
    return rules.horaires() if rules.finish() else None


class _Rules:
    """Rules while they are read: days, then what holds on them."""

    def __init__(self) -> None:
        self._days: list[set[Span]] = [set() for _ in range(_PH + 1)]
        self._named: set[int] = set()
        self._spans: set[Span] = set()
        self._off = False
        self._overrides = False
        self._said: set[int] = set()
        self._knows_holidays = False

    def take(self, token: re.Match[str]) -> bool:
        """Read one token; False when it does not make sense where it stands."""
        if token["override"]:
            done = self.finish()
            self._overrides = True
            return done
        if token["first"]:
            return self._take_days(token["first"].lower(), (token["last"] or "").lower())
        if token["off"]:
            self._off = True
        else:
            span = (0, DAY_MIN) if token["always"] else _span(token["start"], token["end"])
            if span is None:
                return False
            self._spans.add(span)
        return not (self._off and self._spans)

    def _take_days(self, first: str, last: str) -> bool:
        if self._spans or self._off:
            self.finish()
        start, end = _NAMES[first], _NAMES[last or first]
        if start == end:
            self._named.add(start)
            return True
        self._named |= {(start + step) % 7 for step in range((end - start) % 7 + 1)}
        return _PH not in {start, end}

    def finish(self) -> bool:
        """Close the rule under way; False when it names days and says nothing of them."""
        if not (self._spans or self._off):
            return not self._named
        days = self._named or _WEEK
        for day in days:
            if self._overrides or self._off:
                self._days[day].clear()
            self._days[day] |= self._spans
        self._knows_holidays |= _PH in days
        self._said |= days
        self._named, self._spans, self._off, self._overrides = set(), set(), False, False
        return True

    def horaires(self) -> Horaires | None:
        if not any(self._days) and not self._said >= _WEEK:
            return None  # `Su off` alone says nothing of the other days
        return Horaires(tuple(map(frozenset, self._days)), self._knows_holidays)


def _span(start: str, end: str) -> Span | None:
    """The minutes between two clock times; OpenStreetMap counts on after midnight (26:00)."""
    opens, closes = _minute(start), _minute(end)
    if closes % DAY_MIN == DAY_MIN - 1:
        closes += 1  # 23:59 is how many files write midnight
    if opens >= DAY_MIN or closes > 2 * DAY_MIN:
        return None
    return opens, closes if closes > opens else closes + DAY_MIN


def _minute(clock: str) -> int:
    hours, _, minutes = clock.lower().replace("h", ":").partition(":")
    return int(hours) * 60 + int(minutes or 0)
