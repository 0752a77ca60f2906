"""Column rules common to all tabular schemas: types, constraints, repairs of wrong values."""

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from shared.schemas.commun import PARIS, is_siren
from shared.schemas.imports import Gravite
from shared.schemas.visible import visible
from shared.transfers.misread import restored
from shared.transfers.spreadsheets import ERREURS, jour_compte, retrouver, sans_egal
from shared.transfers.tables import rows

MAX_TEXT = 2_000
"""Longest text kept, in characters."""
MAX_INTEGER = 10_000
"""Largest whole number, where the schema says nothing."""
FIRST_YEAR, LAST_YEAR = 1900, 2100
FRANCE = (-5.0, 10.0, 41.0, 52.0)
"""CRDF: lon min, lon max, lat min, lat max."""
SWAPPED = (41.0, 51.5, -5.5, 9.7)
"""A longitude and a latitude in these bounds were written in the other order."""
DECIMALS = 2
"""COPR: a position of no more decimals may be 650 m away; surveyed ones have five or six."""

Codes = tuple[str, ...]
Lecture = tuple[str, Codes]
"""Canonical text and the codes of what was found."""


class Code(NamedTuple):
    """A kind of finding."""

    gravite: Gravite
    libelle: str
    source: str


class Constat(NamedTuple):
    """One finding: its code, the received text, the text kept instead."""

    code: str
    recu: str
    retenu: str | None = None


class Cellule(NamedTuple):
    """A cell once read: its canonical text (None: no value) and what was found."""

    valeur: str | None
    constats: tuple[Constat, ...] = ()


class Formule(ValueError):
    """The cell is a spreadsheet formula."""


class Illisible(Exception):
    """The text has no value of its column's type; `code` says why."""

    def __init__(self, code: str = "ILLI") -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Colonne:
    """One column, as its schema constrains it."""

    name: str
    type: str
    format: str
    required: bool
    pattern: str
    enum: tuple[str, ...]
    minimum: str
    level: str
    """station | point: what the column describes."""
    maximum: str = ""
    absence: Codes = ()
    """Found when the column, which is optional, has no value."""
    attendu: str = ""
    """What a value is, in French, where the type and the list of values do not tell."""

    @cached_property
    def motif(self) -> re.Pattern[str]:
        # A digit is one of ours: those of other alphabets are in nobody's registry.
        return re.compile(self.pattern, re.ASCII)


Lecteur = Callable[[Colonne, str], Lecture]
"""How the text of a cell is read in its column; raises Illisible."""


@dataclass(frozen=True)
class Schema:
    """A tabular schema: what a file must be to be taken."""

    libelle: str
    attendu: str
    """What is said to who sends another schema."""
    colonnes: tuple[Colonne, ...]
    lire: Callable[[Colonne, str], Cellule]
    autres: tuple[tuple[Collection[str], str], ...]
    """Columns, in lower case, that give away another schema, and its name."""

    @cached_property
    def noms(self) -> tuple[str, ...]:
        return tuple(colonne.name for colonne in self.colonnes)


CODES: Mapping[str, Code] = {
    row["code"]: Code(row["gravite"], row["libelle"], row["source"])  # type: ignore[arg-type]
    for row in rows(Path(__file__).with_name("codes.csv"))
}

NONE: Codes = ()
DASHES = "\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}"
"""What word processors write for a hyphen."""
NUMBER = r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?"
_ABSENT = ERREURS | {"null", "none", "nan"}
"""Ways to write that there is nothing, the errors of spreadsheets among them."""
ABSENT_IF_OPTIONAL = _ABSENT | {
    *("n/a", "na", "n.a.", "nc", "n.c.", "nd", "n.d.", "<nul>", "<null>", "(null)", "\\n"),
    *("néant", "neant", "non renseigné", "non renseigne", "non communiqué", "non communique"),
    *("-", "--", "–", "—", "…", "...", ".", "?", "/"),
}
"""The same, in a column that may have nothing: `NC` is no operator."""
_ABSENT_MAX = max(map(len, ABSENT_IF_OPTIONAL))
_BOOLEANS = {
    **dict.fromkeys(("true", "True", "TRUE", "1"), "true"),
    **dict.fromkeys(("false", "False", "FALSE", "0"), "false"),
}
_BOOLEANS_REPAIRED = {
    **dict.fromkeys(("true", "vrai", "oui", "yes", "o", "y", "t", "v", "1.0"), "true"),
    **dict.fromkeys(("false", "faux", "non", "no", "n", "f", "0.0"), "false"),
}
# A number on its own may lack the digits of one side of its point; one of a pair may not.
_ALONE = r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?"
_IS_NUMBER = re.compile(_ALONE)
_IS_QUANTITY = re.compile(rf"({_ALONE})([^0-9.].*)?")
# A geopoint of the standard is an array of JSON: no sign +, no leading zero, its own spaces.
_JSON_NUMBER = r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?"
_IS_GEOPOINT = re.compile(r"\[{0}({1}){0},{0}({1}){0}\]".format(r"[ \t\r\n]*", _JSON_NUMBER))
_CLOCK = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?"
_FRENCH_DATE = re.compile(rf"([0-9]{{1,2}})[/.-]([0-9]{{1,2}})[/.-]([0-9]{{4}}){_CLOCK}")
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})[/.-]([0-9]{{1,2}})[/.-]([0-9]{{1,2}}){_CLOCK}")
_DRESS = re.compile(
    r"srid\s*=\s*4326\s*;|['\"]?\b(?:type|coordinates)['\"]?\s*:|['\"]?\bpoint\b(?:\s+z\b)?['\"]?",
    re.IGNORECASE,
)
"""What GeoJSON and WKT write around the numbers of a point."""
_AROUND, _BETWEEN = r"[\s\[\](){}'\",;]*", r"[\s'\",;:/]+"
_DECIMAL_COMMA = r"[+-]?[0-9]{1,3},[0-9]{1,20}"
_NAMED = re.compile(
    rf"(lon|lat)[a-z]{{0,9}}['\"]?\s*[:=]\s*['\"]?({_DECIMAL_COMMA}|{NUMBER})"
    r"(?![0-9.]|,[0-9]|\s*+(?:[°º'’′]\s*+)?[0-9])",  # 48 of 48°49'12: minutes follow
    re.IGNORECASE,
)
_IS_PAIR = re.compile(rf"{_AROUND}({NUMBER}){_BETWEEN}({NUMBER}){_AROUND}")
# An altitude is dropped, where it cannot be decimals after a comma: `2.3522, 48,8566`.
_POINTED = r"[+-]?[0-9]{1,15}\.[0-9]{1,20}(?:[eE][+-]?[0-9]{1,2})?"
_IS_HIGH = re.compile(rf"{_AROUND}({_POINTED}){_BETWEEN}({_POINTED}){_BETWEEN}{NUMBER}{_AROUND}")
_IS_FRENCH_PAIR = re.compile(
    rf"{_AROUND}({_DECIMAL_COMMA})(?:[\s;/]+|,\s+)({_DECIMAL_COMMA}){_AROUND}"
)
_ON_ONE_LINE = ("nom_", "adresse_")
"""What the columns are called whose texts people read on one line."""
_LINE_BREAK = re.compile(r"(?<!\s)\s*[^\S ]\s*")
"""Any space but the plain one."""
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(
    rf"(?=[^@]{{1,64}}@.{{1,253}}$){_ATOM}(?:\.{_ATOM})*@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_AROUND_MARK = re.compile(rf" ?([-/{DASHES}]) ?")
_PLAIN_MARK = dict.fromkeys(DASHES, "-")


def lire(colonne: Colonne, recu: str, lecteur: Lecteur) -> Cellule:
    """What the received text of a cell is worth in its column.

    Reading the canonical text again gives the same text and no repair.
    """
    propre = undressed(recu)
    is_text = colonne.type == "string" and len(propre) <= MAX_TEXT
    texte = juste = restored(propre) if is_text else propre
    if texte[:1] == "=" or "'" in texte:
        texte = _unmarked(texte)
    absent = _ABSENT if colonne.required else ABSENT_IF_OPTIONAL
    if not texte or (len(texte) <= _ABSENT_MAX and texte.casefold() in absent):
        codes = ("NULL",) if texte and not colonne.required else ()
        return _empty(colonne, recu, codes)
    try:
        valeur, found = lecteur(colonne, texte)
    except Illisible as error:
        if colonne.required:
            return Cellule(None, (Constat(error.code, recu),))
        return _empty(colonne, recu, ("OPTI",))
    if juste != propre:
        found = ("TEXT", *found)
    elif valeur == texte and propre != recu:
        found = ("ESPA", *found)
    if not found:
        return Cellule(valeur)
    return Cellule(valeur, tuple(_constat(code, recu, valeur) for code in found))


def undressed(recu: str) -> str:
    """A cell without what is around its text or cannot be seen in it, each accent on its letter."""
    texte = sans_egal(visible(recu)).strip()
    return texte if texte.isascii() else unicodedata.normalize("NFC", texte)


def _unmarked(texte: str) -> str:
    """Refuse a formula; undo our own exports' '+… where a spreadsheet would compute."""
    if texte.startswith("="):
        raise Formule(texte)
    return retrouver(texte)


def _constat(code: str, recu: str, valeur: str) -> Constat:
    return Constat(code, recu, valeur if CODES[code].gravite == "reparation" else None)


def _empty(colonne: Colonne, recu: str, codes: Codes) -> Cellule:
    if colonne.required:
        return Cellule(None, (Constat("OBLI", recu),))
    return Cellule(None, tuple(Constat(code, recu) for code in (*codes, *colonne.absence)))


def boolean(_: Colonne, texte: str) -> Lecture:
    if valeur := _BOOLEANS.get(texte):
        return valeur, ()
    if valeur := _BOOLEANS_REPAIRED.get(texte.casefold()):
        return valeur, ("BOOL",)
    raise Illisible


def quantity(texte: str, units: Collection[str]) -> tuple[float, str, Codes]:
    """A number, its unit, and NOMB when it was not written as a plain number."""
    if _IS_NUMBER.fullmatch(texte):
        return float(texte), "", ()
    match = _IS_QUANTITY.fullmatch("".join(texte.split()).replace(",", ".").casefold())
    if not match or (match[2] and match[2] not in units):
        raise Illisible
    return float(match[1]), match[2] or "", ("NOMB",)


def integer(colonne: Colonne, texte: str) -> Lecture:
    valeur, _, _ = quantity(texte, ())
    low, high = float(colonne.minimum or 0), float(colonne.maximum or MAX_INTEGER)
    if not valeur.is_integer() or not low <= valeur <= high:
        raise Illisible
    canonical = str(int(valeur))
    return canonical, () if canonical == texte else ("NOMB",)


def day(_: Colonne, texte: str) -> Lecture:
    try:
        if match := _FRENCH_DATE.fullmatch(texte):
            valeur = date(int(match[3]), int(match[2]), int(match[1]))
        elif match := _YEAR_FIRST.fullmatch(texte):
            valeur = date(int(match[1]), int(match[2]), int(match[3]))
        elif counted := jour_compte(texte):
            valeur = counted
        else:
            valeur = _day_of(datetime.fromisoformat(texte))
    except ValueError as error:
        raise Illisible from error
    if not FIRST_YEAR <= valeur.year <= LAST_YEAR:
        raise Illisible
    canonical = valeur.isoformat()
    return canonical, () if canonical == texte else ("DATE",)


def _day_of(moment: datetime) -> date:
    """The day in Paris: there, midnight is 23:00 or 22:00 UTC of the day before."""
    return (moment.astimezone(PARIS) if moment.tzinfo else moment).date()


def geopoint(_colonne: Colonne, texte: str) -> Lecture:
    codes = NONE
    if match := _IS_GEOPOINT.fullmatch(texte):
        lon, lat = float(match[1]), float(match[2])
    else:
        lon, lat = _coordinates(texte)
        codes = ("COEC",)
    lon_min, lon_max, lat_min, lat_max = SWAPPED
    if lon_min <= lon <= lon_max and lat_min <= lat <= lat_max:
        lon, lat, codes = lat, lon, ("COIN", *codes)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # noqa: PLR2004 the Earth
        raise Illisible("COOR")
    lon_min, lon_max, lat_min, lat_max = FRANCE
    if not (lon_min <= lon <= lon_max and lat_min <= lat <= lat_max):
        codes = (*codes, "CRDF")
    if (round(lon, DECIMALS), round(lat, DECIMALS)) == (lon, lat):
        codes = (*codes, "COPR")
    return f"[{digits(lon)},{digits(lat)}]", codes


def _coordinates(texte: str) -> tuple[float, float]:
    """Two numbers in another dress: a Python dict, GeoJSON, WKT, no brackets, other separators."""
    named = {name.lower(): _decimal(number) for name, number in _NAMED.findall(texte)}
    if len(named) == 2:  # noqa: PLR2004 a longitude and a latitude
        return named["lon"], named["lat"]
    bare = _DRESS.sub("", texte)
    match = _IS_FRENCH_PAIR.fullmatch(bare) or _IS_PAIR.fullmatch(bare) or _IS_HIGH.fullmatch(bare)
    if not match:
        raise Illisible("COOR")
    lon, lat = map(_decimal, match.groups())
    return lon, lat


def _decimal(number: str) -> float:
    return float(number.replace(",", "."))


def plain(colonne: Colonne, texte: str) -> Lecture:
    if len(texte) > MAX_TEXT:
        raise Illisible
    found = ("ACCE",) if "\ufffd" in texte else NONE
    if colonne.name.startswith(_ON_ONE_LINE) and _LINE_BREAK.search(texte):
        return _LINE_BREAK.sub(" ", texte), ("ESPA", *found)
    return texte, found


def email(colonne: Colonne, texte: str) -> Lecture:
    adresse = texte.removeprefix("mailto:")
    if not _EMAIL.fullmatch(adresse):
        raise Illisible
    read, found = plain(colonne, adresse)
    return read, found if adresse == texte else ("ESPA", *found)


def patterned(colonne: Colonne, texte: str) -> Lecture:
    if len(texte) > MAX_TEXT:
        raise Illisible  # before the pattern, which is the standard's
    codes = NONE
    if not colonne.motif.fullmatch(texte):
        texte, codes = _respaced(colonne, texte)
    if colonne.name.startswith("siren_") and not is_siren(texte):
        codes = (*codes, "SIRI")
    read, found = plain(colonne, texte)
    return read, (*codes, *found)


def _respaced(colonne: Colonne, texte: str) -> Lecture:
    """A text that fits its pattern once on one line, where lines are a list; or without spaces."""
    lines = (" ".join(line.split()).strip(" ,;") for line in texte.splitlines())
    on_one_line = ", ".join(filter(None, lines))
    tight = _AROUND_MARK.sub(lambda mark: _PLAIN_MARK.get(mark[1], mark[1]), on_one_line)
    for other, code in (
        (on_one_line, "ESPA"),
        (tight, "ESPA"),
        ("".join(texte.split()), "IDEN"),
    ):
        if colonne.motif.fullmatch(other):
            return other, (code,)
    raise Illisible


def listed(colonne: Colonne, texte: str) -> Lecture:
    if texte in colonne.enum:
        return texte, ()
    for valeur in colonne.enum:
        if folded(valeur) == folded(texte):
            return valeur, ("ENUM",)
    raise Illisible


def text_lecteur(colonne: Colonne) -> Lecteur:
    """How a column of text is read, by what its schema says of it."""
    if colonne.enum:
        return listed
    if colonne.pattern:
        return patterned
    return email if colonne.format == "email" else plain


def by_name(colonnes: Iterable[Colonne]) -> dict[str, Colonne]:
    """The columns, by their names as `folded` leaves them."""
    return {folded(colonne.name): colonne for colonne in colonnes}


def folded(texte: str) -> str:
    """Without case, accents nor spaces."""
    unmarked = unicodedata.normalize("NFKD", texte.casefold())
    return "".join(c for c in unmarked if c.isalnum())


def digits(valeur: float) -> str:
    """The shortest text of a number: 22.0 and 22.00 are both written 22."""
    return repr(math.copysign(valeur, 1) if valeur == 0 else valeur).removesuffix(".0")
