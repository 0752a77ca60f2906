"""What all kinds of stations share in the vitrine: where they are, whose, open when."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from services.bornes.filtres import HORAIRES, LIBELLES, MOTS
from shared.columns import Array
from shared.mercator import project
from shared.schemas.commun import slug
from shared.spatial import fixed, keys

PREFIX = 5
"""Length of an operator's prefix in an identifier: country and operator, FRxxx."""
WORD_COLUMNS = ("commune", "arrondissement", "ept", "operateur", "enseigne", "prefixe")
"""Columns of words (numbers of MOTS), in the order of `_words`."""


class Lieu(Protocol):
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
        self.counts: list[int] = []
        self._ids: list[bytes] = []
        self._lon: list[int] = []
        self._lat: list[int] = []
        self._words: list[tuple[int, ...]] = []
        self._horaires: list[int] = []

    def add(self, key: str, first: Lieu, points: int) -> None:
        """A station, its first row and how many points it has."""
        self._ids.append(key.encode())
        self.counts.append(points)
        self._lon.append(fixed(first.lon))
        self._lat.append(fixed(first.lat))
        self._words.append(tuple(map(MOTS.number, _words(key, first))))
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


def _words(key: str, first: Lieu) -> Iterator[str]:
    yield first.code_commune or ""
    yield first.code_arrondissement or ""
    yield first.territoire or ""
    operateur = first.nom_operateur or ""
    LIBELLES.setdefault(slug(operateur), operateur)
    yield slug(operateur)
    yield slug(first.nom_enseigne)
    yield slug(key[:PREFIX])
