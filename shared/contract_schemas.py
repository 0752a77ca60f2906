"""The schemas of a contract in the words of JSON Schema, where the framework adds its own."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

Node = dict[str, Any]

_REFERENCE = "#/components/schemas/{model}"
_READ_BY_HAND: dict[str, type[BaseModel]] = {}
"""Models that the framework does not know of, by their reference."""


def schema_of(model: type[BaseModel]) -> Node:
    """The schema of a body that is read or written by hand, for `openapi_extra`."""
    reference = _REFERENCE.format(model=model.__name__)
    _READ_BY_HAND[reference] = model
    return {"$ref": reference}


def add_read_by_hand(document: Node) -> None:
    """Define those that a document refers to."""
    asked = {node["$ref"] for node in _nodes(document["paths"]) if "$ref" in node}
    models = (_READ_BY_HAND[one] for one in sorted(asked & _READ_BY_HAND.keys()))
    _, found = models_json_schema([(one, "validation") for one in models], ref_template=_REFERENCE)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in found.get("$defs", {}).items():
        schemas.setdefault(name, schema)


_BOUNDS = {"ge": "À partir du {}.", "le": "Jusqu'au {}."}
"""How pydantic writes the bounds of a date: JSON Schema has no word for them."""

_OF_ITEMS = ("type", "anyOf", "minimum", "maximum")
"""Kept of the first place of a position, a box or an interval; longitude has the wider bounds."""


def standardise(document: Node) -> None:
    """Say bounds of dates in a sentence, and of a list whose places are alike what any holds.

    `prefixItems` is right, and generators make of it lists of three numbers, or of anything.
    """
    for node in _nodes(document):
        if node.get("format") == "date":
            told = [text.format(node.pop(key)) for key, text in _BOUNDS.items() if key in node]
            if told:
                node["description"] = " ".join([*filter(None, [node.get("description")]), *told])
        if "prefixItems" in node:
            places = node.pop("prefixItems")
            node["items"] = {key: places[0][key] for key in _OF_ITEMS if key in places[0]}


def without_null(schema: Node) -> Node:
    """The schema of a parameter: one that is not written is absent, none is ever null."""
    values = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(values) == len(schema.get("anyOf", ())):
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**values[0], **rest} if len(values) == 1 else {"anyOf": values, **rest}


def _nodes(node: Any) -> Iterator[Node]:
    if isinstance(node, dict):
        yield node
        for value in list(node.values()):
            yield from _nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _nodes(value)
