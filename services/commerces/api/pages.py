"""Routes whose refusals are shown as an HTML page to browsers, as a problem to programs."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from shared import problems
from shared.http.bodies import PetitCorps
from shared.http.media import wants_page
from shared.problems import Problem


def route_de_page(
    refused: Callable[[Request, Problem], Response], *, by_default: bool
) -> type[APIRoute]:
    """Routes whose refusals are pages; `by_default`: also for who says nothing of what it reads."""

    class RouteDePage(PetitCorps):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def shown_or_told(request: Request) -> Response:
                try:
                    return await handle(request)
                except RequestValidationError as error:
                    problem = problems.misread(request, error)
                except Problem as known:
                    problem = known
                if problem.page is None and wants_page(request, by_default=by_default):
                    problem.page = refused(request, problem)
                raise problem  # through the session: what was written before it is undone

            return shown_or_told

    return RouteDePage
