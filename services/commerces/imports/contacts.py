"""The ways to reach a shop from a line's cells, each public or private by a stated rule.

Mail addresses are private. So are mobile numbers, often a person's own, unless the line
says that they may be shown. Web pages and other numbers are public, but for the numbers of a cell
that says not to show them (« ne pas publier »), and what a line agrees to be published without.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from services.commerces.imports.accords import hides_numbers, withheld
from services.commerces.imports.colonnes import PUBLICATION, TELEPHONE_PUBLIC
from services.commerces.imports.constats import Constat
from services.commerces.imports.listes import oui_non
from services.commerces.imports.nettoyage import Joindre, courriels, telephones
from services.commerces.imports.sites import sites
from shared.schemas.commerces_gestion import CONTACTS_MAX
from shared.schemas.commerces_valeurs import GenreContact

_FIXES: Final = re.compile(r"\+33[1-589].*|[^+].*")
"""Numbers of a place or a service. Of others, abroad or overseas, nobody here knows which are
mobile."""
_TELEPHONES: Final = ("telephone", "telephone_mobile")
_SECRET: Final = re.compile(
    r"\b(?:ne pas (?:publier|diffuser|communiquer|divulguer|afficher)|non publi|confidentiel"
    r"|priv[ée]e?\b|perso(?:nnel)?\b|liste rouge)",
    re.IGNORECASE,
)
_SITES: Final = (
    ("site", GenreContact.SITE),
    ("commande", GenreContact.COMMANDE),
    ("facebook", GenreContact.FACEBOOK),
    ("instagram", GenreContact.INSTAGRAM),
)
_TOLD_IN: Final = (*reversed(_TELEPHONES), *(column for column, _ in _SITES))
"""Columns that may tell a number, those of numbers first."""

Contact = dict[str, Any]


def contacts(cells: Mapping[str, str], constats: list[Constat]) -> list[Contact]:
    """The contacts of a line as a listing keeps them, each once."""
    found, secret = _numbers(cells, constats)
    for column, genre in _SITES:
        if column in cells:
            read = sites(column, cells[column], genre)
            found += _ordering(read.contacts, genre)
            constats += read.constats
    if "courriel" in cells:
        read = courriels("courriel", cells["courriel"])
        found += read.contacts
        constats += read.constats
    shown = _mobiles_shown(cells, constats)
    secret = {*secret, *_withheld(cells, found, constats)}
    if len({valeur for _, valeur in found}) < len(found):
        found = list(dict.fromkeys(found))
    kept = [_contact(one, mobiles_shown=shown, secret=secret) for one in found[:CONTACTS_MAX]]
    hidden = [one["valeur"] for one in kept if one["genre"] == "telephone" and not one["public"]]
    if hidden:
        column = next(one for one in _TOLD_IN if one in cells)
        constats.append(Constat("TELM", column, cells[column], ", ".join(hidden)))
    return kept


def _withheld(
    cells: Mapping[str, str], found: Sequence[Joindre], constats: list[Constat]
) -> Collection[str]:
    """What a line that agrees to be published, but for a part, leaves out of its contacts."""
    kinds = withheld(cells.get(PUBLICATION, ""))
    hidden = dict.fromkeys(one.valeur for one in found if one.genre in kinds)
    if hidden:
        constats.append(Constat("ACCP", PUBLICATION, cells[PUBLICATION], ", ".join(hidden)))
    if hides_numbers(cells.get(TELEPHONE_PUBLIC, "")):
        hidden |= dict.fromkeys(one.valeur for one in found if one.genre is GenreContact.TELEPHONE)
    return hidden


def _numbers(
    cells: Mapping[str, str], constats: list[Constat]
) -> tuple[list[Joindre], Collection[str]]:
    """The telephone numbers of a line, and those that it asks not to show."""
    found: list[Joindre] = []
    secret: set[str] = set()
    for column in _TELEPHONES:
        if column in cells:
            read = telephones(column, cells[column])
            found += read.contacts
            constats += read.constats
            if _SECRET.search(cells[column]):
                secret |= {one.valeur for one in read.contacts}
    return found, secret


def _ordering(read: tuple[Joindre, ...], genre: GenreContact) -> Sequence[Joindre]:
    """A page of the ordering column is where one orders, whoever holds it."""
    if genre is not GenreContact.COMMANDE:
        return read
    return [Joindre(genre, one.valeur) if one.genre is GenreContact.SITE else one for one in read]


def _mobiles_shown(cells: Mapping[str, str], constats: list[Constat]) -> bool:
    if "telephone_public" not in cells:
        return False
    said, found = oui_non("telephone_public", cells["telephone_public"])
    constats += found
    return said is True


def _contact(one: Joindre, *, mobiles_shown: bool, secret: Collection[str]) -> Contact:
    genre, valeur = one
    public = genre is not GenreContact.COURRIEL and valeur not in secret
    if genre is GenreContact.TELEPHONE and not _FIXES.fullmatch(valeur):
        public = public and mobiles_shown
    return {"genre": str(genre), "valeur": valeur, "public": public}
