"""The states as an IRVE dynamique 2.3.1 file, from memory: the official columns, in their order."""

from collections.abc import Iterator
from typing import Final

import orjson

from services.bornes.statuts.dynamique import NOMS
from services.bornes.statuts.etats import Etats
from shared.memory.segments import Version
from shared.memory.walk import every
from shared.transfers.spreadsheets import ecrire

NOM = "irve-dynamique.csv"
_TOLD: Final = NOMS[1:]
_INSTANT: Final = NOMS.index("horodatage")
_TO_THE_SECOND: Final = len("2026-01-31T08:00:00")


def irve_dynamique(version: Version, etats: Etats) -> Iterator[str]:
    """The latest status of each living point that has one; what holds no more is unknown."""
    return ecrire(NOMS, _lignes(version, etats))


def _lignes(version: Version, etats: Etats) -> Iterator[list[str | None]]:
    for segment, parts, _ in version.each_parts(every(version)):
        numbers = segment.parts.columns["numero"][parts]
        told = etats.told(numbers)
        for part, number in zip(parts[told].tolist(), numbers[told].tolist(), strict=True):
            words = orjson.loads(etats.of(number).json)
            row = [segment.parts.ids[part].decode(), *map(words.get, _TOLD)]
            row[_INSTANT] = f"{row[_INSTANT][:_TO_THE_SECOND]}+00:00"
            yield row
