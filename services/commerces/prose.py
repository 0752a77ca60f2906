"""Opening hours in French prose, as old files have them: read only when the whole text is sure.

« Du lundi au samedi de 8h30 à 19h00 », « 7J/7 de 11H à 22H », « Mardi : 18h-23h. Dimanche fermé ».
One word that is not understood, a day said twice, days without hours, hours without days, an end
that makes no sense (« de 11h à 9h »), a list of days that may be a span (« lun/ven », « lundi >
samedi »), a day left blank before another, hours that may be those of closing (« fermé de 12h à
14h »), « fermé » between two days that may be of either, hours in brackets after a list of days
(« lundi, mardi (10h-18h) »), a half of the last of several days (« du mardi au dimanche matin
9h-13h et 15h-19h »), and there is no answer: the text stays what it was. Days that are not
named are closed, as in `opening_hours`; holidays are unknown unless named.
"""

import re
from typing import Final

from services.commerces.horaires_osm import from_osm
from services.commerces.mots import fold
from shared.horaires import ALWAYS, HOLIDAYS, Illisible
from shared.schemas.commerces_horaires import Horaires
from shared.schemas.commun import JOURS

TEXTE_MAX: Final = 1_000
_NIGHT_END: Final = 6
"""A place that closes after midnight does so by six."""
_OSM: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH")
_NUMBERS: Final = {jour: number for number, jour in enumerate(JOURS)} | {
    jour[:length]: number for number, jour in enumerate(JOURS) for length in (2, 3)
}
_DAY: Final = (
    r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)s?\b"
    r"|(?:lun?|mar?|mer?|jeu?|ven?|sam?|dim?)\b\.?"
)
_UP_TO: Final = r"(?:[^\S\n]*-[^\S\n]*|\s*(?:a|au|jusqu'au)\b\s*)"
"""A dash that ends a line may say of its day that it is closed."""
_HOUR: Final = r"(\d{1,2})\s*+(?:h(?:eures?)?\b|h(?=\d)|:(?=\d))(?:\s*+([0-5]\d(?!\d|\s*+h|:)))?"
_TOKENS: Final = re.compile(
    rf"""(?P<every>tous\ les\ jours|tlj\b
        |7\s*+(?:j(?:ours)?\s*+)?(?:/|sur)\s*+7(?:\s*+j(?:ours)?)?\b)
      | (?P<feries>(?:les\ )?jours\ feries)
      | (?:(?:du|de)\ )?(?P<first>{_DAY}){_UP_TO}(?P<last>{_DAY})
      | (?P<day>{_DAY})
      | (?:de\ |entre\ )?(?P<bare>\d{{1,2}})\s*(?:-|a\b)\s*(?P<end1>{_HOUR})
      | entre\ (?P<since>{_HOUR})\s*et\b\s*(?P<until>{_HOUR})
      | (?:de\ |entre\ )?(?P<start>{_HOUR})\s*(?:-|/|a\b)\s*(?P<end2>{_HOUR})
      | (?:l[e']\ ?)?(?P<half>matin|midi|apres[ -]midi|soir)\b(?=[\s:]*(?:de\ |entre\ )?\d)
      | (?P<bracket>[()])
      | (?P<closed>ferme(?:e|s|es|r|ture)?\b)
      | (?P<except>sauf\b|excepte\b)
      | (?:ouvert(?:e|s|es|ures?)?|horaires?|d'ouvertures?|nous\ sommes|est|sont|puis|en\ continu
        |sans\ interruption|non[\ -]stop|inclus|le|les|et|de|du)\b
      | [\s,;:.&/|·•=>-]+
    """,
    re.VERBOSE,
)

_LIST: Final = re.compile(r"(?:[^\S\n]|(?:[,&]|\bet\b)\s*+|\b(?:les?|du|de)\b)++")
"""What parts the days of a list; a line break or a colon alone leaves the first of them blank.
Without a way back: that of « , , , : » would double with each sign."""
_ROW: Final = re.compile(rf"(?:{_LIST.pattern}|/)++")
"""The same of days that follow each other."""
_PARTED: Final = re.compile(r"[,;./|·•\n-]")
_ENDED: Final = re.compile(r"[^\S\n]*(?:[,;./|·•\n)-]|$)")
_ARTICLE: Final = re.compile(r"\s*(?:les?|du)\b")
_SAID_OPEN: Final = re.compile(r"^ouverte?s?\s+")
_OPEN: Final = re.compile(r"\bouvert(?:e?s?)\b")
_FEW: Final = 2
_AND: Final = re.compile(r"\s*(?:et|&)(?: les?)?\s*")
"""What joins two days that a bracket tells the hours of."""
_LINE: Final = re.compile(r"<br ?/?>|</p>")
_NOON: Final = re.compile(
    r"(?<!apres[ -])\b(?:(?<=[-/])|(?<=[-/] )|(?<=\ba ))midi\b"
    r"|(?<!apres[ -])\bmidi\b(?![\s:]*(?:de )?\d)"
)
"""An hour, and not the part of the day whose hours follow."""
_SOONEST: Final = {"matin": "00:00", "midi": "11:00", "soir": "16:00"}
_AFTERNOON: Final = "12:00"
"""When hours of a part of the day may begin."""
_MORNING_END: Final = "14:00"


def lire_prose(text: str) -> Horaires | None:
    """The hours that a text says, when it says nothing else and all of it is understood."""
    plain = _plain(text)
    if ALWAYS.fullmatch(_SAID_OPEN.sub("", plain)):
        return from_osm("24/7")
    reading = _Reading()
    position = 0
    while position < len(plain):
        token = _TOKENS.match(plain, position)
        if token is None or not reading.take(token):
            return None
        position = token.end()
    found = reading.text()
    try:
        return from_osm(found) if found else None
    except Illisible:
        return None


def _plain(text: str) -> str:
    """Small letters without accents, one kind of dash and line, noon and midnight as hours."""
    if len(text) > TEXTE_MAX:
        return "?"
    plain = _NOON.sub("12h", _LINE.sub("\n", fold(text.translate(_TYPED))))
    return re.sub(r"\bminuit\b", "24h", plain).strip()


_TYPED: Final = str.maketrans("–—‑→’", "----'")


class _Reading:
    """Days and hours as they come: days then their hours, or once hours then their days."""

    def __init__(self) -> None:
        self._said: dict[int, list[str]] = {}
        """Spans by day; none is closed."""
        self._days: list[int] = []
        self._spans: list[str] = []
        self._hours_first = False
        """Days that follow are those of the hours told before them."""
        self._mode = ""
        """`closed` or `except` until the next hours: what the days that follow are."""
        self._expects_days = False
        """« fermé », « sauf » were said, and of which days is still to come."""
        self._last: list[int] = []
        """The days just told, and what was written since."""
        self._between = ""
        self._before = ""
        """What was written before the days just told."""
        self._half: str | None = None
        """Half of the day, if one is said, in which the next hours are."""
        self._halved = False
        """Whether one was said of hours of the days just told."""
        self._inside = ""
        """What the open bracket may tell beside what is closed: `hours`, `days` or `nothing`."""

    def take(self, token: re.Match[str]) -> bool:
        """Read one token; False when it is not sure what it means."""
        found = token.groupdict()
        days = _days(found)
        if days:
            return self._take_named(days)
        if not any(found.values()):
            self._between += token[0]
            return True
        if found["bracket"]:
            return self._begin_bracket() if found["bracket"] == "(" else self._end_bracket()
        self._last = []
        if found["half"]:
            self._half = found["half"]
            return True
        if found["closed"] or found["except"]:
            return self._take_mode(token)
        return self._take_span(token)

    def _take_named(self, days: list[int]) -> bool:
        told = self._inside in {"", "days"} or bool(self._mode)
        sure = told and self._is_list(days) and self._take_days(days)
        self._last, self._expects_days = days, False
        self._before, self._between = self._between, ""
        return sure

    def _begin_bracket(self) -> bool:
        """Of days, or of hours, straight after them: « mardi (10h-18h) », « 10h-18h (mardi) »."""
        if self._inside or self._expects_days:
            return False
        if self._spans:
            self._inside = "nothing" if self._days else "days"
            return True
        self._inside = "hours"
        # Of « lundi, mardi (10h-18h) » the first may be told nothing of.
        both = len(self._days) == _FEW and _AND.fullmatch(self._before) is not None
        of_these = bool(self._last) and (both or self._days == self._last)
        return of_these and not self._between.strip()

    def _end_bracket(self) -> bool:
        if not self._inside or self._expects_days:
            return False
        self._inside, self._mode, self._last = "", "", []
        return self._end() if self._spans else True

    def _is_list(self, days: list[int]) -> bool:
        """Whether days are told beside those before them, and not to the last of a span."""
        if not self._last:
            return True
        follow = days[0] == (self._last[-1] + 1) % 7
        return (_ROW if follow else _LIST).fullmatch(self._between) is not None

    def _is_closed(self, token: re.Match[str]) -> bool:
        """Whether « fermé » is said of the days before it: « mardi-samedi, fermé lundi » is not."""
        if _OPEN.search(self._before):
            return False
        rest = token.string[token.end() :]
        if _ENDED.match(rest):
            return True
        others = _PARTED.search(self._between) or _ARTICLE.match(rest)
        return not others and len(self._days) <= _FEW

    def _take_mode(self, token: re.Match[str]) -> bool:
        mode = "closed" if token["closed"] else "except"
        if mode == "closed" and self._days and not self._spans:
            done = self._is_closed(token) and self._close(self._days)  # « dimanche fermé »
            self._days = []
            return done
        if self._expects_days or (mode == "except" and not (self._days or self._said)):
            return False
        if mode == "closed" and not self._end():
            return False
        self._mode, self._expects_days = mode, True
        return True

    def _take_days(self, days: list[int]) -> bool:
        if self._mode == "closed":
            return self._close(days)
        if self._mode == "except":
            group = self._days
            if not set(days) <= set(group):
                return False
            self._days = [day for day in group if day not in days]
            return True
        if self._spans and self._days and not self._hours_first and not self._end():
            return False
        if set(days) & set(self._days):
            return False
        self._days += days
        return True

    def _is_opening(self) -> bool:
        """Whether hours that come now can only be those of the days told."""
        if self._inside and (self._inside != "hours" or self._mode):
            return False
        if self._expects_days or (self._said and not self._days):
            return False  # « fermé de 12h à 14h », « fermé le lundi de 12h à 14h »
        if self._mode == "except" and self._spans:
            return False  # « 10h-14h sauf dimanche 15h-20h »
        return not (self._hours_first and self._days)  # « 9h-12h lundi, 14h-18h mardi »

    def _take_span(self, token: re.Match[str]) -> bool:
        if not self._is_opening():
            return False
        start = token["bare"] or token["since"] or token["start"]
        end = token["end1"] or token["until"] or token["end2"]
        opens, closes = _clock(start), _clock(end)
        if opens is None or closes is None:
            return False
        if closes <= opens and closes > f"{_NIGHT_END:02}:00":
            return False
        if not self._is_in_half(opens, closes):
            return False
        if self._spans and opens < self._spans[-1][-5:]:
            return False
        self._halved = self._halved or self._half is not None
        self._mode, self._half = "", None
        self._hours_first = not self._days
        self._spans.append(f"{opens}-{closes}")
        return True

    def _is_in_half(self, opens: str, closes: str) -> bool:
        if self._half is None:
            # « Du mardi au dimanche matin 9h-13h et 15h-19h »: on Sunday too?
            return not self._halved or len(self._days) == 1
        if self._half == "matin" and not opens < closes <= _MORNING_END:
            return False
        return opens >= _SOONEST.get(self._half, _AFTERNOON)

    def _close(self, days: list[int]) -> bool:
        if any(day in self._said for day in days):
            return False
        self._said |= {day: [] for day in days}
        return True

    def _end(self) -> bool:
        """Days and their hours are complete."""
        days, spans = self._days, self._spans
        self._days, self._spans, self._hours_first, self._halved = [], [], False, False
        if bool(days) != bool(spans) or any(day in self._said for day in days):
            return False
        self._said |= dict.fromkeys(days, spans)
        return True

    def text(self) -> str | None:
        """As `opening_hours` has it."""
        if self._inside or self._expects_days or not self._end() or not any(self._said.values()):
            return None
        week = [
            f"{_OSM[day]} {','.join(spans)}"
            for day, spans in sorted(self._said.items())
            if spans and day != HOLIDAYS
        ]
        holidays = self._said.get(HOLIDAYS)
        if holidays is not None:
            week[-1:] = [f"{week[-1]}; PH {','.join(holidays) or 'off'}"] if week else []
        return ", ".join(week)


def _days(found: dict[str, str | None]) -> list[int]:
    if found["every"]:
        return list(range(7))
    if found["feries"]:
        return [HOLIDAYS]
    first = found["day"] or found["first"]
    if first is None:
        return []
    start, end = _number(first), _number(found["last"] or first)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _number(name: str) -> int:
    plain = name.rstrip(".")
    found = _NUMBERS.get(plain)
    return _NUMBERS[plain[:-1]] if found is None else found


def _clock(text: str) -> str | None:
    hours, _, minutes = re.sub(r"heures?|h|:", ":", "".join(text.split())).partition(":")
    if int(hours) > 24 or (int(hours) == 24 and int(minutes or 0)):  # noqa: PLR2004 midnight
        return None
    return f"{int(hours):02}:{int(minutes or 0):02}"
