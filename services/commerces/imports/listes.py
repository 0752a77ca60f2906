"""Reads cells that hold a choice among our words: categories, modalities, labels and the like."""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from services.commerces import mots_admis, taxonomie
from services.commerces.imports.constats import Constat
from services.commerces.imports.nettoyage import is_absent
from services.commerces.mots import fold, words
from services.commerces.naf import CodesNaf, nomenclature, sort_codes
from services.commerces.phrases import runs
from shared.schemas.commerces_valeurs import LANGUES, LabelCommerce
from shared.schemas.commun import slug

AUTRE: Final = "autre"
CATEGORIES_MAX: Final = 3
_LABELS: Final = frozenset(map(str, LabelCommerce))
_OFFRE_MAX: Final = 5
"""Words of the name of a label or modality that stands among others, at most."""
_SEPARATORS: Final = re.compile(r"[,;|/\n]+")
_NAF: Final = re.compile(r"^(\d\d)\.?(\d\d)\.? ?([A-Za-z])$")
_VACANT: Final = re.compile(
    r"\s*(?:(?:locaux|local|cellules?|commerces?|boutiques?|magasins?)\s+)?"
    r"(?:commercia(?:le?s?|ux)\s+)?vacante?s?\s*",
    re.IGNORECASE,
)
_AND: Final = re.compile(r"(?<!\s)\s+(?:et|ou|-|–)\s+|[&+]")
OUI: Final = frozenset({"oui", "o", "vrai", "true", "1", "1.0", "x", "v", "ok", "yes", "y", "only"})
NON: Final = frozenset({"non", "n", "faux", "false", "0", "0.0", "no", "off"})
_CLOSED: Final = re.compile(
    r"f|(?:(?:permanently|temporarily) )?closed(?: (?:permanently|temporarily|until .*))?"
    r"|(?:n est |(?:pas|plus) )+(?:ouverte?|en activite)|n existe plus|activite cessee"
    r"|inacti(?:f|ve)|radiee?|vacante?|(?:en )?liquidation(?: judiciaire)?"
    r"|(?:(?:provisoirement|temporairement|definitivement|actuellement) )?"
    r"(?:fermee?|fermeture|cessation|cessee?)"
    r"(?: (?:provisoire|temporaire|definitive|administrative|provisoirement|temporairement"
    r"|definitivement|actuellement|d activite|(?:pendant le )?confinement"
    r"|annuelle|exceptionnelle|(?:pour |en )?(?:conges?|travaux|vacances)))?"
    r"(?: (?:jusqu (?:au|en|a (?:nouvel|la|debut|mi|fin))|depuis|(?:pour )?cause|suite"
    r"|en raison)\b.*)?"
)
_ASIDE: Final = re.compile(r"(?:^|[(\[]|(?<=\s)[-–—:]\s)(?P<told>[^()\[\]–—:-]*+)[)\]]?\s*$")
"""What ends a name apart from it: « Chez Paul (fermé) », « Chez Paul - Fermé définitivement »."""
_NO: Final = re.compile(r"\s*non\s*[,;:.(–—-]", re.IGNORECASE)
"""« Non, fermé jusqu'au 15 », « Non (travaux) », and not « Non communiqué »."""
_NO_MARKS: Final = "✗✘✖❌☐🚫"
CROIX: Final = re.compile(f"[{_NO_MARKS}]")
"""Signs by which a list says no to what they stand beside."""
_MARKS: Final = dict.fromkeys("✔✓☑✅√×●•", "oui") | dict.fromkeys(_NO_MARKS, "non")


class Choix(NamedTuple):
    """Our words for a cell, and what had to be said of it."""

    valeurs: tuple[str, ...]
    constats: tuple[Constat, ...] = ()


def parts(value: str) -> list[str]:
    """The items of a cell that lists several."""
    return [part for piece in _SEPARATORS.split(value) if (part := piece.strip())]


def categories(value: str) -> Choix:
    """Codes of the taxonomy; « Autre » when none is known."""
    whole = taxonomie.of_name(value)
    items = [value] if whole else parts(value)
    found = [code for item in items for code in _categories_of(item)]
    if None in found:  # « Coiffeur homme / femme »: an item that tells none, the text does
        found = [*taxonomie.of_words(value)] or found
    known = tuple(dict.fromkeys(code for code in found if code))
    kept = known[:CATEGORIES_MAX]
    if not kept:
        return Choix((AUTRE,), (Constat("CATE", "categories", value, AUTRE),))
    shown = ", ".join(kept)
    unknown = (Constat("VALI", "categories", value, shown),) if None in found else ()
    more = (Constat("CAT3", "categories", value, shown),) if kept != known else ()
    return Choix(kept, (*unknown, *more))


def _categories_of(part: str) -> Sequence[str | None]:
    """The category that an item names, else those that its words do; None for what is unknown."""
    return _kinds(part) or taxonomie.of_words(_without_offers(part)[0]) or [None]


def _kinds(part: str) -> Sequence[str]:
    code = taxonomie.of_name(part)
    return [code] if code else taxonomie.of_words(part)


def labels_of_categories(value: str) -> tuple[str, ...]:
    """The labels that kinds of shops are told with: « Boucherie halal »."""
    items = [] if taxonomie.of_name(value) else parts(value)
    found = [_without_offers(item) for item in items if not _kinds(item)]
    return tuple(
        dict.fromkeys(
            label for rest, told in found if not rest or taxonomie.of_words(rest) for label in told
        )
    )


def _without_offers(part: str) -> tuple[str, list[str]]:
    """A kind of shop without the labels and ways to serve told with it, and those labels."""
    told = words(part)
    rest: list[str] = []
    labels: list[str] = []
    for run, offer in runs(told, _offer, _OFFRE_MAX):
        if offer is None:
            rest += told[run]
        elif offer in _LABELS:
            labels.append(offer)
    return " ".join(rest), labels


def _offer(name: Sequence[str]) -> str | None:
    """The label or the modality that words name together."""
    text = " ".join(name)
    return mots_admis.of_name("labels", text) or mots_admis.of_name("modalites", text)


def choix(colonne: str, genre: str, value: str) -> Choix:
    """Words of one of the closed lists; others are left out."""
    found = [word for part in parts(value) for word in _chosen(genre, part)]
    kept = tuple(dict.fromkeys(word for word in found if word))
    if None in found:
        return Choix(kept, (Constat("VALI", colonne, value, ", ".join(kept) or None),))
    return Choix(kept)


def _chosen(genre: str, part: str) -> list[str | None]:
    """The word that an item means, else those of « carte et espèces »."""
    if CROIX.search(part):
        return [None]
    whole = mots_admis.of_name(genre, part)
    return [whole] if whole else [mots_admis.of_name(genre, one) for one in _AND.split(part)]


_LANGUES: Final = {
    "arabe": "ar",
    "allemand": "de",
    "anglais": "en",
    "espagnol": "es",
    "francais": "fr",
    "hebreu": "he",
    "hindi": "hi",
    "italien": "it",
    "japonais": "ja",
    "coreen": "ko",
    "neerlandais": "nl",
    "polonais": "pl",
    "portugais": "pt",
    "roumain": "ro",
    "russe": "ru",
    "tamoul": "ta",
    "turc": "tr",
    "ukrainien": "uk",
    "vietnamien": "vi",
    **dict.fromkeys(("chinois", "mandarin"), "zh"),
}
"""What the languages spoken in shops are called in French."""


def langues(value: str) -> Choix:
    """ISO 639-1 codes, told so or in words: « français et anglais »."""
    told = [fold(one).strip() for part in parts(value) for one in _AND.split(part)]
    found = [_LANGUES.get(one, one) for one in told]
    kept = tuple(dict.fromkeys(code for code in found if code in LANGUES))[:10]
    bad = len(kept) < len(set(found))
    return Choix(kept, (Constat("VALI", "langues", value, ", ".join(kept)),) if bad else ())


def naf(*values: str) -> Choix:
    """Activity codes, one of each nomenclature; `1071C` is 10.71C."""
    found: dict[Any, str] = {}
    constats = []
    for value in values:
        if is_absent(value):
            constats.append(Constat("NULX", "naf", value))
            continue
        for part in _codes(value):
            code = _NAF.sub(r"\1.\2\3", part.upper())
            which = nomenclature(code)
            if which is None or found.setdefault(which, code) != code:
                constats.append(Constat("NAFI", "naf", part))
    return Choix(tuple(found.values()), tuple(constats))


def is_naf(value: str) -> bool:
    """Whether a text is one activity code."""
    return _NAF.fullmatch(value.strip()) is not None


def _codes(value: str) -> list[str]:
    """The items of a cell; a space parts those that are codes."""
    spaced = value.split()
    return spaced if all(map(_NAF.fullmatch, spaced)) else parts(value)


def is_vacant(value: str) -> bool:
    """Whether a kind of shop, or a name, is that of premises without one: `shop=vacant`."""
    return _VACANT.fullmatch(value) is not None


def is_closed(value: str) -> bool:
    """Whether a shop is said closed these days: « Fermé », not « Fermé le lundi »."""
    if oui_non("", value)[0] is False or _NO.match(value):
        return True
    return _CLOSED.fullmatch(" ".join(words(value))) is not None


def is_named_closed(name: str) -> bool:
    """Whether the name of a shop says that it is closed, as lists note it there."""
    return open_name(name) != name


def open_name(name: str) -> str:
    """The name of a shop, less what ends it by saying that it is closed."""
    folded = name.casefold()
    aside = _ASIDE.search(name) if "ferm" in folded or "cess" in folded else None
    said = "" if aside is None else " ".join(words(aside["told"]))
    # Of a name, « F » alone is an initial: « La Ferme (F) ».
    if aside is None or said == "f" or not _CLOSED.fullmatch(said):
        return name
    return name[: aside.start()].rstrip()


def naf_by_kind(codes: tuple[str, ...]) -> CodesNaf:
    """Codes that `naf` read, each in its nomenclature."""
    return sort_codes(codes)


def oui_non(colonne: str, value: str) -> tuple[bool | None, tuple[Constat, ...]]:
    """Yes, no, or neither."""
    if is_absent(value):
        return None, (Constat("NULX", colonne, value),)
    text = value.strip().removesuffix("\ufe0f").rstrip("*!. ")
    word = slug(_MARKS.get(text, text))
    if not text or word in OUI or word in NON:
        return word in OUI, ()
    return None, (Constat("VALI", colonne, value),)
