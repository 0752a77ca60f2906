"""Pre-serialised JSON: GeoJSON features kept as bytes and joined into responses."""

from collections.abc import Iterable, Sequence

import orjson

from shared.http.media import GEOJSON
from shared.http.replies import Headers, Piece
from shared.memory.columns import Ints
from shared.memory.segments import Version
from shared.memory.spatial import Box
from shared.pages import PageAsked, link_header, next_page


def enclose(head: bytes, items: Sequence[Piece], tail: bytes) -> list[Piece]:
    """Items that each end with a comma, between head and tail, less the last comma."""
    if not items:
        return [head, tail]
    return [head, *items[:-1], items[-1][:-1], tail]


def page_head(matched: int, returned: int, link: bytes = b"") -> bytes:
    """The beginning of a page of features."""
    return (
        b'{"type":"FeatureCollection","numberMatched":%d,"numberReturned":%d,'
        b'"links":[%b],"features":[' % (matched, returned, link)
    )


def next_link(question: PageAsked, curseur: str | None) -> tuple[bytes, Headers]:
    """The link to the page that follows, for `page_head`, and the header that says it too."""
    if curseur is None:
        return b"", ()
    href = next_page(question, curseur)
    link = {"href": href, "rel": "next", "type": GEOJSON}
    return orjson.dumps(link), ((b"link", link_header({"next": href}).encode()),)


def plain_box(version: Version, box: Box, *, limit: int) -> list[Piece] | None:
    """All that a box holds in one page, the map's own question: slices of memory, no row.

    None when it is more than `limit`, or not found so.
    """
    spans = version.spans(box)
    if spans is None:
        return None
    found = sum(end - start for start, end in spans)
    if found > limit:
        return None
    texts = version.base.table.texts["resume"].cut(spans)
    return enclose(page_head(found, found), texts, b"]}")


def selected(feature: Piece, names: Sequence[str]) -> bytes:
    """A feature with these properties only, closed by a comma."""
    content = orjson.loads(feature[:-1])
    properties = content["properties"]
    content["properties"] = {name: properties[name] for name in names}
    return orjson.dumps(content) + b","


def resumes(version: Version, rows: Ints, champs: Sequence[str] | None) -> Sequence[Piece]:
    """Features of objects, each closed by a comma, in few pieces."""
    if champs is None:
        return version.texts("resume", rows)
    return each_resume(version, rows, champs)


def each_resume(version: Version, rows: Ints, champs: Sequence[str] | None) -> Sequence[Piece]:
    """Features of objects one by one, with all their properties or some."""
    features = version.each_text("resume", rows)
    return features if champs is None else [selected(text, champs) for text in features]


def with_members(feature: Piece, members: bytes) -> tuple[Piece, bytes]:
    """A feature with more properties (JSON without braces), closed by a comma, in two pieces."""
    return feature[:-3], b",%b}}," % members


def with_distances(features: Iterable[Piece], metres: Iterable[float]) -> list[Piece]:
    """Features each with its distance, closed by commas, in two pieces each."""
    return [
        piece
        for feature, away in zip(features, metres, strict=True)
        # What `with_members` does, without a call and a copy for each.
        for piece in (feature[:-3], b',"distance_m":%.1f}},' % away)
    ]
