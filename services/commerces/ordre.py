"""The order of a search: by place, by distance or by relevance, page after page."""

import numpy as np
from numpy.typing import NDArray

from services.commerces.filtres import Question
from shared.memory.columns import Ints, gather
from shared.memory.segments import Version
from shared.memory.spatial import Box, box_around, haversines, overlap
from shared.memory.spatial import metres as in_metres
from shared.schemas.commerces import RechercheFiches
from shared.schemas.commerces_positions import lon_lat
from shared.schemas.commerces_valeurs import Tri

MILLIMETRES = 1_000
"""A metre, as distances are ordered."""


def tri_of(recherche: RechercheFiches) -> Tri:
    """The order asked for, or that the question calls for."""
    if recherche.tri is not None:
        return recherche.tri
    if recherche.autour is not None:
        return Tri.DISTANCE
    return Tri.LIEU if recherche.q is None else Tri.PERTINENCE


def origin(question: Question, recherche: RechercheFiches) -> tuple[float, float] | None:
    """Where distances are measured from; of a commune to be served, from its reference point."""
    if recherche.autour is not None:
        return lon_lat(recherche.autour)
    return None if question.lieu is None else (question.lieu.lon, question.lieu.lat)


def box_of(recherche: RechercheFiches) -> Box | None:
    """A box that holds all that may answer; None when it may be anywhere."""
    here = lon_lat(recherche.autour) if recherche.autour else None
    if here is None or recherche.rayon_m is None:
        return recherche.bbox
    around = box_around(here, recherche.rayon_m)
    return around if recherche.bbox is None else overlap(around, recherche.bbox)


def near_enough(version: Version, rows: Ints, recherche: RechercheFiches) -> Ints:
    """Those of `rows` within the radius asked for."""
    if recherche.autour is None or recherche.rayon_m is None:
        return rows
    here = lon_lat(recherche.autour)
    assert here is not None, "the contract checks positions"
    kept: Ints = rows[metres(version, rows, here) <= recherche.rayon_m]
    return kept


def metres(version: Version, rows: Ints, here: tuple[float, float]) -> NDArray[np.float64]:
    return in_metres(haversines(version.column("lon", rows), version.column("lat", rows), here))


def millimetres(version: Version, rows: Ints, here: tuple[float, float]) -> Ints:
    """Distances of listings, as they are ordered."""
    return np.rint(metres(version, rows, here) * MILLIMETRES).astype(np.int64)


def ranks_of(version: Version, rows: Ints, question: Question, recherche: RechercheFiches) -> Ints:
    """What the order asked for makes of each of `rows`, smallest first."""
    if tri_of(recherche) is Tri.DISTANCE:
        here = origin(question, recherche)
        assert here is not None, "the contract checks that there is one"
        return millimetres(version, rows, here)
    assert question.mots is not None, "the contract checks that there is a text"
    scores = gather([question.mots.scores(segment) for segment in version.segments], rows)
    return -scores.astype(np.int64)
