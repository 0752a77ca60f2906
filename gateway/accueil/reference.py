"""The reference page: the merged OpenAPI document as plain HTML, readable offline."""

import json
from collections.abc import Mapping
from typing import Any

from gateway.accueil.commande import command, schemes
from gateway.accueil.pages import page, table
from gateway.openapi import rubrics
from shared.http.html import Html, el, inline, join, prose

METHODS = ("get", "post", "put", "patch", "delete")
PLACES = {"query": "adresse", "path": "chemin", "header": "en-tête"}

Node = Mapping[str, Any]


def reference(document: Node, adresse: str) -> bytes:
    """Every operation and every model of the document, with commands to copy for `adresse`."""
    services = [tag for tag in document["tags"] if "x-service" not in tag]
    schemas: Node = document["components"].get("schemas", {})
    return page(
        "Documentation",
        el(
            "nav",
            el(
                "ul",
                (_entry(document, service) for service in services),
                el("li", el("a", "Modèles de données", href="#modeles")),
            ),
            aria_label="Sommaire",
        ),
        el("p", el("a", "Ce contrat en OpenAPI 3.1", href="/openapi.json")),
        (_service(document, service, adresse) for service in services),
        el("h2", "Modèles de données", id="modeles"),
        (_model(name, schema) for name, schema in sorted(schemas.items())),
        here="/docs",
    )


def _entry(document: Node, service: Node) -> Html:
    """A service and its rubrics in the table of contents."""
    inside = [el("li", _link(one)) for one in rubrics(document, service["name"])]
    return el("li", _link(service), el("ul", inside) if inside else None)


def _link(tag: Node) -> Html:
    return el("a", tag["x-titre"], href=f"#{tag['name']}")


def _service(document: Node, service: Node, adresse: str) -> Html:
    """What a service says of itself, then its operations, rubric by rubric."""
    return el(
        "section",
        el("h2", service["x-titre"], id=service["name"]),
        prose(service["description"]),
        _of_tag(document, service, adresse),
        (
            (
                el("h3", one["x-titre"], id=one["name"]),
                prose(one["description"]),
                _of_tag(document, one, adresse),
                _messages(document, one),
            )
            for one in rubrics(document, service["name"])
        ),
    )


def _of_tag(document: Node, tag: Node, adresse: str) -> list[Html]:
    return [
        _operation(path, method, document, adresse)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item and item[method]["tags"][0] == tag["name"]
    ]


def _operation(path: str, method: str, document: Node, adresse: str) -> Html:
    operation: Node = document["paths"][path][method]
    return el(
        "details",
        el(
            "summary",
            el("span", method.upper(), class_=f"methode {method}"),
            " ",
            el("code", path),
            " ",
            inline(operation.get("summary", "")),
        ),
        prose(operation.get("description", "")),
        [
            prose(f"Accès réservé{_rights(operation)}. {scheme['description']}")
            for scheme in schemes(operation, document)
        ],
        _parameters(operation.get("parameters", [])),
        _body(operation.get("requestBody")),
        _responses(operation["responses"]),
        el("pre", el("code", command(path, method, operation, document, adresse))),
        id=f"{method}{path}",
    )


def _messages(document: Node, tag: Node) -> list[Html]:
    """What a service sends to those who asked to be told."""
    return [
        el(
            "details",
            el(
                "summary",
                el("span", "envoyé", class_="methode"),
                " ",
                el("code", kind.removeprefix(f"{tag['x-service']}.")),
                " ",
                inline(told["summary"]),
            ),
            _parameters(told["parameters"]),
            _body(told["requestBody"]),
            _responses(told["responses"]),
        )
        for kind, item in document.get("webhooks", {}).items()
        for told in item.values()
        if told["tags"][0] == tag["name"]
    ]


def _rights(operation: Node) -> str:
    """What a key must have, where the contract says it."""
    asked = {right: None for one in operation["security"] for of in one.values() for right in of}
    return f" : droit {' et '.join(f'`{right}`' for right in asked)}" if asked else ""


def _parameters(parameters: list[Node]) -> Html | None:
    if not parameters:
        return None
    rows = (
        el(
            "tr",
            el("th", el("code", p["name"]), scope="row"),
            el("td", PLACES.get(p["in"], p["in"]), ", requis" if p.get("required") else None),
            el("td", _type(p.get("schema", {})), _default(p.get("schema", {}))),
            el("td", prose(p.get("description") or _meaning(p.get("schema", {})))),
        )
        for p in parameters
    )
    return table("Paramètres", ("Nom", "Où", "Type", "Description"), rows)


def _body(body: Node | None) -> Html | None:
    if body is None:
        return None
    kinds = (
        el("li", el("code", media), " : ", _type(content.get("schema", {})))
        for media, content in body["content"].items()
    )
    return join((el("p", "Corps de la requête :"), el("ul", kinds)))


def _responses(responses: Node) -> Html:
    rows = (
        el(
            "tr",
            el("th", status, scope="row"),
            el("td", prose(response.get("description", ""))),
            el(
                "td",
                (_content(m, c) for m, c in response.get("content", {}).items()),
                (
                    prose(f"En-tête `{name}` : {header['description']}")
                    for name, header in response.get("headers", {}).items()
                ),
            ),
        )
        for status, response in sorted(responses.items())
    )
    return table("Réponses", ("Statut", "Sens", "Contenu"), rows)


def _content(media: str, content: Node) -> Html:
    schema = content.get("schema")
    return el("p", el("code", media), " ", _type(schema) if schema else None)


def _type(schema: Node) -> Html:
    """A schema in a few words, its models as links."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return el("a", name, href=f"#modele-{name}")
    choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if choices:
        # Some differ by a pattern only, which is not shown.
        shown = dict.fromkeys(_type(choice) for choice in choices if choice.get("type") != "null")
        return join(piece for n, s in enumerate(shown) for piece in ((" ou " if n else ""), s))
    if schema.get("type") == "array":
        return join(("liste de ", _type(schema.get("items", {}))))
    if "const" in schema:
        return join(f"« {schema['const']} »")
    if "enum" in schema:
        return join(("parmi ", ", ".join(map(str, schema["enum"]))))
    return join((str(schema.get("format") or schema.get("type", "JSON")), _bounds(schema)))


def _default(schema: Node) -> str | None:
    """What an absent value is worth; of most it is that nothing is asked."""
    value = schema.get("default")
    if value in (None, False, [], ""):
        return None
    return f", {value if isinstance(value, str) else json.dumps(value)} par défaut"


def _or_null(schema: Node) -> str | None:
    """Whether a value that is there may say nothing: a parameter never does."""
    choices = schema.get("anyOf", ())
    return " ou null" if any(choice.get("type") == "null" for choice in choices) else None


def _bounds(schema: Node) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and high is None:
        return ""
    return f" de {low} à {high}" if None not in (low, high) else f" ({low or ''}…{high or ''})"


def _meaning(schema: Node) -> str:
    """What a value means: said of it, else of what it is made of."""
    parts = [schema, *schema.get("anyOf", ()), schema.get("items", {})]
    return next((part["description"] for part in parts if "description" in part), "")


def _model(name: str, schema: Node) -> Html:
    required = schema.get("required", [])
    rows = (
        el(
            "tr",
            el("th", el("code", key), scope="row"),
            el("td", _type(value), _or_null(value), ", requis" if key in required else None),
            el("td", prose(_meaning(value))),
        )
        for key, value in schema.get("properties", {}).items()
    )
    norm = schema.get("externalDocs")
    # A browser opens what hides the target of a link: not what the target itself hides.
    return el(
        "details",
        el("summary", el("code", name)),
        el(
            "div",
            prose(schema.get("description", "")),
            norm
            and el("p", "Champs décrits par : ", el("a", norm["description"], href=norm["url"])),
            table("Propriétés", ("Nom", "Type", "Description"), rows)
            if schema.get("properties")
            else el("pre", el("code", json.dumps(schema, ensure_ascii=False, indent=2))),
            id=f"modele-{name}",
            class_="cible",
        ),
    )
