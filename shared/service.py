"""Builds any service the same way: errors, probes, access, hot reads and lifespan."""

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import psycopg
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from sqlalchemy import Engine, MetaData, Table
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.types import Receive, Scope, Send

from shared import contract, problems, revisions
from shared.auth import PUBLIC, Confidential
from shared.conditional import NO_STORE
from shared.contract import SANTE, Rubrique
from shared.db import is_interrupted, make_engine, refuses_writes, sqlstate
from shared.feeds.events import Source as EventSource
from shared.feeds.events import Sources
from shared.feeds.follower import Follower
from shared.feeds.streams import REPLAYS, Hub
from shared.hot.answering import EXPOSED, Answering
from shared.hot.reads import Reads
from shared.http.compression import Compression
from shared.http.cors import Cors
from shared.http.methods import Methods
from shared.http.replies import Answered
from shared.journal import EPOCH
from shared.observability import Observability, Observer, named
from shared.postgres import find_database_url
from shared.problems import Unavailable
from shared.routing import add_routes, service_router
from shared.schemas.sante import EtatService
from shared.settings import Settings
from shared.shortages import lacks_room
from shared.vitrine import Direct, Source, Vitrine
from shared.worker import Atelier

logger = logging.getLogger(__name__)
FOLLOWING = 3 + REPLAYS
"""Connections of the vitrine, what is live, the stream's follower, listeners that catch up."""
RETRIABLE = frozenset({"40001", "40P01", "55P03"})
"""Serialisation failure, deadlock, lock not available: the same request may succeed."""


@dataclass(frozen=True)
class Service:
    """All that the suite knows of a service."""

    nom: str
    """Its schema, its database role, its path /v1/<nom>, its command `relance <nom>`."""
    titre: str
    description: str
    dossier: Path
    """Folder of its package; migrations are in `migrations/`."""
    metadata: MetaData
    journal: Table
    source: Source
    """How its vitrine reads the database."""
    autres: tuple[Source, ...] = field(default=(), kw_only=True)
    """Its other kinds of objects, shown beside those of `source`."""
    reads: Reads
    """Its hot reads."""
    routers: tuple[APIRouter, ...]
    """Its other routes."""
    rubriques: tuple[Rubrique, ...]
    """How its documentation sorts its routes, in this order."""
    messages: APIRouter | None = field(default=None, kw_only=True)
    """What it sends to those who asked to be told (webhooks), by kind, under one rubric."""
    atelier: Callable[[Settings], Atelier]
    """Its due work, which `relance worker` does."""
    roles: frozenset[str] = frozenset()
    """Of the organisations that it knows: what a right allows may depend on it."""
    evenements: Callable[[Vitrine, Engine], Sequence[EventSource]] = lambda _vitrine, _engine: ()
    """What its live stream tells. A new kind comes last: places in older ids keep their meaning."""
    entetes: tuple[str, ...] = ()
    """Headers of its own that pages of other sites may read."""
    demonstration: Callable[[Engine, Settings], None] | None = None
    """Fills an empty database with fictive data for `relance demo`."""
    direct: Callable[[Engine, Settings], Direct] | None = None
    """What changes too often for its journal, followed beside the vitrine."""

    def engine(self, url: str, **limits: int) -> Engine:
        """Connections to its tables, refused while they are those of another revision.

        `limits` are those of `shared.db.make_engine`.
        """
        engine = make_engine(url, **limits)
        revisions.expect(engine, self.dossier, self.nom)
        return engine


class ServiceApp:
    """A service as an ASGI application, with what its host must reach.

    Its database need not answer yet.
    """

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service = service
        self.racine = f"/v1/{service.nom}"
        self._under = f"{self.racine}/"
        self.fastapi = _framework(service, self.lifespan)
        self.open(settings)

    def open(self, settings: Settings) -> None:
        """Be over the database of these settings, new but for the framework and its routes."""
        self.settings = self.fastapi.state.settings = settings
        url = find_database_url(settings, self.service.nom)
        self.fastapi.state.engine = self.service.engine(url)
        # Its own connections: it must follow while the others are all taken.
        self._follower = self.service.engine(url, connections=FOLLOWING)
        self.vitrine = Vitrine(
            self._follower, self.service.journal, self.service.source, self.service.autres
        )
        self.fastapi.state.vitrine = self.vitrine
        follow = self.service.direct
        self.direct = None if follow is None else follow(self._follower, settings)
        self.fastapi.state.direct = self.direct
        sources = Sources(tuple(self.service.evenements(self.vitrine, self._follower)))
        self.flux = Hub(sources, service=self.service.nom, most=settings.flux_auditeurs_max)
        self.fastapi.state.flux = self.flux
        observer = Observer(self.service.nom)
        framework = Observability(Methods(self.fastapi), observer)
        self._asgi = Answering(self.service.reads, framework, self.vitrine, observer, self.direct)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.fastapi(scope, receive, send)
            return
        scope = self._rooted(scope)
        if not scope.get("root_path") and scope["path"].startswith(self._under):
            # A gateway elsewhere asks at the public path: links and problems must say it too.
            scope = {**scope, **_as_seen(scope), "root_path": self.racine}
        await self._asgi(scope, receive, send)

    def now(self, scope: Scope) -> Answered | None:
        """The reply to a hot read that needs no waiting (`shared.http.replies.Now`)."""
        scope = self._rooted(scope)
        if not scope.get("root_path") and scope["path"].startswith(self._under):
            scope = {**scope, "root_path": self.racine}
        return self._asgi.now(scope)

    def _rooted(self, scope: Scope) -> Scope:
        """The service's own address names its root, which routes write « / »."""
        return {**scope, "path": self._under} if scope["path"] == self.racine else scope

    @asynccontextmanager
    async def lifespan(self, _app: Any = None) -> AsyncGenerator[None]:
        """The vitrine follows the journal, the stream follows both it and what is live."""
        paths = [context.path or "" for context in iter_route_contexts(self.fastapi.routes)]
        self.service.reads.leave(paths)
        self.flux.open()
        stream = Follower(self.flux)
        followed: list[Vitrine | Direct] = [self.vitrine]
        if self.direct is not None:
            followed.append(self.direct)
        with ExitStack() as stack:
            stack.callback(self.close)
            for one in followed:
                one.tell = stream.wake
                one.start()
                stack.callback(one.stop)
            stream.start()
            stack.callback(stream.stop)
            yield

    def close(self) -> None:
        """Leave the database."""
        self._follower.dispose()
        self.fastapi.state.engine.dispose()

    def openapi(self) -> dict[str, Any]:
        return self.fastapi.openapi()


def _as_seen(scope: Scope) -> dict[str, Any]:
    """Scheme and host that the client wrote, as the gateway reports them."""
    told = dict(scope["headers"])
    host = told.get(b"x-forwarded-host")
    if host is None:
        return {}
    others = [header for header in scope["headers"] if header[0] != b"host"]
    scheme = told.get(b"x-forwarded-proto", scope["scheme"].encode()).decode("latin-1")
    return {"scheme": scheme, "headers": [(b"host", host), *others]}


def _framework(
    service: Service, lifespan: Callable[[Any], AbstractAsyncContextManager[None]]
) -> FastAPI:
    app = FastAPI(
        title=service.titre,
        description=service.description,
        lifespan=lifespan,
        redirect_slashes=False,  # one address a resource; and a redirect would name this host
        webhooks=service.messages,
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    app.add_exception_handler(DBAPIError, _on_database)
    app.add_exception_handler(psycopg.Error, _on_database)
    app.add_exception_handler(PoolTimeoutError, _on_database)
    app.add_exception_handler(OSError, _on_machine)
    contract.complete(app, (*service.rubriques, SANTE))
    app.add_middleware(Compression)
    app.add_middleware(Confidential)
    app.add_middleware(
        Cors,
        allow_origins=["*"],
        # POST: searches whose question is a body. No cookie is ever read, and a key stays out of
        # pages: `Authorization` is not allowed.
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=["Idempotency-Key", "If-None-Match", "Last-Event-ID"],
        expose_headers=[*EXPOSED.decode().split(", "), *_EXPOSED_TOO, *service.entetes],
    )
    for router in (_probes(), service.reads.router, *service.routers):
        add_routes(router, to=app)
    return app


_EXPOSED_TOO: Final = ("location", "idempotency-replayed")
"""What no read in memory says."""
_PASSING: Final = (PoolTimeoutError, OperationalError, psycopg.OperationalError)
_READS_ONLY: Final = (
    "La base de données n'accepte plus d'écriture pour l'instant (disque plein, ou relève en "
    "cours) : rien n'a été enregistré. Les lectures continuent ; réessayez plus tard."
)


_INTERRUPTED: Final = (
    "La base de données interrompt ce qui dure plus longtemps que son réglage ne le permet "
    "(statement_timeout) : rien n'a été enregistré. À qui exploite le service de l'allonger."
)
_NO_ROOM: Final = (
    "Le service n'a plus de place sur son disque pour ce fichier : rien n'a été enregistré. "
    "Réessayez plus tard."
)


async def _on_database(request: Request, exc: Exception) -> Response:
    """The database is away, busy, full or in another's hands: come back. Else it is a bug."""
    if refuses_writes(exc):
        problem = Unavailable(_READS_ONLY, headers={"Retry-After": "60"})
    elif is_interrupted(exc):
        problem = Unavailable(_INTERRUPTED, headers={"Retry-After": "60"})
    elif isinstance(exc, _PASSING) or sqlstate(exc) in RETRIABLE:
        problem = Unavailable("La base de données est occupée ou injoignable ; réessayez.")
    else:
        raise exc
    # The first line says what happened; the others, how a developer would go on.
    logger.warning("database: %s", str(exc).partition("\n")[0], extra=named(request.scope))
    return problems.respond(request, problem)


async def _on_machine(request: Request, exc: Exception) -> Response:
    """Uploads and exports pass by temporary files: come back. Any other error is a bug."""
    if not lacks_room(exc):
        raise exc
    logger.error("temporary files: %s", exc, extra=named(request.scope))
    problem = Unavailable(_NO_ROOM, headers={"Retry-After": "60"})
    return problems.respond(request, problem)


def _probes() -> APIRouter:
    router = service_router("/sante", dependencies=[PUBLIC])

    @router.get("/vivant")
    async def vivant(response: Response) -> dict[str, str]:
        """Le processus répond."""
        response.headers.update(NO_STORE)
        return {"etat": "vivant"}

    @router.get(
        "/pret",
        response_model=EtatService,
        responses={503: {"model": EtatService, "description": "Pas encore prêt, ou plus en état"}},
    )
    async def pret(request: Request) -> JSONResponse:
        """Le service peut répondre : données chargées ; la base de données est dite à part."""
        vitrine: Vitrine = request.app.state.vitrine
        vue = vitrine.vue
        direct: Direct | None = request.app.state.direct
        loaded = vue is not None and (direct is None or direct.vu is not None)
        away = vitrine.refused or vitrine.perimee_depuis is not None
        why: Literal["autre_revision", "injoignable"] = (
            "autre_revision" if vitrine.of_another_revision else "injoignable"
        )
        state = EtatService(
            etat="pret" if loaded else "en_chargement",
            base_de_donnees=why if away else "joignable",
            objets=len(vue.version) if vue else 0,
            derniere_modification=vue.instant if vue and vue.instant != EPOCH else None,
        )
        return JSONResponse(state.model_dump(mode="json"), 200 if loaded else 503, NO_STORE)

    return router
