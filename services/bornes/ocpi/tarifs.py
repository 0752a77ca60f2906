"""Prices: a declared text becomes an OCPI Tariff only when every word of it is understood.

French public prices include VAT. OCPI 2.2.1 wants them without it, OCPI 2.3.0 says which it is.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from services.bornes.ocpi.ecriture import moment, party

if TYPE_CHECKING:
    from datetime import datetime

VAT: Final = Decimal(20)
"""Percent: the common rate, that of charging at public points."""
_PARTS_MAX: Final = 6
_TEXT_MAX: Final = 512
_TENTHOUSANDTH: Final = Decimal("0.0001")

_PART = re.compile(
    r"""\s*+(?P<price>\d{1,4}(?:[.,]\d{1,5})?)\s*+(?:€|euros?|eur)
    \s*+(?:/|par\s|l[ae]\s|d[e']\s?)?\s*+
    (?P<unit>kwh|minutes?|mn|min|heures?|h|sessions?|recharges?|charges?|connexions?)
    (?:\s*+(?P<tax>ht|ttc))?(?=\W|$)\s*+""",
    re.VERBOSE | re.IGNORECASE,
)
_BETWEEN = re.compile(r"(?:\+|,|;|et\s|puis\s)", re.IGNORECASE)
# Whom the price is for, or a word on tax, changes nothing of what an occasional user pays. Blanks
# are never given back: five rows of them would share a long one in all possible ways.
_REST = re.compile(
    r"\s*+,?\s*+(?:pour les non[ -]abonnés)?\s*+\(?(?:tarif |prix )?(?P<tax>ht|ttc)?\)?\s*+\.?\s*+",
    re.IGNORECASE,
)
_DIMENSIONS: Final = {
    "k": ("ENERGY", Decimal(1), 1),
    "m": ("TIME", Decimal(60), 60),
    "h": ("TIME", Decimal(1), 60),
    "s": ("FLAT", Decimal(1), 1),
    "r": ("FLAT", Decimal(1), 1),
    "c": ("FLAT", Decimal(1), 1),
}
"""By first letter of the unit: what is paid for, how many make OCPI's unit, the step billed."""


class Composante(NamedTuple):
    """A price per kWh, per hour or per session."""

    type: str
    price: Decimal
    step_size: int


class Prix(NamedTuple):
    """What charging costs, in euros."""

    composantes: tuple[Composante, ...]
    ttc: bool
    texte: str | None


GRATUIT: Final = Prix((Composante("FLAT", Decimal(0), 0),), ttc=False, texte=None)


def prix(*, gratuit: bool | None, tarification: str | None) -> Prix | None:
    """The price of a point; None when it is unknown, not understood or contradictory."""
    read = lire(tarification) if tarification else None
    if gratuit:
        return None if read else GRATUIT
    return read


def lire(texte: str) -> Prix | None:
    """The price that a text gives; None unless all of it is understood."""
    texte = texte.strip()
    found: list[Composante] = []
    taxes: set[str] = set()
    position = 0
    match = _PART.match(texte)
    while match:
        found.append(_composante(match["price"], match["unit"]))
        taxes.add((match["tax"] or "").lower())
        position = match.end()
        between = _BETWEEN.match(texte, position)
        match = _PART.match(texte, between.end()) if between else None
    rest = _REST.fullmatch(texte, position)
    if rest is None or not 1 <= len(found) <= _PARTS_MAX or len(texte) > _TEXT_MAX:
        return None
    taxes = (taxes - {""}) | {(rest["tax"] or "").lower()} - {""}
    if len(taxes) > 1 or len({one.type for one in found}) < len(found):
        return None
    return Prix(tuple(found), ttc=taxes != {"ht"}, texte=texte)


def _composante(price: str, unit: str) -> Composante:
    dimension, factor, step = _DIMENSIONS[unit[0].lower()]
    return Composante(dimension, Decimal(price.replace(",", ".")) * factor, step)


def identifiant(partie: tuple[str, str], price: Prix) -> str:
    """The id of a tariff: its content, so that equal prices of a party are one tariff."""
    content = repr((price.composantes, price.ttc, price.texte)).encode()
    return f"{''.join(partie)}T{blake2b(content, digest_size=8).hexdigest().upper()}"


def tariffs(
    declared: Iterable[Sequence[Any]], *, version: str, editeur: str
) -> list[dict[str, Any]]:
    """The tariffs of declarations (station, gratuit, tarification, instant), oldest change first.

    A tariff never changes, its id being its content: it is as recent as the last change of a point
    that has it, so that who asks for what changed gets the tariffs of the points that did.
    """
    latest: dict[tuple[tuple[str, str], Prix], datetime] = {}
    for station, gratuit, tarification, instant in declared:
        price = prix(gratuit=gratuit, tarification=tarification)
        if price is not None:
            key = (party(station, editeur), price)
            latest[key] = max(instant, latest.get(key, instant))
    found = [
        tariff(partie, price, version=version, last_updated=moment(instant))
        for (partie, price), instant in latest.items()
    ]
    return sorted(found, key=lambda one: (one["last_updated"], one["id"]))


def tariff(
    partie: tuple[str, str], price: Prix, *, version: str, last_updated: str
) -> dict[str, Any]:
    """The Tariff object of a price, in one version of OCPI."""
    with_tax = version != "2.2.1" and price.ttc
    components = [_component(one, price, keeps_tax=with_tax) for one in price.composantes]
    return {
        "country_code": partie[0],
        "party_id": partie[1],
        "id": identifiant(partie, price),
        "currency": "EUR",
        "type": "AD_HOC_PAYMENT",
        **(
            {"tariff_alt_text": [{"language": "fr", "text": price.texte}]}
            if price.texte is not None
            else {}
        ),
        "elements": [{"price_components": components}],
        **({"tax_included": _tax_included(price)} if version != "2.2.1" else {}),
        "last_updated": last_updated,
    }


def _component(one: Composante, price: Prix, *, keeps_tax: bool) -> dict[str, Any]:
    amount = one.price
    if price.ttc and not keeps_tax:
        amount = amount * 100 / (100 + VAT)
    rounded = amount.quantize(_TENTHOUSANDTH, ROUND_HALF_UP)
    vat = {"vat": float(VAT)} if price != GRATUIT else {}
    return {"type": one.type, "price": float(rounded), **vat, "step_size": one.step_size}


def _tax_included(price: Prix) -> str:
    if price == GRATUIT:
        return "N/A"
    return "YES" if price.ttc else "NO"
