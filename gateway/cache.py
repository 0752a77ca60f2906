"""The shared HTTP cache in front of a remote service, as ASGI (RFC 9111, 5861, 9211)."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import cache_rules as rules
from gateway.cache_exchange import Exchange, Mode
from gateway.cache_store import Key, Store, Stored
from gateway.hop import BrokenError, problem_of
from gateway.refusals import refuse
from gateway.upstreams import RemoteService, kept_here
from shared.conditional import matches
from shared.http.replies import Answered, Reply, lines
from shared.observability import Observability, Observer
from shared.problems import GatewayTimeout
from shared.settings import Settings

logger = logging.getLogger(__name__)

Ready = tuple[int, rules.Headers, bytes]
"""Status, headers and body of an answer."""

PAUSE_S: Final = 1.0
"""The service is not asked again about the same answer before, however clients insist."""
RETRY_S: Final = 5.0
"""Nor so soon after it failed, while what is kept may serve in its place."""
AWAY_S: Final = 120.0
"""How long a service that could not be reached is thought to be away: longer than a question to it
may stay without an answer. Meanwhile what is kept serves at once, and it is asked behind clients'
backs: each would wait as long as the hop does for an answer that is here."""
ALONE_MAX: Final = 10_000
"""Questions remembered as having no shared answer."""
REFRESHES_MAX: Final = 64
"""Answers asked for again at a time, beside those that clients wait for."""

_READS: Final = frozenset({"GET", "HEAD"})
_SAFE: Final = _READS | {"OPTIONS", "TRACE"}
# Somebody's own, a part of an answer, a condition the service weighs, a question with a body.
_NOT_SHARED: Final = frozenset(
    {
        b"authorization",
        b"content-length",
        b"if-match",
        b"if-range",
        b"if-unmodified-since",
        b"range",
        b"transfer-encoding",
    }
)
_AWAY: Final = frozenset({502, 503, 504})
_HIT: Final = b'"relance"; hit; ttl=%d'
_ERROR: Final = 400


class Question(NamedTuple):
    """A request whose answer may be another's."""

    key: Key
    headers: rules.Headers
    sent: Mapping[bytes, bytes]
    """The same, of those said twice the last."""


def question_of(scope: Scope) -> Question | None:
    """What is asked, None when only the service may answer."""
    if scope["method"] not in _READS:
        return None
    headers = scope["headers"]
    sent = dict(headers)
    if not sent.keys().isdisjoint(_NOT_SHARED):
        return None
    if b"connection" in sent and kept_here(headers):
        return None  # the service will not see all that the key is made of
    tags = sent.get(b"if-none-match")
    if b"if-modified-since" in sent if tags is None else tags.strip() == b"*":
        return None
    key = Key(
        scope.get("raw_path") or scope["path"],
        scope["query_string"],
        sent.get(b"host", b""),
        scope["scheme"],
        rules.accepted(sent[b"accept-encoding"]) if b"accept-encoding" in sent else b"",
        b"origin" in sent,
    )
    return Question(key, headers, sent)


def reply(stored: Stored, question: Question, method: str, more: rules.Headers) -> Ready:
    """What a kept answer is to one client: 304 when the client has it already."""
    tags = question.sent.get(b"if-none-match")
    if tags is not None and stored.etag is not None and stored.status == rules.OK:
        tag = stored.etag
        if tags == tag or matches(tags.decode("latin-1"), tag.decode("latin-1")):
            return 304, [*rules.of_304(stored.headers), *more], b""
    return stored.status, [*stored.headers, *more], b"" if method == "HEAD" else stored.body


def cached(upstreams: Mapping[str, ASGIApp], settings: Settings) -> dict[str, ASGIApp]:
    """The upstreams, those of other processes behind a cache that they share."""
    if not settings.cache_octets:
        return dict(upstreams)
    store = Store(max_items=settings.cache_reponses, max_bytes=settings.cache_octets)
    return {
        name: Cache(upstream, store) if isinstance(upstream, RemoteService) else upstream
        for name, upstream in upstreams.items()
    }


class Cache:
    """Answers what it may from what it keeps, and asks the service once for all who wait."""

    def __init__(
        self, service: ASGIApp, store: Store, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._service = service
        self._store = store
        self._clock = clock
        self._failed = float("-inf")
        """When the service could not be reached, unless it has answered since."""
        self._awaited: dict[Key, Exchange] = {}
        """Those that others may wait for."""
        self._underway: set[Exchange] = set()
        self._refreshes: set[asyncio.Task[None]] = set()
        self._alone: set[int] = set()
        """Hashes of questions whose answer was nobody else's: nobody waits for the next one."""

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """The service's own; what is being refreshed at the end is given up."""
        opened = getattr(self._service, "lifespan", None)
        assert opened is not None
        async with opened():
            yield
            for task in self._refreshes:
                task.cancel()
            await asyncio.gather(*self._refreshes, return_exceptions=True)

    def now(self, scope: Scope) -> Ready | None:
        """The answer that needs no waiting; None leaves the request to `__call__`."""
        question = question_of(scope)
        return self._ready(question, scope) if question is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._service(scope, receive, send)
            return
        question = question_of(scope)
        if question is None:
            await self._pass_on(scope, receive, send)
            return
        ready = self._ready(question, scope) or await self._wait(question, scope)
        if ready is not None:
            await _send(ready, send)
        elif b"only-if-cached" in rules.directives(question.sent.get(b"cache-control", b"")):
            await refuse(GatewayTimeout("La réponse n'est pas en cache."), scope, send)
        else:
            await self._ask(question, scope, receive, send)

    def _ready(self, question: Question, scope: Scope) -> Ready | None:
        """A fresh answer, or a stale one that may serve now."""
        stored = self._store.find(question.key, question.headers)
        if stored is None:
            return None
        now = self._clock()
        age, (fresh_s, stale_s, error_s) = now - stored.born, stored.terms
        is_fresh = age < fresh_s
        excused = now - stored.failed < RETRY_S or now - self._failed < AWAY_S
        if not is_fresh and not (age < fresh_s + stale_s or (age < fresh_s + error_s and excused)):
            return None
        may_ask = now - max(stored.asked, stored.failed) >= PAUSE_S
        if may_ask and rules.asks_validation(question.headers, age=age, fresh_s=fresh_s):
            return None
        if not is_fresh and may_ask and now - stored.failed >= RETRY_S:
            self._refresh_soon(question, scope, stored)
        more = ((b"age", b"%d" % age), (b"cache-status", _HIT % (fresh_s - int(age))))
        return reply(stored, question, scope["method"], more)

    async def _wait(self, question: Question, scope: Scope) -> Ready | None:
        """The answer to the same question, already asked; None leaves it to this client to ask."""
        while (asked := self._awaited.get(question.key)) is not None:
            await asked.ended.wait()
            found = asked.shared
            if found is not None and rules.suits(found.varied, question.headers):
                more = (self._age(found), (b"cache-status", asked.note(b"; collapsed")))
                return reply(found, question, scope["method"], more)
            if not asked.is_abandoned:
                return None
        return None

    async def _ask(self, question: Question, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the service, on behalf of all who want the same until it answers."""
        exchange = self._exchange(question, scope)
        # The answer to HEAD, or to a condition of this client only, is no answer to others.
        own = exchange.stale is None and b"if-none-match" in question.sent
        if scope["method"] == "GET" and not own and hash(question.key) not in self._alone:
            self._awaited.setdefault(question.key, exchange)
        asked = _conditional(scope, exchange.stale)
        await self._run(exchange, asked, exchange.listened(receive), send)
        if exchange.mode is Mode.CHANGED:
            self._store.drop(question.key)
            await self._ask(question, scope, receive, send)
        elif exchange.found is not None and exchange.is_held:
            more = self._told(exchange, exchange.found)
            await _send(reply(exchange.found, question, scope["method"], more), send)
        elif exchange.mode is Mode.HELD and not exchange.is_abandoned:
            await refuse(problem_of(BrokenError, scope["method"]), scope, send)

    def _exchange(self, question: Question, scope: Scope) -> Exchange:
        stale, now = self._store.find(question.key, question.headers), self._clock()
        if stale is not None:
            reason = b"stale" if now - stale.born >= stale.terms.fresh_s else b"request"
        else:
            reason = b"vary-miss" if question.key in self._store else b"uri-miss"
        return Exchange(scope, question.key, stale, now=now, reason=reason)

    async def _run(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the service answer, keep what may be kept, and tell those who wait."""

        async def take(message: Message) -> None:
            passed = exchange.take(message)
            if passed is not None:
                self._release(exchange)
                await send(passed)

        self._underway.add(exchange)
        try:
            await self._service(scope, receive, take)
            self._settle(exchange)
        except asyncio.CancelledError:
            exchange.is_abandoned = True
            raise
        finally:
            self._underway.discard(exchange)
            self._release(exchange)

    def _settle(self, exchange: Exchange) -> None:
        """Keep what came, or note that nothing did."""
        key, found = exchange.key, exchange.result()
        is_cut = exchange.mode is Mode.HELD and found is None and not exchange.is_abandoned
        if is_cut and exchange.has_spare:
            exchange.mode, exchange.status = Mode.FAILED, 502
        if exchange.status:
            self._failed = self._clock() if exchange.status in _AWAY else float("-inf")
        if exchange.mode is Mode.FAILED and exchange.stale is not None:
            found = exchange.stale._replace(failed=self._clock())
        if exchange.has_superseded or not exchange.may_keep:
            self._store.drop(key)
        elif found is not None and not exchange.is_spoiled:
            self._store.put(key, exchange.path, found)
            self._alone.discard(hash(key))
        exchange.found = found
        if found is not None and found.terms.fresh_s:
            exchange.shared = found

    def _release(self, exchange: Exchange) -> None:
        """Let those who wait go on, and nobody wait any more."""
        if exchange.is_own:
            if len(self._alone) >= ALONE_MAX:
                self._alone.clear()
            self._alone.add(hash(exchange.key))
        if self._awaited.get(exchange.key) is exchange:
            del self._awaited[exchange.key]
        exchange.ended.set()

    def _told(self, exchange: Exchange, found: Stored) -> rules.Headers:
        if exchange.mode is Mode.HELD:
            kept = b"" if exchange.is_spoiled else b"; stored"
            return [*exchange.own_age(), (b"cache-status", exchange.note(kept))]
        status = b"; fwd-status=%d" % exchange.status
        if exchange.mode is Mode.FAILED:
            status += b'; detail="stale-if-error"'
        return [self._age(found), (b"cache-status", exchange.note(status))]

    def _age(self, stored: Stored) -> tuple[bytes, bytes]:
        return (b"age", b"%d" % (self._clock() - stored.born))

    def _refresh_soon(self, question: Question, scope: Scope, stored: Stored) -> None:
        if question.key in self._awaited or len(self._refreshes) >= REFRESHES_MAX:
            return
        asked = {
            **scope,
            "method": "GET",
            "client": None,
            "headers": rules.impersonal(question.headers, stored.varied),
        }
        Observer.begin(asked)  # traced, but of no line among the requests
        exchange = Exchange(asked, question.key, stored, now=self._clock(), reason=b"stale")
        self._awaited[question.key] = exchange
        refresh = self._refresh(exchange, _conditional(asked, stored))
        task = asyncio.get_running_loop().create_task(refresh)
        self._refreshes.add(task)
        task.add_done_callback(self._refreshes.discard)

    async def _refresh(self, exchange: Exchange, scope: Scope) -> None:
        try:
            await self._run(exchange, scope, _stays, _nowhere)
        # The clients have their answer; the next one will ask again.
        except Exception:
            logger.exception("refresh of %s", exchange.path)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave a request to the service; a change makes what is kept at its path wrong."""
        reason = b"bypass" if scope["method"] in _READS else b"method"
        is_change = scope["method"] not in _SAFE

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                if is_change and message["status"] < _ERROR:
                    self._forget(scope["path"])
                headers = [*message["headers"], (b"cache-status", b'"relance"; fwd=' + reason)]
                message = {**message, "headers": headers}
            await send(message)

        await self._service(scope, receive, noted)

    def _forget(self, path: str) -> None:
        """Forget what is kept at a path and what is on its way there (RFC 9111 § 4.4)."""
        self._store.forget(path)
        for exchange in self._underway:
            if exchange.path == path:
                exchange.is_spoiled = True
                if self._awaited.get(exchange.key) is exchange:
                    del self._awaited[exchange.key]


class WatchedCache(Observability):
    """A cache whose hits leave a line and are counted, even those of the short way."""

    def __init__(self, cache: Cache, observer: Observer) -> None:
        super().__init__(cache, observer)
        self._cache = cache

    def now(self, scope: Scope) -> Answered | None:
        """The reply that is kept (`shared.http.replies.Now`).

        Behind a proxy the scheme, which is in the key, is not known before uvicorn's own way.
        """
        if b"x-forwarded-proto" in dict(scope["headers"]):
            return None
        ready = self._cache.now(scope)
        if ready is None:
            return None
        status, headers, body = ready
        watch = self.observer.begin(scope)
        found = Reply(status, tuple(headers), lines(tuple(headers)), (body,), len(body))
        self.observer.end(watch, scope, f"{scope['root_path']}/*", status, found.size)
        return found, watch.request_id.encode()


def _conditional(scope: Scope, known: Stored | None) -> Scope:
    """The request, with the condition that what is known has changed."""
    if known is None or known.etag is None:
        return scope
    others = [header for header in scope["headers"] if header[0] != b"if-none-match"]
    return {**scope, "headers": [*others, (b"if-none-match", known.etag)]}


async def _send(ready: Ready, send: Send) -> None:
    status, headers, body = ready
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _stays() -> Message:
    """What a client that stays sends."""
    await asyncio.Event().wait()
    raise AssertionError


async def _nowhere(_message: Message) -> None:
    """A client that wants nothing."""
