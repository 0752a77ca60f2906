"""What our own contract nests in a listing, its modalities and its contacts, told by columns.

Exports are read again so, and files of who writes listings one by one in the same shape.
"""

from collections.abc import Mapping
from typing import Any, Final

from services.commerces.imports import colonnes
from shared.schemas.commerces_valeurs import GenreContact, Modalite

DETAILS: Final = "modalites_detail"
"""Where answers and exports tell each modality; what is written has it in `modalites`."""
_MODALITES: Final = "modalites"
GENRES_MODALITE: Final = frozenset(map(str, Modalite))
_GENRES_CONTACT: Final = frozenset(map(str, GenreContact))
_CONTACTS: Final = "contacts"
EMBOITES: Final = frozenset({DETAILS, _CONTACTS})
RIEN: Final[tuple[Any, ...]] = (None, "", [])
_BETWEEN: Final = {GenreContact.TELEPHONE: " / ", GenreContact.COURRIEL: " "}
"""What parts the values of a cell that may have several."""
Valeurs = dict[str, Any]


def is_nested(name: str, value: Any) -> bool:
    """Whether a member is no column of a file, but told by several."""
    if name == DETAILS:
        return isinstance(value, list)
    return name == _CONTACTS and _are(value, _GENRES_CONTACT)


def flattened(found: Valeurs) -> Valeurs:
    """Values of columns, in place of members that nest them."""
    details, contacts = found.pop(DETAILS, None), found.pop(_CONTACTS, None)
    if details is None and _are(found.get(_MODALITES), GENRES_MODALITE):
        details = found.pop(_MODALITES)
    beside = _detailed(details) if details else {}
    return beside | found | (_joined(contacts) if contacts else {})


def _are(value: Any, known: frozenset[str]) -> bool:
    """Whether it is a list of objects, each of a known kind."""
    return isinstance(value, list) and all(
        isinstance(one, Mapping) and str(one.get("genre")) in known for one in value
    )


def _detailed(details: list[Any]) -> Valeurs:
    """What each modality tells of itself; `horaires_osm` where it has no `horaires`."""
    found: Valeurs = {}
    for one in details:
        genre = str(one.get("genre")) if isinstance(one, dict) else ""
        if genre not in GENRES_MODALITE:
            continue
        found[genre] = True
        for name, value in one.items():
            column = colonnes.nom(f"{genre}_{name}")
            exact = column == f"{genre}_{name}"
            if column and value not in RIEN and (exact or column not in found):
                found[column] = value
    return found


def _joined(contacts: list[Mapping[str, Any]]) -> Valeurs:
    """The contacts by kind: of web pages, the first of each."""
    found: Valeurs = {}
    for genre in GenreContact:
        own = [str(one.get("valeur")) for one in contacts if one["genre"] == genre]
        if own:
            found[genre] = _BETWEEN[genre].join(own) if genre in _BETWEEN else own[0]
    numbers = [one for one in contacts if one["genre"] == GenreContact.TELEPHONE]
    if numbers and all(one.get("public") is True for one in numbers):
        found["telephone_public"] = True
    return found
