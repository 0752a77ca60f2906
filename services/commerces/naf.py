"""Which of the two nomenclatures (naf.csv) an activity code belongs to: they are never mixed.

NAF rév. 2 and NAF 2025, both in SIRENE until the second replaces the first (2027-01-01), share no
code: those of rév. 2 end in Z or A to F, those of 2025 in Y or G to L.
"""

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

_REV2 = frozenset("ABCDEFZ")
_2025 = frozenset("GHIJKLY")


class Nomenclature(StrEnum):
    REV2 = "naf_rev2"
    NAF_2025 = "naf_2025"


class CodesNaf(NamedTuple):
    """An establishment's activity in each nomenclature, where it is known."""

    naf_rev2: str | None
    naf_2025: str | None


@cache
def _known() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("naf.csv").read_text("ascii").split()[1:])


def nomenclature(code: str) -> Nomenclature | None:
    """The nomenclature that has a code; None for what is no code of either."""
    if code not in _known():
        return None
    if code[-1] in _REV2:
        return Nomenclature.REV2
    return Nomenclature.NAF_2025 if code[-1] in _2025 else None


def sort_codes(codes: Sequence[str]) -> CodesNaf:
    """Each code in its nomenclature; ValueError (in French) when one has none or two share it."""
    found: dict[Nomenclature, str] = {}
    for code in codes:
        which = nomenclature(code)
        if which is None:
            raise ValueError(f"{code} n'est ni un code NAF rév. 2 ni un code NAF 2025.")
        if which in found:
            raise ValueError(f"{found[which]} et {code} sont de la même nomenclature.")
        found[which] = code
    return CodesNaf(found.get(Nomenclature.REV2), found.get(Nomenclature.NAF_2025))
