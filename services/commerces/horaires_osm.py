"""Opening hours as OpenStreetMap's `opening_hours`: written from ours, and read when they fit.

Read: what `shared.horaires.rules` reads, as long as it can be said in our form. That is a week,
`PH` for all holidays alike (`off`, hours of their own, `unknown`, or those of the week), dated
days closed or with hours of their own, and closures of every year. Holidays come after the week
and dates after both, since in that language the last rule wins: `PH 10:00-13:00; Mo-Fr …` is open
all day on most holidays, which nobody means, so it is refused. So are `||`, `+`, `SH`, weeks,
`Su[1]`, sun times, seasons, days of the week within dates, and a rule without days after others,
which some evaluators add and others put in their place. A text that says nothing of
holidays leaves them unknown. Comments without `open` make a slot uncertain.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from pydantic import ValidationError

from shared.horaires import DAY_MIN, HOLIDAYS, Illisible, MonthDay, Rule, Span, rules
from shared.schemas.commerces_horaires import (
    Creneau,
    ExceptionHoraires,
    Feries,
    FermetureAnnuelle,
    Horaires,
    PolitiqueFeries,
    Semaine,
)
from shared.schemas.commun import JOURS, Ouverture
from shared.validation import errors_fr

TEXTE_MAX: Final = 100_000
"""Characters of the longest text read; our own are never longer."""
JAMAIS: Final = "ces horaires n'ouvrent jamais ; si c'est voulu, écrivez `off`"
JOUR_FERIE: Final = "jour férié"
A_CONFIRMER: Final = "à confirmer"
_DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_TOUJOURS: Final = (Creneau(de="00:00", a="24:00"),)

Slots = dict[Span, str | None]
"""Spans of a day, with the condition of each."""


def to_osm(horaires: Horaires) -> str:
    """The text of some hours: the week, holidays, yearly closures, then dates."""
    if horaires.jamais:
        return "off"
    parts = [*_week(horaires), *_holidays(horaires)]
    for fermeture in horaires.fermetures:
        days = f"{_annual(fermeture.du)}-{_annual(fermeture.au)}"
        parts.append(f"{days} off{_comment(fermeture.motif)}")
    for exception in horaires.exceptions:
        days = "-".join(dict.fromkeys((_dated(exception.du), _dated(exception.fin))))
        reason = f" open{_comment(exception.motif)}" if exception.motif else ""
        told = _told(days, exception.creneaux, reason)
        parts.append(", ".join(told) or f"{days} off{_comment(exception.motif)}")
    return "; ".join(parts)


def _week(horaires: Horaires) -> Iterator[str]:
    days = horaires.semaine.jours
    every = len(set(days)) == 1
    if every and days[0] == _TOUJOURS:
        yield "24/7"
        return
    if every and horaires.feries.politique is PolitiqueFeries.OUVERT:
        yield ", ".join(_told("Mo-Su,PH", days[0]))
        return
    told = list(_groups(days, ""))
    # After `;` the days named lose the night that began the day before: rules are added instead.
    nights = any(slot.minutes[1] > DAY_MIN for slots in days for slot in slots)
    uncertain = any(slot.condition for slots in days for slot in slots)
    yield (", " if nights or uncertain else "; ").join(told) or "Mo-Su off"


def _holidays(horaires: Horaires) -> Iterator[str]:
    politique, days = horaires.feries.politique, horaires.semaine.jours
    if politique is PolitiqueFeries.FERME:
        yield "PH off"
    elif politique is PolitiqueFeries.PROPRES:
        yield ", ".join(_told("PH", horaires.feries.creneaux))
    elif politique is PolitiqueFeries.INCONNU:
        yield f'PH unknown "{JOUR_FERIE}"'
    elif len(set(days)) > 1:
        yield ", ".join(_groups(days, "PH "))


def _groups(days: tuple[tuple[Creneau, ...], ...], prefix: str) -> Iterator[str]:
    """One rule for the days that are alike."""
    for slots in dict.fromkeys(days):
        alike = [number for number in range(7) if days[number] == slots]
        yield from _told(prefix + _names(alike), slots)


def _names(days: list[int]) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join("-".join(dict.fromkeys((_DAYS[run[0]], _DAYS[run[-1]]))) for run in runs)


def _told(days: str, slots: Iterable[Creneau], reason: str = "") -> list[str]:
    """The rules of some days: sure slots, then the others by condition."""
    by_condition: dict[str | None, list[str]] = {}
    for slot in sorted(slots, key=lambda slot: slot.condition is not None):
        by_condition.setdefault(slot.condition, []).append(str(slot))
    return [
        f"{days} {','.join(texts)}" + (f" unknown{_comment(condition)}" if condition else reason)
        for condition, texts in by_condition.items()
    ]


def _comment(text: str | None) -> str:
    return f' "{text}"' if text else ""


def _annual(day: str) -> str:
    return f"{_MONTHS[int(day[:2]) - 1]} {day[3:]}"


def _dated(day: date) -> str:
    return f"{day.year} {_MONTHS[day.month - 1]} {day.day:02}"


def from_osm(text: str) -> Horaires:
    """The hours that a text gives; `Illisible`, with the reason in French, when they do not fit."""
    found = rules(text, longest=TEXTE_MAX)
    reading = _Reading()
    try:
        for rule in found:
            reading.take(rule)
        return reading.horaires()
    except ValidationError as error:
        raise Illisible(errors_fr(error.errors())[0].detail.rstrip(".")) from None


@dataclass
class _Dates:
    """Some dated days while they are read."""

    slots: Slots = field(default_factory=dict)
    reason: str | None = None


class _Reading:
    """Rules as they add up to hours in our form."""

    def __init__(self) -> None:
        self._week: dict[int, Slots] = {}
        self._holidays: dict[int, Slots] = {}
        self._closed: list[FermetureAnnuelle] = []
        self._dated: dict[tuple[date, date], _Dates] = {}
        self._opens = False
        """Whether any rule opens, though others may undo it."""
        self._every_day = False
        """Whether a rule names no day: it leaves none out, holidays neither."""

    def take(self, rule: Rule) -> None:
        self._opens |= rule.state is not Ouverture.FERME
        if rule.dates:
            self._take_dates(rule)
        else:
            self._take_days(rule)

    def _take_days(self, rule: Rule) -> None:
        self._every_day |= not rule.days and not rule.of_holidays
        days = rule.days or frozenset(range(7))
        week = frozenset() if rule.of_holidays else days - {HOLIDAYS}
        holidays = days if rule.of_holidays else frozenset(range(7))
        after_holidays = bool(self._holidays) and HOLIDAYS not in days
        if week and (after_holidays or self._closed or self._dated):
            raise Illisible("la semaine doit venir avant les jours fériés et les dates")
        if self._week and not rule.days and rule.overrides:
            raise Illisible("une règle sans jours après une autre n'est pas claire")
        _add(self._week, week, rule)
        if rule.of_holidays or HOLIDAYS in days:
            opens = any(dates.slots for dates in self._dated.values())
            if opens or (rule.state is not Ouverture.FERME and (self._closed or self._dated)):
                raise Illisible("les jours fériés doivent venir avant les dates")
            _add(self._holidays, holidays, rule)

    def _take_dates(self, rule: Rule) -> None:
        if rule.days or rule.of_holidays:
            raise Illisible("des jours de la semaine dans des dates ne sont pas acceptés")
        for first, last in rule.dates:
            if first[0] is None and last[0] is None:
                self._take_annual(rule, first, last)
            elif first[0] is None or last[0] is None:
                raise Illisible("une année est attendue au début et à la fin de la période")
            else:
                self._take_dated(rule, (_day(first), _day(last)))

    def _take_annual(self, rule: Rule, first: MonthDay, last: MonthDay) -> None:
        if rule.state is not Ouverture.FERME:
            raise Illisible("des horaires de saison ne sont pas acceptés : datez-les")
        if any(dates.slots for dates in self._dated.values()):
            raise Illisible("une fermeture annuelle doit venir avant les dates")
        du, au = (f"{day[1]:02}-{day[2]:02}" for day in (first, last))
        self._closed.append(FermetureAnnuelle(du=du, au=au, motif=rule.comment or None))

    def _take_dated(self, rule: Rule, days: tuple[date, date]) -> None:
        known = self._dated.get(days)
        if known is None or rule.overrides or rule.state is Ouverture.FERME:
            if self._week and not rule.overrides and rule.state is not Ouverture.FERME:
                raise Illisible("une date qui s'ajoute à la semaine n'est pas acceptée")
            known = self._dated[days] = _Dates()
        known.slots |= _slots(rule)
        if rule.state is not Ouverture.INCONNU:
            known.reason = rule.comment or None

    def horaires(self) -> Horaires:
        if not any(self._week.values()) and len(self._week) < len(_DAYS):
            raise Illisible("la semaine n'est pas dite")
        exceptions = [
            ExceptionHoraires(du=du, au=au, creneaux=_creneaux(dates.slots), motif=dates.reason)
            for (du, au), dates in self._dated.items()
        ]
        feries = self._feries()
        opens = any(self._week.values()) or feries.creneaux
        if not opens and not any(exception.creneaux for exception in exceptions):
            if self._opens:
                raise Illisible(JAMAIS)
            return Horaires(jamais=True)
        semaine = {JOURS[day]: _creneaux(slots) for day, slots in self._week.items()}
        return Horaires(
            semaine=Semaine(**semaine),
            feries=feries,
            fermetures=tuple(self._closed),
            exceptions=tuple(exceptions),
        )

    def _feries(self) -> Feries:
        said = [self._holidays.get(day) for day in range(7)]
        week = [self._week.get(day, {}) for day in range(7)]
        if not self._holidays:
            # `24/7` leaves no day out; any other week is silent on holidays, `Mo-Su` as well.
            always = self._every_day and all(slots == {(0, DAY_MIN): None} for slots in week)
            return Feries(politique=PolitiqueFeries.OUVERT) if always else Feries()
        if any(week) and [slots or {} for slots in said] == week:
            return Feries(politique=PolitiqueFeries.OUVERT)
        alike = said[0]
        if alike is None or any(slots != alike for slots in said):
            raise Illisible("les jours fériés doivent être tous pareils, ou comme la semaine")
        if alike in ({(0, DAY_MIN): JOUR_FERIE}, {(0, DAY_MIN): A_CONFIRMER}):
            return Feries()
        if not alike:
            return Feries(politique=PolitiqueFeries.FERME)
        return Feries(politique=PolitiqueFeries.PROPRES, creneaux=_creneaux(alike))


def _add(known: dict[int, Slots], days: frozenset[int], rule: Rule) -> None:
    for day in days:
        if rule.overrides or rule.state is Ouverture.FERME:
            known[day] = {}
        known[day] = known.get(day, {}) | _slots(rule)


def _slots(rule: Rule) -> Slots:
    uncertain = rule.state is Ouverture.INCONNU
    condition = (rule.comment or A_CONFIRMER) if uncertain else None
    return dict.fromkeys(rule.spans, condition)


def _creneaux(slots: Slots) -> tuple[Creneau, ...]:
    """Slots from spans; those of one condition that share a minute are one."""
    merged: list[tuple[int, int, str | None]] = []
    for (start, end), condition in sorted(slots.items()):
        if merged and start < merged[-1][1] and condition == merged[-1][2]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), condition)
        else:
            merged.append((start, end, condition))
    return tuple(
        Creneau(de=_clock(start), a=_clock(end), condition=condition)
        for start, end, condition in merged
    )


def _clock(minute: int) -> str:
    minute = minute if minute <= DAY_MIN else minute - DAY_MIN
    return f"{minute // 60:02}:{minute % 60:02}"


def _day(day: MonthDay) -> date:
    year, month, number = day
    assert year is not None
    try:
        return date(year, month, number)
    except ValueError:
        raise Illisible(f"le {number:02}/{month:02}/{year} n'existe pas") from None
