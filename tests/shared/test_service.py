"""What a service has done before its first caller comes."""

import asyncio
import gc

import httpx
import pytest

from gateway.embedded import SERVICES
from shared.service import ServiceApp
from shared.settings import Settings


@pytest.mark.parametrize("nom", SERVICES)
def test_no_caller_waits_for_the_routes_to_be_laid_out(nom):
    settings = Settings(database_url="postgresql://localhost/nowhere")
    app = ServiceApp(SERVICES[nom], settings)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://essai")

    async def asked() -> int:
        """Objects that the collector must look at for ever after the first question."""
        async with app.lifespan():
            gc.collect()
            before = len(gc.get_objects())
            assert (await client.post("/inconnu")).status_code == 404
            gc.collect()
            return len(gc.get_objects()) - before

    # The routes of a service are about nine thousand.
    assert asyncio.run(asked()) < 1_000
