"""Filters of the searches of refuelling stations, as bit masks over points."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.bornes.avitaillement.fiches import Ligne
from services.bornes.filtres import PartFilter, search_by
from shared.memory.columns import Ints
from shared.memory.segments import Search, Segment
from shared.schemas.bornes import ConditionAcces
from shared.schemas.bornes_avitaillement import (
    CriteresAvitaillement,
    Energie,
    EtatAvitaillement,
)

_VALUES: Final = (*Energie, *EtatAvitaillement, *ConditionAcces)
_BITS: Final[Mapping[str, int]] = {str(value): 1 << place for place, value in enumerate(_VALUES)}


def bits(point: Ligne) -> int:
    """All that the filters ask of a point, but its pressure."""
    return _BITS[point.energie] | _BITS[point.etat_point] | _BITS[point.condition_acces]


def search(criteres: CriteresAvitaillement, places: Mapping[str, int]) -> Search:
    """The search that these filters describe; `places` gives wanted words by station column."""
    return search_by(criteres, places, _parts_filter(criteres))


def _parts_filter(criteres: CriteresAvitaillement) -> PartFilter | None:
    wanted = [
        sum(_BITS[value] for value in set(values))
        for values in (
            criteres.energie,
            criteres.etat,
            criteres.condition_acces and [criteres.condition_acces],
        )
        if values
    ]
    pression = criteres.pression_bar
    if not wanted and pression is None:
        return None

    def keep(segment: Segment, parts: Ints) -> NDArray[np.bool_]:
        flags = segment.parts.columns["bits"][parts]
        fits = np.ones(parts.size, dtype=np.bool_)
        for mask in wanted:
            fits &= (flags & np.uint64(mask)) != 0
        if pression is not None:
            fits &= segment.parts.columns["pression"][parts] == pression
        return fits

    return keep
