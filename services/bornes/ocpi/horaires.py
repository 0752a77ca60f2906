"""Opening hours as OCPI writes them: 24/7, or spans of a day of the week that end after they begin.

Holidays, which OCPI dates one by one, are left out; hours that are not understood are absent.
"""

from typing import Any, Final

from shared.horaires import DAY_MIN, parse

_DAYS: Final = range(7)
_LAST_MINUTE: Final = DAY_MIN - 1
"""OCPI counts no further than 23:59, which stands for midnight."""


def opening_times(texte: str) -> dict[str, Any] | None:
    """The `Hours` of a text; None when it is not understood."""
    horaires = parse(texte)
    if horaires is None:
        return None
    minutes = {day: _minutes(horaires.days, day) for day in _DAYS}
    if all(spans == [(0, DAY_MIN)] for spans in minutes.values()):
        return {"twentyfourseven": True}
    regular = [
        {
            "weekday": day + 1,
            "period_begin": _clock(start),
            "period_end": _clock(min(end, _LAST_MINUTE)),
        }
        for day, spans in minutes.items()
        for start, end in spans
        if start < min(end, _LAST_MINUTE)
    ]
    return {"twentyfourseven": False, "regular_hours": regular} if regular else None


def _minutes(days: tuple[frozenset[tuple[int, int]], ...], day: int) -> list[tuple[int, int]]:
    """The spans of one day, with the night of the day before; those that touch are one."""
    spans = [(start, min(end, DAY_MIN)) for start, end in days[day]]
    spans += [(0, end - DAY_MIN) for _, end in days[(day - 1) % 7] if end > DAY_MIN]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
