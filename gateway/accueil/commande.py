"""The curl command shown with each operation, filled with the examples of the contract."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from shared.http.media import JSON

Node = Mapping[str, Any]

STREAM: Final = "text/event-stream"
_TOKENS: Final = {"bearer": "rgp_…", "Token": "VOTRE_JETON"}
"""What stands for the caller's own secret, by scheme."""


def command(path: str, method: str, operation: Node, document: Node, adresse: str) -> str:
    """How to ask an operation of `adresse`, ready to be pasted in a shell."""
    words = ["curl", *_options(method, operation, document)]
    asked, query = _filled(path, operation)
    words.append(_quoted(f"{adresse}{asked}?{query}" if query else f"{adresse}{asked}"))
    return " ".join(words)


def schemes(operation: Node, document: Node) -> list[Node]:
    """How a caller of an operation says who it is."""
    names = [name for asked in operation.get("security", ()) for name in asked]
    return [document["components"]["securitySchemes"][name] for name in names]


def _options(method: str, operation: Node, document: Node) -> Iterator[str]:
    body = operation.get("requestBody")
    if STREAM in operation["responses"].get("200", {}).get("content", {}):
        yield "-N"  # each event as it comes
    # With a body curl sends a POST by itself.
    if method not in {"get", "post"} or (method == "post" and body is None):
        yield f"-X {method.upper()}"
    for scheme in schemes(operation, document):
        name = scheme["scheme"]
        yield f"-H 'Authorization: {name.capitalize()} {_TOKENS[name]}'"
    if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", ())):
        yield """-H 'If-Match: "…"'"""
    if body is not None:
        yield from _body(body["content"], document)


def _body(content: Node, document: Node) -> Iterator[str]:
    """An example of the body where there is one, else a file of the first type that is taken."""
    example = _example_of(content.get(JSON, {}), document)
    if example is not None:
        yield f"-H 'Content-Type: {JSON}'"
        yield f"-d {_quoted(json.dumps(example, ensure_ascii=False))}"
    else:
        yield f"-H 'Content-Type: {next(iter(content))}'"
        yield "--data-binary @FICHIER"


def _example_of(media: Node, document: Node) -> Any:
    if "example" in media:
        return media["example"]
    name = media.get("schema", {}).get("$ref", "").rpartition("/")[2]
    examples = document["components"]["schemas"].get(name, {}).get("examples")
    return examples[0] if examples else None


def _filled(path: str, operation: Node) -> tuple[str, str]:
    """The path and the query, with an example of each parameter that is required, or its name."""
    query = {}
    for parameter in operation.get("parameters", ()):
        schema = parameter.get("schema", {})
        examples = schema.get("examples") or [schema.get("example", parameter.get("example"))]
        name = parameter["name"]
        value = name.upper() if examples[0] is None else examples[0]
        if parameter["in"] == "path":
            path = path.replace(f"{{{name}}}", str(value))
        elif parameter["in"] == "query" and parameter.get("required"):
            query[name] = value
    return path, urlencode(query, safe=",")


def _quoted(text: str) -> str:
    """As one word of a shell."""
    return "'" + text.replace("'", r"'\''") + "'"
