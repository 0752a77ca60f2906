"""When crisis rules forbid a modality to shops of one category in one place."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np

from services.commerces.regimes.calendrier import Calendrier
from services.commerces.regimes.fenetres import WEEK, Weekly
from services.commerces.regimes.regles import Regime
from shared.schemas.commerces_valeurs import Modalite


def about(regimes: Iterable[Regime], categorie: str, where: Sequence[str]) -> list[Regime]:
    """The rules that may decide for shops of one category in one place."""
    here = frozenset(where)
    return [
        regime
        for regime in regimes
        if not here.isdisjoint(regime.territoires) and regime.portee(categorie) is not None
    ]


def interdits(
    regimes: Iterable[Regime], categorie: str, where: Sequence[str], genre: Modalite
) -> Calendrier[bool]:
    """Whether rules forbid it, as it changes: of its own rules, the others turn nothing."""
    own = about(regimes, categorie, where)
    if all(genre in regime.modalites for regime in own):
        own = []
    return Calendrier(own, _Semaines(own, categorie, where, genre))


class _Semaines:
    """Weeks of rules in their period, painted on each ground: the strongest is seen.

    A stretch has nearly the rules of the one before: what came is painted over it, and all again
    where one that was seen went. One thread asks, the loop of the reads.
    """

    def __init__(
        self, regimes: Sequence[Regime], categorie: str, where: Sequence[str], genre: Modalite
    ) -> None:
        def strength(one: Regime) -> tuple[int, datetime, int]:
            return one.portee(categorie) or 0, one.debut, one.id

        ordered = sorted(regimes, key=strength)
        self._ranks = {one.id: rank for rank, one in enumerate(ordered, 1)}
        """From the weakest to the strongest; 0 is no rule."""
        self._forbids = np.array([False, *(genre not in one.modalites for one in ordered)])
        edges = {edge for one in ordered for span in one.plages for edge in span}
        self._edges = sorted({0, *edges} - {WEEK})
        self._strokes = {one.id: self._stroke(one) for one in ordered}
        grounds = frozenset(where).intersection(
            {code for one in ordered for code in one.territoires}
        )
        self._seen = {code: np.zeros(len(self._edges), dtype=np.int16) for code in grounds}
        """The rank seen from each edge to the next, by ground."""
        self._inside: Mapping[int, Regime] = {}

    def _stroke(self, regime: Regime) -> list[slice]:
        """Where a rule is painted."""
        return [slice(*(bisect_left(self._edges, edge) for edge in span)) for span in regime.plages]

    def __call__(self, inside: Mapping[int, Regime]) -> Weekly[bool]:
        come = inside.keys() - self._inside.keys()
        gone = [self._ranks[number] for number in self._inside.keys() - inside.keys()]
        self._inside = inside
        found = np.zeros(len(self._edges), dtype=np.bool_)
        for ground, seen in self._seen.items():
            bare = np.isin(seen, gone)
            seen[bare] = 0
            for number in inside if bare.any() else come:
                if ground in inside[number].territoires:
                    for stroke in self._strokes[number]:
                        np.maximum(seen[stroke], self._ranks[number], out=seen[stroke])
            found |= self._forbids[seen]
        places = [0, *(np.flatnonzero(np.diff(found)) + 1).tolist()]
        values = {self._edges[place]: bool(found[place]) for place in places}
        return Weekly(values, values.__getitem__)
