"""Expiring secrets given out in links; only their digest is stored."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final

OCTETS: Final = 32
"""256 random bits: a plain digest cannot be searched for them."""
SESSION: Final = "session"
DUREES: Final = {
    "inscription": timedelta(days=2),
    "acces": timedelta(hours=1),
    "donnees": timedelta(hours=1),
    "confirmation": timedelta(days=60),
    "precision": timedelta(days=30),
    SESSION: timedelta(days=30),
}
"""How long each may be used."""
OUVRENT: Final = ("inscription", "acces", "donnees")
"""Links that give a token."""
REPRISE: Final = timedelta(minutes=10)
"""How long one that was followed gives another: a second click shows its own answer alone."""
REPRISES_MAX: Final = 10
"""Tokens that are given to one holder in that time: each is kept for thirty days."""


def draw() -> str:
    return secrets.token_urlsafe(OCTETS)


def digest(jeton: str) -> bytes:
    return sha256(jeton.encode()).digest()
