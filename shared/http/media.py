"""Media types of bodies, and how OpenAPI learns those that a route writes itself."""

from functools import cache
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import JSONResponse

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
CSV: Final = "text/csv; charset=utf-8"
TEXT: Final[dict[str, Any]] = {"schema": {"type": "string"}}
"""What OpenAPI says of a text, beside its media type."""
BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
"""The same of bytes that are no text."""
CSV_DOCUMENT: Final[dict[str, Any]] = {"content": {"text/csv": TEXT}}
"""A CSV file, as the 200 of a route's `responses`."""


def media_type_of(request: Request, default: str) -> str:
    """What a body is said to be, in lower case, its parameters (a charset) apart."""
    said = request.headers.get("content-type") or default
    return said.partition(";")[0].strip().lower()


def wants_page(request: Request, *, by_default: bool = False) -> bool:
    """Whether a page is what the caller reads; `by_default`: when it says nothing of it."""
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted or (by_default and "json" not in accepted)


@cache
def of_type(media_type: str) -> type[Response]:
    """For `response_class`: the model is documented under this type, and under no other."""
    # Of any other class, the framework says that its content is a text.
    base = JSONResponse if media_type.partition(";")[0].endswith("json") else Response
    return type("Documented", (base,), {"media_type": media_type})
