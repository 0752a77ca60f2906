"""The gateway as an ASGI application: routes each request to the service its path names."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.cache import Cache, WatchedCache, cached
from gateway.keys import KeyRing, is_foreign
from gateway.limits import BoundedBody, Screened, screen
from gateway.refusals import refusal
from gateway.site import create_site
from gateway.upstreams import Mount, RemoteService
from shared.db import make_engine
from shared.http.replies import Answered
from shared.observability import CAME, Observability, Observer
from shared.postgres import find_running
from shared.problems import Problem
from shared.settings import Settings

PREFIX = "/v1/"


def create_gateway(upstreams: Mapping[str, ASGIApp], settings: Settings) -> ASGIApp:
    """The gateway in front of these services, each mounted at /v1/<name>."""
    observer = Observer("passerelle")
    upstreams = cached(upstreams, settings)
    mounts = {
        name: Mount(f"{PREFIX}{name}", _watched(upstream, observer))
        for name, upstream in upstreams.items()
    }
    url = settings.service_database_url("gateway") or find_running(settings.dossier)
    engine = make_engine(url) if url else None

    @asynccontextmanager
    async def lifespan(_site: object) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for upstream in upstreams.values():
                opened = getattr(upstream, "lifespan", None)
                if opened is not None:
                    await stack.enter_async_context(opened())
            yield
        if engine is not None:
            engine.dispose()

    keys = KeyRing(engine, settings.secret_interne)
    site = create_site(mounts, keys, lifespan, settings.adresse_publique)
    return Door(
        mounts,
        site=Observability(site, observer),
        keys=keys,
        max_body=settings.taille_max_corps,
        observer=observer,
    )


def _watched(upstream: ASGIApp, observer: Observer) -> ASGIApp:
    """A service of this process watches its own requests; the gateway watches the others'."""
    if isinstance(upstream, Cache):
        return WatchedCache(upstream, observer)
    return Observability(upstream, observer) if isinstance(upstream, RemoteService) else upstream


class Door:
    """The hot path, as bare ASGI: a look at the headers, then one dictionary."""

    def __init__(
        self,
        mounts: Mapping[str, Mount],
        *,
        site: ASGIApp,
        keys: KeyRing,
        max_body: int,
        observer: Observer,
    ) -> None:
        self._mounts = mounts
        self._site = site
        self._keys = keys
        self._max_body = max_body
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._site(scope, receive, send)
            return
        name = _service_of(scope["path"])
        mount = self._mounts.get(name)
        try:
            screened = screen(scope["headers"], max_body=self._max_body)
            scope["headers"] = screened.headers
            if screened.authorization is not None and mount is not None:
                await self._identify(scope, screened, name)
        except Problem as problem:
            scope["route"] = mount
            await Observability(refusal(problem), self._observer)(scope, receive, send)
            return
        target = mount or self._site
        if screened.is_streamed:
            await self._bounded(target, scope, receive, send)
        else:
            await target(scope, receive, send)

    def now(self, scope: Scope) -> Answered | None:
        """The reply of a service that needs no waiting (`shared.http.replies.Now`)."""
        mount = self._mounts.get(_service_of(scope["path"]))
        if mount is None or mount.now is None:
            return None
        try:
            screened = screen(scope["headers"], max_body=self._max_body)
        except Problem:
            return None
        if screened.authorization is not None or screened.is_streamed:
            return None
        return mount.now({**scope, "headers": screened.headers, "root_path": mount.root})

    async def _identify(self, scope: Scope, screened: Screened, service: str) -> None:
        """Put the service's own token where the client's key was; let a standard's token pass."""
        presented = screened.authorization
        assert presented is not None
        scope[CAME] = time.perf_counter()
        token = await self._keys.exchange(presented, service)
        if token is not None:
            presented = b"Bearer " + token.encode()
        elif not is_foreign(presented):
            return
        scope["headers"] = [*screened.headers, (b"authorization", presented)]

    async def _bounded(self, target: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        body = BoundedBody(scope, receive, send, max_body=self._max_body)
        try:
            await target(scope, body.receive, body.send)
        except Exception:
            # Cut from its body, the reader may fail as it likes: the refusal is the answer.
            if not body.is_exceeded:
                raise
        await body.close()


def _service_of(path: str) -> str:
    """The service that a public path names, if any."""
    return path[len(PREFIX) :].partition("/")[0] if path.startswith(PREFIX) else ""
