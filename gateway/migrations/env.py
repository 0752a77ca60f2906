"""Alembic environment of the gateway."""  # noqa: INP001 Alembic runs this file, nothing imports it

from gateway.models import GatewayBase
from shared.migrations import run

run(GatewayBase.metadata)
