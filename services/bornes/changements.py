"""What the public feed says of each change of the registry."""

from typing import Any

import orjson

from services.bornes import fiches
from services.bornes.ecoute import Endroit, endroit_at, endroit_avant
from services.bornes.models import JOURNAL
from shared.feeds.changes import Feed
from shared.journal import Entree
from shared.schemas.bornes_changements import NaturePoint
from shared.schemas.changements import NatureChangement
from shared.vitrine import Vue

NATURES = {
    "station.creee": NatureChangement.CREATION,
    "station.modifiee": NatureChangement.MODIFICATION,
    "station.retiree": NatureChangement.RETRAIT,
}
"""By the kind of entry; an entry of another kind is not told."""
_POINTS = {
    "cree": NaturePoint.CREATION,
    "modifie": NaturePoint.MODIFICATION,
    "retire": NaturePoint.RETRAIT,
    "arrive": NaturePoint.ARRIVEE,
    "parti": NaturePoint.DEPART,
}


def changement(entree: Entree, curseur: str, vue: Vue) -> bytes | None:
    """An entry of the journal as the JSON of a `Changement`."""
    nature = NATURES.get(entree.genre)
    if nature is None:
        return None
    corps = entree.corps
    withdrawn = nature is NatureChangement.RETRAIT
    told = {
        "curseur": curseur,
        "instant": entree.instant,
        "objet": "station",
        "id": entree.sujet,
        "nature": nature,
        "champs": corps.get("champs", []),
        "motif": corps.get("motif") if withdrawn else None,
        "points_de_charge": _points(corps),
    }
    found = None if withdrawn else vue.version.find(entree.sujet)
    station = b"null" if found is None else fiches.whole(*found)
    head = orjson.dumps(told, option=orjson.OPT_UTC_Z)
    return b'%b,"station":%b}' % (head[:-1], station)


def _points(corps: dict[str, Any]) -> list[dict[str, str]]:
    points: dict[str, list[str]] = corps.get("points", {})
    told = []
    for name, nature in _POINTS.items():
        for id_ in points.get(name, ()):
            point = {"id": id_, "nature": nature.value}
            if nature is NaturePoint.RETRAIT:
                point["motif"] = corps["motif"]
            told.append(point)
    return told


def endroits(entree: Entree, vue: Vue) -> list[Endroit]:
    """Where the station of an entry was before it, and where it is."""
    found = vue.version.find(entree.sujet)
    there = [] if found is None else [endroit_at(*found)]
    before = entree.corps.get("avant")
    return there if before is None else [*there, endroit_avant(before)]


FEED = Feed("bornes", JOURNAL, changement)
