"""How codes are written, and the words for it when one is not; the field that is at fault."""

from collections.abc import Mapping
from typing import Final

from pydantic_core import PydanticCustomError

CODE_INSEE: Final = r"^(?:0[1-9]|[1-8][0-9]|9[0-8]|2[AB])[0-9]{3}$"
INSEE_ECRIT: Final = r"^[0-9][0-9AB][0-9]{3}$"
"""One that may be no commune's: to look for, and not find."""
TERRITOIRE: Final = r"^T([1-9]|1[0-2])$"
EPT: Final = r"^(T([1-9]|1[0-2])|\d{9})$"
CODE_TERRITOIRE: Final = r"^(T([1-9]|1[0-2])|\d[0-9AB]\d{3})$"
PREFIXE: Final = r"^FR[A-Z0-9]{3}$"
PREFIXE_CONSTATS: Final = r"^(?:FR[A-Z0-9]{3}|NC)$"
CODE_REGLE: Final = r"^[A-Z0-9]{4}$"

_COMMUNE: Final = "un code INSEE de commune est attendu, comme 92012 ou 75116"
_TERRITOIRE: Final = "un territoire est attendu, de T1 à T12"
_PREFIXE: Final = "un préfixe d'opérateur est attendu, comme FRMGP"
FORMES: Final[Mapping[str, str]] = {
    CODE_INSEE: _COMMUNE,
    INSEE_ECRIT: _COMMUNE,
    TERRITOIRE: _TERRITOIRE,
    EPT: f"{_TERRITOIRE}, ou son SIREN",
    CODE_TERRITOIRE: f"{_COMMUNE}, ou un territoire de T1 à T12",
    PREFIXE: _PREFIXE,
    PREFIXE_CONSTATS: f"{_PREFIXE}, ou NC",
    CODE_REGLE: "le code d'une règle est attendu, comme PDCL",
}
"""What is expected, by pattern: nobody should have to read one."""

D_UN_CHAMP: Final = "champ"
"""Type of an error of a whole model that is one field's; `champ` in its context names it."""


def about(champ: str, text: str) -> PydanticCustomError:
    """An error found by looking at several fields, to raise, which is told of one of them."""
    return PydanticCustomError(D_UN_CHAMP, "{texte}", {"champ": champ, "texte": text})
