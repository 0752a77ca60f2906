"""Anonymising of public submissions: masks personal data in texts, hashes the origin."""

import re
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

MASQUE = "[masqué]"
SEL_OCTETS = 32
EMPREINTE_OCTETS = 16
RESEAU_IPV6 = 64
"""Bits of an IPv6 address that name a line; its owner chooses the others."""

ADRESSE_CACHEE = (
    r"(?<![\w.+%-])[\w.+%-]+\s*[\[({]\s*(?:at|arobase|arobas|@)\s*[\])}]\s*[\w-]+(?:\.[\w-]+)+"
)
"""A mail address as those who hide it from robots write it: « nom [at] exemple.fr »."""
DOMAINE = r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}\b"
PAS_UN_JOUR = (
    r"(?!(?:0[1-9]|[12][0-9]|3[01])[./-](?:0[1-9]|1[0-2])[./-](?:19|20)[0-9]{2}"
    r"(?![0-9]|[./-][0-9]))"
)
"""Not before « 06/12/2026 », which an hour may follow."""
_BETWEEN = r" ?[ .\u00a0\u202f–—‑-]? ?"
_PERSONNEL = (
    re.compile(ADRESSE_CACHEE, re.IGNORECASE),
    # From where a word begins, and no longer than what stands before an @ (RFC 5321 § 4.5.3.1):
    # else each character of a long word would be a place to look on from, to the end of it.
    re.compile(r"(?<!\S)\S[^\s@]*+@\S++"),
    re.compile(rf"[\w.+%-]{{1,64}} {{0,2}}@ {{0,2}}{DOMAINE}", re.IGNORECASE),
    # Telephone numbers, French then international.
    re.compile(
        rf"(?<!\w){PAS_UN_JOUR}(?:(?:\+|00) ?33 ?(?:\(0\) ?)?|33 ?|\((?=0[1-9]\))0|0)"
        rf"[1-9]\)?(?:{_BETWEEN}[0-9]{{2}}){{4}}(?![0-9])"
    ),
    re.compile(r"(?<!\w)\+[1-9](?:[ .\u00a0\u202f-]?[0-9]){7,14}(?![0-9])"),
    # Number plates; with spaces, « DE 150 KW » is a power.
    re.compile(r"\b[a-z]{2}(-?)[0-9]{3}\1[a-z]{2}\b", re.IGNORECASE),
    re.compile(r"\b[A-Z]{2} [0-9]{3} (?!KW\b)[A-Z]{2}\b"),
)


def masquer(texte: str) -> str:
    """The text less e-mail addresses, telephone numbers and number plates."""
    for pattern in _PERSONNEL:
        texte = pattern.sub(MASQUE, texte)
    return texte


def origine(hote: str | None) -> str:
    """What counts as one caller: an IPv4 address, or the IPv6 network of a line."""
    try:
        address = ip_address((hote or "").partition("%")[0])
    except ValueError:
        return ""  # a local socket: all its callers are one
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, RESEAU_IPV6), strict=False))


def empreinte(hote: str | None, sel: bytes) -> bytes:
    """An origin under the day's salt: once the salt is forgotten, nobody can tell it again."""
    return sceller(origine(hote), sel)


def sceller(texte: str, sel: bytes) -> bytes:
    """Any text under a salt, to be compared and never read."""
    return blake2b(texte.encode(), key=sel, digest_size=EMPREINTE_OCTETS).digest()
