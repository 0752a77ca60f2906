"""The OpenAPI document of a service: what is added to what the framework writes of it."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from shared.auth import declared_access
from shared.conditional import IF_NONE_MATCH, IF_NONE_MATCH_SENS, VERSIONED
from shared.contract_schemas import standardise, without_null
from shared.idempotency import IDEMPOTENCY_KEY, REPLAYED
from shared.pages import PAGED
from shared.schemas.exemples import EXEMPLES


class Rubrique(NamedTuple):
    """A part of a service as its documentation shows it: an OpenAPI tag."""

    nom: str
    titre: str
    description: str
    debuts: tuple[str, ...]
    """How the paths of its operations begin, whole segments; the longest beginning decides."""


SANTE = Rubrique("sante", "Santé", "Si le service répond, et s'il est prêt.", ("/sante",))

_UNDESCRIBED = "Successful Response"
"""FastAPI's own words."""
_REPLAYED = {
    REPLAYED: {
        "description": "`true` : la réponse déjà donnée à cette `Idempotency-Key`.",
        "schema": {"type": "string", "const": "true"},
    }
}
_IF_NONE_MATCH = {
    "name": IF_NONE_MATCH,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "title": IF_NONE_MATCH},
    "description": IF_NONE_MATCH_SENS,
}
"""Of the reads that are answered ahead of the framework, which knows nothing of it."""


def complete(app: FastAPI, rubriques: Sequence[Rubrique]) -> None:
    """Complete what the framework writes: rubrics, rights, headers, summaries, examples, French."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            document["tags"] = [
                {"name": one.nom, "description": one.description, "x-titre": one.titre}
                for one in rubriques
            ]
            for path, operation in _operations(document["paths"]):
                operation["tags"] = [rubric_of(path, rubriques).nom]
                _complete(operation)
            for _, message in _operations(document.get("webhooks", {})):
                _complete(message)
            for path, method, right in _rights(app):
                _say_right(document["paths"][path][method], right)
            _say_examples(document)
            standardise(document)
            document["security"] = []  # what asks for a key says so itself
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _operations(items: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each operation with its path, or each message with its kind."""
    for path, operations in items.items():
        for operation in operations.values():
            yield path, operation


def _say_examples(document: dict[str, Any]) -> None:
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        if name in EXEMPLES:
            schema["examples"] = [EXEMPLES[name]]


def rubric_of(path: str, rubriques: Sequence[Rubrique]) -> Rubrique:
    """The rubric where an operation is found; LookupError when no rubric has it."""
    by_beginning = {debut: one for one in rubriques for debut in one.debuts}
    found = [debut for debut in by_beginning if path == debut or path.startswith(f"{debut}/")]
    if not found:
        raise LookupError(f"no rubric of the service has {path}")
    return by_beginning[max(found, key=len)]


def _rights(app: FastAPI) -> Iterator[tuple[str, str, str]]:
    """The path and the method of what a key opens, and the right that it must have."""
    for route in iter_route_contexts(app.routes):
        access = declared_access(route) or ""
        if ":" in access:  # neither public nor open to the tokens of a standard
            for method in route.methods or ():
                yield str(route.path), method.lower(), access


def _say_right(operation: dict[str, Any], right: str) -> None:
    """As OpenAPI 3.1 has it for a scheme of any type: the roles that an operation asks for."""
    operation["security"] = [{name: [right] for name in one} for one in operation["security"]]


def _complete(operation: dict[str, Any]) -> None:
    """The first line of its docstring is its summary; nothing of it is left in English."""
    summary, _, rest = operation.get("description", "").partition("\n")
    operation["summary"] = summary.rstrip(".")
    operation["description"] = rest.strip()
    for parameter in operation.get("parameters", ()):
        # Its absence has a status of its own: for the framework it is optional.
        parameter["required"] |= parameter["name"] == "If-Match"
        parameter["schema"] = without_null(parameter["schema"])
    for answer in operation["responses"].values():
        if answer["description"] == _UNDESCRIBED:
            answer["description"] = "La réponse demandée."
    asked = {parameter["name"] for parameter in operation.get("parameters", ())}
    unchanged = "304" in operation["responses"]
    if unchanged and IF_NONE_MATCH not in asked:
        operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
    for told, headers in (
        (unchanged or "If-Match" in asked, VERSIONED),
        ("curseur" in asked, PAGED),
        (IDEMPOTENCY_KEY in asked, _REPLAYED),
    ):
        if told:
            _say_headers(operation, headers)


def _say_headers(operation: dict[str, Any], headers: dict[str, Any]) -> None:
    """Of each answer that is a success and has something to say."""
    for status, answer in operation["responses"].items():
        if status.startswith("2") and "content" in answer:
            answer["headers"] = answer.get("headers", {}) | headers
