"""Whether a modality is open under what bounds it beside its hours: rules, first and last day."""

from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from services.commerces.horaires import HORIZON, Agenda, at_clock
from services.commerces.regimes.restrictions import Regimes
from shared.schemas.commerces_horaires import EtatOuverture
from shared.schemas.commun import Ouverture

_FAR: Final = date.max.toordinal()


class Cadre(NamedTuple):
    """Of a modality: its sector, its kind as a bit, its last and first day since year 1."""

    secteur: int
    genre: int
    au: int
    du: int = 0
    """0 when it had begun by the time it was asked about."""

    def first(self) -> datetime | None:
        """The instant from which it is offered, when that was to come."""
        return at_clock(date.fromordinal(self.du), 0) if 0 < self.du < _FAR else None

    def begun(self, moment: datetime) -> bool:
        """Whether it is offered by an instant, or no more."""
        first = self.first()
        return first is None or first <= moment

    def last(self) -> datetime | None:
        """The instant at which it is offered no more."""
        return at_clock(date.fromordinal(self.au + 1), 0) if self.au < _FAR else None

    def closed(self, regimes: Regimes, moment: datetime) -> tuple[bool, str | None]:
        """Whether it may not open at an instant whatever its hours, and why."""
        rule = regimes.forbidding(self.secteur, self.genre, moment)
        if rule is not None:
            return True, rule.motif
        last = self.last()
        return not self.begun(moment) or (last is not None and last <= moment), None

    def border(self, regimes: Regimes, moment: datetime) -> datetime | None:
        """The first instant after one at which it becomes closed, or is closed no more."""
        first, last = self.first(), self.last()
        if first is not None and moment < first:
            if not self.closed(regimes, first)[0]:
                return first
            moment = first
        turn = regimes.turn(self.secteur, self.genre, moment)
        if last is None or (turn is not None and turn < last):
            return turn
        return None if self.closed(regimes, moment)[0] else last


def etat_sous(
    regimes: Regimes, cadre: Cadre, agenda: Agenda | None, moment: datetime
) -> EtatOuverture:
    """The state of hours at an instant, None if they are not known, within what bounds them."""
    state, reason = state_at(regimes, cadre, agenda, moment)
    horizon = moment + timedelta(HORIZON)
    until = _next(regimes, cadre, agenda, moment, state)
    while (
        until is not None
        and until < horizon
        and state_at(regimes, cadre, agenda, until)[0] is state
    ):
        until = _next(regimes, cadre, agenda, until, state)
    known = until is not None and until < horizon
    return EtatOuverture(
        etat=state, jusqu_a=until.astimezone(UTC) if until and known else None, raison=reason
    )


def _next(
    regimes: Regimes, cadre: Cadre, agenda: Agenda | None, moment: datetime, state: Ouverture
) -> datetime | None:
    """The first instant after one at which its state may be another; None if it never is."""
    if cadre.closed(regimes, moment)[0]:
        # What is closed by decision stays so until the border, whatever the hours say.
        return cadre.border(regimes, moment)
    change = None if agenda is None else agenda.change(moment, state)
    if state is Ouverture.FERME:
        # Nor does a decision open what its hours close.
        return change
    border = cadre.border(regimes, moment)
    return min((turn for turn in (change, border) if turn is not None), default=None)


def state_at(
    regimes: Regimes, cadre: Cadre, agenda: Agenda | None, moment: datetime
) -> tuple[Ouverture, str | None]:
    """The state of hours at an instant within what bounds them, and its reason."""
    closed, why = cadre.closed(regimes, moment)
    if closed:
        return Ouverture.FERME, why
    return (Ouverture.INCONNU, None) if agenda is None else agenda.at(moment)
