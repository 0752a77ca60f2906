"""The map of shops: clusters and vector tiles."""

from typing import Annotated

from fastapi import Query

from services.commerces.api.fiches import question_of, reads
from services.commerces.vitrine import APPARENCES
from shared.hot.reads import Answer, VueDep
from shared.http.media import GEOJSON
from shared.maps import mvt
from shared.maps.clusters import Cluster, check_count, feature, group, rows_around, rows_in
from shared.maps.mercator import Cells
from shared.maps.mvt import Value
from shared.maps.tiles import X, Y, Z, check_tile, clusters_layer, objects_layer
from shared.memory.fragments import enclose, resumes
from shared.schemas.commerces import CriteresFiches
from shared.schemas.commerces_carte import GrappesFiches, RechercheGrappesFiches


@reads.get("/grappes", model=GrappesFiches, media_type=GEOJSON)
def grappes(vue: VueDep, recherche: Annotated[RechercheGrappesFiches, Query()]) -> Answer:
    """Commerces regroupés pour une carte : des grappes avec leur compte, puis les isolés.

    Une grappe réunit les commerces d'une maille de 64 pixels ; elle les compte tous, même ceux
    qui sortent du rectangle. Un commerce isolé dans une maille que le rectangle touche y est aussi,
    même hors du rectangle. L'identifiant d'une grappe ne dépend que du zoom et de la maille. Au
    zoom 14 et au-delà, chaque commerce est seul.
    """
    version = vue.version
    wanted = question_of(recherche, vue).search
    rows = rows_around(version, wanted, recherche.bbox, recherche.zoom)
    alone, found = group(version, rows, recherche.zoom)
    returned = alone.size + len(found)
    check_count(returned)
    beginning = b'{"type":"FeatureCollection","numberReturned":%d,"fiches":%d,"features":[' % (
        returned,
        rows.size,
    )
    clusters = [feature(one, b'"fiches":%d' % one.objects) for one in found]
    features = [*clusters, *resumes(version, alone, recherche.champs)]
    return Answer(enclose(beginning, features, b"]}"))


@reads.get("/tuiles/{z}/{x}/{y}.mvt", model=None, media_type=mvt.MEDIA_TYPE)
def tuile(vue: VueDep, z: Z, x: X, y: Y, criteres: Annotated[CriteresFiches, Query()]) -> Answer:
    """Tuile vectorielle (MVT 2.1) : calque `fiches`, et `grappes` sous le zoom 14.

    Les grappes sont celles de `/grappes` au même zoom. Une tuile où il n'y a rien est vide, sans
    un octet : c'est une tuile valide.
    """
    check_tile(z, x, y)
    version = vue.version
    rows = rows_in(
        version,
        question_of(criteres, vue).search,
        Cells(z, west=x, north=y, east=x, south=y),
    )
    alone, found = group(version, rows, z)
    fiches = objects_layer(version, alone, z, name="fiches", looks=APPARENCES, column="apparence")
    return Answer(fiches + clusters_layer(found, z, properties=_counts))


def _counts(grappe: Cluster) -> dict[str, Value]:
    return {
        "id": grappe.id,
        "fiches": grappe.objects,
        "zoom_expansion": grappe.zoom_expansion,
    }
