"""Media types of responses, and how OpenAPI learns those that a route writes itself."""

from functools import cache
from typing import Any, Final

from fastapi import Response
from fastapi.responses import JSONResponse

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
CSV: Final = "text/csv; charset=utf-8"
CSV_DOCUMENT: Final[dict[str, Any]] = {"content": {"text/csv": {"schema": {"type": "string"}}}}
"""A CSV file, as the 200 of a route's `responses`."""


@cache
def of_type(media_type: str) -> type[Response]:
    """For `response_class`: the model is documented under this type, and under no other."""
    # Of any other class, the framework says that its content is a text.
    base = JSONResponse if media_type.partition(";")[0].endswith("json") else Response
    return type("Documented", (base,), {"media_type": media_type})
