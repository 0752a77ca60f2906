"""The merged contract."""

import asyncio

import pytest
from fastapi import FastAPI
from fastapi.openapi.models import OpenAPI
from starlette.testclient import TestClient

from gateway import openapi
from gateway.app import create_gateway
from gateway.openapi import Contract, merge
from gateway.upstreams import Mount


@pytest.fixture
def merged(settings, service):
    upstreams = {"bornes": service("bornes", ["id"]), "ess": service("ess", ["id", "nom"])}
    with TestClient(create_gateway(upstreams, settings)) as client:
        yield client.get("/openapi.json").json()


def test_it_is_openapi_3_1(merged):
    assert merged["openapi"].startswith("3.1")
    OpenAPI.model_validate(merged)
    for section, name in openapi._references(merged):
        assert name in merged["components"][section]


def test_paths_are_where_the_gateway_serves_them(merged):
    assert set(merged["paths"]) == {
        f"/v1/{name}/{path}" for name in ("bornes", "ess") for path in ("objets", "objets/{id}")
    } | {"/sante/vivant", "/sante/pret"}
    assert merged["servers"] == [{"url": "/"}]


def test_models_that_differ_are_told_apart(merged):
    schemas = merged["components"]["schemas"]
    assert {"BornesObjet", "EssObjet", "BornesListe", "EssListe", "Commun", "Probleme"} <= set(
        schemas
    )
    assert {"Objet", "Liste", "BornesCommun"}.isdisjoint(schemas)
    assert schemas["EssListe"]["properties"]["objets"]["items"] == {
        "$ref": "#/components/schemas/EssObjet"
    }


def test_operations_are_unique_and_sorted_by_rubric(merged):
    operations = [operation for item in merged["paths"].values() for operation in item.values()]
    identifiers = [operation["operationId"] for operation in operations]
    assert len(set(identifiers)) == len(identifiers)
    assert merged["paths"]["/v1/ess/objets"]["get"]["tags"] == ["ess-lire"]
    assert merged["paths"]["/sante/pret"]["get"]["tags"] == ["passerelle"]
    assert merged["paths"]["/v1/ess/objets/{id}"]["post"]["tags"] == ["ess-import"]
    assert [tag["name"] for tag in merged["tags"]] == [
        *("bornes", "bornes-lire", "bornes-import"),
        *("ess", "ess-lire", "ess-import"),
        "passerelle",
    ]
    assert [tag["x-titre"] for tag in openapi.rubrics(merged, "ess")] == ["Lire", "Envoyer"]


def test_the_key_is_described_once(merged):
    assert list(merged["components"]["securitySchemes"]) == ["cle"]
    assert merged["paths"]["/v1/ess/objets/{id}"]["post"]["security"] == [{"cle": []}]


def test_the_messages_of_a_service_are_under_its_name(service):
    app = service("ess", ["id"])

    @app.webhooks.post("objet.change", tags=["lire"])
    def objet_change() -> None: ...

    merged = merge({"ess": app.openapi()}, FastAPI().openapi())
    assert list(merged["webhooks"]) == ["ess.objet.change"]
    assert merged["webhooks"]["ess.objet.change"]["post"]["tags"] == ["ess-lire"]
    OpenAPI.model_validate(merged)


def test_merging_leaves_its_sources_alone(service):
    document = service("bornes", ["id"]).openapi()
    before = repr(document)
    merge({"bornes": document, "ess": service("ess", ["nom"]).openapi()}, document)
    assert repr(document) == before


async def test_a_service_that_fails_keeps_its_last_contract(monkeypatch, service):
    clock = [0.0]
    monkeypatch.setattr(openapi.time, "monotonic", lambda: clock[0])
    app, asked = service("bornes", ["id"]), []

    async def flaky(scope, receive, send):
        asked.append(scope["path"])
        if len(asked) > 1:
            raise OSError
        await app(scope, receive, send)

    async def never(_scope, _receive, _send):
        raise OSError

    mounts = {"bornes": Mount("/v1/bornes", flaky), "ess": Mount("/v1/ess", never)}
    contract = Contract(mounts, FastAPI().openapi())

    first = await contract.document()
    assert await contract.document() is first
    clock[0] += 61
    second = await contract.document()
    assert first == second
    assert "/v1/bornes/objets" in second["paths"]
    assert asked == ["/v1/bornes/openapi.json"] * 2


async def test_a_service_that_starts_late_is_soon_in_the_contract(monkeypatch, service):
    clock, up = [0.0], []
    monkeypatch.setattr(openapi.time, "monotonic", lambda: clock[0])
    app = service("bornes", ["id"])

    async def late(scope, receive, send):
        if not up:
            raise OSError
        await app(scope, receive, send)

    contract = Contract({"bornes": Mount("/v1/bornes", late)}, FastAPI().openapi())

    told = []
    for instant in (0.0, openapi.AGAIN_S - 1, openapi.AGAIN_S):
        clock[0] = instant
        told.append("/v1/bornes/objets" in (await contract.document())["paths"])
        up.append(True)
    assert told == [False, False, True]


async def test_a_silent_service_keeps_nobody_from_the_contract_that_is_known(monkeypatch, service):
    monkeypatch.setattr(openapi, "READER_S", 0)
    answers, silent = asyncio.Event(), []
    app = service("bornes", ["id"])

    async def bornes(scope, receive, send):
        if silent:
            await answers.wait()
        await app(scope, receive, send)

    contract = Contract({"bornes": Mount("/v1/bornes", bornes)}, FastAPI().openapi())
    known = await contract.document()
    monkeypatch.setattr(contract, "_until", 0.0)
    silent.append(True)
    assert [await contract.document() for _ in range(3)] == [known] * 3
    answers.set()
    assert contract._renewal is not None
    await contract._renewal
    assert await contract.document() is known
