"""What our own contract nests in a listing, its modalities and its contacts, told by columns.

Exports are read again so, and files of who writes listings one by one in the same shape.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.commerces.imports import colonnes
from shared.schemas.commerces_valeurs import GenreContact, Modalite

DETAILS: Final = "modalites_detail"
"""Where answers and exports tell each modality; what is written has it in `modalites`."""
_MODALITES: Final = "modalites"
GENRES_MODALITE: Final = frozenset(map(str, Modalite))
_GENRES_CONTACT: Final = frozenset(map(str, GenreContact))
_CONTACTS: Final = "contacts"
_NOMMES: Final = frozenset({"contact", _CONTACTS})
"""Members whose object tells the ways to reach a shop by their names."""
_JOINDRE: Final = _GENRES_CONTACT | {"telephone_mobile", "telephone_public"}
EMBOITES: Final = frozenset({DETAILS, _CONTACTS})
RIEN: Final[tuple[Any, ...]] = (None, "", [])
_OFFERED: Final = ("disponible", "propose", "proposee", "actif", "active")
"""Members of a modality that say whether it is offered."""
_BETWEEN: Final = {GenreContact.TELEPHONE: " / ", GenreContact.COURRIEL: " "}
"""What parts the values of a cell that may have several."""
Valeurs = dict[str, Any]


def is_nested(name: str, value: Any) -> bool:
    """Whether a member is no column of a file, but told by several."""
    if name == DETAILS:
        return isinstance(value, list)
    return name == _CONTACTS and _are(value, _GENRES_CONTACT)


def expanded(members: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The members of an object, those of its address and contacts among them, the French texts.

    An object is no name and no address: it is never shown as JSON.
    """
    for name, value in members.items():
        column = colonnes.nom(name) if isinstance(value, Mapping) else None
        if isinstance(value, Mapping) and name.casefold() in _NOMMES:
            # Not the name of who answers, which is a person's.
            yield from ((n, one) for n, one in value.items() if colonnes.nom(n) in _JOINDRE)
        elif column == "adresse":
            yield from ((n, one) for n, one in value.items() if colonnes.nom(n) in colonnes.ADRESSE)
        elif column is not None and colonnes.COLONNES[column].genre == "texte":
            yield name, value.get("fr")
        else:
            yield name, value


def flattened(found: Valeurs) -> Valeurs:
    """Values of columns, in place of members that nest them."""
    details, contacts = found.pop(DETAILS, None), found.pop(_CONTACTS, None)
    if details is None and _are(found.get(_MODALITES), GENRES_MODALITE):
        details = found.pop(_MODALITES)
    if details is None:
        found, details = _by_genre(found)
    beside = _detailed(details) if details else {}
    return beside | found | (_joined(contacts) if contacts else {})


def _are(value: Any, known: frozenset[str]) -> bool:
    """Whether it is a list of objects, each of a known kind."""
    return isinstance(value, list) and all(
        isinstance(one, Mapping) and str(one.get("genre")) in known for one in value
    )


def _by_genre(found: Valeurs) -> tuple[Valeurs, list[Any]]:
    """`{"livraison": {"minimum": 15}}`, at the root or in `modalites`: as a list would have it."""
    within = found.get(_MODALITES)
    told = {**within, **found} if isinstance(within, Mapping) else found
    named = {genre: told[genre] for genre in GENRES_MODALITE & told.keys()}
    nested = {genre: one for genre, one in named.items() if isinstance(one, Mapping)}
    if not nested:
        return found, []
    beside = {name: one for name, one in found.items() if name not in nested}
    if isinstance(within, Mapping):
        beside[_MODALITES] = {n: one for n, one in within.items() if n not in nested}
    details = [{**nested[genre], "genre": genre} for genre in sorted(nested)]
    return {name: one for name, one in beside.items() if one not in ({}, *RIEN)}, details


def _detailed(details: list[Any]) -> Valeurs:
    """What each modality tells of itself; `horaires_osm` where it has no `horaires`."""
    found: Valeurs = {}
    for one in details:
        genre = str(one.get("genre")) if isinstance(one, dict) else ""
        if genre not in GENRES_MODALITE:
            continue
        found[genre] = next((one[name] for name in _OFFERED if name in one), True)
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
    elif any(one.get("public") is False for one in numbers):
        found["telephone_public"] = False
    return found
