"""What OpenStreetMap says of a shop in tags that are no column of ours: its kind, payments, labels.

`delivery`, `takeaway`, `drive_through`, `pickup`, `opening_hours:delivery`, `wheelchair` and the
like are names of columns (colonnes.csv).
"""

from collections.abc import Mapping
from typing import Any, Final

from services.commerces import taxonomie

_KINDS: Final = ("amenity", "shop", "craft")
_BY_TAG: Final = {
    "payment:cash": ("paiements", "especes"),
    "payment:coins": ("paiements", "especes"),
    "payment:notes": ("paiements", "especes"),
    "payment:cards": ("paiements", "carte"),
    "payment:credit_cards": ("paiements", "carte"),
    "payment:debit_cards": ("paiements", "carte"),
    "payment:contactless": ("paiements", "sans_contact"),
    "payment:cheque": ("paiements", "cheque"),
    "payment:cheques": ("paiements", "cheque"),
    "payment:meal_voucher": ("paiements", "titre_restaurant"),
    "organic": ("labels", "bio"),
    "fair_trade": ("labels", "commerce_equitable"),
    "bulk_purchase": ("labels", "vrac"),
    "second_hand": ("labels", "reemploi"),
    "diet:vegetarian": ("labels", "vegetarien"),
    "diet:vegan": ("labels", "vegetarien"),
    "diet:gluten_free": ("labels", "sans_gluten"),
    "diet:kosher": ("labels", "casher"),
    "diet:halal": ("labels", "halal"),
}
"""The column and the word of ours that a tag means when it is said yes."""
_YES: Final = frozenset({"yes", "only"})
READ: Final = {"cuisine": "categories"} | {tag: column for tag, (column, _) in _BY_TAG.items()}
"""The column of ours that each of these tags is read for."""


def are_tags(members: Mapping[str, Any]) -> bool:
    """Whether the members of an object are the tags of a shop."""
    return "name" in members and any(kind in members for kind in _KINDS)


def told(tags: Mapping[str, Any]) -> dict[str, str]:
    """What these tags say, by our columns."""
    found: dict[str, dict[str, None]] = {}
    for tag, (column, word) in _BY_TAG.items():
        if tags.get(tag) in _YES:
            found.setdefault(column, {})[word] = None
    kind = taxonomie.of_tags(
        f"{name}={value.strip()}"
        for name in (*_KINDS, *READ)
        if isinstance(said := tags.get(name), str)
        for value in said.split(";")
    )
    return ({"categories": kind} if kind else {}) | {
        column: ", ".join(words) for column, words in found.items()
    }
