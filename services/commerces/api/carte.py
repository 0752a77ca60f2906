"""The map of shops: clusters and vector tiles."""

from typing import Annotated, Final

from fastapi import Path, Query

from services.commerces.api.fiches import GEOJSON, question_of, reads
from services.commerces.vitrine import APPARENCES
from shared import mvt
from shared.clusters import Cluster, cells_around, group, rows_in
from shared.fragments import enclose, resumes
from shared.mercator import Cells
from shared.mvt import Value
from shared.problems import InvalidParameter
from shared.reads import Answer, VueDep
from shared.schemas.commerces import CriteresFiches
from shared.schemas.commerces_carte import ZOOM_MAX, GrappesFiches, RechercheGrappesFiches
from shared.tiles import clusters_layer, objects_layer

OBJECTS_MAX: Final = 5_000
"""Clusters and listings of one answer."""
Zoom = Annotated[int, Path(ge=0, le=ZOOM_MAX, description="Zoom, de 0 à 20.")]
Rang = Annotated[int, Path(ge=0, lt=1 << ZOOM_MAX, description="De 0 à 2^z - 1.")]


@reads.get("/grappes", model=GrappesFiches, media_type=GEOJSON)
def grappes(vue: VueDep, recherche: Annotated[RechercheGrappesFiches, Query()]) -> Answer:
    """Commerces regroupés pour une carte : des grappes avec leur compte, puis les isolés.

    Une grappe réunit les commerces d'une maille de 64 pixels ; elle les compte tous, même ceux
    qui sortent du rectangle. Un commerce isolé dans une maille que le rectangle touche y est aussi,
    même hors du rectangle. L'identifiant d'une grappe ne dépend que du zoom et de la maille. Au
    zoom 14 et au-delà, chaque commerce est seul.
    """
    version = vue.version
    search = question_of(recherche, vue).search
    if recherche.bbox is None:
        rows = version.select(search, None)
    else:
        rows = rows_in(version, search, cells_around(recherche.bbox, recherche.zoom))
    alone, found = group(version, rows, recherche.zoom)
    returned = alone.size + len(found)
    if returned > OBJECTS_MAX:
        raise InvalidParameter(
            "bbox",
            f"Ce rectangle contient {returned} objets à ce zoom, plus que {OBJECTS_MAX} : "
            "réduisez-le, ou le zoom.",
        )
    beginning = b'{"type":"FeatureCollection","numberReturned":%d,"fiches":%d,"features":[' % (
        returned,
        rows.size,
    )
    features = [*map(_feature, found), *resumes(version, alone, recherche.champs)]
    return Answer(enclose(beginning, features, b"]}"))


def _feature(grappe: Cluster) -> bytes:
    """A cluster as GeoJSON, closed by a comma."""
    return (
        b'{"type":"Feature","id":"%b","geometry":{"type":"Point","coordinates":[%.6f,%.6f]},'
        b'"properties":{"fiches":%d,"zoom_expansion":%d}},'
        % (grappe.id.encode(), *grappe.position, grappe.objects, grappe.zoom_expansion)
    )


@reads.get("/tuiles/{z}/{x}/{y}.mvt", model=None, media_type=mvt.MEDIA_TYPE)
def tuile(
    vue: VueDep, z: Zoom, x: Rang, y: Rang, criteres: Annotated[CriteresFiches, Query()]
) -> Answer:
    """Tuile vectorielle (MVT 2.1) : calque `fiches`, et `grappes` sous le zoom 14.

    Les grappes sont celles de `/grappes` au même zoom. Une tuile où il n'y a rien est vide, sans
    un octet : c'est une tuile valide.
    """
    for name, value in (("x", x), ("y", y)):
        if value >> z:
            raise InvalidParameter(name, f"Au zoom {z}, {name} va de 0 à {(1 << z) - 1}.")
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
