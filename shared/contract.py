"""The OpenAPI document of a service: what is added to what the framework writes of it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from fastapi import FastAPI

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
_ETAG = {
    "description": "Étiquette de cette version, à rendre dans `If-None-Match` ou `If-Match`.",
    "schema": {"type": "string"},
}
_LINK = {
    "description": "`rel=\"next\"` : l'adresse de la page suivante, tant qu'il y en a une.",
    "schema": {"type": "string"},
}


def complete(app: FastAPI, rubriques: Sequence[Rubrique]) -> None:
    """Complete what the framework writes of the contract: rubrics, summaries, examples, French."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            document["tags"] = [
                {"name": one.nom, "description": one.description, "x-titre": one.titre}
                for one in rubriques
            ]
            for path, operations in document["paths"].items():
                for operation in operations.values():
                    operation["tags"] = [rubric_of(path, rubriques).nom]
                    _complete(operation)
            for name, schema in document.get("components", {}).get("schemas", {}).items():
                if name in EXEMPLES:
                    schema["examples"] = [EXEMPLES[name]]
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def rubric_of(path: str, rubriques: Sequence[Rubrique]) -> Rubrique:
    """The rubric where an operation is found; LookupError when no rubric has it."""
    by_beginning = {debut: one for one in rubriques for debut in one.debuts}
    found = [debut for debut in by_beginning if path == debut or path.startswith(f"{debut}/")]
    if not found:
        raise LookupError(f"no rubric of the service has {path}")
    return by_beginning[max(found, key=len)]


def _complete(operation: dict[str, Any]) -> None:
    """The first line of its docstring is its summary; nothing of it is left in English."""
    summary, _, rest = operation.get("description", "").partition("\n")
    operation["summary"] = summary.rstrip(".")
    operation["description"] = rest.strip()
    for parameter in operation.get("parameters", ()):
        # Its absence has a status of its own: for the framework it is optional.
        parameter["required"] |= parameter["name"] == "If-Match"
    for answer in operation["responses"].values():
        if answer["description"] == _UNDESCRIBED:
            answer["description"] = "La réponse demandée."
    if "304" in operation["responses"]:
        _say_header(operation, "ETag", _ETAG)
    if any(parameter["name"] == "curseur" for parameter in operation.get("parameters", ())):
        _say_header(operation, "Link", _LINK)


def _say_header(operation: dict[str, Any], name: str, header: dict[str, Any]) -> None:
    operation["responses"]["200"].setdefault("headers", {})[name] = header
