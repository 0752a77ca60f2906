"""Every route says who may call it, in one place and one way."""

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from gateway.embedded import SERVICES
from gateway.keys import KeyRing
from gateway.site import create_site
from shared.auth import declared_access
from shared.http.bodies import CorpsBorne
from shared.parameters import well_formed
from shared.problems import RESPONSES
from shared.service import ServiceApp
from shared.settings import Settings

# Written by the framework: the contract itself, without data.
UNDECLARED = {"/openapi.json"}
# A search whose question does not fit in an address: it reads, and changes nothing.
SEARCHES = {"/stations/itineraire"}
# What anyone may write: bounded, merged, moderated.
OPEN_DOORS = {"/signalements", "/fiches/{id}/signalements", "/inscriptions", "/acces", "/liens"}
# Tokens that a service gives out itself.
OWN_TOKENS = {"ocpi", "commercant"}


def routes_of(name):
    if name == "passerelle":
        return create_site({}, KeyRing(None, None), None, "").app.routes
    settings = Settings(database_url="postgresql://localhost/nowhere")
    return ServiceApp(SERVICES[name], settings).fastapi.routes


@pytest.mark.parametrize("name", [*SERVICES, "passerelle"])
def test_every_route_declares_exactly_one_access(name):
    contexts = list(iter_route_contexts(routes_of(name)))
    assert any(isinstance(context.original_route, APIRoute) for context in contexts)
    undeclared = {context.path for context in contexts if declared_access(context) is None}
    assert undeclared <= UNDECLARED


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_is_checked_alike_and_laid_out_once(name):
    """By `service_router` and `add_routes`; `include_router` would lay it out a second time."""
    routes = [route for route in routes_of(name) if getattr(route, "path", "") not in UNDECLARED]
    assert len(routes) > 50
    assert {type(route) for route in routes if not isinstance(route, APIRoute)} == set()
    unlike = [
        (route.path, route.methods)
        for route in routes
        if [one.call for one in route.dependant.dependencies].count(well_formed) != 1
        or not RESPONSES.keys() <= route.responses.keys()
    ]
    assert unlike == []


@pytest.mark.parametrize("name", SERVICES)
def test_only_reads_are_public(name):
    for context in iter_route_contexts(routes_of(name)):
        if declared_access(context) == "public" and context.path not in SEARCHES | OPEN_DOORS:
            assert context.methods <= {"GET", "HEAD"}, context.path


def test_a_body_that_is_parsed_whole_has_a_bound():
    """FastAPI parses it before it knows who sends it, and up to what a producer's file may be."""
    parsed = [
        context.original_route
        for name in SERVICES
        for context in iter_route_contexts(routes_of(name))
        if getattr(context.original_route, "body_field", None) is not None
    ]
    assert parsed
    assert [route.path for route in parsed if not isinstance(route, CorpsBorne)] == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_right_belongs_to_the_service_that_asks_for_it(name):
    accesses = {declared_access(context) for context in iter_route_contexts(routes_of(name))}
    rights = accesses - OWN_TOKENS - {"public", None}
    assert all(access.startswith(f"{name}:") for access in rights)
