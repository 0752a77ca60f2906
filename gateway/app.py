"""The one public door: sends each request to the service its path names."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.keys import KeyRing
from gateway.limits import BoundedBody, Screened, screen
from gateway.refusals import refuse
from gateway.site import create_site
from gateway.upstreams import Mount
from shared.db import make_engine
from shared.observability import Observability
from shared.problems import Problem
from shared.settings import Settings

PREFIX = "/v1/"


def create_gateway(upstreams: Mapping[str, ASGIApp], settings: Settings) -> ASGIApp:
    """The gateway in front of these services, each mounted at /v1/<name>."""
    mounts = {name: Mount(PREFIX + name, upstream) for name, upstream in upstreams.items()}
    url = settings.service_database_url("gateway")
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

    door = Door(
        mounts,
        site=create_site(mounts, lifespan),
        keys=KeyRing(engine, settings.secret_interne),
        max_body=settings.taille_max_corps,
    )
    return Observability(door, "passerelle")


class Door:
    """The hot path, as bare ASGI: a look at the headers, then one dictionary."""

    def __init__(
        self, mounts: Mapping[str, Mount], *, site: ASGIApp, keys: KeyRing, max_body: int
    ) -> None:
        self._mounts = mounts
        self._site = site
        self._keys = keys
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._site(scope, receive, send)
            return
        path: str = scope["path"]
        name = path[len(PREFIX) :].partition("/")[0] if path.startswith(PREFIX) else ""
        try:
            screened = screen(scope["headers"], max_body=self._max_body)
            scope["headers"] = screened.headers
            if screened.authorization is not None and name in self._mounts:
                await self._identify(scope, screened, name)
        except Problem as problem:
            await refuse(problem, scope, send)
            return
        target = self._mounts.get(name, self._site)
        if screened.is_streamed:
            await self._bounded(target, scope, receive, send)
        else:
            await target(scope, receive, send)

    async def _identify(self, scope: Scope, screened: Screened, service: str) -> None:
        """Put the service's own token where the client's key was."""
        assert screened.authorization is not None
        token = await self._keys.exchange(screened.authorization, service)
        if token is not None:
            header = (b"authorization", b"Bearer " + token.encode())
            scope["headers"] = [*screened.headers, header]

    async def _bounded(self, target: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        body = BoundedBody(scope, receive, send, max_body=self._max_body)
        try:
            await target(scope, body.receive, body.send)
        except Exception:
            # Cut from its body, the reader may fail as it likes: the refusal is the answer.
            if not body.is_exceeded:
                raise
        await body.close()
