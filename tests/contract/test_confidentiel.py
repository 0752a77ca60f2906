"""What a key opens is kept for nobody else, whichever route gives it."""

import re

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from gateway.embedded import SERVICES, scopes
from shared.auth import Acteur, declared_access
from shared.settings import Settings
from tests.applications import SECRET, bearer, opened

PRIVATE = {"private", "no-store"}
"""A route may let its caller keep what it shows it (`private, no-cache`), and nobody else."""


def reads_of(app):
    """The addresses that a key of this suite reads, each with a number where one is expected."""
    for context in iter_route_contexts(app.fastapi.routes):
        access = declared_access(context)
        if access in scopes() and "GET" in context.methods:
            yield re.sub(r"\{[^}]*\}", "1", context.path)


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_key_reads_is_kept_for_nobody_else(name, contract_url):
    settings = Settings(database_url=contract_url, secret_interne=SECRET)
    acteur = Acteur("cci", "cci", scopes=scopes(), prefixes=frozenset({"FR"}))
    key = bearer(acteur, service=name)
    with opened(SERVICES[name], settings) as app:
        client = TestClient(app)
        answers = {path: client.get(path, headers=key) for path in reads_of(app)}
    told = {path: answer.headers.get("cache-control", "") for path, answer in answers.items()}
    assert {path: one for path, one in told.items() if PRIVATE.isdisjoint(one.split(", "))} == {}
    # What is not there is answered to a key too; who has none is told nothing.
    assert answers
    assert {401, 403}.isdisjoint(answer.status_code for answer in answers.values())
