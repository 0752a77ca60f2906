"""The public contract as programs read it: what generates clients and what checks documents."""

import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator

from gateway.embedded import SERVICES
from shared.http.cors import Cors
from shared.schemas.bornes import StationResume
from shared.schemas.commerces import FicheResume
from shared.service import ServiceApp
from shared.settings import Settings
from tests.architecture.test_openapi import asked_of, contract, operations_of

MISSING = {
    "ChangementPoint": {"motif"},
    "ColonneModele": {"constraints", "example", "valeurs"},
    "EtatOuverture": {"jusqu_a", "raison"},
    "Facettes": {"points_libres"},
    "FicheDetail": {"ouverture", "regime"},
    "FicheTrouvee": {"distance_m", "ouverture", "regime"},
    "Fiches": {"ecartes_par_regime", "regimes"},
    "Grappe": {"points_libres"},
    "Grappes": {"points_libres"},
    "Lien": {"title", "type"},
    "OuvertureFiche": {"jusqu_a", "raison"},
    "Probleme": {"erreurs", "nombre_erreurs", "parametre"},
    "StationGrappe": {"points_libres"},
    "StationsItineraire": {"curseur_suivant"},
    "ValeurRefusee": {"parametre", "pointer"},
}
"""What answers may leave out, besides what `champs` does."""


@pytest.mark.parametrize("name", SERVICES)
def test_what_an_answer_always_has_is_required(name):
    """Or each client has to check for what is never missing: its map refuses our GeoJSON."""
    schemas = json.loads(contract(name))["components"]["schemas"]
    chosen = {*StationResume.model_fields, *FicheResume.model_fields}
    answers = {
        model: schema
        for model, schema in schemas.items()
        if schema.get("additionalProperties") is not False and "externalDocs" not in schema
    }
    for model, schema in answers.items():
        missing = schema.get("properties", {}).keys() - schema.get("required", ()) - chosen
        assert missing == MISSING.get(model, set()), model


def test_a_feature_says_its_geometry():
    features = {
        (name, model): schema["properties"]["geometry"]
        for name in SERVICES
        for model, schema in json.loads(contract(name))["components"]["schemas"].items()
        if model.startswith("Feature_")
    }
    assert features
    assert [key for key, geometry in features.items() if "$ref" not in geometry] == []


WORDS = {
    *("$ref", "type", "enum", "const", "title", "description", "default", "examples"),
    *("anyOf", "oneOf", "discriminator", "externalDocs", "format", "pattern"),
    *("minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("items", "minItems", "maxItems", "uniqueItems"),
    *("properties", "required", "additionalProperties", "propertyNames", "minProperties"),
}
"""Those of JSON Schema 2020-12 and of OpenAPI 3.1 that the contract uses."""


def schemas_of(document) -> Iterator[tuple[str, dict]]:
    """Each schema of a contract and each of its parts, with its place."""
    for place, node in nodes_of(document, ""):
        parent, _, key = place.rpartition("/")
        if key == "schema" or parent == "/components/schemas":
            yield from parts_of(node, place)


def nodes_of(node, place) -> Iterator[tuple[str, dict]]:
    if isinstance(node, dict):
        yield place, node
        for key, value in node.items():
            yield from nodes_of(value, f"{place}/{key}")


def parts_of(schema, place) -> Iterator[tuple[str, dict]]:
    yield place, schema
    for key in ("properties", "$defs"):
        for name, part in schema.get(key, {}).items():
            yield from parts_of(part, f"{place}/{name}")
    for key in ("anyOf", "oneOf"):
        for rank, part in enumerate(schema.get(key, ())):
            yield from parts_of(part, f"{place}/{rank}")
    for key in ("items", "additionalProperties", "propertyNames"):
        if isinstance(schema.get(key), dict):
            yield from parts_of(schema[key], f"{place}/{key}")


def test_schemas_have_the_words_of_their_standard_only():
    """A linter refuses the others, and a validator ignores what they say."""
    found = [
        (f"{name}{place}", schema)
        for name in SERVICES
        for place, schema in schemas_of(json.loads(contract(name)))
    ]
    assert len(found) > 2_000
    assert {place: words for place, one in found if (words := one.keys() - WORDS)} == {}


@pytest.mark.parametrize("name", SERVICES)
def test_an_array_says_its_items(name):
    untyped = [
        place
        for place, schema in schemas_of(json.loads(contract(name)))
        if schema.get("type") == "array" and "items" not in schema
    ]
    assert untyped == []


@pytest.mark.parametrize("name", SERVICES)
def test_an_example_is_of_its_schema(name):
    document = json.loads(contract(name))
    named = {"components": document["components"]}
    wrong = [
        (place, example)
        for place, schema in schemas_of(document)
        for example in schema.get("examples", ())
        if not Draft202012Validator({**named, **schema}).is_valid(example)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", SERVICES)
def test_no_parameter_is_null(name):
    """Nobody can write one: a client that believes it sends « null », which is refused."""
    null = [
        (place, parameter["name"])
        for place, operation in nodes_of(json.loads(contract(name))["paths"], "")
        for parameter in operation.get("parameters", ())
        if {"type": "null"} in parameter["schema"].get("anyOf", ())
        or None in parameter["schema"].get("enum", ())
    ]
    assert null == []


@pytest.mark.parametrize("name", SERVICES)
def test_the_content_of_every_answer_has_a_schema(name):
    """An answer of two types, one of them unknown, is of unknown type."""
    untyped = [
        (place, media)
        for place, answer in nodes_of(json.loads(contract(name))["paths"], "")
        if "/responses/" in place
        for media, content in answer.get("content", {}).items()
        if "schema" not in content
    ]
    assert untyped == []


@pytest.mark.parametrize("name", SERVICES)
def test_the_headers_that_a_program_follows_are_in_the_contract(name):
    for method, path, operation in operations_of(name):
        asked = asked_of(operation)
        wanted = {"5XX": "Retry-After", "4XX": "Retry-After", "304": "ETag", "308": "Location"}
        if "curseur" in asked or path == "/changements":
            wanted["200"] = "Link"
        if "Idempotency-Key" in asked:
            wanted["201"] = "Idempotency-Replayed"
        for status, header in wanted.items():
            if status in operation["responses"]:
                told = operation["responses"][status].get("headers", ())
                assert header in told, (method, path, status)


def test_a_page_of_another_site_reads_the_headers_of_the_contract():
    """A browser shows its scripts those alone that are exposed; OCPI is between servers."""
    hidden = set()
    for name, service in SERVICES.items():
        settings = Settings(database_url="postgresql://localhost/nowhere")
        cors = [
            one for one in ServiceApp(service, settings).fastapi.user_middleware if one.cls is Cors
        ]
        exposed = {header.lower() for one in cors for header in one.kwargs["expose_headers"]}
        hidden |= {
            (name, header)
            for _, path, operation in operations_of(name)
            if not path.startswith("/ocpi/")
            for answer in operation["responses"].values()
            for header in answer.get("headers", ())
            if header.lower() not in exposed
        }
    assert hidden == set()


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_public_says_that_it_asks_for_no_key(name):
    assert json.loads(contract(name))["security"] == []


def test_the_id_of_a_feature_is_what_its_paths_take():
    """A client passes on what it has just received: GeoJSON of ours names by a text."""
    operations = [(name, *one) for name in SERVICES for one in operations_of(name)]
    known = {
        (name, path.partition("/{id}")[0])
        for name, _, path, operation in operations
        for status, answer in operation["responses"].items()
        if status[0] == "2" and "application/geo+json" in answer.get("content", ())
    }
    assert len(known) > 6
    numbers = {
        (name, method, path)
        for name, method, path, operation in operations
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "path" and parameter["name"] == "id"
        if (name, path.partition("/{id}")[0]) in known
        if parameter["schema"].get("type") == "integer"
    }
    assert numbers == set()


OPEN = {"/ogc/api", "/avitaillement/schema.json", "/exports/commerces.jsonld"}
"""Documents that a standard describes."""


@pytest.mark.parametrize("name", SERVICES)
def test_an_answer_in_json_has_a_model(name):
    untyped = {
        (path, status)
        for _, path, operation in operations_of(name)
        if path not in OPEN
        for status, answer in operation["responses"].items()
        if status not in {"204", "304", "308"}
        for media, content in answer.get("content", {"application/json": {}}).items()
        if media.endswith(("/json", "+json"))
        if not content.get("schema", {}).keys() & {"$ref", "items", "additionalProperties"}
    }
    assert untyped == set()


def test_a_tile_is_no_text():
    tiles = [
        content["schema"]
        for name in SERVICES
        for _, path, operation in operations_of(name)
        if path.endswith(".mvt")
        for content in operation["responses"]["200"]["content"].values()
    ]
    assert tiles
    assert all(schema.get("format") == "binary" for schema in tiles)
