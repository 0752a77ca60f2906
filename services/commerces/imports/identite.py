"""How a shop is recognised from one file to the next: its SIRET, else its name and its address."""

import re
from typing import Final, NamedTuple

from services.commerces.imports.constats import Constat
from services.commerces.imports.nettoyage import is_absent, sans_tableur
from services.commerces.mots import fold
from shared.schemas.commun import is_siret

_WORD: Final = re.compile(r"[a-z0-9]+")
_MARKS: Final = re.compile(r"[\s.\u00a0\u202f-]")
_ABBREVIATIONS: Final = {
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "blvd": "boulevard",
    "boul": "boulevard",
    "bvd": "boulevard",
    "r": "rue",
    "pl": "place",
    "fg": "faubourg",
    "fbg": "faubourg",
    "st": "saint",
    "ste": "sainte",
    "all": "allee",
    "imp": "impasse",
    "pass": "passage",
    "sq": "square",
    "crs": "cours",
    "che": "chemin",
    "rte": "route",
}
_SIRET: Final = 14
_FLOAT: Final = re.compile(r"\A([0-9]+)\.0\Z")
"""What programs add to a number that they take for a quantity: the next file may not have it."""
_SCIENTIFIC: Final = re.compile(r"\d[.,]\d+E\+?\d{1,3}", re.IGNORECASE)


class Identite(NamedTuple):
    """What names a shop in its source."""

    cle: str
    siret: str | None
    nom_cle: str
    lieu_cle: str


def siret(value: str) -> tuple[str | None, tuple[Constat, ...]]:
    """A SIRET whose key is right; a spreadsheet that made it a float broke it."""
    digits = _MARKS.sub("", sans_tableur(value)) if value else ""
    if not digits:
        return None, ()
    if is_siret(digits):
        return digits, ()
    padded = digits.zfill(_SIRET)
    if len(digits) == _SIRET - 1 and is_siret(padded):
        return padded, ()
    return None, (Constat("SIRI", "siret", value),)


def identifiant(value: str) -> tuple[str | None, tuple[Constat, ...]]:
    """The source's own number, if it is one: not an absence, nor what a spreadsheet broke."""
    own = _FLOAT.sub(r"\1", value.strip())
    if not own:
        return None, ()
    if is_absent(own) or not own.strip("0"):
        return None, (Constat("NULX", "identifiant", value),)
    if _SCIENTIFIC.fullmatch(own):
        return None, (Constat("IDEN", "identifiant", value),)
    return own[:100], ()


def identite(
    *,
    identifiant: str | None,
    nom: str | None,
    adresse: str | None,
    code_postal: str | None,
    siret: str | None,
) -> Identite:
    """The keys of a shop; equal for names and addresses that differ by case, accents or marks."""
    nom_cle = words(nom or "")
    # 75116 is another postcode of the arrondissement that 75016 serves.
    postcode = "75016" if code_postal == "75116" else code_postal or ""
    lieu_cle = f"{street(adresse or '')} {postcode}"
    cle = f"id:{identifiant}" if identifiant else f"{nom_cle}|{lieu_cle}|{siret or ''}"
    return Identite(cle, siret, nom_cle, lieu_cle)


def words(text: str) -> str:
    """The folded words of a name."""
    return " ".join(_WORD.findall(fold(text)))


def street(text: str) -> str:
    """The folded words of an address, its usual abbreviations written in full."""
    found = _WORD.findall(fold(text))
    return " ".join([_ABBREVIATIONS.get(word, word) for word in found])
