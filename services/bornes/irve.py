"""IRVE statique 2.3.1, column by column: what is its own beyond the rules of all schemas."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from services.bornes import cellules, heures
from services.bornes.cellules import (
    DASHES,
    NONE,
    Cellule,
    Colonne,
    Illisible,
    Lecteur,
    Lecture,
    Schema,
    digits,
    folded,
    quantity,
)
from shared.schemas.commun import is_siren
from shared.transfers.tables import rows, words

NON_CONCERNE = "Non concerné"
MAX_KW = 2_000.0
"""Above, a number without a unit is in watts; the published bound POWU is 4,000 kW, which such a
number could never reach."""
MIN_KW = 1.3
_UNITS = ("kw", "kva", "w")
_INCOMPLETE = {
    "nom_amenageur": ("AMEM",),
    "siren_amenageur": ("AMEM",),
    "contact_amenageur": ("AMEM",),
    "nom_operateur": ("OPEM",),
    "telephone_operateur": ("OPEM",),
}
_FLOAT = r"[0-9]+[.,]0"
_IS_FLOAT = re.compile(_FLOAT)
"""What programs make of digits that they take for a quantity."""
_SIRET, _SIREN_LENGTH = re.compile(r"[0-9]{14}"), 9
_QUANTITY = r"[0-9](?:(?:[.,][0-9]+)?[Ee]\+|[.,][0-9]{3,}[Ee])[0-9]{2,3}"
_SCIENTIFIC = re.compile(_QUANTITY)
_SEPARATORS = re.compile(rf"[\s*_.{DASHES}-]")
"""What people put between the parts of an identifier."""
_DIGITS = {
    *("telephone_operateur", "num_pdl", "id_station_local", "id_pdc_local"),
    "code_insee_commune",
}
"""Columns of digits that a spreadsheet takes for quantities."""
_AFIREV = {"id_pdc_itinerance": ("E", "AFIE"), "id_station_itinerance": ("P", "AFIP")}


def colonnes(name: str) -> tuple[Colonne, ...]:
    """The columns that one of our data files describes."""
    return tuple(
        Colonne(
            name=row["name"],
            type=row["type"],
            format=row["format"],
            required=row["required"] == "true",
            pattern=row["pattern"],
            enum=words(row["enum"]),
            minimum=row["minimum"],
            level=row["level"],
            absence=_INCOMPLETE.get(row["name"], NONE),
            attendu=row["attendu"],
        )
        for row in rows(Path(__file__).with_name(name))
    )


COLONNES = colonnes("irve_statique.csv")


def lire(colonne: Colonne, recu: str) -> Cellule:
    """What the received text of a cell is worth in its column."""
    return cellules.lire(colonne, recu, _LECTEURS[colonne.name])


def _power(_: Colonne, texte: str) -> Lecture:
    """puissance_nominale, the one number of the schema: kW."""
    valeur, unit, codes = quantity(texte, _UNITS)
    if valeur < 0:
        raise Illisible
    if unit == "w" or (not unit and valeur > MAX_KW):
        valeur, codes = valeur / 1000, ("WATT",)
    if valeur > MAX_KW:
        raise Illisible("POWU")
    return digits(valeur), (*codes, *(("POWL",) if valeur <= MIN_KW else ()))


def sans_separateurs(texte: str) -> str:
    """An identifier as the files write it, of one written as on the bornes (FR*MGP*E…)."""
    return _SEPARATORS.sub("", texte).upper()


def _identifier(colonne: Colonne, texte: str) -> Lecture:
    if texte == NON_CONCERNE:
        return NON_CONCERNE, ()
    valeur, codes = texte, NONE
    if not colonne.motif.fullmatch(texte):
        if folded(texte) == folded(NON_CONCERNE):
            return NON_CONCERNE, ("ENUM",)
        valeur, codes = sans_separateurs(texte), ("IDEN",)
        if not colonne.motif.fullmatch(valeur):
            raise Illisible
    letter, code = _AFIREV[colonne.name]
    if not (valeur.startswith("FR") and valeur[5:6] == letter):
        codes = (*codes, code)
    return valeur, codes


def _siren(colonne: Colonne, texte: str) -> Lecture:
    """siren_amenageur; a spreadsheet that takes it for a quantity writes `832489801.0`.

    A SIRET begins with the SIREN of who holds the establishment.
    """
    if _IS_FLOAT.fullmatch(texte):
        valeur, codes = cellules.text_lecteur(colonne)(colonne, texte[:-2])
        return valeur, codes if "IDEN" in codes else ("IDEN", *codes)
    tight = "".join(texte.split())
    if _SIRET.fullmatch(tight) and is_siren(tight[:_SIREN_LENGTH]):
        return tight[:_SIREN_LENGTH], ("IDEN",)
    return cellules.text_lecteur(colonne)(colonne, texte)


def _digits(colonne: Colonne, texte: str) -> Lecture:
    """A text of digits, unless a spreadsheet has lost most of them: `1,23457E+13`.

    One that took them for a quantity without losing any writes `962411.0`: another identifier.
    """
    if _SCIENTIFIC.fullmatch(texte):
        raise Illisible
    if _IS_FLOAT.fullmatch(texte):
        valeur, codes = cellules.text_lecteur(colonne)(colonne, texte[:-2])
        return valeur, ("NOMB", *codes)
    return cellules.text_lecteur(colonne)(colonne, texte)


_OF_TYPE: Mapping[str, Lecteur] = {
    "boolean": cellules.boolean,
    "number": _power,
    "integer": cellules.integer,
    "date": cellules.day,
    "geopoint": cellules.geopoint,
}


def _lecteur(colonne: Colonne) -> Lecteur:
    if colonne.type != "string":
        return _OF_TYPE[colonne.type]
    if colonne.name in _AFIREV:
        return _identifier
    if colonne.name == "siren_amenageur":
        return _siren
    if colonne.name == "horaires":
        return heures.lire
    if colonne.name in _DIGITS:
        return _digits
    return cellules.text_lecteur(colonne)


_LECTEURS = {colonne.name: _lecteur(colonne) for colonne in COLONNES}


_LETTERS = "0-9A-Za-z_ÀÁÄÆ-ÖØ-öø-ÿŒœ"
"""Those of French and its neighbours, but Â, Ã and Å: what was misread
(`shared.transfers.misread`), where no sign gives it away, holds one."""


_SHORTEST = 5
"""Characters of the shortest text that is quickly tested."""
_NOTHING = (word for word in sorted(cellules.ABSENT_IF_OPTIONAL) if len(word) >= _SHORTEST)
_SAYS = rf"(?!(?i:{'|'.join(map(re.escape, _NOTHING))})\Z)"
"""Not a way to write that there is nothing."""


def _clean(sign: str, but: str = "") -> Callable[[str], object]:
    """A test of letters, digits and signs that are no work for anybody, `sign` among them.

    No semicolon: our exports mark what would be a formula after one, and it ends an entity.
    """
    return re.compile(
        rf"{but}{_SAYS}[{_LETTERS}][{_LETTERS} ,.:'’()/&°@*|{sign}-]{{3,1997}}[{_LETTERS}.)]"
    ).fullmatch


_CLEAN_TEXT, _CLEAN_DIGITS = _clean("+"), _clean("", rf"(?!(?:{_FLOAT}|{_QUANTITY})\Z)")
EST_NET: Mapping[str, Callable[[str], object]] = {
    **{nom: _CLEAN_TEXT for nom, lecteur in _LECTEURS.items() if lecteur is cellules.plain},
    **dict.fromkeys(_DIGITS - {"code_insee_commune"}, _CLEAN_DIGITS),
    **{
        nom: re.compile(rf"FR[A-Z0-9]{{3}}{letter}[A-Z0-9]{{0,29}}").fullmatch
        for nom, (letter, _) in _AFIREV.items()
    },
}
"""By column, a quick test: a text that passes is its own canonical form, nothing is found in it,
and it needs no escape anywhere. Others may be as good: they take the long way."""
SCHEMA = Schema(
    libelle="IRVE statique",
    attendu="la version 2.3.1 d’IRVE statique est attendue",
    colonnes=COLONNES,
    lire=lire,
    autres=(
        (
            {"n_operateur", "n_amenageur", "xlongitude", "ylatitude", "puiss_max"},
            "la version 1 du schéma IRVE",
        ),
        (
            {"station_latitude", "puissance_nominale_kw", "nb_pdc"},
            "la version 3 (provisoire) du schéma IRVE",
        ),
        ({"etat_pdc", "occupation_pdc", "horodatage"}, "le schéma IRVE dynamique"),
        ({"pression_bar", "prix_kg"}, "le schéma des stations d’avitaillement"),
    ),
)
NOMS = SCHEMA.noms
