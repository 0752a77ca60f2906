"""OpenAPI 3.0 of an OGC API: written from the same models that read the questions.

The framework writes OpenAPI 3.1; the standard's conformance class, and its clients, want 3.0.
"""

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Final

from pydantic import BaseModel

from shared.http.media import GEOJSON, JSON
from shared.ogc.description import OPENAPI, Collection
from shared.schemas.ogc import ITEMS_MAX

Schema = dict[str, Any]

_PLAIN: Final = frozenset(
    {
        "type",
        "format",
        "enum",
        "pattern",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "default",
        "items",
    }
)
"""Keywords that mean in 3.0 what they mean in JSON Schema."""
# The standard gives these two word for word (17-069r4, 7.15).
_STANDARD: Final[dict[str, Schema]] = {
    "bbox": {
        "type": "array",
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        "items": {"type": "number"},
    },
    "limit": {"type": "integer", "minimum": 1, "maximum": ITEMS_MAX, "default": 100},
}


def document(titre: str, description: str, url: str, known: Iterable[Collection]) -> Schema:
    """The description of the API at `url`, with the parameters of each collection."""
    paths: Schema = {
        "/": _get("accueil", "Entrée de l'API", JSON),
        "/api": _get("api", "Ce document", OPENAPI),
        "/conformance": _get("conformite", "Classes de conformité", JSON),
        "/collections": _get("collections", "Collections", JSON),
    }
    for one in known:
        own = f"/collections/{one.id}"
        paths[own] = _get(f"{one.id}.collection", one.titre, JSON)
        paths[f"{own}/items"] = _get(
            f"{one.id}.objets", f"{one.titre} : liste", GEOJSON, parameters(one.recherche)
        )
        key = {
            "name": "featureId",
            "in": "path",
            "required": True,
            "description": "Identifiant de l'objet.",
            "schema": {"type": "string"},
        }
        paths[f"{own}/items/{{featureId}}"] = _get(
            f"{one.id}.objet", f"{one.titre} : un objet", GEOJSON, [key]
        )
    return {
        "openapi": "3.0.3",
        "info": {
            "title": titre,
            "description": description,
            "version": version("grand-paris-relance"),
        },
        "servers": [{"url": url}],
        "paths": paths,
    }


def _get(name: str, summary: str, media_type: str, asked: list[Schema] | None = None) -> Schema:
    anything = {"schema": {"type": "object"}}
    operation = {
        "operationId": name,
        "summary": summary,
        "parameters": asked or [],
        "responses": {
            "200": {"description": summary, "content": {media_type: anything}},
            "default": {
                "description": "Problème (RFC 9457)",
                "content": {"application/problem+json": anything},
            },
        },
    }
    return {"get": operation}


def parameters(model: type[BaseModel]) -> list[Schema]:
    """The fields of a query model as parameters."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "style": "form",
            "explode": False,
            "description": field.get("description", ""),
            "schema": _STANDARD.get(name) or plain(field, definitions),
        }
        for name, field in schema["properties"].items()
    ]


def plain(schema: Schema, definitions: Schema) -> Schema:
    """A JSON Schema in the words of OpenAPI 3.0."""
    if "$ref" in schema:
        return plain(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) == 1:
        return plain(choices[0], definitions)
    if choices:
        return {"oneOf": [plain(one, definitions) for one in choices]}
    kept = {name: value for name, value in schema.items() if name in _PLAIN and value is not None}
    if "const" in schema:
        kept["enum"] = [schema["const"]]
    if "items" in kept:
        kept["items"] = plain(kept["items"], definitions)
    return kept
