"""From one line of address, as IRVE has it, to the street, town and postcode that OCPI wants."""

import re
from string import whitespace
from typing import Final, NamedTuple

from shared import territoire
from shared.territoire import Resolution

ADDRESS_MAX: Final = 45
"""Characters of `address` and `city` in the released versions of OCPI."""

_POSTCODE = re.compile(r"(?<![\d-])(\d{2} ?\d{3})(?![\d-])")
_PAUSES: Final = f"{whitespace}\N{NO-BREAK SPACE},"
_COUNTRY = re.compile(r"\bfrance\b[\s.]*$", re.IGNORECASE)
_ARRONDISSEMENT: Final = 75_100
_PARIS: Final = 75_000


class Adresse(NamedTuple):
    rue: str
    ville: str
    code_postal: str | None


def adresse(texte: str, code_insee: str | None) -> Adresse:
    """The parts of an address, whose commune is known from elsewhere (its position)."""
    found = territoire.resolve(code_insee) if code_insee else None
    before, postcode, after = _split(texte)
    town = found.commune.nom if found else _town(before, after)
    return Adresse(
        rue=_street(before, after, town) or shorten(_spaced(texte)),
        ville=shorten(town or "Inconnue"),
        code_postal=_code_postal(postcode, found),
    )


def shorten(texte: str, maximum: int = ADDRESS_MAX) -> str:
    """At most so many characters, whole words as far as there are any."""
    if len(texte) <= maximum:
        return texte
    whole = texte[: maximum + 1].rpartition(" ")[0].rstrip(" ,;-/")
    return whole or texte[:maximum]


def _without_country(texte: str) -> str:
    found = _COUNTRY.search(texte)
    return texte[: found.start()].rstrip(_PAUSES) if found else texte


def _split(texte: str) -> tuple[str, str | None, str]:
    """What comes before the postcode, the postcode, what follows; all before without one."""
    found = list(_POSTCODE.finditer(texte))
    if not found:
        return _without_country(texte), None, ""
    match = found[-1]  # a street may bear a number of five digits
    return texte[: match.start()], match[1].replace(" ", ""), texte[match.end() :]


def _street(before: str, after: str, town: str) -> str:
    """The text before the postcode, without the town when that comes before it too."""
    parts = [part for part in map(_spaced, before.split(",")) if part]
    names_town = not _without_country(after).strip(" ,")
    if len(parts) > 1 and (_folded(parts[-1]) == _folded(town) or (after and names_town)):
        parts.pop()
    return shorten(", ".join(parts))


def _town(before: str, after: str) -> str:
    """The town that an address outside the Métropole names."""
    following = _spaced(_without_country(after).partition("(")[0])
    if following:
        return following
    return _spaced(before.rpartition(",")[2]) if "," in before else ""


def _code_postal(declared: str | None, found: Resolution | None) -> str | None:
    """The declared postcode if it is one of the commune; the commune's when it has only one."""
    if found is None:
        return declared
    if found.arrondissement and declared not in found.commune.codes_postaux:
        return str(int(found.arrondissement) - _ARRONDISSEMENT + _PARIS)
    known = found.commune.codes_postaux
    if declared in known:
        return declared
    return known[0] if len(known) == 1 else None


def _spaced(texte: str) -> str:
    return " ".join(texte.split()).strip(" ,;-")


def _folded(texte: str) -> str:
    return "".join(c for c in texte.casefold() if c.isalnum())
