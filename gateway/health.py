"""The health of the services, asked of each when needed."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import orjson

from gateway.upstreams import Mount, fetch

logger = logging.getLogger(__name__)
PATIENCE_S = 2.0
_OK = 200


async def readiness(mounts: Mapping[str, Mount]) -> dict[str, dict[str, Any]]:
    """By service, what its /sante/pret says; `etat` is "pret" for those that can answer."""
    states = await asyncio.gather(*map(_state, mounts.values()))
    return dict(zip(mounts, states, strict=True))


async def _state(mount: Mount) -> dict[str, Any]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            status, body = await fetch(mount, "/sante/pret")
        told = orjson.loads(body)
    # Whatever the service did, its state is "does not answer": the others must still be told.
    except Exception as error:  # noqa: BLE001
        logger.warning("health of %s: %r", mount.root, error)
        return {"etat": "injoignable"}
    state = told if isinstance(told, dict) else {}
    if status == _OK:
        return {**state, "etat": "pret"}
    # Without a state it is not the service that speaks, but whoever did not find it.
    return state if "etat" in state else {"etat": "injoignable"}
