"""When a message is tried again, when it is given up, and when a subscriber is.

Two waits grow side by side. A message's own, long: fifteen more attempts in about three days. Its
subscriber's, short: a receiver that is down gets one message at a time, at most a quarter of an
hour apart, and hears the rest soon after it is back.
"""

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

ESSAIS_MAX: Final = 16
"""Attempts after which a message is given up: about three days."""
PREMIERE: Final = timedelta(seconds=10)
FACTEUR: Final = 4
MESSAGE_MAX: Final = timedelta(hours=8)
ABONNE_MAX: Final = timedelta(minutes=15)
HASARD: Final = 0.2
"""Waits vary by this much, so that those of one failure do not all end at once."""
RETRY_AFTER_MAX: Final = timedelta(days=1)
"""What a receiver may ask for at most."""
PANNE: Final = 3
"""Failures in a row that are the receiver's, not a message's."""
DESACTIVATION: Final = timedelta(days=5)
"""A subscriber that took nothing for so long is no longer called."""

SUCCES: Final = range(200, 300)
PARTI: Final = 410


def attente(essais: int, hasard: float, *, au_plus: timedelta = MESSAGE_MAX) -> timedelta:
    """How long to wait after so many attempts; `hasard` is drawn between 0 and 1."""
    doublings = min(essais - 1, 20)  # far past the maximum, and no overflow
    wait: timedelta = min(PREMIERE * float(FACTEUR**doublings), au_plus)
    return wait * (1 + HASARD * (2 * hasard - 1))


def retry_after(value: str | None, now: datetime) -> timedelta:
    """What `Retry-After` asks for (RFC 9110 § 10.2.3), in seconds or as a date; else nothing."""
    if value is None:
        return timedelta(0)
    value = value.strip()
    if value.isascii() and value.isdigit():
        seconds = min(int(value[:12]), RETRY_AFTER_MAX.total_seconds())
        return timedelta(seconds=seconds)
    try:
        date = parsedate_to_datetime(value)
        wait = ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return timedelta(0)
    wait = min(max(wait, 0.0), RETRY_AFTER_MAX.total_seconds())
    return timedelta(seconds=math.ceil(wait))


def est_abandonnee(essais: int) -> bool:
    return essais >= ESSAIS_MAX


def motif_de_desactivation(statut: int | None, echec_depuis: datetime, now: datetime) -> str | None:
    """Why a subscriber is no longer called; None while it still is."""
    if statut == PARTI:
        return "Le destinataire a répondu 410 : il ne veut plus rien recevoir."
    if now - echec_depuis >= DESACTIVATION:
        return f"Aucune livraison acceptée depuis {DESACTIVATION.days} jours."
    return None
