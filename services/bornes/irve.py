"""IRVE statique 2.3.1, column by column: what a cell may hold and how a wrong one is repaired."""

import csv
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from shared.schemas.commun import luhn

NON_CONCERNE = "Non concerné"
MAX_TEXT = 2_000
"""Longest text kept, in characters."""
MAX_KW = 2_000.0
"""Above, a power is in watts; the published bound POWU is 4,000 kW."""
MIN_KW = 1.3
MAX_PDC = 10_000
FIRST_YEAR, LAST_YEAR = 1900, 2100
FRANCE = (-5.0, 10.0, 41.0, 52.0)
"""CRDF: lon min, lon max, lat min, lat max."""
SWAPPED = (41.0, 51.5, -5.5, 9.7)
"""A longitude and a latitude in these bounds were written in the other order."""

Gravite = Literal["erreur", "reparation", "avertissement", "doublon"]


@dataclass(frozen=True)
class Colonne:
    """One column, as the official schema constrains it."""

    name: str
    type: str
    format: str
    required: bool
    pattern: str
    enum: tuple[str, ...]
    minimum: str
    level: str
    """station | point: what the column describes."""


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


def _read(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def colonnes(name: str) -> tuple[Colonne, ...]:
    """The columns that one of our data files describes."""
    return tuple(
        Colonne(
            name=row["name"],
            type=row["type"],
            format=row["format"],
            required=row["required"] == "true",
            pattern=row["pattern"],
            enum=tuple(filter(None, row["enum"].split("|"))),
            minimum=row["minimum"],
            level=row["level"],
        )
        for row in _read(name)
    )


COLONNES = colonnes("irve_statique.csv")
NOMS = tuple(colonne.name for colonne in COLONNES)
CODES: Mapping[str, Code] = {
    row["code"]: Code(row["gravite"], row["libelle"], row["source"])  # type: ignore[arg-type]
    for row in _read("codes.csv")
}

Codes = tuple[str, ...]
Lecture = tuple[str, Codes]
"""Canonical text and the codes of what was found."""

_NONE: Codes = ()

_ABSENT = {"null", "none", "nan"}
_ABSENT_MAX = max(map(len, _ABSENT))
_MARKS = {"=", "'"}
_INCOMPLETE = {
    "nom_amenageur": "AMEM",
    "siren_amenageur": "AMEM",
    "contact_amenageur": "AMEM",
    "nom_operateur": "OPEM",
    "telephone_operateur": "OPEM",
}
_BOOLEANS = {
    **dict.fromkeys(("true", "True", "TRUE", "1"), "true"),
    **dict.fromkeys(("false", "False", "FALSE", "0"), "false"),
}
_BOOLEANS_REPAIRED = {
    **dict.fromkeys(("true", "vrai", "oui", "yes", "o", "y", "t", "v", "1.0"), "true"),
    **dict.fromkeys(("false", "faux", "non", "no", "n", "f", "0.0"), "false"),
}
_NUMBER = r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?"
_IS_NUMBER = re.compile(_NUMBER)
_IS_QUANTITY = re.compile(rf"({_NUMBER})(kw|kva|w)?")
_IS_GEOPOINT = re.compile(rf"\[\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\]")
_NAMED = re.compile(rf"(lon|lat)[a-z]*['\"]?\s*[:=]\s*['\"]?({_NUMBER})", re.IGNORECASE)
_FRENCH_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_AFIREV = {"id_pdc_itinerance": ("E", "AFIE"), "id_station_itinerance": ("P", "AFIP")}
_NEUTRALISED = re.compile(r"'[+\-@]")


def lire(colonne: Colonne, recu: str) -> Cellule:
    """What the received text of a cell is worth in its column.

    Reading the canonical text again gives the same text and no repair.
    """
    texte = recu.strip()
    if texte[:1] in _MARKS:
        texte = _unmarked(texte)
    if not texte or (len(texte) <= _ABSENT_MAX and texte.casefold() in _ABSENT):
        codes = ("NULL",) if texte and not colonne.required else ()
        return _empty(colonne, recu, *codes)
    try:
        valeur, found = _READERS[colonne.name](colonne, texte)
    except Illisible as error:
        if colonne.required:
            return Cellule(None, (Constat(error.code, recu),))
        return _empty(colonne, recu, "OPTI")
    if valeur == texte and texte is not recu and recu.strip() != recu:
        found = ("ESPA", *found)
    if not found:
        return Cellule(valeur)
    return Cellule(valeur, tuple(_constat(code, recu, valeur) for code in found))


def _unmarked(texte: str) -> str:
    """Refuse a formula; undo our own exports' '+… where a spreadsheet would compute."""
    if texte.startswith("="):
        raise Formule(texte)
    return texte[1:] if _NEUTRALISED.match(texte) else texte


def _constat(code: str, recu: str, valeur: str) -> Constat:
    return Constat(code, recu, valeur if CODES[code].gravite == "reparation" else None)


def _empty(colonne: Colonne, recu: str, *codes: str) -> Cellule:
    if colonne.required:
        return Cellule(None, (Constat("OBLI", recu),))
    if colonne.name in _INCOMPLETE:
        codes = (*codes, _INCOMPLETE[colonne.name])
    return Cellule(None, tuple(Constat(code, recu) for code in codes))


def _boolean(_: Colonne, texte: str) -> Lecture:
    if valeur := _BOOLEANS.get(texte):
        return valeur, ()
    if valeur := _BOOLEANS_REPAIRED.get(texte.casefold()):
        return valeur, ("BOOL",)
    raise Illisible


def _quantity(texte: str) -> tuple[float, str, Codes]:
    """A number, its unit, and NOMB when it was not written as a plain number."""
    if _IS_NUMBER.fullmatch(texte):
        return float(texte), "", ()
    match = _IS_QUANTITY.fullmatch("".join(texte.split()).replace(",", ".").casefold())
    if not match:
        raise Illisible
    return float(match[1]), match[2] or "", ("NOMB",)


def _number(_: Colonne, texte: str) -> Lecture:
    """puissance_nominale, the one number of the schema: kW."""
    valeur, unit, codes = _quantity(texte)
    if valeur < 0:
        raise Illisible
    if unit == "w" or valeur > MAX_KW:
        valeur, codes = valeur / 1000, ("WATT",)
    if valeur > MAX_KW:
        raise Illisible("POWU")
    return _digits(valeur), (*codes, *(("POWL",) if valeur <= MIN_KW else ()))


def _integer(_colonne: Colonne, texte: str) -> Lecture:
    valeur, unit, _ = _quantity(texte)
    if unit or not valeur.is_integer() or not 0 <= valeur <= MAX_PDC:
        raise Illisible
    canonical = str(int(valeur))
    return canonical, () if canonical == texte else ("NOMB",)


def _date(_: Colonne, texte: str) -> Lecture:
    match = _FRENCH_DATE.fullmatch(texte)
    try:
        if match:
            valeur = date(int(match[3]), int(match[2]), int(match[1]))
        else:
            valeur = datetime.fromisoformat(texte).date()
    except ValueError as error:
        raise Illisible from error
    if not FIRST_YEAR <= valeur.year <= LAST_YEAR:
        raise Illisible
    canonical = valeur.isoformat()
    return canonical, () if canonical == texte else ("DATE",)


def _geopoint(_colonne: Colonne, texte: str) -> Lecture:
    codes = _NONE
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
    return f"[{_digits(lon)},{_digits(lat)}]", codes


def _coordinates(texte: str) -> tuple[float, float]:
    """Two numbers in another dress: a Python dict, no brackets, other separators."""
    named = {name.lower(): float(number) for name, number in _NAMED.findall(texte)}
    if len(named) == 2:  # noqa: PLR2004 a longitude and a latitude
        return named["lon"], named["lat"]
    numbers = re.findall(_NUMBER, texte)
    if len(numbers) != 2 or re.search(r"[^\d\s\[\](){}.,;:/'\"+-]", texte):  # noqa: PLR2004 the same
        raise Illisible("COOR")
    return float(numbers[0]), float(numbers[1])


def _text(_colonne: Colonne, texte: str) -> Lecture:
    if len(texte) > MAX_TEXT:
        raise Illisible
    return texte, ("ACCE",) if "\ufffd" in texte else _NONE


def _email(colonne: Colonne, texte: str) -> Lecture:
    if not _EMAIL.fullmatch(texte):
        raise Illisible
    return _text(colonne, texte)


def _pattern(colonne: Colonne, texte: str) -> Lecture:
    if not _PATTERNS[colonne.name].fullmatch(texte):
        raise Illisible
    if colonne.name == "siren_amenageur" and not luhn(texte):
        return texte, ("SIRI",)
    return _text(colonne, texte)


def _enum(colonne: Colonne, texte: str) -> Lecture:
    if texte in colonne.enum:
        return texte, ()
    for valeur in colonne.enum:
        if _folded(valeur) == _folded(texte):
            return valeur, ("ENUM",)
    raise Illisible


def _identifier(colonne: Colonne, texte: str) -> Lecture:
    if texte == NON_CONCERNE:
        return NON_CONCERNE, ()
    valeur, codes = texte, _NONE
    if not _PATTERNS[colonne.name].fullmatch(texte):
        if _folded(texte) == _folded(NON_CONCERNE):
            return NON_CONCERNE, ("ENUM",)
        valeur, codes = re.sub(r"[\s*_.-]", "", texte).upper(), ("IDEN",)
        if not _PATTERNS[colonne.name].fullmatch(valeur):
            raise Illisible
    letter, code = _AFIREV[colonne.name]
    if not (valeur.startswith("FR") and valeur[5:6] == letter):
        codes = (*codes, code)
    return valeur, codes


_PATTERNS = {colonne.name: re.compile(colonne.pattern) for colonne in COLONNES if colonne.pattern}
_OF_TYPE: Mapping[str, Callable[[Colonne, str], Lecture]] = {
    "boolean": _boolean,
    "number": _number,
    "integer": _integer,
    "date": _date,
    "geopoint": _geopoint,
}


def _reader(colonne: Colonne) -> Callable[[Colonne, str], Lecture]:
    if colonne.type != "string":
        return _OF_TYPE[colonne.type]
    if colonne.name in _AFIREV:
        return _identifier
    if colonne.enum:
        return _enum
    if colonne.pattern:
        return _pattern
    return _email if colonne.format == "email" else _text


_READERS = {colonne.name: _reader(colonne) for colonne in COLONNES}


def _folded(texte: str) -> str:
    """Without case, accents nor spaces."""
    plain = unicodedata.normalize("NFKD", texte.casefold())
    return "".join(c for c in plain if c.isalnum())


def _digits(valeur: float) -> str:
    """The shortest text of a number: 22.0 and 22.00 are both written 22."""
    return repr(math.copysign(valeur, 1) if valeur == 0 else valeur).removesuffix(".0")
