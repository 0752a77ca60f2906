"""Public holidays of metropolitan France (code du travail, article L3133-1)."""

from datetime import date, timedelta
from functools import cache

_FIXED = {
    (1, 1): "Jour de l'an",
    (5, 1): "Fête du Travail",
    (5, 8): "Fête de la Victoire",
    (7, 14): "Fête nationale",
    (8, 15): "Assomption",
    (11, 1): "Toussaint",
    (11, 11): "Armistice",
    (12, 25): "Noël",
}
_AFTER_EASTER = {1: "Lundi de Pâques", 39: "Ascension", 50: "Lundi de Pentecôte"}


def is_holiday(day: date) -> bool:
    """Whether that day is one of the eleven."""
    return day in holidays(day.year)


@cache
def holidays(year: int) -> dict[date, str]:
    """The eleven holidays of a year, with their names, in order."""
    fixed = {date(year, month, day): name for (month, day), name in _FIXED.items()}
    easter = easter_sunday(year)
    moving = {easter + timedelta(days): name for days, name in _AFTER_EASTER.items()}
    return dict(sorted((fixed | moving).items()))


def easter_sunday(year: int) -> date:
    """Gregorian Easter, by the method of Meeus, Jones and Butcher."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    correction = (8 * century + 13) // 25
    moon = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
