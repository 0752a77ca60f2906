"""Reads days as people and spreadsheets write them; what may be two days is none."""

import re
from contextlib import suppress
from datetime import date
from typing import Final

from services.commerces.imports.constats import Constat
from services.commerces.imports.nettoyage import is_absent
from services.commerces.mots import fold
from shared.schemas.commun import MOIS
from shared.transfers.spreadsheets import jour_compte

_CLOCK: Final = r"(?:[T ].{0,40})?"
_YEAR_FIRST: Final = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_CLOCK}")
_FRENCH: Final = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_CLOCK}")
_IN_LETTERS: Final = re.compile(
    r"(?:[a-z]+di |dimanche )?(\d{1,2})(?:er)?[ -]([a-z]{3,9})\.?[ -](\d{4})"
)
"""« samedi 31 janvier 2026 », « 1er févr. 2026 », folded."""
_COMPACT: Final = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
FIRST: Final = date(2000, 1, 1)
INCONNU: Final = date(1900, 1, 1)
"""The day of creation of establishments of which SIRENE does not know it."""
ILLISIBLE: Final = "-infinity"
"""For the staging table, a day that was told and cannot be read: it makes nothing fresher."""


def lire(value: str) -> date | None:
    """`2026-01-31`, `31/01/2026`, `31 janvier 2026`, `20260131`."""
    text = value.strip()
    with suppress(ValueError):
        if found := _YEAR_FIRST.fullmatch(text):
            return date(int(found[1]), int(found[3]), int(found[4]))
        if found := _FRENCH.fullmatch(text):
            return date(int(found[4]), int(found[3]), int(found[1]))
        if found := _IN_LETTERS.fullmatch(fold(text)):
            return date(int(found[3]), _month(found[2]), int(found[1]))
        if found := _COMPACT.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
    return None


def _month(name: str) -> int:
    """The number of a month, by its first letters if they are enough; else ValueError."""
    (number,) = [n for n, mois in enumerate(MOIS, 1) if fold(mois).startswith(name)]
    return number


def lire_recent(value: str) -> date | None:
    """A day of our time, for which `46053` can only be what Excel counts from 1900."""
    return jour_compte(value.strip()) or lire(value)


def premier_jour(value: str, today: date, constats: list[Constat]) -> str | None:
    """The first day of an establishment, however old; in SIRENE it may be unknown."""
    text = value.strip()
    if not text or text == INCONNU.isoformat() or _is_nothing("du", value, constats):
        return None
    found = lire(value)
    if found is not None and INCONNU <= found <= today:
        return found.isoformat()
    constats.append(Constat("DATI", "du", value))
    return None


def verifie(value: str, today: date, constats: list[Constat]) -> str | None:
    """The day on which a shop confirmed what it says."""
    if not value.strip() or _is_nothing("verifie_le", value, constats):
        return None
    found = lire_recent(value)
    if found is not None and FIRST <= found <= today:
        return found.isoformat()
    constats.append(Constat("DATI", "verifie_le", value))
    return ILLISIBLE


def _is_nothing(colonne: str, value: str, constats: list[Constat]) -> bool:
    if not is_absent(value):
        return False
    constats.append(Constat("NULX", colonne, value))
    return True
