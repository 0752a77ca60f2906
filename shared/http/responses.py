"""Responses made on demand, with an ETag computed from their content."""

from fastapi import Response
from pydantic import BaseModel

from shared.conditional import etag, unless_held
from shared.http.media import JSON


def answer(
    content: BaseModel | str,
    if_none_match: str | None,
    *,
    media_type: str = JSON,
    tag: str | None = None,
    **headers: str,
) -> Response:
    """The content, or 304 when the caller has it; `tag` is its strong tag when it has one."""
    text = content if isinstance(content, str) else content.model_dump_json(by_alias=True)
    sent = {
        "ETag": tag or etag(text, weak=True),
        "Cache-Control": "public, max-age=60",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    unless_held(if_none_match, sent)
    return Response(text, media_type=media_type, headers=sent)


def private(content: BaseModel, if_none_match: str | None, **headers: str) -> Response:
    """The same, for the eyes of the caller: no cache keeps it for another."""
    return answer(content, if_none_match, Cache_Control="private, no-cache", **headers)
