"""What a shop answers when it is asked whether it may be published, or its telephone number."""

import re
from collections.abc import Collection
from typing import Final

from services.commerces.imports.listes import oui_non
from services.commerces.mots import words
from shared.schemas.commerces_valeurs import GenreContact

_UNSAID: Final = r"(?: (?:renseigne|communique|precise|disponible|concerne)e?| de reponse)\b"
_NO_MATTER: Final = r"\b(?:oppos\w*|inconvenient|objection|(?<!par )contre)\b"
_REFUSAL: Final = re.compile(
    r"(?!.*\baucune? (?:inconvenient|objection|opposition)\b)"
    rf"(?:non\b(?!{_UNSAID})|je ne?\b(?!.*{_NO_MATTER})"
    r"|(?:pas|ne? (?:pas|souhait\w*|veu\w*|desir\w*|accept\w*|autoris\w*))\b"
    rf"(?!{_UNSAID})(?!.*(?:{_NO_MATTER}|\b(?:probleme|souci|restriction)\b))"
    r"|oppos(?:ee?|ition)\b(?! (?:non|aucune?)\b)"
    r"|je (?:refuse|m (?:y )?oppose)\b|refus(?:ee?)?\b)"
)
"""« Je ne souhaite pas », and not « Je ne m'y oppose pas »."""
_UNOPPOSED: Final = re.compile(r"\s*non[ -]oppos(?:[ée]e?|ition)\b", re.IGNORECASE)
"""« Non-opposition », and not « Non, opposé »."""
_HARMLESS: Final = re.compile(
    r"\b(?:pas|sans|aucune?) (?:d |de )?(?:problemes?|soucis?|inconvenients?|objections?"
    r"|oppositions?|contre|(?:reserve|restriction|condition)s?)\b"
    r"|\bne (?:m y |s y |s )?oppose pas\b"
)
"""Negations that agree."""
_IN_PART: Final = re.compile(
    r"\b(?:partiel(?:le|lement)?|(?:en|une) partie|seul(?:e|s|es|ement)?|uniquement"
    r"|exclusivement|ne(?! voi[st]\b)|(?:sous|a) (?:reserve|condition)s?)\b"
)
"""What makes a yes one for a part, told or not."""
_LESS: Final = re.compile(r"\b(?:sauf|hormis|hors|except\w*|exclu\w*|sans|pas|mais|ni)\b")
"""What comes before that which is left out of a yes."""
_MAIL: Final = re.compile(r"\b(?:adresses? )?(?:e ?mails?|mails?|mels?|courriels?)\b")
_TELEPHONE: Final = re.compile(r"\b(?:tel|telephon\w*|numeros?|fixe|mobile|portable)\b")
_MOBILE: Final = re.compile(r"\b(?:mobile|portable)s?\b")
_ADDRESS: Final = re.compile(r"\badresses?\b(?! (?:web|internet|du site|electronique))")
_LITTLE: Final = frozenset(
    {"a", "au", "aux", "d", "de", "du", "des", "et", "l", "la", "le", "les", "ma", "mes", "mon"}
    | {"merci", "ni", "notre", "nos", "on", "ou", "pas", "personnel", "publier", "svp", "votre"}
)
"""Words that name nothing."""
_ALL: Final = frozenset(GenreContact)


def is_refusal(value: str) -> bool:
    """Whether an answer is no, in one word or explained: « Non, je ne souhaite pas ».

    So is a yes without the address, which a listing cannot do without.
    """
    told = " ".join(words(value))
    if oui_non("", value)[0] is False or _refuses(value, told):
        return True
    left_out = _left_out(_HARMLESS.sub("", told)) or ""
    return not _IN_PART.search(told) and _ADDRESS.search(left_out) is not None


def _refuses(value: str, told: str) -> bool:
    return not _UNOPPOSED.match(value) and _REFUSAL.match(told) is not None


def withheld(value: str) -> Collection[GenreContact]:
    """The contacts that a yes leaves out: « sauf téléphone »; all when it does not tell which."""
    told = _HARMLESS.sub("", " ".join(words(value)))
    left_out = _left_out(told)
    if _IN_PART.search(told):
        return _ALL
    if left_out is None:
        return ()
    others = _TELEPHONE.sub("", left_out)
    if not _LITTLE.issuperset(others.split()):
        return _ALL
    return (GenreContact.TELEPHONE,) if others != left_out else ()


def hides_numbers(value: str) -> bool:
    """Whether an answer about telephone numbers keeps them private, more than the mobile ones."""
    if not value.strip():
        return False
    only_mobiles = _MOBILE.search(" ".join(words(value)))
    return is_refusal(value) or bool(withheld(value) and not only_mobiles)


def _left_out(told: str) -> str | None:
    """What follows « sauf » or the like, without mail addresses, which are never shown.

    `told` is without the negations that agree.
    """
    found = _LESS.search(told)
    return None if found is None else _MAIL.sub("", told[found.end() :])
