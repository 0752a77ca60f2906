"""The public contract: the documents of all services merged into one OpenAPI 3.1 document."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

import orjson

from gateway.upstreams import Mount, fetch

Document = dict[str, Any]

FRESH_S = 60.0
"""How long a merged document serves before services are asked again."""
AGAIN_S = 2.0
"""The same while one of them has not said its contract yet: it is starting."""
PATIENCE_S = 5.0
READER_S = 1.0
"""How long a reader of a document that is known waits for a newer one."""
TITLE = "Grand Paris Relance"
DESCRIPTION = """\
Les services ouverts du plan de relance de la Métropole du Grand Paris.

Les lectures publiques se font sans clé. Les autres demandent une clé d'accès, dans l'en-tête
`Authorization: Bearer rgp_…`. Toute erreur est un problème au sens de la RFC 9457, avec un `code`
stable.
"""

_COMPONENTS = "#/components/"
_OK = 200


class Contract:
    """The merged document, kept fresh; a service that does not answer keeps its last document."""

    def __init__(self, mounts: Mapping[str, Mount], own: Document) -> None:
        self._mounts = mounts
        self._own = own
        self._known: dict[str, Document] = {}
        """What each service last answered."""
        self._merged: Document = {}
        self._until = 0.0
        self._renewal: asyncio.Task[None] | None = None
        """Services being asked: a silent one keeps nobody waiting who may read what is known."""

    async def document(self) -> Document:
        """The same object for as long as no service says anything else."""
        asked = self._renewal
        if asked is None and time.monotonic() >= self._until:
            asked = self._renewal = asyncio.create_task(self._renew())
        if asked is not None:
            await asyncio.wait((asked,), timeout=READER_S if self._merged else None)
            if asked.done():
                asked.result()
        return self._merged

    async def _renew(self) -> None:
        try:
            before = self._known.copy()
            await asyncio.gather(*map(self._ask, self._mounts))
            if not self._merged or self._known != before:
                self._merged = merge(self._known_in_order(), self._own)
            whole = self._known.keys() == self._mounts.keys()
            self._until = time.monotonic() + (FRESH_S if whole else AGAIN_S)
        finally:
            self._renewal = None

    def _known_in_order(self) -> dict[str, Document]:
        return {name: self._known[name] for name in self._mounts if name in self._known}

    async def _ask(self, name: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                status, body = await fetch(self._mounts[name], "/openapi.json")
            if status == _OK:
                self._known[name] = orjson.loads(body)
        # A service that fails must not hide the others' contract.
        except Exception:  # noqa: BLE001, S110
            pass


def merge(documents: Mapping[str, Document], own: Document) -> Document:
    """One document: each service's paths under /v1/<name>, the gateway's own as they are."""
    clashes = _clashes([*documents.values(), own])
    merged: Document = {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": version("grand-paris-relance"),
            "description": DESCRIPTION,
            "license": {"name": "EUPL 1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": "/"}],
        "security": [],
        "tags": [],
        "paths": {},
        "components": {},
    }
    for name, document in documents.items():
        _add(merged, document, name=name, root=f"/v1/{name}", clashes=clashes)
    _add(merged, own, name="passerelle", root="", clashes=clashes)
    return merged


def _add(
    merged: Document, document: Document, *, name: str, root: str, clashes: set[tuple[str, str]]
) -> None:
    info = document["info"]
    tag = {"name": name, "description": info.get("description", ""), "x-titre": info["title"]}
    inside = [
        {**one, "name": f"{name}-{one['name']}", "x-service": name}
        for one in document.get("tags", ())
    ]
    merged["tags"] += [tag, *inside]
    moved = _renamed(document, {key: f"{name.capitalize()}{key[1]}" for key in clashes})
    for path, item in moved["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                item[method] = _own_operation(operation, name)
        merged["paths"][(root + path).rstrip("/") or "/"] = item
    for kind, item in moved.get("webhooks", {}).items():
        told = {method: _own_operation(operation, name) for method, operation in item.items()}
        merged.setdefault("webhooks", {})[f"{name}.{kind}"] = told
    for section, entries in moved.get("components", {}).items():
        target = merged["components"].setdefault(section, {})
        for key, value in entries.items():
            renamed = f"{name.capitalize()}{key}" if (section, key) in clashes else key
            target[renamed] = value


def rubrics(document: Mapping[str, Any], service: str) -> list[Document]:
    """The rubrics of a service in a merged document, in their order."""
    return [tag for tag in document["tags"] if tag.get("x-service") == service]


def _own_operation(operation: Document, name: str) -> Document:
    """An operation told apart from its namesakes of other services."""
    tags = [f"{name}-{tag}" for tag in operation.get("tags", ())]
    named = {**operation, "tags": tags or [name]}
    if "operationId" in operation:
        named["operationId"] = f"{name}_{operation['operationId']}"
    return named


def _clashes(documents: list[Document]) -> set[tuple[str, str]]:
    """Components which several documents define differently, or whose namesakes refer to such."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for document in documents:
        for section, entries in document.get("components", {}).items():
            for key, value in entries.items():
                found[section, key].append(value)
    shared = {key: values for key, values in found.items() if len(values) > 1}
    clashes = {key for key, values in shared.items() if any(v != values[0] for v in values)}
    while grown := {
        key
        for key, values in shared.items()
        if key not in clashes and clashes.intersection(_references(values))
    }:
        clashes |= grown
    return clashes


def _references(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str) and value.startswith(_COMPONENTS):
                section, _, name = value.removeprefix(_COMPONENTS).partition("/")
                yield section, name
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _renamed(node: Any, names: Mapping[tuple[str, str], str]) -> Any:
    """A copy in which references to renamed components follow them."""
    if isinstance(node, list):
        return [_renamed(value, names) for value in node]
    if not isinstance(node, dict):
        return node
    copy = {key: _renamed(value, names) for key, value in node.items()}
    reference = copy.get("$ref")
    if isinstance(reference, str) and reference.startswith(_COMPONENTS):
        section, _, name = reference.removeprefix(_COMPONENTS).partition("/")
        copy["$ref"] = f"{_COMPONENTS}{section}/{names.get((section, name), name)}"
    return copy
