"""A cache before a service that does as it is told, its clock in our hands."""

import asyncio
from contextlib import asynccontextmanager

from gateway.cache import Cache
from gateway.cache_store import Store

FRESH = "public, max-age=10, stale-while-revalidate=30, stale-if-error=600"


class Service:
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self):
        self.scopes = []
        self.status, self.body, self.cut = 200, b"bonjour", False
        self.headers = {"cache-control": FRESH, "etag": '"a"'}
        self.announced = True
        self.gate = None
        self.error = None
        self.closed = False

    async def __call__(self, scope, receive, send):
        self.scopes.append(scope)
        status, body, headers = self.status, self.body, dict(self.headers)
        tags = dict(scope["headers"]).get(b"if-none-match", b"").decode()
        if status == 200 and headers.get("etag", "?") in tags:
            status, body = 304, b""
        elif self.announced:
            headers["content-length"] = str(len(body))
        if self.gate is not None:
            arrived = asyncio.ensure_future(receive())
            opened = asyncio.ensure_future(self.gate.wait())
            await asyncio.wait({arrived, opened}, return_when=asyncio.FIRST_COMPLETED)
            arrived.cancel()
            if not opened.done():
                opened.cancel()
                return  # the client left
        if self.error is not None:
            raise self.error
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body[:3], "more_body": True})
        if not self.cut:
            await send({"type": "http.response.body", "body": body[3:]})

    @asynccontextmanager
    async def lifespan(self):
        yield
        self.closed = True

    def sent(self, number=-1):
        """Headers of a request that arrived."""
        headers = self.scopes[number]["headers"]
        return {name.decode(): value.decode() for name, value in headers}


def scope_of(path="/v1/x", *, method="GET", scheme="http", **headers):
    sent = {"host": "api.example", **{n.replace("_", "-"): v for n, v in headers.items()}}
    raw, _, query = path.partition("?")
    return {
        "type": "http",
        "method": method,
        "scheme": scheme,
        "path": raw.replace("%61", "a"),
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "client": ("192.0.2.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }


class Got:
    def __init__(self, messages):
        start = messages[0]
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        self.body = b"".join(message.get("body", b"") for message in messages[1:])
        self.is_whole = not messages[-1].get("more_body", False)
        self.note = self.headers.get("cache-status", "").removeprefix('"relance"; ')


class Bench:
    def __init__(self, **bounds):
        self.service = Service()
        self.time = 1_000.0
        self.store = Store(**{"max_items": 100, "max_bytes": 10_000_000, **bounds})
        self.cache = Cache(self.service, self.store, clock=lambda: self.time)

    async def ask(self, *args, leaves=None, **kwargs):
        messages = []

        async def receive():
            await (leaves or asyncio.Event()).wait()
            return {"type": "http.disconnect"}

        async def send(message):
            messages.append(message)

        await self.cache(scope_of(*args, **kwargs), receive, send)
        return Got(messages) if messages else None

    def now(self, *args, **kwargs):
        ready = self.cache.now(scope_of(*args, **kwargs))
        if ready is None:
            return None
        status, headers, body = ready
        return Got(
            [
                {"status": status, "headers": headers},
                {"body": body},
            ]
        )

    async def settle(self):
        """Let everything under way go as far as it can."""
        for _ in range(20):
            await asyncio.sleep(0)

    @property
    def asked(self):
        return len(self.service.scopes)
