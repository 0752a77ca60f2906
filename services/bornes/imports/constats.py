"""The findings of an import, and how they are written for COPY."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from services.bornes.cellules import CODES
from services.bornes.imports.fichier import Ligne
from shared.transfers.files import FichierRefuse

MAX_SHOWN = 500
"""Characters of a received text kept in a report."""
NULL = r"\N"
_ESCAPED = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
_ESCAPES = str.maketrans(_ESCAPED)
_PLAIN = {escape: plain for plain, escape in _ESCAPED.items()}
_IS_ESCAPE = re.compile(r"\\.")


class Trouve(NamedTuple):
    """A finding, ready for the report: `copie` is its text for COPY, after the line."""

    colonne: str | None
    code: str
    recu: str | None
    copie: str


def trouve(
    colonne: str | None, code: str, recu: str | None = None, retenu: str | None = None
) -> Trouve:
    recu = recu[:MAX_SHOWN] if recu else None
    return Trouve(colonne, code, recu, "\t".join(map(escaped, (colonne, code, recu, retenu))))


def is_repair(code: str) -> bool:
    return CODES[code].gravite == "reparation"


def is_error(code: str) -> bool:
    return CODES[code].gravite == "erreur"


def formula(lignes: Iterable[Ligne], noms: tuple[str, ...]) -> FichierRefuse:
    """The refusal of a file one of whose rows holds a spreadsheet formula."""
    numero, colonne = next(
        (ligne.numero, nom)
        for ligne in lignes
        for nom, cell in zip(noms, ligne.cellules, strict=True)
        if cell.strip().startswith("=")
    )
    return FichierRefuse(
        f"Une cellule contient une formule de tableur (ligne {numero}, colonne {colonne}) : "
        "rien du fichier n’est pris. Remplacez la formule par sa valeur.",
        ligne=numero,
        colonne=colonne,
    )


def escaped(valeur: str | None) -> str:
    """A text as COPY reads it."""
    if valeur is None:
        return NULL
    if valeur.isprintable() and "\\" not in valeur:
        return valeur
    return valeur.translate(_ESCAPES)


def unescaped(copie: str) -> str | None:
    """The text that COPY reads."""
    if "\\" not in copie:
        return copie
    return None if copie == NULL else _IS_ESCAPE.sub(lambda escape: _PLAIN[escape[0]], copie)
