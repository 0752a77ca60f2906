"""Opening hours that have one meaning and another spelling than the standard's pattern."""

import re
from collections.abc import Iterator

from services.bornes.cellules import Colonne, Illisible, Lecture, patterned
from shared import horaires

_DAY = r"24\s*+(?:h(?:eures?)?\s*+)?(?:/|sur)\s*+24\s*+(?:h(?:eures?)?)?"
_WEEK = r"7\s*+(?:j(?:ours?)?\s*+)?(?:/|sur)\s*+7\s*+(?:j(?:ours?)?)?"
_AND = r"[\s,;-]*+(?:et\s++|[/&+]\s*+)?"
_ALWAYS = re.compile(rf"(?:{_DAY}(?:{_AND}{_WEEK})?|{_WEEK}{_AND}{_DAY})\.?", re.IGNORECASE)
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2})h(\d{2})?(?!\w)", re.IGNORECASE)
_CLOSED = re.compile(r"[;,]\s*[\w ,-]{2,60}\s(?:off|closed)\s*$", re.IGNORECASE)


def lire(colonne: Colonne, texte: str) -> Lecture:
    """Hours as the standard writes them; Illisible where another text might mean something else."""
    try:
        return patterned(colonne, texte)
    except Illisible:
        for other in _others(texte):
            if colonne.motif.fullmatch(other):
                return other, ("HORA",)
        raise


def _others(texte: str) -> Iterator[str]:
    """Other ways to write the same hours."""
    if len(texte) > horaires.TEXT_MAX:
        return
    if _ALWAYS.fullmatch(texte):
        yield "24/7"
    meant = horaires.parse(texte)
    clocks = _CLOCK.sub(lambda clock: f"{int(clock[1]):02}:{clock[2] or '00'}", texte)
    for other in (clocks, _CLOSED.sub("", texte).rstrip(), _CLOSED.sub("", clocks).rstrip()):
        if meant is not None and horaires.parse(other) == meant:
            yield other
