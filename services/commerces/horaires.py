"""Whether a place is open: its hours, asked about an instant by the clocks of Paris.

Three answers, never a guess: hours that are not known, or depend on a condition, are `inconnu`.
A slot belongs to the day it begins on: a bar that is closed on holidays still ends its night after
midnight on the eve. Why this is not left to a library: docs/adr/0020.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from shared.horaires import DAY_MIN
from shared.schemas.commerces_horaires import (
    Creneau,
    EtatOuverture,
    ExceptionHoraires,
    Horaires,
    PolitiqueFeries,
    minutes,
)
from shared.schemas.commun import JOURS, PARIS, Ouverture
from shared.territoire import holidays

HORIZON: Final = 366
"""Days ahead in which a change is looked for."""
LEAP: Final = 2028
"""A year that has every day."""
_DAY: Final = timedelta(days=1)

Slot = tuple[int, int, str | None]
"""Start and end in minutes, past 1,440 for the next morning, and the condition."""


class Journee(NamedTuple):
    """One day: its slots, closed outside them, and the reason when it is not the week."""

    slots: tuple[Slot, ...] = ()
    raison: str | None = None

    @property
    def constant(self) -> bool:
        """Whether one state holds from midnight to midnight, the night before apart."""
        return not self.slots or (len(self.slots) == 1 and self.slots[0][:2] == (0, DAY_MIN))


def etat_de(agenda: "Agenda | None", moment: datetime) -> EtatOuverture:
    """Open or not at an instant, which has an offset, until when, and why; None: not known."""
    if agenda is None:
        return EtatOuverture(etat=Ouverture.INCONNU)
    state, reason = agenda.at(moment)
    return EtatOuverture(etat=state, jusqu_a=agenda.change(moment, state), raison=reason)


def ouvrira(horaires: Horaires, today: date) -> bool:
    """Whether hours open some day from one on; closures of every year may cover all of it."""
    if any(dated.creneaux and dated.fin >= today for dated in horaires.exceptions):
        return True
    closed = horaires.fermetures
    leap = date(LEAP, 1, 1)
    covered = closed and all(
        any(fermeture.contains(leap + number * _DAY) for fermeture in closed)
        for number in range(HORIZON)
    )
    return not covered and bool(any(horaires.semaine.jours) or horaires.feries.creneaux)


class Agenda:
    """Some hours, made ready to be asked about days and instants."""

    def __init__(self, horaires: Horaires) -> None:
        self._exceptions = [(dated.du, dated.fin, _dated(dated)) for dated in horaires.exceptions]
        self._fermetures = horaires.fermetures
        self._set_days(map(_slots, horaires.semaine.jours), horaires.feries.politique)
        self._holiday = _slots(horaires.feries.creneaux)
        # Hours that never open do not open on holidays either.
        self._ordinary |= horaires.jamais

    def _set_days(self, week: Iterable[tuple[Slot, ...]], politique: PolitiqueFeries) -> None:
        self._week = tuple(map(Journee, week))
        self._ordinary = politique is PolitiqueFeries.OUVERT
        self._unsaid = politique is PolitiqueFeries.INCONNU

    @classmethod
    def read(cls, text: str) -> "Agenda":
        """The same from hours as they are kept: validated when they were written, not once more."""
        kept: dict[str, Any] = orjson.loads(text)
        return cls(Horaires.model_validate_json(text)) if kept.keys() - _PLAIN else _Plain(kept)

    def day(self, day: date) -> Journee:
        """What holds on a day, whatever the day before leaves of its night."""
        for first, last, found in self._exceptions:
            if first <= day <= last:
                return found
        for fermeture in self._fermetures:
            if fermeture.contains(day):
                return Journee(raison=fermeture.motif)
        name = None if self._ordinary else holidays(day.year).get(day)
        week = self._week[day.weekday()]
        if name is None:
            return week
        if self._unsaid:
            # Nor is it known whether the night of that weekday goes on.
            end = max((end for _, end, _ in week.slots), default=DAY_MIN)
            return Journee(((0, max(end, DAY_MIN), f"{name} : ouverture non précisée"),))
        return Journee(self._holiday, raison=name)

    def at(self, moment: datetime) -> tuple[Ouverture, str | None]:
        """The state of an instant and its reason."""
        local = moment.astimezone(PARIS)
        day = local.date()
        return _at(self.day(day), self.day(day - _DAY), local.hour * 60 + local.minute)

    def turns(self, day: date) -> list[datetime]:
        """The instants of a day at which its state, or its reason, may become another."""
        return turns_on(day, _minutes(self.day(day), self.day(day - _DAY)))

    def change(self, moment: datetime, state: Ouverture) -> datetime | None:
        """The first instant with another state, within a year."""
        local = moment.astimezone(PARIS)
        first, since = local.date(), local.hour * 60 + local.minute
        eve = self.day(first - _DAY)
        for number in range(HORIZON):
            day = first + number * _DAY
            today = self.day(day)
            if number == 0 or today != eve or not today.constant:
                found = self._change_on(
                    day, today, eve, (moment, since if number == 0 else -1), state
                )
                if found:
                    return found
            eve = today
        return None

    def _change_on(
        self, day: date, today: Journee, eve: Journee, after: tuple[datetime, int], state: Ouverture
    ) -> datetime | None:
        turning = _minutes(today, eve)
        if not clocks_change(day):
            for minute in turning:
                if minute > after[1] and _at(today, eve, minute)[0] is not state:
                    return at_clock(day, minute).astimezone(UTC)
            return None
        later = (turn for turn in turns_on(day, turning) if turn > after[0])
        return next((turn for turn in later if self.at(turn)[0] is not state), None)


class _Plain(Agenda):
    """That of a week and its holidays, as nearly all hours are, from their JSON."""

    def __init__(self, kept: dict[str, Any]) -> None:
        week, feries = kept.get("semaine", {}), kept.get("feries", {})
        politique = PolitiqueFeries(feries.get("politique", PolitiqueFeries.INCONNU))
        self._exceptions, self._fermetures = [], ()
        self._set_days((_slots_kept(week.get(jour, ())) for jour in JOURS), politique)
        self._holiday = _slots_kept(feries.get("creneaux", ()))


_PLAIN: Final = frozenset(("semaine", "feries"))


def _at(today: Journee, eve: Journee, minute: int) -> tuple[Ouverture, str | None]:
    """The state of a minute of a day, and its reason: being surely open wins."""
    uncertain = None
    for day, place in ((today, minute), (eve, minute + DAY_MIN)):
        for start, end, condition in day.slots:
            if start <= place < end:
                if condition is None:
                    return Ouverture.OUVERT, day.raison
                uncertain = uncertain or condition
    return (Ouverture.INCONNU, uncertain) if uncertain else (Ouverture.FERME, today.raison)


def _minutes(today: Journee, eve: Journee) -> list[int]:
    """The minutes of a day at which something may change, in order."""
    minutes = {0}
    for start, end, _ in today.slots:
        minutes |= {start, end}
    minutes |= {end - DAY_MIN for _, end, _ in eve.slots}
    return sorted(minute for minute in minutes if 0 <= minute < DAY_MIN)


@lru_cache(maxsize=1024)
def clocks_change(day: date) -> bool:
    """Whether an hour of a day is skipped or comes twice."""
    return at_clock(day, 0).utcoffset() != at_clock(day + _DAY, 0).utcoffset()


def at_clock(day: date, minute: int) -> datetime:
    """A minute of a day, or of those that follow it, by the clocks of Paris."""
    days, minute = divmod(minute, DAY_MIN)
    return datetime.combine(day + days * _DAY, time(*divmod(minute, 60)), PARIS)


def turns_on(day: date, minutes: Iterable[int]) -> list[datetime]:
    """The instants of a day at which the clocks of Paris show one of its minutes, or jump."""
    clocks = [at_clock(day, minute) for minute in minutes]
    if not clocks_change(day):
        return sorted(clock.astimezone(UTC) for clock in clocks)
    # The night the clocks change an hour is skipped or comes twice, at 01:00 UTC.
    turns = {datetime(day.year, day.month, day.day, 1, tzinfo=UTC)}
    turns.update(clock.replace(fold=fold).astimezone(UTC) for clock in clocks for fold in (0, 1))
    return sorted(turns)


def _slots(creneaux: Iterable[Creneau]) -> tuple[Slot, ...]:
    return tuple((*creneau.minutes, creneau.condition) for creneau in creneaux)


def _slots_kept(creneaux: Iterable[dict[str, Any]]) -> tuple[Slot, ...]:
    return tuple((*minutes(slot["de"], slot["a"]), slot.get("condition")) for slot in creneaux)


def _dated(exception: ExceptionHoraires) -> Journee:
    return Journee(_slots(exception.creneaux), raison=exception.motif)
