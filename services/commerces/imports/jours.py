"""The hours of a shop that a file tells in a column for each day, or apart from their days."""

import re
from collections.abc import Mapping
from typing import Any, Final

from services.commerces.imports import detail
from services.commerces.imports.colonnes import DEMI_JOURNEES, HORAIRES_DU_JOUR, JOURS_OUVERTS
from services.commerces.imports.listes import oui_non
from services.commerces.imports.memoire import memo
from services.commerces.imports.nettoyage import en_texte, is_absent, is_said

_UNSAID: Final = "non précisé"
_CLOSED: Final = re.compile(r"\s*ferm", re.IGNORECASE)
_BARE: Final = re.compile(r"\b(\d{1,2})\s*[-–]\s*(\d{1,2})\b")
_ALL_BARE: Final = re.compile(
    rf"\s*{_BARE.pattern}(?:(?:\s+|\s*(?:[/,;]|et)\s*){_BARE.pattern})*\s*"
)
_ALL_DAY: Final = re.compile(r"\s*24 ?h?(?:/| sur )24 ?h?\s*", re.IGNORECASE)
_COLUMNS: Final = {
    told: column
    for jour, (matin, apres_midi) in DEMI_JOURNEES.items()
    for told, column in (
        (jour, HORAIRES_DU_JOUR[jour]),
        (f"{jour} matin", matin),
        (f"{jour} après-midi", apres_midi),
    )
}
"""Columns of a day or of half of one, by what they are about, in the order of the week."""
_DES_JOURS: Final = frozenset(_COLUMNS.values())
heures = memo(detail.heures)
"""`detail.heures`, each short text once: what days are beside is read before a line is judged."""

Valeurs = Mapping[str, Any]


def timed(valeurs: Valeurs) -> dict[str, str]:
    """The column `horaires` that those of the days make; nothing where it needs none of them.

    What a blank day means is not known, so that such a week stays a text.
    """
    hours, open_days = valeurs.get("horaires"), valeurs.get(JOURS_OUVERTS)
    # Most files have no column of a day: a look at all of them would be a tenth of the reading.
    by_day = not _DES_JOURS.isdisjoint(valeurs)
    if by_day and not is_said(open_days):
        open_days = _ticked(valeurs)
    if is_said(hours):
        return _with_days(open_days, en_texte(hours))
    if is_said(open_days):
        return {"horaires": en_texte(open_days)}
    days = _week(valeurs) if by_day else {}
    told = [f"{jour} : {value or _UNSAID}" for jour, value in days.items()]
    return {"horaires": "\n".join(told)} if any(days.values()) else {}


def _ticked(valeurs: Valeurs) -> str:
    """The open days, where the columns of the days hold ticks instead of hours.

    A blank is no tick, but beside a « non » it may be anything.
    """
    cells = {told: en_texte(valeurs[one]) for told, one in _COLUMNS.items() if one in valeurs}
    ticks = {told: oui_non("", cell)[0] for told, cell in cells.items() if not is_absent(cell)}
    days = {told.partition(" ")[0] for told in ticks}
    if None in ticks.values() or (False in ticks.values() and len(days) < len(HORAIRES_DU_JOUR)):
        return ""
    return ", ".join(told for told, tick in ticks.items() if tick)


def _week(valeurs: Valeurs) -> dict[str, str]:
    return {jour: _of_day(valeurs, jour) for jour in HORAIRES_DU_JOUR}


def _of_day(valeurs: Valeurs, jour: str) -> str:
    """The hours of a day from its column, or from those of its morning and its afternoon."""
    whole = valeurs.get(HORAIRES_DU_JOUR[jour])
    if is_said(whole):
        return _with_units(en_texte(whole))
    halves = [valeurs.get(column) for column in DEMI_JOURNEES[jour]]
    if not any(map(is_said, halves)):
        return ""
    told = [_with_units(en_texte(half)) if is_said(half) else _UNSAID for half in halves]
    return ", ".join(half for half in told if not _CLOSED.match(half)) or told[0]


def _with_units(hours: str) -> str:
    """What only the column of a day says so: « 9-12 / 14-19 » are hours, « Non » is closed."""
    if _ALL_DAY.fullmatch(hours):
        return "0h-24h"
    if hours.strip().upper() == "F" or oui_non("", hours)[0] is False:
        return "fermé"
    return _BARE.sub(r"\1h-\2h", hours) if _ALL_BARE.fullmatch(hours) else hours


def _with_days(days: Any, hours: str) -> dict[str, str]:
    """Hours beside their days, unless they tell days of their own."""
    if not is_said(days) or heures("horaires", hours).horaires:
        return {}
    return {"horaires": f"{en_texte(days)} : {hours}"}
