"""What can be found in a line of a file, each kind with its code (codes.csv)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from shared.schemas.imports import Gravite
from shared.transfers.tables import rows

MAX_SHOWN: Final = 500
"""Characters of a received text kept in a report."""


class Code(NamedTuple):
    """A kind of finding."""

    gravite: Gravite
    libelle: str


class Constat(NamedTuple):
    """A finding about a column of a line, or about the whole line (`colonne` None)."""

    code: str
    colonne: str | None
    recu: str | None = None
    retenu: str | None = None


CODES: Final[Mapping[str, Code]] = {
    row["code"]: Code(row["gravite"], row["libelle"])  # type: ignore[arg-type]
    for row in rows(Path(__file__).parents[1] / "codes.csv")
}
ERREURS: Final = frozenset(code for code, kind in CODES.items() if kind.gravite == "erreur")
REPARATIONS: Final = frozenset(code for code, kind in CODES.items() if kind.gravite == "reparation")


def statut(constats: list[Constat]) -> str:
    """accepte | repare | rejete: what its findings make of a line."""
    if not constats:
        return "accepte"
    codes = {constat[0] for constat in constats}
    if codes & ERREURS:
        return "rejete"
    return "repare" if codes & REPARATIONS else "accepte"
