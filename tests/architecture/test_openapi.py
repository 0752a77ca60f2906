"""The public contract is committed: its diff is the API's diff.

`python -m tests.architecture.test_openapi` writes it anew.
"""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts

import shared.schemas
from gateway.embedded import SERVICES
from shared.auth import declared_access
from shared.schemas.commerces_abonnements import GenreMessage
from shared.schemas.exemples import EXEMPLES
from shared.service import ServiceApp
from shared.settings import Settings

FOLDER = Path(__file__).parents[2] / "docs" / "openapi"
ENGLISH = re.compile(r"\b(the|of|what|which|where|how|was|are|has|with|from|each)\b", re.IGNORECASE)
RENEW = "python -m tests.architecture.test_openapi"


@cache
def contract(name: str) -> str:
    settings = Settings(database_url="postgresql://localhost/nowhere")
    document = ServiceApp(SERVICES[name], settings).openapi()
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


@pytest.mark.parametrize("name", SERVICES)
def test_the_committed_contract_is_the_one_served(name):
    committed = (FOLDER / f"{name}.json").read_text()
    assert committed == contract(name), f"if the change is meant: {RENEW}"


def test_no_contract_outlives_its_service():
    assert {path.stem for path in FOLDER.iterdir()} == set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_every_operation_is_described_once(name):
    document = json.loads(contract(name))
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert [one for one in names if not re.fullmatch("[a-z_]{4,40}", one)] == []
    assert all(operation["summary"] for operation in operations)


@pytest.mark.parametrize("name", SERVICES)
def test_every_operation_is_in_a_rubric_and_every_rubric_has_some(name):
    document = json.loads(contract(name))
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    found = {tuple(operation["tags"]) for operation in operations}
    assert found == {(tag["name"],) for tag in document["tags"]}


@pytest.mark.parametrize("name", SERVICES)
def test_every_parameter_is_described(name):
    silent = {
        (method, path, parameter["name"])
        for path, operations in json.loads(contract(name))["paths"].items()
        for method, operation in operations.items()
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    }
    assert silent == set()


def operations_of(name) -> Iterator[tuple[str, str, dict]]:
    """The method, path and description of every operation of a service."""
    for path, operations in json.loads(contract(name))["paths"].items():
        for method, operation in operations.items():
            yield method, path, operation


def asked_of(operation) -> set[str]:
    return {parameter["name"] for parameter in operation.get("parameters", ())}


def headers_of(operation) -> Iterator[set[str]]:
    """The headers of each answer that has something to say."""
    for status, answer in operation["responses"].items():
        if status[0] == "2" and "content" in answer:
            yield set(answer.get("headers", ()))


def test_a_reserved_operation_says_its_right():
    """Whoever asks for a key has to know which rights to ask for."""
    settings = Settings(database_url="postgresql://localhost/nowhere")
    rights = {
        (name, method.lower(), context.path): access
        for name, service in SERVICES.items()
        for context in iter_route_contexts(ServiceApp(service, settings).fastapi.routes)
        if ":" in (access := declared_access(context) or "")
        for method in context.methods
    }
    told = {
        (name, method, path): [
            right for one in operation["security"] for right in one.get("cle", ())
        ]
        for name in SERVICES
        for method, path, operation in operations_of(name)
        if "security" in operation
    }
    assert rights
    assert {key: told[key] for key in rights} == {key: [one] for key, one in rights.items()}
    assert [key for key, found in told.items() if found and key not in rights] == []


@pytest.mark.parametrize("name", SERVICES)
def test_what_may_be_unchanged_takes_the_version_already_read(name):
    untold = [
        path
        for _, path, operation in operations_of(name)
        if "304" in operation["responses"] and "If-None-Match" not in asked_of(operation)
    ]
    assert untold == []


def test_a_change_says_the_version_that_it_makes():
    """The next change cites it: without it a client reads again what it has just written."""
    every = (one for name in SERVICES for one in operations_of(name))
    changes = [one for one in every if "If-Match" in asked_of(one[2])]
    assert changes
    untold = [
        (method, path)
        for method, path, operation in changes
        for headers in headers_of(operation)
        if "ETag" not in headers
    ]
    assert untold == []


def test_a_creation_says_where_it_is():
    operations = [(name, *one) for name in SERVICES for one in operations_of(name)]
    paths = {(name, path) for name, method, path, _ in operations if method == "get"}
    created = {
        (name, path): operation["responses"]["201"].get("headers", ())
        for name, method, path, operation in operations
        if method == "post" and "201" in operation["responses"]
        if (name, f"{path}/{{id}}") in paths
    }
    assert len(created) > 4
    assert [key for key, headers in created.items() if "Location" not in headers] == []


def is_described(schema, schemas) -> bool:
    """In itself, by what it is made of, or by being a single value."""
    if schema.get("description") or "const" in schema:
        return True
    if "$ref" in schema:
        return is_described(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    parts = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    parts += [schema["items"]] if "items" in schema else []
    return any(is_described(part, schemas) for part in parts)


@pytest.mark.parametrize("name", SERVICES)
def test_every_property_is_described(name):
    """Its meaning, its unit, what null says: here, by its type, or by the standard it names."""
    schemas = json.loads(contract(name))["components"]["schemas"]
    silent = {
        (model, key)
        for model, schema in schemas.items()
        if "externalDocs" not in schema
        for key, value in schema.get("properties", {}).items()
        if not is_described(value, schemas)
    }
    assert silent == set()


def test_the_messages_of_webhooks_are_in_the_contract():
    document = json.loads(contract("commerces"))
    models = {
        kind: item["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        for kind, item in document["webhooks"].items()
    }
    kinds = {
        document["components"]["schemas"][model.rpartition("/")[2]]["properties"]["type"]["const"]
        for model in models.values()
    }
    assert models.keys() == kinds == {*GenreMessage, "essai"}
    assert all(item["post"]["tags"] == ["abonnements"] for item in document["webhooks"].values())


LEFT_OUT = {"AnnonceAvitaillement", "EtatOuverture", "OuvertureFiche", "StationsItineraire"}
"""Models of which a property may be missing, not only null."""


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_null_is_not_said_to_be_absent(name):
    """A client has to tell a property that is missing from one that is null."""
    said = {
        (model, key)
        for model, schema in json.loads(contract(name))["components"]["schemas"].items()
        if model not in LEFT_OUT and "externalDocs" not in schema
        for key, value in schema.get("properties", {}).items()
        if {"type": "null"} in value.get("anyOf", ())
        and re.search(r"\babsente?\b", value.get("description", ""), re.IGNORECASE)
    }
    assert said == set()


@pytest.mark.parametrize("name", SERVICES)
def test_every_list_says_its_next_page_alike(name):
    """By `liens` and `curseur_suivant`, or as OGC API Features does by `links`."""
    document = json.loads(contract(name))
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        names = {one["name"] for one in operations.get("get", {}).get("parameters", ())}
        if "curseur" in names:
            (media,) = operations["get"]["responses"]["200"]["content"].values()
            model = schemas[media["schema"]["$ref"].rpartition("/")[2]]["properties"].keys()
            assert "links" in model or {"curseur_suivant", "liens"} <= model, path


def test_every_json_body_has_an_example():
    bodies = set()
    for name in SERVICES:
        document = json.loads(contract(name))
        for operations in document["paths"].values():
            for operation in operations.values():
                body = operation.get("requestBody", {"content": {}})["content"]
                reference = body.get("application/json", {}).get("schema", {}).get("$ref", "")
                bodies.add(reference.rpartition("/")[2])
    assert bodies - {""} == set(EXEMPLES)


@pytest.mark.parametrize("name", EXEMPLES)
def test_an_example_is_accepted(name):
    (model,) = (
        value
        for info in pkgutil.iter_modules(shared.schemas.__path__, "shared.schemas.")
        for value in [getattr(importlib.import_module(info.name), name, None)]
        if value is not None and value.__module__ == info.name
    )
    model.model_validate_json(json.dumps(EXEMPLES[name]))


@pytest.mark.parametrize("name", SERVICES)
def test_what_users_read_is_french(name):
    texts = described(json.loads(contract(name)))
    assert [text for text in texts if ENGLISH.search(text)] == []


NEGOTIATED = {"/liens"}
"""A page for a browser, JSON for a program."""


@pytest.mark.parametrize("name", SERVICES)
def test_an_answer_has_one_media_type(name):
    several = {
        path
        for path, operations in json.loads(contract(name))["paths"].items()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        if status[0] == "2" and len(answer.get("content", ())) > 1
    }
    assert several <= NEGOTIATED


@pytest.mark.parametrize("name", SERVICES)
def test_geojson_is_documented_as_such(name):
    told_as_json = {
        path
        for path, operations in json.loads(contract(name))["paths"].items()
        for operation in operations.values()
        for answer in operation["responses"].values()
        for media, content in answer.get("content", {}).items()
        if "/Feature_" in content.get("schema", {}).get("$ref", "")
        and media != "application/geo+json"
    }
    assert told_as_json == set()


@pytest.mark.parametrize("name", SERVICES)
def test_geojson_has_a_model(name):
    """Clients make their types of it."""
    untyped = {
        path
        for _, path, operation in operations_of(name)
        for status, answer in operation["responses"].items()
        for media, content in answer.get("content", {}).items()
        if status[0] == "2" and media == "application/geo+json" and "$ref" not in content["schema"]
    }
    assert untyped == set()


def described(content) -> Iterator[str]:
    """Every description and summary of a contract."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key in {"description", "summary"} and isinstance(value, str):
                yield value
            yield from described(value)
    elif isinstance(content, list):
        for value in content:
            yield from described(value)


if __name__ == "__main__":
    for service in SERVICES:
        (FOLDER / f"{service}.json").write_text(contract(service))
