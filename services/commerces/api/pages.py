"""What routes of pages share: refusals shown as a page to browsers, and how files are told."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from shared import problems
from shared.conditional import NO_STORE, UNCHANGED, etag, unless_held
from shared.http.bodies import PetitCorps
from shared.http.media import TEXT, wants_page
from shared.problems import Problem

HTML: Final = "text/html; charset=utf-8"
Documented = dict[int | str, dict[str, Any]]


def documented(media_type: str) -> Documented:
    """How the contract tells of a file that is sent again only once it has changed."""
    return {200: {"content": {media_type: TEXT}, "description": "Trouvé"}, **UNCHANGED}


def refusals(why: Mapping[int, str]) -> Documented:
    """How it tells of those of a page, by status."""
    return {
        status: {
            "description": f"{told} : une page, ou un problème pour qui demande du JSON",
            "content": {"text/html": TEXT, **problems.RESPONSES["4XX"]["content"]},
        }
        for status, told in why.items()
    }


def refused_page(content: bytes, problem: Problem, headers: Mapping[str, str]) -> Response:
    """A refusal as a page."""
    told = {**headers, **problem.headers, **NO_STORE, "Vary": "Accept"}
    return Response(content, problem.status, told, HTML)


def sent_file(
    content: bytes, media_type: str, headers: Mapping[str, str], if_none_match: str | None
) -> Response:
    """Such a file, unless the browser has it."""
    told = {**headers, "ETag": etag(content, weak=True)}
    unless_held(if_none_match, told)
    return Response(content, headers=told, media_type=media_type)


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


def lead_from_slash(pages: APIRouter, *paths: str) -> None:
    """Lead to pages from their address with the slash of a folder, which some write."""

    async def sans_barre(request: Request) -> Response:
        name = request.scope["path"].rstrip("/").rpartition("/")[2]
        place, query = f"../{quote(name, safe='')}", request.url.query
        return Response(
            status_code=308, headers={"Location": f"{place}?{query}" if query else place}
        )

    for path in paths:
        pages.add_api_route(f"{path}/", sans_barre, methods=["GET"], include_in_schema=False)
