"""Reads web addresses as shops type them: repaired by rule, sorted by kind, or left out."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from services.commerces.imports.constats import Constat
from services.commerces.imports.listes import NON, OUI
from services.commerces.imports.nettoyage import MOBILE, Joindre, Trouves, rien, telephones
from shared.schemas.commerces_gestion import URL_MAX, adresse_web, courriel
from shared.schemas.commerces_valeurs import GenreContact

PLATEFORMES: Final = frozenset(
    [
        "epicery.com",
        "deliveroo.fr",
        "deliveroo.com",
        "ubereats.com",
        "just-eat.fr",
        "toogoodtogo.fr",
        "toogoodtogo.com",
        "clickeat.fr",
        "zenchef.com",
        "thefork.fr",
    ]
)
"""Where one orders from many shops."""
RESEAUX: Final = {
    "facebook.com": GenreContact.FACEBOOK,
    "fb.com": GenreContact.FACEBOOK,
    "instagram.com": GenreContact.INSTAGRAM,
}
_ASKED: Final = re.compile(r"[?&][^=&?]*+=([^@/?=&\s]++@[^@/?=&\s]++)")
"""A mail address that a web address holds: « a.fr?mail=b@c.fr »."""
_SCHEMES: Final = re.compile(r"(?:/*+(?:https?[:;]?/{1,3}|https?:(?=w))\s*+)++", re.IGNORECASE)
"""What some write before an address, several times over."""
_OTHER_SCHEME: Final = re.compile(r"\s*[a-z][a-z0-9+\-]*\s*:", re.IGNORECASE)
_HOST: Final = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59})", re.IGNORECASE
)
_ACCOUNT: Final = re.compile(
    r"@?(facebook|instagram|fb|insta)(?:\.com)?\s*[/:@]+\s*([A-Za-z0-9_.\-]{3,60})/?", re.IGNORECASE
)
_HANDLE: Final = re.compile(r"@?([A-Za-z0-9_.\-]{2,60})")
_NOT_NAMES: Final = OUI | NON | {"facebook", "instagram", "fb", "insta", "et", "and", "page", "com"}
"""What is said of an account without being its name: « oui », « page Facebook »."""
_SEVERAL: Final = re.compile(
    r"(?<![\s;,|])[\s;,|]+(?=https?:|www\.)"
    r"|(?:(?<!\s)\s+)?(?:[;,|]\s+|\n\s*)|(?<!\s)\s+(?:[/&+–-]|et|ou)\s+",
    re.IGNORECASE,
)
"""What parts the addresses of a cell that has several; a comma may be of an address.

Blanks are taken from the first of them only: from each in turn, a long run would be read for ever.
"""
_DOMAINS: Final = frozenset(
    [
        "fr",
        "com",
        "org",
        "net",
        "eu",
        "paris",
        "io",
        "shop",
        "bio",
        "store",
        "online",
        "site",
        "be",
        "ch",
        "co",
        "info",
        "biz",
        "app",
        "pro",
        "re",
    ]
)
"""Ends of the hosts that are sure even when a text follows them."""
_START: Final = re.compile(r"\S+")
_ORDINARY: Final = re.compile(
    r"https?://((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24})(?:/[A-Za-z0-9._~%/?=&+-]*)?"
)
"""An address that needs no repair: reading it with `_address` says the same, for ten times more."""
_HOSTS: Final = 4_096
"""Hosts whose kind is remembered."""


def sites(colonne: str, recu: str, genre: GenreContact = GenreContact.SITE) -> Trouves:
    """The web addresses of a cell, as the kinds of contact they are.

    That of a mobile number (« wa.me/336… ») is this number.
    """
    ordinary = _ORDINARY.fullmatch(recu)
    if ordinary is not None and len(recu) <= URL_MAX and "https" not in recu[5:]:
        return _mobile(colonne, recu) or Trouves((Joindre(genre_de(ordinary[1]), recu),))
    nothing = rien(colonne, recu)
    if nothing is not None:
        return nothing
    pieces = list(filter(None, _SEVERAL.split(recu.strip())))
    each = [_one(colonne, piece, genre) for piece in pieces]
    if len(each) > 1 and all(found.contacts for found in each):
        kept = tuple(dict.fromkeys(one for found in each for one in found.contacts))
        shown = ", ".join(one.valeur for one in kept)
        return Trouves(kept, (Constat("SITP", colonne, recu, shown),))
    return _one(colonne, recu, genre)


def _one(colonne: str, recu: str, genre: GenreContact) -> Trouves:
    text = recu.strip()
    mail = _mail(text)
    if mail is not None:
        contact = Joindre(GenreContact.COURRIEL, mail)
        return Trouves((contact,), (Constat("SITC", colonne, recu, mail),))
    account = _account(text, genre)
    if account is not None:
        return _kept(colonne, recu, account)
    return _address(colonne, recu, text)


def _mobile(colonne: str, url: str) -> Trouves | None:
    """The mobile number of an address that holds one: it must not be published in that dress."""
    found = MOBILE.search(url) if "6" in url or "7" in url else None
    if found is None:
        return None
    number = telephones(colonne, found[0]).contacts
    return Trouves(number, (Constat("SITP", colonne, url, number[0].valeur if number else None),))


def _mail(text: str) -> str | None:
    if "@" not in text:
        return None
    address = _without_scheme(text.removeprefix("mailto:")).rstrip("/")
    asked = _ASKED.search(address)
    try:
        return courriel(asked[1] if asked else address)
    except ValueError:
        return None


def _without_scheme(text: str) -> str:
    found = _SCHEMES.match(text)
    return text if found is None else text[found.end() :]


def _account(text: str, genre: GenreContact) -> str | None:
    """The page of an account given by its network and its name."""
    found = _ACCOUNT.fullmatch(text)
    if found is not None:
        network, name = found[1].lower(), found[2]
        if name.lower() in _NOT_NAMES:
            return None
        return _page("facebook" if network in {"facebook", "fb"} else "instagram", name)
    handle = _HANDLE.fullmatch(text)
    if handle is None or genre not in {GenreContact.FACEBOOK, GenreContact.INSTAGRAM}:
        return None
    if _HOST.fullmatch(text) and text.lower().endswith((".fr", ".com")):
        return None
    return None if handle[1].lower() in _NOT_NAMES else _page(genre, handle[1])


def _page(network: str, name: str) -> str:
    return f"https://www.{network}.com/{name}"


def _address(colonne: str, recu: str, text: str) -> Trouves:
    stripped = _without_scheme(text)
    if stripped == text and _OTHER_SCHEME.match(text) and not re.match(r"[\w.-]+:\d", text):
        return Trouves((), (Constat("SITR", colonne, recu),))
    first = _START.match(stripped)
    bare = first[0] if first else ""
    secure = not re.match(r"/*http[:;/]", text, re.IGNORECASE) or "https" in text.lower()
    url = f"{'https' if secure else 'http'}://{bare}"
    if not _is_address(url):
        return Trouves((), (Constat("SITI", colonne, recu),))
    found = _kept(colonne, recu, url)
    if len(bare) == len(stripped):
        return found
    # « https://a.fr/ma page »: half an address is worse than none.
    host, _, path = bare.partition("/")
    if path or host.rpartition(".")[2].lower() not in _DOMAINS:
        return Trouves((), (Constat("SITI", colonne, recu),))
    return Trouves(found.contacts, (Constat("SITT", colonne, recu, url),))


def _is_address(url: str) -> bool:
    try:
        host = urlsplit(adresse_web(url)).hostname or ""
    except ValueError:
        return False
    return _HOST.fullmatch(host) is not None


def _kept(colonne: str, recu: str, url: str) -> Trouves:
    """An address that can be linked to, sorted by its host."""
    mobile = _mobile(colonne, url)
    if mobile is not None:
        return mobile
    repaired = (Constat("SITP", colonne, recu, url),) if url != recu.strip() else ()
    return Trouves((Joindre(genre_de(urlsplit(url).hostname or ""), url),), repaired)


@lru_cache(maxsize=_HOSTS)
def genre_de(host: str) -> GenreContact:
    """The kind of contact that a host holds: `SITE` is of one shop, the others are of many."""
    host = host.removeprefix("www.").removeprefix("fr-fr.").removeprefix("m.")
    if ".".join(host.split(".")[-2:]) in PLATEFORMES:
        return GenreContact.COMMANDE
    return RESEAUX.get(host, GenreContact.SITE)
