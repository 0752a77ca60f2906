"""Whether listings are open, until when and why: the most favourable modality asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from services.commerces.creneaux import LATER
from services.commerces.desserte import BITS
from services.commerces.filtres import OUVERTURES, Question, question
from services.commerces.horaires import HORIZON, Agenda, at_clock, clocks_change, etat_de
from services.commerces.ouvertures import ETATS, FERME, INCONNU, INCONNUES, OUVERT
from services.commerces.regimes.disponibilites import periodes
from services.commerces.regimes.ouverture import Cadre, etat_sous
from services.commerces.regimes.restrictions import Regimes
from shared.horaires import DAY_MIN
from shared.memory.columns import Ints, ranges
from shared.memory.segments import Segment, Version
from shared.schemas.commerces import CriteresFiches
from shared.schemas.commerces_horaires import EtatOuverture
from shared.schemas.commerces_ouverture import Disponibilites, OuvertureFiche
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import PARIS, Ouverture

CHANGES_MAX: Final = 2 * HORIZON
"""Changes of modalities that are followed to tell until when a shop is as it is."""


class Note(NamedTuple):
    """What is known at once of a modality: its state, and what tells until when."""

    etat: int
    horaires: int
    fin: int
    """Closing minute of its hours, or LATER."""
    cadre: Cadre

    @property
    def offered(self) -> bool:
        """Whether it had begun at the instant asked."""
        return not self.cadre.du


def ouvertures(version: Version, rows: Ints, question: Question) -> Iterator[bytes]:
    """The state of each listing at the instant asked, as JSON."""
    moment = question.moment
    assert moment is not None, "asked for an instant"
    day = moment.astimezone(PARIS).date()
    plain = _plain_until(day, question.regimes.next_after(moment))
    # Of one kind, a listing has one modality; of several, one that is closed may open in time.
    several = question.genres is None or question.genres.bit_count() > 1
    if several or question.inclure_inconnus or question.inclure_fermes:
        yield from _told(version, rows, question, plain=plain, several=several)
        return
    lasts = _closings(version, rows, question, moment)
    simple = (lasts != LATER) & (lasts < plain)
    others = _told(version, rows[~simple], question, plain=plain, several=False)
    for last, alone in zip(lasts.tolist(), simple.tolist(), strict=True):
        yield _open_until(day, last) if alone else next(others)


def _closings(version: Version, rows: Ints, question: Question, moment: datetime) -> Ints:
    """When the only modality that answers closes, by listing: no other state answers than open."""
    lasts = np.empty(rows.size, dtype=np.int64)
    for segment, parts, owners in version.each_parts(rows):
        answers = question.serves(segment, parts)
        numbers, au = (segment.parts.columns[name][parts[answers]] for name in ("horaires", "au"))
        ends = OUVERTURES.closings(moment, numbers)
        # What is offered for the last day ends at midnight, whatever its hours.
        ends[(ends > DAY_MIN) & (au == question.jour)] = LATER
        lasts[owners[answers]] = ends
    return lasts


def _told(
    version: Version, rows: Ints, question: Question, *, plain: int, several: bool
) -> Iterator[bytes]:
    """`ouvertures` of modalities in any state."""
    moment = question.moment
    assert moment is not None, "asked for an instant"
    day = moment.astimezone(PARIS).date()
    every = replace(question, inclure_fermes=True, a_venir=True) if several else question
    noted = list(_noted(version, rows, every, moment))
    # What another modality does in the night is not looked at here.
    lasts = [_last(found, min(plain, DAY_MIN)) for found in noted]
    open_again = _open_again(noted, lasts, day)
    for place, (found, last) in enumerate(zip(noted, lasts, strict=True)):
        if last != LATER and place not in open_again:
            yield _open_until(day, last)
        else:
            yield _json(_best(found, moment, question.regimes))


def _plain_until(day: date, turn: datetime | None) -> int:
    """The minute of a day up to which nothing but hours tells what closes, from the next turn."""
    if clocks_change(day):
        return 0
    whole = DAY_MIN if clocks_change(day + timedelta(1)) else 2 * DAY_MIN
    if turn is None:
        return whole
    local = turn.astimezone(PARIS)
    return min(whole, (local.date() - day).days * DAY_MIN + local.hour * 60 + local.minute)


def _last(notes: Sequence[Note], plain: int) -> int:
    """The minute at which the last open modality closes; LATER when that is not so simple."""
    ends = [note.fin for note in notes if note.etat == OUVERT]
    return max(ends) if ends and LATER not in ends and max(ends) < plain else LATER


def _open_again(noted: Sequence[Sequence[Note]], lasts: Sequence[int], day: date) -> set[int]:
    """Places of listings of which another modality may be open when the last one closes."""
    asked = [
        (place, note.horaires, last)
        for place, (found, last) in enumerate(zip(noted, lasts, strict=True))
        if last != LATER and len(found) > 1
        for note in found
        if note.offered
    ]
    if not asked:
        return set()
    places, numbers, minutes = np.array(asked).T
    return set(places[OUVERTURES.open_then(day, minutes, numbers)].tolist())


def etats(
    version: Version,
    rows: Ints,
    *,
    moment: datetime,
    modalites: list[Modalite] | None,
    regimes: Regimes,
) -> Iterator[EtatOuverture]:
    """The state of each listing at an instant, open or not, by the modalities of that day."""
    asked = _any_state(version, moment, modalites or list(Modalite), regimes)
    for found in _noted(version, rows, asked, moment):
        yield _best(found, moment, regimes)


def offertes(
    version: Version, rows: Ints, *, moment: datetime, regimes: Regimes
) -> Iterator[frozenset[str]]:
    """The modalities that each listing offers on the day of an instant, were all permitted."""
    asked = _any_state(version, moment, list(Modalite), regimes)
    for notes in _noted(version, rows, asked, moment):
        kinds = {note.cadre.genre for note in notes if note.offered}
        yield frozenset(genre for genre, bit in BITS.items() if bit in kinds)


def etat_de_fiche(version: Version, row: int, *, moment: datetime, regimes: Regimes) -> bytes:
    """The state of one listing and of each modality that it offers that day, as JSON."""
    asked = _any_state(version, moment, list(Modalite), regimes)
    (notes,) = _noted(version, np.array([row]), asked, moment)
    best = _best(notes, moment, regimes)
    each = {note.cadre.genre: _etat(note, moment, regimes) for note in notes if note.offered}
    modalites = {genre: each[bit] for genre, bit in BITS.items() if bit in each}
    return _json(OuvertureFiche(**dict(best), modalites=modalites))


def periodes_de_fiche(
    version: Version, row: int, first: date, last: date, regimes: Regimes
) -> Disponibilites:
    """When each modality that one listing offers between two days is open, and when it is not."""
    # The first hour of the century is, in UTC, of the one before, which nobody may ask about.
    moment = at_clock(first, DAY_MIN // 2)
    (notes,) = _noted(
        version, np.array([row]), _any_state(version, moment, list(Modalite), regimes), moment
    )
    each = {
        note.cadre.genre: periodes(
            regimes, note.cadre, _agenda(OUVERTURES.text(note.horaires)), first, last
        )
        for note in notes
        if note.cadre.du <= last.toordinal()
    }
    modalites = {genre: each[bit] for genre, bit in BITS.items() if bit in each}
    return Disponibilites(du=first, au=last, modalites=modalites)


def _any_state(
    version: Version, moment: datetime, modalites: list[Modalite], regimes: Regimes
) -> Question:
    """A question that modalities answer whatever their state at an instant, begun or not."""
    criteres = CriteresFiches(modalite=modalites, a=moment, inclure_fermes=True)
    asked = question(criteres, version, places={}, instant=moment, regimes=regimes)
    return replace(asked, a_venir=True)


@lru_cache(maxsize=8192)
def _open_until(day: date, minute: int) -> bytes:
    until = at_clock(day, minute).astimezone(UTC)
    return _json(EtatOuverture(etat=Ouverture.OUVERT, jusqu_a=until))


def _json(etat: EtatOuverture) -> bytes:
    return etat.model_dump_json(exclude_none=True).encode()


def _noted(
    version: Version, rows: Ints, asked: Question, moment: datetime
) -> Iterator[Sequence[Note]]:
    found: dict[int, list[Note]] = {row: [] for row in rows.tolist()}
    shift = 0
    for segment in version.segments:
        _note(found, segment, asked, moment, shift=shift)
        shift += len(segment)
    return map(found.__getitem__, rows.tolist())


def _best(notes: Sequence[Note], moment: datetime, regimes: Regimes) -> EtatOuverture:
    """The most favourable state of modalities, until it is that of none of them."""
    distinct = list({(note.horaires, note.cadre): note for note in notes}.values())
    offered = [note for note in distinct if note.offered]
    best = max((note.etat for note in offered), default=INCONNU)
    found = [_etat(note, moment, regimes) for note in offered if note.etat == best]
    if len(distinct) == len(found) == 1:
        return found[0]
    until = _until(distinct, moment, regimes, best)
    if not found:
        return EtatOuverture(etat=ETATS[best], jusqu_a=until)
    # Closed, a shop reopens with the first of its modalities; else the one that lasts counts.
    lasting = min(found, key=_lasts) if best == FERME else max(found, key=_lasts)
    return lasting.model_copy(update={"jusqu_a": until})


def _until(notes: Sequence[Note], moment: datetime, regimes: Regimes, best: int) -> datetime | None:
    """When the most favourable state of modalities, `best` at an instant, becomes another."""
    here, horizon = moment, moment + timedelta(HORIZON)
    for _ in range(CHANGES_MAX):
        found = [_etat(note, here, regimes) for note in notes]
        if _state(notes, found, here) != best:
            return here.astimezone(UTC)
        turn = _turn(notes, found, here, best)
        if turn is None or turn >= horizon:
            return None
        here = turn
    return None


def _state(notes: Sequence[Note], found: Sequence[EtatOuverture], here: datetime) -> int:
    """The most favourable state at an instant; nothing is known before one of them begins."""
    begun = any(note.cadre.begun(here) for note in notes)
    return max(ETATS.index(one.etat) for one in found) if begun else INCONNU


def _turn(
    notes: Sequence[Note], found: Sequence[EtatOuverture], here: datetime, best: int
) -> datetime | None:
    """The first instant after one at which the most favourable state may change; None if never.

    It stays as long as the last of the modalities that have it, unless another does better: what
    is unknown gives way to hours that open, not to others that are unknown too.
    """
    same = [one.jusqu_a for one in found if one.etat is ETATS[best]]
    ends = [end for end in same if end is not None]
    turns = [max(ends)] if ends and len(ends) == len(same) else []
    if best != OUVERT:
        for note, one in zip(notes, found, strict=True):
            better = best == FERME or OUVERTURES.text(note.horaires) != INCONNUES
            then = (note.cadre.first(), one.jusqu_a if better else None)
            turns += [turn for turn in then if turn is not None and turn > here]
    return min(turns, default=None)


def _etat(note: Note, moment: datetime, regimes: Regimes) -> EtatOuverture:
    """The state of a modality: that of its hours, unless something else ends it sooner."""
    text, cadre = OUVERTURES.text(note.horaires), note.cadre
    if not cadre.closed(regimes, moment)[0]:
        found, border = at(text, moment), cadre.border(regimes, moment)
        if border is None or (found.jusqu_a is not None and found.jusqu_a < border):
            return found
    return etat_sous(regimes, cadre, _agenda(text), moment)


def _note(
    found: dict[int, list[Note]], segment: Segment, asked: Question, moment: datetime, *, shift: int
) -> None:
    """State and hours of the modalities that answer, for the listings of one segment."""
    here = np.array([row - shift for row in found if 0 <= row - shift < len(segment)], dtype=int)
    starts, ends = segment.bounds[here], segment.bounds[here + 1]
    parts, owners = ranges(starts, ends), np.repeat(here + shift, ends - starts)
    answers = asked.serves(segment, parts)
    parts = parts[answers]
    numbers, secteurs, genres, last, first = (
        segment.parts.columns[name][parts] for name in ("horaires", "secteur", "genre", "au", "du")
    )
    first = np.where(first > asked.jour, first, 0)
    if asked.moment == moment and not (asked.inclure_inconnus or asked.inclure_fermes):
        states = np.full_like(numbers, OUVERT)  # no other answers
    else:
        states = OUVERTURES.open_at(moment, numbers)
    if asked.restrictions is not None:
        states[(asked.restrictions.allowed()[secteurs] & genres) == 0] = FERME
    states[first > 0] = FERME
    ends = OUVERTURES.closings(moment, numbers)
    columns = (owners[answers], states, numbers, ends, secteurs, genres, last, first)
    for row, state, number, end, *cadre in zip(*(c.tolist() for c in columns), strict=True):
        found[row].append(Note(state, number, end, Cadre(*cadre)))


def _lasts(found: EtatOuverture) -> tuple[bool, datetime | None]:
    """A state that never changes lasts longest."""
    return (found.jusqu_a is None, found.jusqu_a)


@lru_cache(maxsize=8192)
def at(text: str, moment: datetime) -> EtatOuverture:
    """The state of hours, given as their JSON, at an instant."""
    return etat_de(_agenda(text), moment)


@lru_cache(maxsize=8192)
def _agenda(text: str) -> Agenda | None:
    """Hours ready to be asked: reading them costs more than the answer, and instants are many."""
    return Agenda.read(text) if text else None
