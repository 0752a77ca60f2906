"""Columns that all kinds of stations share in the vitrine: place, owner, opening hours."""

from array import array
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from services.bornes.deploiement.presences import PREFIXE
from services.bornes.filtres import HORAIRES, LIBELLES, MOTS
from shared.maps.mercator import project
from shared.memory.columns import Array
from shared.memory.spatial import fixed, keys
from shared.schemas.commun import slug

WORD_COLUMNS = ("commune", "arrondissement", "ept", "operateur", "enseigne", "prefixe")
"""Columns of words (numbers of MOTS), in the order `add` gives them."""


class LigneStation(Protocol):
    """A row that speaks for its station."""

    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...
    @property
    def code_commune(self) -> str | None: ...
    @property
    def code_arrondissement(self) -> str | None: ...
    @property
    def territoire(self) -> str | None: ...
    @property
    def nom_operateur(self) -> str | None: ...
    @property
    def nom_enseigne(self) -> str: ...
    @property
    def horaires(self) -> str: ...


class Lieux:
    """Ids and columns of stations, while they grow."""

    def __init__(self) -> None:
        self.counts = array("i")
        self._ids: list[bytes] = []
        self._lon = array("i")
        self._lat = array("i")
        self._words = array("i")
        self._horaires = array("i")

    def add(self, key: str, first: LigneStation, points: int) -> None:
        """A station, its first row and how many points it has."""
        self._ids.append(key.encode())
        self.counts.append(points)
        self._lon.append(fixed(first.lon))
        self._lat.append(fixed(first.lat))
        self._words.extend(
            (
                MOTS.number(first.code_commune or ""),
                MOTS.number(first.code_arrondissement or ""),
                MOTS.number(first.territoire or ""),
                _operateur(first.nom_operateur or ""),
                _word(first.nom_enseigne),
                _word(key[:PREFIXE]),
            )
        )
        self._horaires.append(HORAIRES.number(first.horaires))

    def ids(self) -> Array:
        return np.array(self._ids, dtype=np.bytes_)

    def columns(self) -> Mapping[str, Array]:
        lon, lat = np.array(self._lon, dtype=np.int32), np.array(self._lat, dtype=np.int32)
        words = np.array(self._words, dtype=np.int32).reshape(len(self._ids), len(WORD_COLUMNS))
        x, y = project(lon, lat)
        named: dict[str, Any] = dict(zip(WORD_COLUMNS, words.T.copy(), strict=True))
        return {
            "key": keys(lon, lat),
            "lon": lon,
            "lat": lat,
            "x": x,
            "y": y,
            **named,
            "points": np.array(self.counts, dtype=np.int32),
            "horaires": np.array(self._horaires, dtype=np.int32),
        }


@lru_cache(maxsize=4096)
def _operateur(name: str) -> int:
    LIBELLES.setdefault(slug(name), name)
    return _word(name)


@lru_cache(maxsize=4096)
def _word(name: str) -> int:
    """The number of a name: the same names come again and again."""
    return MOTS.number(slug(name))
