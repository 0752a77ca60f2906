"""Instants and states of opening, in words."""

from datetime import date, datetime
from typing import Final

from shared.schemas.commerces_horaires import EtatOuverture
from shared.schemas.commun import JOURS, MOIS, PARIS, Ouverture

_WEEK: Final = 7


def etat_en_mots(etat: EtatOuverture, now: datetime) -> str:
    """Open, closed or unknown, until when and why."""
    if etat.etat is Ouverture.INCONNU:
        words = "Horaires inconnus"
    elif etat.etat is Ouverture.OUVERT:
        words = "Ouvert" + (f" jusqu’{_until(etat.jusqu_a, now)}" if etat.jusqu_a else "")
    else:
        words = "Fermé" + (f", ouvre {a_partir_de(etat.jusqu_a, now)}" if etat.jusqu_a else "")
    return f"{words} ({etat.raison})" if etat.raison else words


def _until(instant: datetime, now: datetime) -> str:
    day, hour, is_near = _told(instant, now)
    if not day:
        return f"à {hour}"
    return f"à {day} {hour}" if is_near else f"au {day} à {hour}"


def a_partir_de(instant: datetime, now: datetime) -> str:
    """From when: « vendredi à 9 h »."""
    day, hour, is_near = _told(instant, now)
    if not day:
        return f"à {hour}"
    return f"{day} à {hour}" if is_near else f"le {day} à {hour}"


def _told(instant: datetime, now: datetime) -> tuple[str, str, bool]:
    """The day, none when it is today; the hour; whether the day is one of the week to come."""
    local, today = instant.astimezone(PARIS), now.astimezone(PARIS).date()
    hour = f"{local.hour} h" + (f" {local.minute:02}" if local.minute else "")
    if local.date() == today:
        return "", hour, True
    if (local.date() - today).days < _WEEK:
        return JOURS[local.weekday()], hour, True
    return jour_en_mots(local.date()), hour, False


def jour_en_mots(day: date) -> str:
    """A day of a year that goes without saying: « 1er mai »."""
    return f"{'1er' if day.day == 1 else day.day} {MOIS[day.month - 1]}"
