"""Prices in French prose, as lists have them: read when the whole text is sure, else told as is.

« Gratuit à partir de 25 € », « 5 € (offerts dès 50 €) », « à partir de 15 euros », « pas de
minimum ». What nothing reads (« selon distance ») is what a customer should read all the same.
"""

import re
from collections.abc import Mapping
from typing import Final

from services.commerces.imports.listes import NON, OUI
from services.commerces.imports.nettoyage import montant
from services.commerces.mots import fold, words
from shared.schemas.commun import slug

# Read where blanks are single.
_PRICE: Final = r"[0-9]{1,5}(?:[.,][0-9]{1,2})? ?(?:€|euros?\b|eur\b)?(?: ?ttc\b)?"
_FROM: Final = r"(?:a partir de|des|au[ -]dela de|pour plus de)"
_BOUGHT: Final = r"(?: ?(?:d'achats?|de commande|de courses))?"
_FREE: Final = (
    r"(?:livraison )?(?:gratuit|offert)(?:e?s?)"
    rf" ?{_FROM} ?(?P<franco>{_PRICE}){_BOUGHT}"
)
_FRAIS: Final = (
    re.compile(_FREE),
    re.compile(rf"(?P<frais>{_PRICE}) ?[,;(/–-]? ?(?:puis |et )?{_FREE} ?\)?"),
    re.compile(rf"{_FREE},? ?\(?sinon (?P<frais>{_PRICE})\)?"),
    re.compile(rf"(?P<frais>{_PRICE})"),
)
_FORMS: Final[Mapping[str, tuple[re.Pattern[str], ...]]] = {
    "frais": _FRAIS,
    "franco": (re.compile(rf"(?:{_FROM} ?)?(?P<franco>{_PRICE}){_BOUGHT}"), _FRAIS[0]),
    "minimum": (
        re.compile(
            rf"(?:{_FROM}|min(?:i(?:mum)?)?(?: ?[.:]| de)?) ?(?P<minimum>{_PRICE}){_BOUGHT}"
        ),
        re.compile(r"(?P<minimum>[0-9]{1,5}(?:[.,][0-9]{1,2})? ?(?:€|euros?)) ?min"),
        re.compile(rf"(?P<minimum>{_PRICE})(?: ?mini(?:mum)?\b)?{_BOUGHT}(?: ?mini(?:mum)?)?"),
    ),
}
"""By column, what its texts may be: each name is that of the amount it holds."""
_NO_MINIMUM: Final = frozenset({"pas de minimum", "sans minimum", "aucun minimum"})
_AMOUNT: Final = re.compile(r"[\d.,]+")
_UNIT: Final = r"\s*+(?:€|euros?|eur|h|heures?|min?n?|minutes?|j|jours?)?\s*+"
_BETWEEN: Final = re.compile(rf"\d[\d.,]*{_UNIT}[-–/]\s*\d[\d.,]*{_UNIT}")
"""« 30-45 min », « 5/10 € »: between two amounts."""
_UNITS: Final = frozenset(words("h heure heures min mn minute minutes eur euro euros ttc"))
NOMS: Final = {
    "minimum": "minimum",
    "frais": "frais",
    "franco": "livraison offerte",
    "delai_min": "délai",
    "commande_jusqu_a": "commande",
}
"""What a note calls the columns that hold an amount, a delay or an hour."""


def lire(colonne: str, text: str) -> dict[str, str]:
    """The amounts of a text of one of the columns of prices, by column; empty when not sure."""
    plain = " ".join(fold(text).replace("’", "'").split()).rstrip(" .!")
    if colonne == "minimum" and plain in _NO_MINIMUM:
        return {"minimum": "0.00"}
    read = (form.fullmatch(plain) for form in _FORMS.get(colonne, ()))
    found = next(filter(None, read), None)
    return {} if found is None else {n: _amount(price) for n, price in found.groupdict().items()}


def _amount(price: str) -> str:
    number = _AMOUNT.match(price)
    assert number is not None, "a price begins with its number"
    kept = montant("", number[0]).valeur
    assert kept is not None, "a number of five digits and two decimals is an amount"
    return kept


def est_prose(text: str) -> bool:
    """Whether a text that could not be read tells something to people: more than its units."""
    if _BETWEEN.fullmatch(fold(text).strip()):
        return True
    return slug(text) not in OUI | NON and any(
        word.isalpha() and word not in _UNITS for word in words(text)
    )
