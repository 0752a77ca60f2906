"""The routes that the gateway answers itself: pages, OpenAPI document, health."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from gateway.accueil.pages import home, no_page, problem_page, problems_index
from gateway.accueil.reference import reference
from gateway.health import readiness
from gateway.keys import KeyRing
from gateway.openapi import Contract
from gateway.upstreams import Mount
from shared import problems
from shared.auth import PUBLIC
from shared.conditional import NO_STORE, IfNoneMatch, matches
from shared.hot.live import etag_of
from shared.http import frame
from shared.http.compression import Compression
from shared.http.media import wants_page
from shared.http.methods import Methods
from shared.memory.made import Made
from shared.problems import NotFound, Problem
from shared.schemas.sante import EtatPasserelle

STATIC: Final = Path(__file__).parent / "accueil" / "static"
MEDIA_TYPES: Final = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
# No script anywhere: the pages need none, so none may run.
PAGE_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]


def create_site(
    mounts: Mapping[str, Mount], keys: KeyRing, lifespan: Lifespan, adresse: str
) -> ASGIApp:
    """The application behind every path that is no service's."""
    site = FastAPI(
        title="Passerelle",
        description="La porte commune des services : leur état et leur contrat.",
        lifespan=lifespan,
        responses=problems.RESPONSES,
        openapi_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    problems.install(site)
    for unknown in (404, NotFound):
        site.add_exception_handler(unknown, _nowhere)
    site.include_router(_health(mounts, keys))
    contract = Contract(mounts, site.openapi())
    site.include_router(_pages(mounts, contract, adresse))
    site.add_middleware(Compression)
    return Methods(site)


def _health(mounts: Mapping[str, Mount], keys: KeyRing) -> APIRouter:
    router = APIRouter(prefix="/sante", dependencies=[PUBLIC])

    @router.get("/vivant", summary="La passerelle répond-elle ?")
    async def vivant(response: Response) -> dict[str, str]:
        response.headers.update(NO_STORE)
        return {"etat": "vivant"}

    @router.get(
        "/pret",
        summary="Chaque service peut-il répondre ?",
        response_model=EtatPasserelle,
        responses={
            503: {
                "model": EtatPasserelle,
                "description": "Un service au moins ne peut pas répondre.",
            }
        },
    )
    async def pret() -> JSONResponse:
        """`base_de_donnees` est celle des clés : sans elle, seul ce qui est public répond."""
        states, database = await asyncio.gather(readiness(mounts), keys.database())
        ready = all(state["etat"] == "pret" for state in states.values())
        content = {
            "etat": "pret" if ready else "indisponible",
            "base_de_donnees": database,
            "services": states,
        }
        return JSONResponse(content, 200 if ready else 503, NO_STORE)

    return router


def _pages(mounts: Mapping[str, Mount], contract: Contract, adresse: str) -> APIRouter:
    router = APIRouter(dependencies=[PUBLIC], include_in_schema=False)
    # A tenth of a second each: once for a contract, and not where requests wait.
    as_json = Made(orjson.dumps, kept=1)
    as_page = Made(partial(reference, adresse=adresse), kept=1)

    @router.get("/openapi.json")
    async def openapi(if_none_match: IfNoneMatch = None) -> Response:
        headers = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}
        content = await run_in_threadpool(as_json.of, await contract.document())
        return _sent(content, "application/json", headers, if_none_match)

    @router.get("/")
    async def accueil() -> Response:
        content = home(*await asyncio.gather(contract.document(), readiness(mounts)))
        headers = {**PAGE_HEADERS, **NO_STORE}
        return Response(content, headers=headers, media_type="text/html")

    @router.get("/docs")
    async def documentation(if_none_match: IfNoneMatch = None) -> Response:
        content = await run_in_threadpool(as_page.of, await contract.document())
        return _page(content, if_none_match)

    @router.get("/problemes")
    async def problemes(if_none_match: IfNoneMatch = None) -> Response:
        return _page(problems_index(), if_none_match)

    @router.get("/problemes/{code}")
    async def probleme(code: str, if_none_match: IfNoneMatch = None) -> Response:
        return _page(_found(problem_page(code)), if_none_match)

    files = frame.files(STATIC, style="style.css")

    @router.get("/static/{name}")
    async def static(name: str, if_none_match: IfNoneMatch = None) -> Response:
        content = _found(files.get(name))
        headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return _sent(content, MEDIA_TYPES[Path(name).suffix], headers, if_none_match)

    return router


async def _nowhere(request: Request, error: Exception) -> Response:
    """A page to who reads pages; of the address of a service, the problem that it would tell."""
    if wants_page(request) and not request.url.path.startswith("/v1/"):
        headers = {**PAGE_HEADERS, **NO_STORE, "Vary": "Accept"}
        return Response(no_page(), 404, headers, "text/html")
    problem = error if isinstance(error, Problem) else problems.of_framework(request, error)
    return problems.respond(request, problem)


def _page(content: bytes, if_none_match: str | None) -> Response:
    headers = {**PAGE_HEADERS, "Cache-Control": "public, max-age=60"}
    return _sent(content, "text/html", headers, if_none_match)


def _sent(
    content: bytes, media_type: str, headers: Mapping[str, str], if_none_match: str | None
) -> Response:
    """The content, or 304 to who has it."""
    headers = {**headers, "ETag": etag_of((content,)).decode()}
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)


def _found(content: bytes | None) -> bytes:
    if content is None:
        raise NotFound("Aucune page à cette adresse.")
    return content
