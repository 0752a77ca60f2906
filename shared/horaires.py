"""Opening hours: a subset of OpenStreetMap's `opening_hours`, read and asked about an instant.

Three answers, never a guess: what is not understood, or not said, is `INCONNU`.

`rules` reads: `24/7`; days by name, in lists and ranges, in any order (`Tu,Mo,Fr`, `Fr-Mo`); `PH`
for public holidays, `PH Mo-Fr` for those that fall on these days; dates (`2026 Dec 24`,
`2026 Aug 03-23`, `Dec 20-Jan 05`, `Aug`); one or several spans of the day, also over midnight;
`off`, `closed`, `open`, `unknown` and comments; rules one after the other, added up by a comma or
a space, replaced by `;` for the days they share. Case and spaces do not matter; days and hours may
be written as in French (`Lun`, `mardi`, `8h30`; `Mar` alone is mardi, `Mar 15` is in March).
Anything else (`||`, `+`, weeks, sunrise, `Su[1]`, `SH`) leaves the whole text unknown.

`parse` keeps what a week and its holidays can say: a text with dates or comments is unknown to it.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from shared.counts import figure
from shared.schemas.commun import PARIS, Ouverture
from shared.territoire import is_holiday

DAY_MIN: Final = 24 * 60
TEXT_MAX: Final = 2_000
"""Characters of the longest text read."""
HOLIDAYS: Final = 7
"""Public holidays, after the seven days of the week, Monday first."""
# Without a way back: two repeats of spaces in a row would share a long run in every way.
_ROUND_THE_CLOCK: Final = r"24\s*+(?:h(?:eures?)?\s*+)?(?:/|sur)\s*+24\s*+(?:h(?:eures?)?)?"
_ALL_DAYS: Final = r"7\s*+(?:j(?:ours?)?\s*+)?(?:/|sur)\s*+7\s*+(?:j(?:ours?)?)?"
_AS_A_DAY: Final = r"24(?:-juil\.?|-jul|-07|/0?7)(?:[-/](?:20)?\d\d)?"
"""What a French spreadsheet makes of `24/7`: the 24th of July of the year when it was opened."""
_AND: Final = r"[\s,;-]*+(?:et\s++|[/&+]\s*+)?"
ALWAYS: Final = re.compile(
    rf"(?:{_ROUND_THE_CLOCK}(?:{_AND}{_ALL_DAYS})?|{_ALL_DAYS}{_AND}{_ROUND_THE_CLOCK}|{_AS_A_DAY})"
    r"\.?",
    re.IGNORECASE,
)
"""What is open all the time, as the French write `24/7`."""
_WEEK: Final = frozenset(range(7))
_NAMES: Final = {
    name: number
    for number, names in enumerate(
        (
            "mo mon lu lun lundi",
            "tu tue ma mar mardi",
            "we wed me mer mercredi",
            "th thu je jeu jeudi",
            "fr fri ve ven vendredi",
            "sa sat sam samedi",
            "su sun di dim dimanche",
        )
    )
    for name in names.split()
} | {"ph": HOLIDAYS}
_LONGEST: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_CLOCK: Final = r"\d{1,2}(?::[0-5]\d|h(?:[0-5]\d)?)"
_DAY: Final = "|".join(sorted(_NAMES, key=len, reverse=True))
_MONTH: Final = "|".join(_MONTHS)
_DATE: Final = (
    r"(?:(?P<y{0}>20\d\d)\s*)?(?P<m{0}>{1})(?![a-z])(?:\s*(?P<d{0}>\d{{1,2}})(?![\d:h]))?"
)
_TUESDAY: Final = rf"mar(?![a-z])(?!\s*\d{{1,2}}(?![\d:h]))(?!\s*-\s*(?:{_MONTH})(?![a-z]))"
"""`Mar` with neither a day nor another month: French for mardi."""
_TOKEN: Final = re.compile(
    rf"""[\s,]*(?:
        (?P<always>24/7)
      | "(?P<comment>[^"]*)"
      | (?!{_TUESDAY}){_DATE.format(1, _MONTH)}
        (?:\s*-\s*(?:{_DATE.format(2, _MONTH)} | (?P<until>\d{{1,2}})(?![\d:h])))?
      | (?P<first>{_DAY})(?:\s*-\s*(?P<last>{_DAY}))?(?![a-z])(?:\s*:(?!\d))?
      | (?P<start>{_CLOCK})\s*-\s*(?P<end>{_CLOCK})(?![\w+])
      | (?P<state>off|closed|open|unknown)(?![a-z])
      | (?P<override>;)
    )(?P<gap>[\s,]*)""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)

Span = tuple[int, int]
"""Minutes of the day, the end excluded; past 1,440 it is the next day's morning."""
MonthDay = tuple[int | None, int, int]
"""Year if it is said, month, day."""


_TYPED: Final = str.maketrans("–—‑\u00a0\u202f", "---  ")
_STATES: Final = {
    "off": Ouverture.FERME,
    "closed": Ouverture.FERME,
    "open": Ouverture.OUVERT,
    "unknown": Ouverture.INCONNU,
}


@dataclass(frozen=True, slots=True)
class Horaires:
    """What is open on each day of the week and on holidays."""

    days: tuple[frozenset[Span], ...]
    """Monday to Sunday, then holidays."""
    knows_holidays: bool
    """Whether the text speaks of holidays at all."""

    def at(self, moment: datetime) -> Ouverture:
        """Open or not at an instant, which has an offset, by the clocks of Paris."""
        local = moment.astimezone(PARIS)
        minute = local.hour * 60 + local.minute
        today = self._on(local.date(), minute)
        night = self._on(local.date() - timedelta(days=1), minute + DAY_MIN)
        if Ouverture.OUVERT in {today, night}:
            return Ouverture.OUVERT
        return Ouverture.INCONNU if Ouverture.INCONNU in {today, night} else Ouverture.FERME

    def _on(self, day: date, minute: int) -> Ouverture:
        """Whether a minute is within the spans that begin on a day."""
        holiday = is_holiday(day)
        number = HOLIDAYS if holiday and self.knows_holidays else day.weekday()
        if not _within(self.days[number], minute):
            return Ouverture.FERME
        if holiday and not self.knows_holidays and not self._every_day(minute):
            # A text that is silent on holidays says nothing of the first of May.
            return Ouverture.INCONNU
        return Ouverture.OUVERT

    def _every_day(self, minute: int) -> bool:
        return all(_within(self.days[number], minute) for number in _WEEK)


def _within(spans: frozenset[Span], minute: int) -> bool:
    return any(start <= minute < end for start, end in spans)


def state(text: str, moment: datetime) -> Ouverture:
    """Whether a place with these opening hours is open at an instant."""
    horaires = parse(text)
    return Ouverture.INCONNU if horaires is None else horaires.at(moment)


class Illisible(ValueError):
    """What is not understood, as a French sentence without its full stop."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a text: when, and what holds then."""

    days: frozenset[int] = frozenset()
    """Monday first, then holidays; none is every day."""
    of_holidays: bool = False
    """`PH Mo-Fr`: only those of these days that are holidays."""
    dates: tuple[tuple[MonthDay, MonthDay], ...] = ()
    spans: frozenset[Span] = frozenset()
    state: Ouverture = Ouverture.OUVERT
    comment: str = ""
    overrides: bool = False
    """Whether it comes after `;`, and replaces what was said of the same days."""


@lru_cache(maxsize=8192)
def parse(text: str) -> Horaires | None:
    """The opening hours that a text gives, None when any of it is not understood."""
    try:
        found = rules(text)
    except Illisible:
        return None
    days: list[set[Span]] = [set() for _ in range(HOLIDAYS + 1)]
    said: set[int] = set()
    for rule in found:
        if rule.dates or rule.of_holidays or rule.comment or rule.state is Ouverture.INCONNU:
            return None
        for day in rule.days or _WEEK:
            if rule.overrides or rule.state is Ouverture.FERME:
                days[day].clear()
            days[day] |= rule.spans
        said |= rule.days or _WEEK
    if not any(days) and not said >= _WEEK:
        return None  # `Su off` alone says nothing of the other days
    return Horaires(tuple(map(frozenset, days)), HOLIDAYS in said)


def rules(text: str, *, longest: int = TEXT_MAX) -> list[Rule]:
    """The rules of a text, in order; `Illisible` when any of it is not understood."""
    if len(text) > longest:
        raise Illisible(f"le texte a plus de {figure(longest)} caractères")
    reader = _Reader()
    position = 0
    text = _plain(text)
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise Illisible(_unread(text[position:].strip(" ,")))
        reader.take(token)
        position = token.end()
    reader.finish()
    return reader.found


def _plain(text: str) -> str:
    """Dashes and spaces of typographers as those of the standard, but in comments."""
    parts = text.strip().split('"')
    return '"'.join(part if i % 2 else part.translate(_TYPED) for i, part in enumerate(parts))


def _unread(rest: str) -> str:
    if rest.startswith("||"):
        return '« || » n\'est pas accepté : donnez des créneaux `unknown "sur rendez-vous"`'
    if re.match(rf"{_CLOCK}(?:\s*-\s*{_CLOCK})?\+", rest, re.IGNORECASE):
        return "« + » n'est pas accepté : donnez l'heure de fin"
    return f"« {rest[:20]} » n'est pas compris"


class _Reader:
    """Rules while they are read: days and dates, then what holds on them."""

    def __init__(self) -> None:
        self.found: list[Rule] = []
        self._start(overrides=False)

    def _start(self, *, overrides: bool) -> None:
        self._days: set[int] = set()
        self._of_holidays = False
        self._dates: list[tuple[MonthDay, MonthDay]] = []
        self._spans: set[Span] = set()
        self._state: Ouverture | None = None
        self._comment = ""
        self._gap = ""
        self._overrides = overrides

    def take(self, token: re.Match[str]) -> None:
        """Read one token; `Illisible` when it does not make sense where it stands."""
        if token["override"]:
            self.finish()
            self._overrides = True
        elif token["first"] or token["m1"]:
            if self._told():
                self.finish()
            if token["first"]:
                self._take_days(token["first"].lower(), (token["last"] or "").lower())
            else:
                self._dates.append(_dates(token))
        else:
            self._take_told(token)
        self._gap = token["gap"]

    def _told(self) -> bool:
        """Whether the rule under way says what holds, and not only when."""
        return bool(self._spans or self._state or self._comment)

    def _take_days(self, first: str, last: str) -> None:
        start, end = _NAMES[first], _NAMES[last or first]
        days = {(start + step) % 7 for step in range((end - start) % 7 + 1)}
        if HOLIDAYS in {start, end}:
            if last:
                raise Illisible("« PH » n'est pas accepté dans une suite de jours")
            days = {HOLIDAYS}
        elif self._days == {HOLIDAYS} and "," not in self._gap:
            self._days, self._of_holidays = set(), True
        self._days |= days

    def _take_told(self, token: re.Match[str]) -> None:
        state, comment = (token["state"] or "").lower(), token["comment"]
        if self._comment or (self._state and comment is None):
            raise Illisible(f"« {token[0].strip(' ,')} » n'est pas compris à cette place")
        if comment is not None:
            self._comment = comment.strip()
        elif not state:
            self._spans.add(
                (0, DAY_MIN) if token["always"] else _span(token["start"], token["end"])
            )
        else:
            self._state = _STATES[state]
            if self._state is Ouverture.FERME and self._spans:
                raise Illisible("une fermeture ne prend pas d'heures")

    def finish(self) -> None:
        """Close the rule under way; `Illisible` when it says when, and not what."""
        if not self._told():
            if self._days or self._dates:
                raise Illisible("une règle nomme des jours et n'en dit rien")
            return
        # A comment alone makes it uncertain, as the wiki of OpenStreetMap has it.
        state = self._state or (Ouverture.INCONNU if self._comment else Ouverture.OUVERT)
        whole = {(0, DAY_MIN)} if state is not Ouverture.FERME else set()
        rule = Rule(
            days=frozenset(self._days),
            of_holidays=self._of_holidays,
            dates=tuple(self._dates),
            spans=frozenset(self._spans or whole),
            state=state,
            comment=self._comment,
            overrides=self._overrides,
        )
        self.found.append(rule)
        self._start(overrides=False)


def _dates(token: re.Match[str]) -> tuple[MonthDay, MonthDay]:
    first = _date(token["y1"], token["m1"], token["d1"] or "1")
    if token["m2"]:
        return first, _date(token["y2"] or token["y1"], token["m2"], token["d2"])
    return first, _date(token["y1"], token["m1"], token["until"] or token["d1"])


def _date(year: str | None, month: str, day: str | None) -> MonthDay:
    """A day of a year or of every year; the last of the month when none is said."""
    number = _MONTHS.index(month.lower()) + 1
    longest = _LONGEST[number - 1]
    if not 1 <= int(day or longest) <= longest:
        raise Illisible(f"« {month} {day} » n'est pas un jour")
    return int(year) if year else None, number, int(day or longest)


def _span(start: str, end: str) -> Span:
    """The minutes between two clock times; OpenStreetMap counts on after midnight (26:00)."""
    opens, closes = _minute(start), _minute(end)
    if closes % DAY_MIN == DAY_MIN - 1:
        closes += 1  # 23:59 is how many files write midnight
    if opens >= DAY_MIN or closes > 2 * DAY_MIN:
        raise Illisible(f"« {start}-{end} » n'est pas un créneau d'une journée")
    return opens, closes if closes > opens else closes + DAY_MIN


def _minute(clock: str) -> int:
    hours, _, minutes = clock.lower().replace("h", ":").partition(":")
    return int(hours) * 60 + int(minutes or 0)
