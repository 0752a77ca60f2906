"""Crisis rules in memory, at the same place in the journal as the listings they apply to."""

from collections.abc import Iterable, Sequence
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection

from services.commerces.regimes import queries
from services.commerces.regimes.regles import Regime
from services.commerces.regimes.restrictions import AUCUN, Regimes
from shared.memory import placeless
from shared.memory.made import Made
from shared.memory.segments import Segment, Version
from shared.memory.walk import every
from shared.vitrine import Source, Vue

GENRE: Final = "regime"
KEPT: Final = 6
"""Versions kept ready: the one shown, the one that replaces it, and those of readers in between."""
_READ: Final = TypeAdapter(Regime)


class RegimeSource(Source):
    """How the vitrine reads crisis rules."""

    genre = GENRE

    def load(self, connection: Connection) -> Segment:
        return segment(queries.every(connection))

    def reload(self, connection: Connection, ids: Sequence[str]) -> Segment:
        return segment(queries.every(connection, ids))


def segment(regimes: Iterable[Regime]) -> Segment:
    """Rules as objects without a place."""
    return placeless.segment("regime", ((one.id, _READ.dump_json(one)) for one in regimes))


def _read(version: Version) -> Regimes:
    texts = version.each_text("regime", every(version))
    read = (_READ.validate_json(bytes(text)) for text in texts)
    return Regimes(sorted(read, key=lambda one: (one.debut, one.id)))


_READY: Final = Made(_read, kept=KEPT)


def regimes_of(vue: Vue) -> Regimes:
    """The rules that readers of a view see."""
    version = vue.autres.get(GENRE)
    return AUCUN if version is None else _READY.of(version)
