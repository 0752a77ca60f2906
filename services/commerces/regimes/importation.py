"""What became of a rules file, told in French."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.commerces.regimes.osm import Remarque
from shared.counts import counted


@dataclass(slots=True)
class BilanRegimes:
    """What became of a rules file."""

    lignes: int
    remarques: list[Remarque]
    crees: int = 0
    modifies: int = 0
    inchanges: int = 0
    gardes: list[str] = field(default_factory=list)
    """Rules of the file with what agents wrote of them, which is kept."""
    absents: list[str] = field(default_factory=list)
    """Rules of former files that this one does not have: they stay."""

    def texte(self) -> Iterator[str]:
        """The report, line by line."""
        yield counted(self.lignes, "ligne lue")
        yield (
            f"{counted(self.crees, 'régime créé')}, {counted(self.modifies, 'modifié')}, "
            f"{counted(self.inchanges, 'inchangé')}"
        )
        if self.gardes:
            yield "Gardé tel qu'un agent l'a écrit :"
        for garde in self.gardes:
            yield f"  {garde}"
        if self.absents:
            yield (
                "Restent en vigueur ou à venir, sans être dans ce fichier (mettez-y fin s'il le "
                f"faut) : {', '.join(self.absents)}"
            )
        if self.remarques:
            yield "Ce qui n'a pas été compris, ou seulement en partie :"
        for remarque in self.remarques:
            yield f"  ligne {remarque.ligne} : {remarque.texte}"
