"""The routers of a service, whose routes hold from the start what all routes of services have."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.params import Depends as Dependency
from fastapi.routing import APIRoute

from shared.parameters import well_formed
from shared.problems import RESPONSES


def service_router(
    prefix: str = "",
    *,
    dependencies: Sequence[Dependency] = (),
    responses: dict[int | str, dict[str, Any]] | None = None,
    route_class: type[APIRoute] = APIRoute,
) -> APIRouter:
    """A router as FastAPI's, with the checks and the refusals of every route of a service."""
    return APIRouter(
        prefix=prefix,
        dependencies=[Depends(well_formed), *dependencies],
        responses={**RESPONSES, **(responses or {})},
        route_class=route_class,
        generate_unique_id_function=lambda route: route.name,
    )


def add_routes(of: APIRouter, to: FastAPI | APIRouter) -> None:
    """Serve the routes of a `service_router` as it laid them out when they were declared.

    `include_router` would lay each of them out a second time: a tenth of what a start costs.
    """
    to.routes.extend(of.routes)
