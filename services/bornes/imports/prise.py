"""Input and output of the import of any schema."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from shared.schemas.bornes_imports import BilanObjets
from shared.schemas.imports import Barriere
from shared.transfers.imports import gate

MOTIF = "Absent du dernier fichier du producteur"
"""Why what a file no longer holds is withdrawn."""


class Envoi(NamedTuple):
    """A file sent: by whom, and how it is to be taken."""

    import_id: int
    producteur: str
    acteur: str
    prefixes: Collection[str] | None
    """Identifiers under which it may take over another producer's point (None: any)."""
    seuil: float | None
    """Share of known points that may be lost (None: any)."""
    hors_perimetre: bool

    def answers_for(self, identifiant: str) -> bool:
        return self.prefixes is None or identifiant.startswith(tuple(self.prefixes))

    def barriere(self, connus: int, perdus: int) -> Barriere:
        """Whether too much would be lost."""
        return gate(connus, perdus, self.seuil)


class Prise(NamedTuple):
    """What became of the rows and of the objects."""

    lignes: Mapping[str, int]
    """By status."""
    points: BilanObjets
    stations: BilanObjets
    barriere: Barriere


def objets(natures: Mapping[str, int]) -> BilanObjets:
    """Counts by nature: cree, modifie, retire."""
    return BilanObjets(
        crees=natures.get("cree", 0),
        modifies=natures.get("modifie", 0),
        retires=natures.get("retire", 0),
    )
