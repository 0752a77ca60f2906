"""OGC API Features, Part 1: the routes that lead to the items, for any service."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

import orjson
from fastapi import Path

from shared.hot.reads import Answer, Reads, UrlDep, VueDep
from shared.http.media import JSON
from shared.http.replies import Piece
from shared.memory import walk
from shared.memory.columns import Ints
from shared.memory.fragments import enclose
from shared.memory.segments import Version
from shared.ogc import description, openapi
from shared.ogc.description import Collection, Document, Extent
from shared.pages import link_header
from shared.problems import NotFound
from shared.schemas.ogc import (
    AccueilOgc,
    CollectionOgc,
    CollectionsOgc,
    ConformiteOgc,
    RechercheObjets,
)

ROOT: Final = "/ogc"


def documents(
    reads: Reads,
    known: Sequence[Collection],
    extent: Callable[[Version], Extent],
    *,
    titre: str,
    texte: str,
) -> None:
    """Declare the reads of the landing page, the conformance classes and the collections."""
    nom = Path(max_length=64, description="Nom de la collection.", examples=[known[0].id])

    @reads.get("/ogc", model=AccueilOgc, media_type=JSON)
    @reads.get("/ogc/", model=AccueilOgc, media_type=JSON, nom="ogc_accueil_bis")
    def ogc_accueil(_vue: VueDep, url: UrlDep) -> Answer:
        """Entrée de l'API OGC Features : à donner telle quelle à QGIS ou à GDAL."""
        return document(description.landing(titre, texte, url + ROOT))

    @reads.get("/ogc/conformance", model=ConformiteOgc, media_type=JSON)
    def ogc_conformite(_vue: VueDep) -> Answer:
        """Classes de conformité : Core, GeoJSON, OpenAPI 3.0."""
        return document({"conformsTo": description.CONFORMANCE})

    @reads.get("/ogc/api", model=dict[str, Any], media_type=description.OPENAPI)
    def ogc_description(_vue: VueDep, url: UrlDep) -> Answer:
        """Description OpenAPI 3.0 de l'API OGC Features."""
        return document(openapi.document(titre, texte, url + ROOT, known))

    @reads.get("/ogc/collections", model=CollectionsOgc, media_type=JSON)
    def ogc_collections(vue: VueDep, url: UrlDep) -> Answer:
        """Les collections d'objets."""
        everywhere = extent(vue.version)
        return document(description.collections([(one, everywhere) for one in known], url + ROOT))

    @reads.get("/ogc/collections/{id}", model=CollectionOgc, media_type=JSON)
    def ogc_collection(vue: VueDep, id: Annotated[str, nom], url: UrlDep) -> Answer:
        """Une collection."""
        for one in known:
            if one.id == id:
                return document(description.collection(one, extent(vue.version), url + ROOT))
        raise NotFound(f"Les collections : {', '.join(one.id for one in known)}.")


def document(content: Document) -> Answer:
    return Answer(orjson.dumps(content))


def item(one: Collection, feature: Document, url: str) -> Answer:
    """An object of a collection."""
    return document({**feature, "links": description.item_links(one, feature["id"], url + ROOT)})


def items(
    one: Collection, recherche: RechercheObjets, url: str, version: Version, rows: Ints
) -> Answer:
    """The page asked for of the objects found, in order."""
    matched = rows.size
    rows, curseur = walk.page(version, rows, curseur=recherche.curseur, limit=recherche.limit)
    features = version.texts("resume", rows)
    return items_page(
        one, recherche, url, features, matched=matched, returned=rows.size, next_=curseur
    )


def items_page(
    one: Collection,
    recherche: RechercheObjets,
    url: str,
    features: Sequence[Piece],
    *,
    matched: int,
    returned: int,
    next_: str | None,
) -> Answer:
    """A page of objects already written."""
    asked = recherche.model_dump(mode="json", exclude_unset=True)
    links = description.items_links(one, url + ROOT, asked, next_)
    beginning = (
        b'{"type":"FeatureCollection","numberMatched":%d,"numberReturned":%d,"links":%b,'
        b'"features":[' % (matched, returned, orjson.dumps(links))
    )
    following = {link["rel"]: link["href"] for link in links if link["rel"] == "next"}
    header = ((b"link", link_header(following).encode()),) if following else ()
    return Answer(enclose(beginning, features, b"]}"), header)
