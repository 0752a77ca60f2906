"""Cleans what people type: texts, amounts, phones, mail and web addresses, each repair said.

A value is repaired only by a stated rule (codes.csv); what cannot be read for sure is left out
and reported, never guessed.
"""

import json
import re
import unicodedata
from decimal import Decimal
from typing import Any, Final, NamedTuple

from services.commerces.imports.constats import Constat
from shared.anonymat import ADRESSE_CACHEE, DOMAINE, MASQUE, PAS_UN_JOUR
from shared.schemas.commerces_gestion import COURRIEL_MAX, courriel, telephone
from shared.schemas.commerces_valeurs import GenreContact
from shared.schemas.visible import BLANCS, is_seen, visible
from shared.transfers.spreadsheets import ERREURS

VIDES: Final = ERREURS.union(
    [
        "<nul>",
        "nul",
        "<null>",
        "null",
        "\\n",
        "none",
        "nan",
        "n/a",
        "na",
        "nc",
        "n.c.",
        "n.c",
        "nd",
        "n.d.",
        "n.d",
        "neant",
        "néant",
        "aucun",
        "aucune",
        "inconnu",
        "rien",
        "-",
        "--",
        ".",
        "?",
        "/",
        "[nd]",
        "undefined",
        "(vide)",
    ]
) | {
    "non renseigné",
    "non renseigne",
    "non communiqué",
    "non disponible",
    "sans objet",
    "pas de site",
}
"""Ways to write that there is nothing, the errors of spreadsheets among them."""
_AROUND, _MARKS = " \u00a0\u202f\"'’«»()[]<>", "-–—‑−_…./?"
"""What stands around « N/A », and what alone, like « — », says as much."""
_VIDE_MAX: Final = 4 + max(map(len, VIDES))
_SPACES: Final = re.compile(r"\s+")
_INVISIBLE: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_TAG: Final = re.compile(r"<[a-zA-Z/!?]")
_SEP: Final = r"[\s.\-/–—‑]"
MOBILE: Final = re.compile(
    rf"(?=[+(03oO])(?<![\d+]){PAS_UN_JOUR}(?:(?:\+|00){_SEP}*33{_SEP}*(?:\(0\){_SEP}*|0{_SEP}?)?"
    rf"|33(?=[67]\d{{8}}(?!\d)|{_SEP}[67](?:{_SEP}\d\d){{4}}){_SEP}?|\((?=0[67]\))0|[0oO]{_SEP}?)"
    rf"[67]\)?(?:(?:{_SEP}?\d){{8}}|(?: ?[.\-/–—‑] ?\d\d){{4}})(?!\d)"
)
_MAIL: Final = re.compile(
    rf"(?<![\w.+%-])[\w.+%-]+(?:@[\w-]+(?:\.[\w-]+)+|\s{{0,2}}@\s{{0,2}}{DOMAINE})"
    rf"|{ADRESSE_CACHEE}",
    re.IGNORECASE,
)
_AT: Final = re.compile(r"[\[({]\s*a(?:t|robas)", re.IGNORECASE)
_AMOUNT: Final = re.compile(
    r"([0-9]{1,2}[ \u00a0\u202f][0-9]{3}|[0-9]{1,5})(?:[.,]([0-9]{1,2}))?\s*(?:€|euros?|eur)?",
    re.IGNORECASE,
)
_CENTS_LAST: Final = re.compile(r"^([0-9]{1,5})\s*(?:€|euros?)\s*([0-9]{2})$", re.IGNORECASE)
_DRESSED: Final = re.compile(r"(?:=\"(?P<quoted>[^\"]{1,40})\"|'?(?P<bare>[^'\"]{1,40}))")
_FLOAT: Final = re.compile(r"(?<=[0-9])[.,]0$")

_GRATUITS: Final = frozenset(
    ["gratuit", "gratuite", "gratuits", "offert", "offerte", "offerts", "sans frais"]
)
_DUREE: Final = re.compile(
    r"(?=\d)(?:(?P<h>[0-9]{1,3})\s*h(?:eures?)?\s*)?(?:(?P<min>[0-9]{1,5})\s*(?:mi?n(?:utes?)?\.?)?)?",
    re.IGNORECASE,
)


def is_absent(text: str) -> bool:
    """Whether a cell says in letters that there is nothing."""
    said = text.strip()
    if not 0 < len(said) <= _VIDE_MAX:
        return False
    said = said.casefold()
    if said in VIDES or said[0].isalnum():
        return said in VIDES
    bare = said.strip(_AROUND)
    return bare in VIDES or not bare.strip(_MARKS)


class Lu(NamedTuple):
    """A value read, and what had to be said of it."""

    valeur: str | None
    constats: tuple[Constat, ...] = ()


VIDE: Final = Lu(None)


def ligne(colonne: str, recu: str, limite: int) -> Lu:
    """One line of plain text of at most `limite` characters."""
    if is_tidy(recu, limite):
        return Lu(recu or None)
    text = _SPACES.sub(" ", _visible(recu)).strip()
    return _read(colonne, recu, text, limite)


def texte(colonne: str, recu: str, limite: int) -> Lu:
    """Plain text of several lines."""
    if is_tidy(recu, limite):
        return Lu(recu or None)
    text = _visible(recu).replace("\r\n", "\n").replace("\r", "\n")
    return _read(colonne, recu, text.strip(), limite)


def is_tidy(recu: str, limite: int) -> bool:
    """Whether a text is kept as it is, with nothing at all to say of it."""
    if len(recu) > limite or not recu.isprintable() or "<" in recu or _personal(recu):
        return False
    if recu.isascii():
        tidy = "  " not in recu and recu.strip(" ") == recu
    else:
        tidy = (
            not _SPACES.search(recu) if "\u00a0" in recu or "\u202f" in recu else "  " not in recu
        )
        tidy = tidy and "\ufffd" not in recu and recu.strip() == recu
        tidy = tidy and BLANCS.isdisjoint(recu) and is_seen(recu)
        tidy = tidy and unicodedata.is_normalized("NFC", recu)
    return tidy and (len(recu) > _VIDE_MAX or not is_absent(recu))


def _personal(text: str) -> bool:
    """Whether a text may hold a mail address, or holds a mobile number."""
    # Most texts have no « 6 » and no « 7 »: looking for them first costs nearly nothing.
    if "@" in text or (("6" in text or "7" in text) and MOBILE.search(text) is not None):
        return True
    return ("(" in text or "[" in text or "{" in text) and _AT.search(text) is not None


def _visible(recu: str) -> str:
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", visible(recu)))


def _read(colonne: str, recu: str, text: str, limite: int) -> Lu:
    if not is_seen(text):
        return VIDE
    if is_absent(text):
        return Lu(None, (Constat("NULX", colonne, recu),))
    found = []
    masked = MOBILE.sub(MASQUE, _MAIL.sub(MASQUE, text)) if _personal(text) else text
    if masked != text:
        found.append(Constat("MASQ", colonne, text, masked))
        text = recu = masked
    if len(text) > limite:
        text = text[:limite].rstrip()
        found.append(Constat("TRON", colonne, recu, text))
    elif text != recu.strip().replace("\r\n", "\n"):
        found.append(Constat("ESPA", colonne, recu, text))
    if _TAG.search(text):
        found.append(Constat("BALI", colonne, recu, text))
    if "\ufffd" in text:
        found.append(Constat("ACCE", colonne, recu))
    return Lu(text, tuple(found))


def sans_tableur(recu: str) -> str:
    """A number or a code without what a spreadsheet puts around it: `'12`, `="12"`, `12.0`."""
    text = recu.strip()
    found = _DRESSED.fullmatch(text)
    return _FLOAT.sub("", found["quoted"] or found["bare"]) if found else text


def en_texte(value: Any) -> str:
    """A value of JSON as a cell of CSV would hold it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(map(en_texte, value))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def is_said(value: Any) -> bool:
    """Whether a cell is neither blank nor « N/A »."""
    text = value.strip() if isinstance(value, str) else value
    return bool(text) and not (isinstance(text, str) and is_absent(text))


def montant(colonne: str, recu: str) -> Lu:
    """`25`, `25,50 €`, `25 € 50` → an amount with its cents."""
    found = _AMOUNT.fullmatch(_CENTS_LAST.sub(r"\1,\2", recu.strip()))
    if found is None:
        return Lu(None, (Constat("MONI", colonne, recu),))
    whole = _SPACES.sub("", found[1])
    return Lu(format(Decimal(f"{whole}.{found[2] or '0'}"), ".2f"))


def frais(colonne: str, recu: str) -> Lu:
    """An amount; « gratuit » is none to pay."""
    return Lu("0.00") if recu.strip().casefold() in _GRATUITS else montant(colonne, recu)


def duree(colonne: str, recu: str, limite: int) -> Lu:
    """`45`, `45 min`, `1 h 30` → minutes."""
    found = _DUREE.fullmatch(sans_tableur(recu))
    minutes = int(found["h"] or 0) * 60 + int(found["min"] or 0) if found else limite + 1
    if minutes > limite:
        return Lu(None, (Constat("MONI", colonne, recu),))
    return Lu(str(minutes))


class Joindre(NamedTuple):
    """A way to reach a shop."""

    genre: GenreContact
    valeur: str


class Trouves(NamedTuple):
    """What a cell says of how to reach a shop."""

    contacts: tuple[Joindre, ...] = ()
    constats: tuple[Constat, ...] = ()


_ORDINARY: Final = re.compile(r"0[1-9](?: [0-9]{2}){4}")
_LETTER_O: Final = re.compile(r"(?<![A-Za-z])[oO](?=[1-9](?:[ .\-]?[0-9]){8})")
_NUMBER: Final = re.compile(
    r"(?<![\d+])(?:(?:\+|00)\s?33[\s.\-/]*(?:\(0\)[\s.\-/]*|0[\s.\-/]?(?=[1-9]))?|0[\s.\-/]?"
    r"|33[\s.\-/](?=[1-9](?:[\s.\-/][0-9]{2}){4}))[1-9](?:[\s.\-/]?[0-9]){8}(?!\d)"
)
_TYPED: Final = str.maketrans("•·_–—‑＋", "------+")
_FAX: Final = re.compile(
    rf"(\bt[eé]l(?:[eé]phone)?\b\W{{0,3}}(?:et\b\W{{0,2}})?)?\b(?:t[eé]l[eé])?fax"
    rf"\W{{0,4}}{_NUMBER.pattern}",
    re.IGNORECASE,
)
"""The number of a fax; that of a telephone too, where « Tél./Fax » says so first."""
_LOST_ZERO: Final = re.compile(r"[1-9](?:[ .]?[0-9]){8}")
_LOST_PLUS: Final = re.compile(r"33[1-9][0-9]{8}")
_TRUNK: Final = re.compile(r"(\+33|0033)\(?0\)?(?=[1-9])")


def rien(colonne: str, recu: str) -> Trouves | None:
    """The answer for a cell that says there is nothing; None when it says something."""
    text = recu.strip()
    if not text:
        return Trouves()
    if is_absent(text):
        return Trouves((), (Constat("NULX", colonne, recu),))
    return None


def telephones(colonne: str, recu: str) -> Trouves:
    """The numbers of a cell; several are all kept, part of one and those of faxes are left out."""
    if _ORDINARY.fullmatch(recu):
        number = f"+33{recu[1:].replace(' ', '')}"
        return Trouves((Joindre(GenreContact.TELEPHONE, number),))
    nothing = rien(colonne, recu)
    if nothing is not None:
        return nothing
    typed = recu.strip().translate(_TYPED)
    plain = _FAX.sub(lambda fax: fax[0] if fax[1] else "", typed)
    typed = _LETTER_O.sub("0", plain)
    found = [_compact(number) for number in _NUMBER.findall(typed)]
    rebuilt = typed != plain
    partial = found and re.search(r"\d", _NUMBER.sub("", typed)) is not None
    if not found:
        found, rebuilt = _other_numbers(typed)
    kept = list(dict.fromkeys(found))
    shown = ", ".join(kept)
    constats = []
    if rebuilt and kept:
        constats.append(Constat("TELR", colonne, recu, shown))
    if partial or not kept:
        constats.append(Constat("TELI", colonne, recu, shown or None))
    if len(kept) > 1:
        constats.append(Constat("TEL2", colonne, recu, shown))
    contacts = tuple(Joindre(GenreContact.TELEPHONE, number) for number in kept)
    return Trouves(contacts, tuple(constats))


def _compact(number: str) -> str:
    digits = re.sub(r"[\s.\-/]", "", number)
    return telephone(_TRUNK.sub(r"\1", f"+{digits}" if _LOST_PLUS.fullmatch(digits) else digits))


def _other_numbers(text: str) -> tuple[list[str], bool]:
    """A number that a spreadsheet took for a quantity, a short or a foreign one."""
    text = sans_tableur(text)
    if _LOST_PLUS.fullmatch(text):
        return [telephone(f"+{text}")], True
    if _LOST_ZERO.fullmatch(text):
        return [telephone("0" + re.sub(r"\D", "", text))], True
    try:
        return [telephone(text)], False
    except ValueError:
        return [], False


_ORDINARY_MAIL: Final = re.compile(r"[A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")


def courriels(colonne: str, recu: str) -> Trouves:
    """The mail addresses of a cell; what is none is left out."""
    if len(recu) <= COURRIEL_MAX and _ORDINARY_MAIL.fullmatch(recu):
        return Trouves((Joindre(GenreContact.COURRIEL, recu),))
    nothing = rien(colonne, recu)
    if nothing is not None:
        return nothing
    text, kept, bad = recu.strip(), [], False
    for part in re.split(r"[\s,;/|]+", text.removeprefix("mailto:")):
        try:
            kept.append(courriel(part.strip("<>()").rstrip(".")))
        except ValueError:
            bad = bad or part != ""
    kept = list(dict.fromkeys(kept))
    constats = []
    if bad:
        constats.append(Constat("MAII", colonne, recu, ", ".join(kept) or None))
    if len(kept) > 1:
        constats.append(Constat("MAI2", colonne, recu, ", ".join(kept)))
    contacts = tuple(Joindre(GenreContact.COURRIEL, mail) for mail in kept)
    return Trouves(contacts, tuple(constats))
