"""Where a line says that its shop stands: its position, address and postcode put together."""

import re
from typing import Final, NamedTuple

from services.commerces.imports import etendues
from services.commerces.imports.constats import Constat
from services.commerces.imports.memoire import memo
from services.commerces.imports.nettoyage import en_texte
from services.commerces.imports.positions import CELLULE_MAX, Valeurs, position, shown
from shared import territoire
from shared.territoire import Lieu

TOLERANCE_M: Final = 150.0
"""How far from the communes of its postcode a shop may stand, as for what agents write."""
_POSTCODE: Final = re.compile(r"[0-9]{5}")
_DRESSED: Final = re.compile(
    r"(?:F ?-? ?)?([0-9]{2})[ \u00a0\u202f]?([0-9]{3})(?:[.,]0)?"
    r"(?:[ ,-]+[^\d\s][^\d]{0,58}\d{0,2})?",
    re.IGNORECASE,
)
"""A postcode with what people and spreadsheets put around it."""
_IN_ADDRESS: Final = re.compile(
    r"(?<![\s,;–-])[\s,;–-]++(?:F-)?((?:7[578]|9[1-5])[0-9]{3})"
    r"(?:[\s,]++[^\d\s,][^\d,]{1,39}"
    r"(?:(?:(?<=paris\s)|(?<=cedex\s))\d{1,2}(?:e|er|[eè]me)?)?)?(?:[\s,]++france)?\s*+$",
    re.IGNORECASE,
)
_ARRONDISSEMENT: Final = re.compile(r"751(?:0[1-9]|1[0-9]|20)")
"""INSEE codes; 75116 alone is a postcode too."""
_SOME_POSTCODE: Final = re.compile(r"[79][0-9]{4}")
_CLE_BAN: Final = re.compile(
    r"[0-9][0-9ab][0-9]{3}_[0-9a-z]{4,6}(?:_[0-9]{5}(?:_[0-9a-z]{1,15}){0,3})?", re.IGNORECASE
)
"""A street, or a number in it: a commune or a hamlet alone is no address."""


class Place(NamedTuple):
    """Where a shop stands."""

    lon: float
    lat: float
    lieu: Lieu


class Situation(NamedTuple):
    """What is known of where a shop stands, and what had to be said of it."""

    place: Place | None
    adresse: str | None
    code_postal: str | None
    constats: list[Constat]


def situer(valeurs: Valeurs, adresse: str | None, code_postal: str | None) -> Situation:
    """The place of a line: its position, its address and its postcode put together."""
    constats: list[Constat] = []
    if adresse is not None:
        adresse, code_postal = _split_address(adresse, code_postal, constats)
    place = _placed(valeurs, constats)
    if code_postal is not None:
        code_postal = _undressed(code_postal, constats)
    if code_postal is None or not _POSTCODE.fullmatch(code_postal) or _is_insee(code_postal, place):
        deduced = _postcode_of(place.lieu) if place else None
        code = "CPIL" if deduced is None else "CPDE"
        constats.append(Constat(code, "code_postal", code_postal, deduced))
        if place is not None and code_postal and not _is_in(place, code_postal):
            constats.append(Constat("CPOS", "code_postal", code_postal, place.lieu.code_commune))
        code_postal = deduced
    elif place is not None and not _agrees(place, code_postal):
        constats.append(Constat("CPOS", "code_postal", code_postal, place.lieu.code_commune))
        return Situation(place, adresse, code_postal, constats)
    if place is not None and valeurs.get("commune"):
        told = en_texte(valeurs["commune"])
        if not _is_in(place, told):
            constats.append(Constat("COMP", "commune", told, place.lieu.code_commune))
    return Situation(place, adresse, code_postal, constats)


def _is_insee(code_postal: str, place: Place | None) -> bool:
    """Whether a postcode is an INSEE code in the wrong column.

    That of where the shop stands, or of an arrondissement: others may be those of a cedex.
    """
    own = place.lieu[:2] if place else ()
    return not _areas(code_postal)[0] and (
        code_postal in own or _ARRONDISSEMENT.fullmatch(code_postal) is not None
    )


def _undressed(code_postal: str, constats: list[Constat]) -> str:
    """`94 210`, `94210.0`, `F-94210`, `94210 CEDEX`, `94210 La Varenne` → 94210."""
    if _POSTCODE.fullmatch(code_postal):
        return code_postal
    found = _DRESSED.fullmatch(code_postal)
    if found is None:
        return code_postal
    read = found[1] + found[2]
    constats.append(Constat("CPRE", "code_postal", code_postal, read))
    return read


def _split_address(
    adresse: str, code_postal: str | None, constats: list[Constat]
) -> tuple[str, str | None]:
    """The address without the postcode that ends it; it serves when there is no other."""
    # Few addresses have a postcode at all, and the pattern is dear.
    found = _IN_ADDRESS.search(adresse) if _SOME_POSTCODE.search(adresse) else None
    if found is None or found.start() == 0:
        return adresse, code_postal
    street = adresse[: found.start()]
    constats.append(Constat("ADCP", "adresse", adresse, street))
    if code_postal is None:
        constats.append(Constat("CPDE", "code_postal", None, found[1]))
    return street, code_postal or found[1]


def _placed(valeurs: Valeurs, constats: list[Constat]) -> Place | None:
    found = position(valeurs)
    if found is None:
        constats.append(Constat("POSA", "position", shown(valeurs)))
        return None
    lon, lat, repare = found
    if repare is not None:
        received = f"{lat},{lon}" if repare == "COIN" else shown(valeurs)
        constats.append(Constat(repare, "position", received, f"{lon},{lat}"))
    lieu = territoire.locate(lon, lat)
    if lieu is None:
        constats.append(Constat("PERI", "position", f"{lon},{lat}"))
        return None
    return Place(lon, lat, lieu)


def cle_ban(value: str, constats: list[Constat]) -> str | None:
    """The key of an address in the Base adresse nationale; another key is left out."""
    key = value.strip()
    if not key:
        return None
    if _CLE_BAN.fullmatch(key):
        return key
    constats.append(Constat("BANI", "cle_ban", value))
    return None


_of_postcode: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {}
"""Communes of a postcode, and where a position must be or be near; as many as postcodes asked."""
_POSTCODES_MAX: Final = 2_000


def _areas(code_postal: str) -> tuple[frozenset[str], tuple[str, ...]]:
    if code_postal not in _of_postcode:
        if len(_of_postcode) > _POSTCODES_MAX:
            _of_postcode.clear()
        communes = tuple(commune.code for commune in territoire.communes_of_postcode(code_postal))
        _of_postcode[code_postal] = frozenset(communes), communes
    return _of_postcode[code_postal]


def _agrees(place: Place, code_postal: str) -> bool:
    codes, communes = _areas(code_postal)
    if place.lieu.code_commune in codes:
        return True
    return any(territoire.within(code, place.lon, place.lat, TOLERANCE_M) for code in communes)


def _is_in(place: Place, told: str) -> bool:
    """Whether a place is in or near the commune that a name means; if it means none, it is."""
    codes = _communes_named(told[:CELLULE_MAX])
    own = {place.lieu.code_commune, place.lieu.code_arrondissement}
    return not (codes and own.isdisjoint(codes)) or any(
        territoire.within(code, place.lon, place.lat, TOLERANCE_M) for code in codes
    )


@memo
def _communes_named(told: str) -> frozenset[str]:
    found = etendues.communes(told) or {}
    return frozenset(found["codes"] if found.get("type") == "communes" else ())


def _postcode_of(lieu: Lieu) -> str | None:
    """The postcode of a place, when it can only be one."""
    if lieu.code_arrondissement is not None:
        return f"750{lieu.code_arrondissement[3:]}"
    found = territoire.resolve(lieu.code_commune)
    codes = found.commune.codes_postaux if found else ()
    return codes[0] if len(codes) == 1 else None
