"""IRVE dynamique 2.3.1, column by column: what a point's status may hold."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from services.bornes.cellules import CODES, Colonne, Illisible, undressed
from services.bornes.irve import colonnes, sans_separateurs
from shared.schemas.commun import slug

COLONNES: Final = colonnes("irve_dynamique.csv")
NOMS: Final = tuple(colonne.name for colonne in COLONNES)
OBLIGATOIRES: Final = tuple(colonne.name for colonne in COLONNES if colonne.required)
ETATS: Final = next(c.enum for c in COLONNES if c.name == "etat_pdc")
OCCUPATIONS: Final = next(c.enum for c in COLONNES if c.name == "occupation_pdc")
PRISES: Final = tuple(nom for nom in NOMS if nom.startswith("etat_prise_"))
ETATS_PRISE: Final = next(c.enum for c in COLONNES if c.name == PRISES[0])
TEXTE_MAX: Final = 100
"""Longest text worth reading, in characters: an identifier has 35."""
ANNEE_MIN, ANNEE_MAX = 2010, 9999


class Statut(NamedTuple):
    """What an operator tells of one point at one instant, named as in the standard."""

    id_pdc_itinerance: str
    etat_pdc: str
    occupation_pdc: str
    horodatage: datetime
    etat_prise_type_2: str | None = None
    etat_prise_type_combo_ccs: str | None = None
    etat_prise_type_chademo: str | None = None
    etat_prise_type_ef: str | None = None


class Constat(NamedTuple):
    """One finding: its code, and the column when it is about one."""

    code: str
    colonne: str | None = None


class Lu(NamedTuple):
    """A status once read: the identifier as received, then what the rest is worth."""

    recu: str | None
    statut: Statut | None
    """None when a column that must be there has no value of its type."""
    constats: tuple[Constat, ...] = ()


def lire(cells: Mapping[str, object]) -> Lu:
    """Read one status from its cells: texts by column name; an empty one is absent."""
    constats: list[Constat] = []
    values = [_value(colonne, cells.get(colonne.name), constats) for colonne in COLONNES]
    recu = cells.get(NOMS[0])
    nom = recu[:TEXTE_MAX] if isinstance(recu, str) else None
    readable = not any(CODES[constat.code].gravite == "erreur" for constat in constats)
    return Lu(nom, Statut(*values) if readable else None, tuple(constats))  # type: ignore[arg-type]


def _value(colonne: Colonne, recu: object, constats: list[Constat]) -> object:
    if isinstance(recu, str) and recu in colonne.enum:
        return recu
    if recu is None or (isinstance(recu, str) and not recu.strip()):
        if colonne.required:
            constats.append(Constat("OBLI", colonne.name))
        return None
    try:
        value, code = _READERS[colonne.name](colonne, _text(recu))
    except Illisible:
        constats.append(Constat("ILLI" if colonne.required else "OPTI", colonne.name))
        return None
    if code is not None:
        constats.append(Constat(code, colonne.name))
    return value


def _text(recu: object) -> str:
    if not isinstance(recu, str) or len(recu) > TEXTE_MAX:
        raise Illisible
    texte = recu.strip()
    # What cannot be seen, and ="…", as in the file of the same points; nearly no call has any.
    return texte if texte.isascii() and texte[:1] != "=" else undressed(texte)


Lecture = tuple[str | datetime, str | None]
"""A value, and the code of its repair."""


def _enum(colonne: Colonne, texte: str) -> Lecture:
    if texte in colonne.enum:
        return texte, None
    plain = slug(texte.replace("-", "_"))
    if plain not in colonne.enum:
        raise Illisible
    return plain, "ENUM"


def _identifier(colonne: Colonne, texte: str) -> Lecture:
    pattern = _PATTERNS[colonne.name]
    if pattern.fullmatch(texte):
        return texte, None
    plain = sans_separateurs(texte)
    if not pattern.fullmatch(plain):
        raise Illisible
    return plain, "IDEN"


def _instant(_: Colonne, texte: str) -> Lecture:
    """ISO 8601 with its offset: without one, an instant could be an hour or two away."""
    try:
        value = datetime.fromisoformat(texte.upper())  # RFC 3339 may write t and z
    except ValueError as error:
        raise Illisible from error
    if value.tzinfo is None or not ANNEE_MIN <= value.year < ANNEE_MAX:
        raise Illisible
    return value.astimezone(UTC), None


_PATTERNS: Final = {c.name: re.compile(c.pattern) for c in COLONNES if c.pattern}


def _reader(colonne: Colonne) -> Callable[[Colonne, str], Lecture]:
    if colonne.type == "datetime":
        return _instant
    return _enum if colonne.enum else _identifier


_READERS: Final = {colonne.name: _reader(colonne) for colonne in COLONNES}
