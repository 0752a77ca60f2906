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
        before, _ = self.closed(regimes, moment)
        turn = self._turn(regimes, moment)
        while turn is not None and self.closed(regimes, turn)[0] == before:
            turn = self._turn(regimes, turn)
        return turn

    def _turn(self, regimes: Regimes, moment: datetime) -> datetime | None:
        """The first instant after one at which something bounds it, or no more."""
        turns = (regimes.next_after(moment), self.first(), self.last())
        return min((turn for turn in turns if turn is not None and turn > moment), default=None)


def etat_sous(
    regimes: Regimes, cadre: Cadre, agenda: Agenda | None, moment: datetime
) -> EtatOuverture:
    """The state of hours at an instant, None if they are not known, within what bounds them."""
    state, reason = _at(regimes, cadre, agenda, moment)
    horizon = moment + timedelta(HORIZON)
    here, until = moment, None
    while until is None and here < horizon:
        border = cadre.border(regimes, here)
        # What is closed by decision stays so until the border, whatever the hours say.
        free = agenda if not cadre.closed(regimes, here)[0] else None
        change = None if free is None else free.change(here, state)
        if change is not None and (border is None or change < border):
            until = change
        elif border is None:
            break
        else:
            here = border
            until = border if _at(regimes, cadre, agenda, border)[0] is not state else None
    known = until is not None and until < horizon
    return EtatOuverture(
        etat=state, jusqu_a=until.astimezone(UTC) if until and known else None, raison=reason
    )


def _at(
    regimes: Regimes, cadre: Cadre, agenda: Agenda | None, moment: datetime
) -> tuple[Ouverture, str | None]:
    closed, why = cadre.closed(regimes, moment)
    if closed:
        return Ouverture.FERME, why
    return (Ouverture.INCONNU, None) if agenda is None else agenda.at(moment)
