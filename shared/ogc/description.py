"""OGC API Features, Part 1 (17-069r4): landing page, conformance and collection documents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from pydantic import BaseModel

from shared.http.media import GEOJSON, JSON
from shared.memory.spatial import Box
from shared.pages import query_string

OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"
CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_CLASSES: Final = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
CONFORMANCE: Final = [_CLASSES + name for name in ("core", "geojson", "oas30")]

Document = dict[str, Any]
Link = dict[str, str]


@dataclass(frozen=True)
class Collection:
    """A kind of objects."""

    id: str
    titre: str
    description: str
    recherche: type[BaseModel]
    """What its items may be asked by."""


@dataclass(frozen=True)
class Extent:
    """Where and when the objects of a collection are."""

    box: Box
    first: str | None
    """Instant of the oldest, None when it has no date."""
    last: str | None


def link(href: str, rel: str, media_type: str, title: str) -> Link:
    return {"href": href, "rel": rel, "type": media_type, "title": title}


def landing(titre: str, description: str, url: str) -> Document:
    """The door; `url` is where it stands."""
    return {
        "title": titre,
        "description": description,
        "links": [
            link(url, "self", JSON, "Ce document"),
            link(f"{url}/api", "service-desc", OPENAPI, "Description OpenAPI 3.0"),
            link(f"{url}/conformance", "conformance", JSON, "Classes de conformité"),
            link(f"{url}/collections", "data", JSON, "Collections"),
        ],
    }


def collections(described: Iterable[tuple[Collection, Extent]], url: str) -> Document:
    return {
        "links": [link(f"{url}/collections", "self", JSON, "Ce document")],
        "collections": [collection(one, extent, url) for one, extent in described],
    }


def collection(one: Collection, extent: Extent, url: str) -> Document:
    own = f"{url}/collections/{one.id}"
    return {
        "id": one.id,
        "title": one.titre,
        "description": one.description,
        "itemType": "feature",
        "crs": [CRS84],
        "extent": {
            "spatial": {"bbox": [extent.box]},
            "temporal": {"interval": [[extent.first, extent.last]]},
        },
        "links": [
            link(own, "self", JSON, "Ce document"),
            link(f"{own}/items", "items", GEOJSON, one.titre),
        ],
    }


def items_links(
    one: Collection, url: str, asked: Mapping[str, Any], curseur: str | None
) -> list[Link]:
    """Links of a page of items: itself, its collection, and the next page after a cursor."""
    own = f"{url}/collections/{one.id}"
    links = [
        link(_address(own, asked), "self", GEOJSON, "Cette page"),
        link(own, "collection", JSON, one.titre),
    ]
    if curseur is not None:
        following = _address(own, {**asked, "curseur": curseur})
        links.append(link(following, "next", GEOJSON, "Page suivante"))
    return links


def _address(own: str, asked: Mapping[str, Any]) -> str:
    query = query_string(asked)
    return f"{own}/items?{query}" if query else f"{own}/items"


def item_links(one: Collection, key: str, url: str) -> list[Link]:
    own = f"{url}/collections/{one.id}"
    return [
        link(f"{own}/items/{quote(key, safe='')}", "self", GEOJSON, "Cet objet"),
        link(own, "collection", JSON, one.titre),
    ]
