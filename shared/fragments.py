"""Ready pieces of JSON: GeoJSON features written once, closed by a comma, joined into answers."""

from collections.abc import Iterable, Sequence

import orjson

from shared.columns import Ints
from shared.replies import Piece
from shared.segments import Version


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
