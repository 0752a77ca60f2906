"""OGC API Features, Part 1: the directory as QGIS and GDAL read it."""

from typing import Annotated, Final

import orjson
from fastapi import Query

from services.commerces.api.fiches import MOVED, IdFiche, moved_or_missing, question_of, reads
from services.commerces.filtres import Question
from shared.hot.reads import Answer, UrlDep, VueDep
from shared.http.media import GEOJSON
from shared.memory.segments import Version
from shared.ogc.description import Collection, Extent
from shared.ogc.items import dated, extent_of, inside
from shared.ogc.reads import documents, item, items
from shared.problems import InvalidParameter
from shared.schemas.commerces import FicheResume
from shared.schemas.commerces_ogc import RechercheFichesOgc
from shared.schemas.ogc import ObjetOgc, ObjetsOgc
from shared.vitrine import Vue

COMMERCES: Final = Collection(
    "commerces",
    "Commerces à domicile",
    "Commerces qui livrent ou vendent à emporter ; leur position est celle de leur entrée.",
    RechercheFichesOgc,
)

NOMS: Final = {"categorie": "dans_categorie", "commune": "code_commune"}
"""What the other searches call otherwise."""


def _extent(version: Version) -> Extent:
    """Where shops are, and between which days they were confirmed."""
    return extent_of(version, "verifie")


documents(
    reads,
    (COMMERCES,),
    _extent,
    titre="Mes commerces à domicile",
    texte="Commerces de la Métropole du Grand Paris, au standard OGC API Features.",
)


@reads.get("/ogc/collections/commerces/items", model=ObjetsOgc[FicheResume], media_type=GEOJSON)
def ogc_commerces(
    vue: VueDep, recherche: Annotated[RechercheFichesOgc, Query()], url: UrlDep
) -> Answer:
    """Commerces, page par page ; `datetime` porte sur le jour de leur dernière confirmation."""
    version = vue.version
    rows = inside(version, _question(recherche, vue).search, recherche.bbox)
    rows = dated(version, rows, "verifie", recherche.datetime)
    return items(COMMERCES, recherche, url, version, rows)


def _question(recherche: RechercheFichesOgc, vue: Vue) -> Question:
    """The question asked; what is refused of it is named as it was asked here."""
    try:
        return question_of(recherche.criteres(), vue)
    except InvalidParameter as problem:
        name = str(problem.members["parametre"])
        detail = str(problem.members["erreurs"][0]["detail"])
        raise InvalidParameter(NOMS.get(name, name), detail) from problem


@reads.get(
    "/ogc/collections/commerces/items/{id}",
    model=ObjetOgc[FicheResume],
    media_type=GEOJSON,
    autres=MOVED,
)
def ogc_commerce(vue: VueDep, id: IdFiche, url: UrlDep) -> Answer:
    """Un commerce."""
    found = vue.version.find(id)
    if found is None:
        return moved_or_missing(vue, id, b"%b")
    segment, row = found
    feature = orjson.loads(segment.table.texts["resume"][row][:-1])
    return item(COMMERCES, feature, url)
