"""What became of a rules file, told in French."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.commerces.regimes.osm import Remarque


@dataclass(frozen=True, slots=True)
class BilanRegimes:
    """What became of a rules file."""

    lignes: int
    crees: int
    modifies: int
    inchanges: int
    remarques: tuple[Remarque, ...]
    absents: tuple[str, ...]
    """Rules of former files that this one does not have: they stay."""

    def texte(self) -> Iterator[str]:
        """The report, line by line."""
        yield f"{self.lignes} lignes lues"
        yield (f"{self.crees} régimes créés, {self.modifies} modifiés, {self.inchanges} inchangés")
        if self.absents:
            yield (
                "Restent en vigueur ou à venir, sans être dans ce fichier (mettez-y fin s'il le "
                f"faut) : {', '.join(self.absents)}"
            )
        if self.remarques:
            yield "Ce qui n'a pas été compris, ou seulement en partie :"
        for remarque in self.remarques:
            yield f"  ligne {remarque.ligne} : {remarque.texte}"
