"""Reads the day on which a shop confirmed what it says."""

import re
from contextlib import suppress
from datetime import date
from typing import Final

from services.commerces.imports.constats import Constat

_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].{0,40})?")
_FRENCH: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
FIRST: Final = date(2000, 1, 1)


INCONNU: Final = date(1900, 1, 1)
"""The day of creation of establishments of which SIRENE does not know it."""


def premier_jour(value: str, today: date, constats: list[Constat]) -> str | None:
    """The first day of an establishment, however old; in SIRENE it may be unknown."""
    if value.strip() == INCONNU.isoformat():
        return None
    return jour(value, today, constats, colonne="du", first=INCONNU)


def jour(
    value: str,
    today: date,
    constats: list[Constat],
    *,
    colonne: str = "verifie_le",
    first: date = FIRST,
) -> str | None:
    """`2026-01-31` or `31/01/2026`, not to come; else nothing, and it is said."""
    text = value.strip()
    if not text:
        return None
    iso, french = _ISO.fullmatch(text), _FRENCH.fullmatch(text)
    with suppress(ValueError):
        if iso is not None:
            found = date(*map(int, iso.groups()))
        elif french is not None:
            day, month, year = map(int, french.groups())
            found = date(year, month, day)
        else:
            raise ValueError(text)
        if first <= found <= today:
            return found.isoformat()
    constats.append(Constat("DATI", colonne, value))
    return None
