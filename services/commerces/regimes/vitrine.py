"""Crisis rules in memory: one more kind of objects of the view, as of the same place in time."""

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection

from services.commerces import sans_lieu
from services.commerces.regimes import queries
from services.commerces.regimes.regles import Regime
from services.commerces.regimes.restrictions import AUCUN, Regimes
from shared.segments import Segment, Version
from shared.vitrine import Source, Vue
from shared.walk import every

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
    return sans_lieu.segment("regime", ((one.id, _READ.dump_json(one)) for one in regimes))


class _Ready:
    """The rules of each version, made once; the oldest are forgotten."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Version, Regimes]] = {}
        """By the identity of the version, which is kept so that it stays its own."""
        self._lock = Lock()

    def of(self, version: Version) -> Regimes:
        found = self._made.get(id(version))
        if found is not None:
            return found[1]
        with self._lock:
            texts = version.each_text("regime", every(version))
            read = (_READ.validate_json(bytes(text)) for text in texts)
            regimes = sorted(read, key=lambda one: (one.debut, one.id))
            while len(self._made) >= KEPT:
                self._made.pop(next(iter(self._made)))
            made = Regimes(regimes)
            self._made[id(version)] = (version, made)
        return made


_READY: Final = _Ready()


def regimes_of(vue: Vue) -> Regimes:
    """The rules that readers of a view see."""
    version = vue.autres.get(GENRE)
    return AUCUN if version is None else _READY.of(version)
