"""Redirections of merged listings, in memory: an old number still leads to a shop."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from services.commerces.doublons import queries
from shared.memory import placeless
from shared.memory.segments import Segment
from shared.vitrine import Source, Vue

GENRE: Final = "fiche"
"""That of listings: whatever changes one is read again here too."""
SUITES_MAX: Final = 50
"""Merges of merges followed."""


class FusionSource(Source):
    """How the vitrine reads which listing took in which."""

    genre = GENRE

    def load(self, connection: Connection) -> Segment:
        return placeless.segment("fiche", queries.merged(connection))

    def reload(self, connection: Connection, ids: Sequence[str]) -> Segment:
        numbers = [int(one) for one in ids if one.isdecimal()]
        return placeless.segment("fiche", queries.merged(connection, numbers))


def remplacante(vue: Vue, fiche: str) -> str | None:
    """The listing that a merged one is now part of."""
    merges = vue.autres.get(GENRE)
    if merges is None:
        return None
    last = fiche
    for _ in range(SUITES_MAX):
        found = merges.find(last)
        if found is None:
            break
        part, row = found
        last = bytes(part.table.texts["fiche"][row]).decode()
    return None if last == fiche else last
