"""Logs and metrics: one JSON line and one measurement for each request."""

import logging
import os
import re
import sys
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate, count
from typing import Final, NamedTuple

import orjson
from prometheus_client import REGISTRY, Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUCKETS_S: Final = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
REQUEST_LINES: Final = logging.getLogger("relance.requetes")
"""Its level decides whether requests that went well leave a line."""
REQUEST_LINES.setLevel(logging.INFO)
WATCH: Final = "relance.watch"
"""Scope key of the `Watch` of a request that a layer already watches."""
CAME: Final = "relance.came"
"""Scope key of when a request came (`time.perf_counter`), if it waited before it was watched."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# Zeros name no trace (W3C Trace Context).
_TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_PROCESS = os.urandom(8).hex()
_NUMBERS = count(1)


_LINE: Final = (
    b'{"instant":"%b","niveau":"%b","message":"requete","service":"%b","request_id":"%b",'
    b'"traceparent":"%b","route":"%b",%b,"statut":%d,"octets":%d,"duree_ms":%.3f}\n'
)


def _instant() -> bytes:
    """Now in UTC, to the microsecond, as the other log lines write it."""
    second, rest = divmod(time.time_ns(), 1_000_000_000)
    return b"%b.%06dZ" % (_second(second), rest // 1_000)


@lru_cache(maxsize=1)
def _second(second: int) -> bytes:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


def _write(line: bytes) -> None:
    sys.stderr.buffer.write(line)
    sys.stderr.buffer.flush()


class Watch(NamedTuple):
    """A request under way."""

    start: float
    request_id: str
    traceparent: str


class _Route:
    """What is counted of the requests of a service to one route."""

    __slots__ = ("buckets", "seconds", "statuses")

    def __init__(self) -> None:
        self.statuses: dict[tuple[str, int], int] = {}
        """By method and status."""
        self.buckets = [0] * (len(BUCKETS_S) + 1)
        self.seconds = 0.0

    def count(self, method: str, status: int, seconds: float) -> None:
        # A client may send any word as a method; the metrics keep those of HTTP.
        key = (method if method in _METHODS else "AUTRE", status)
        self.statuses[key] = self.statuses.get(key, 0) + 1
        self.buckets[bisect_left(BUCKETS_S, seconds)] += 1
        self.seconds += seconds


class _Requests(Collector):
    """Requests and their durations by route, as Prometheus reads them.

    Counted in plain numbers, by the event loop alone: the library's own counters take a lock and
    3 us each time, as much as finding a kept answer.
    """

    def __init__(self) -> None:
        self.routes: dict[tuple[str, str], _Route] = {}
        """By service and route template."""

    def route(self, service: str, route: str) -> _Route:
        found = self.routes.get((service, route))
        if found is None:
            found = self.routes[service, route] = _Route()
        return found

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "relance_requetes",
            "Requests answered",
            labels=("service", "methode", "route", "statut"),
        )
        durations = HistogramMetricFamily(
            "relance_duree_secondes",
            "Time from request to end of response",
            labels=("service", "route"),
        )
        for (service, route), seen in list(self.routes.items()):
            for (method, status), seen_so_often in list(seen.statuses.items()):
                requests.add_metric((service, method, route, str(status)), seen_so_often)
            bounds = [*map(floatToGoString, BUCKETS_S), "+Inf"]
            durations.add_metric(
                (service, route),
                list(zip(bounds, accumulate(seen.buckets), strict=True)),
                seen.seconds,
            )
        yield requests
        yield durations


REQUESTS: Final = _Requests()
REGISTRY.register(REQUESTS)


class Observer:
    """Request ids, one log line a request, metrics per route: for one service."""

    def __init__(self, service: str, write: Callable[[bytes], object] = _write) -> None:
        self.service = service
        self.write = write
        self._name = service.encode()

    @staticmethod
    def begin(scope: Scope) -> Watch:
        """Id and trace of a request: the client's when well formed, else new ones."""
        sent = dict(scope["headers"])
        request_id, traceparent = sent.get(b"x-request-id"), sent.get(b"traceparent")
        if traceparent is not None and _TRACEPARENT.fullmatch(traceparent):
            trace = traceparent.decode()
        else:
            # Unique without a draw a request: random per process, then counted.
            number = f"{next(_NUMBERS):016x}"
            trace = f"00-{_PROCESS}{number}-{number}-00"
        known = request_id is not None and _REQUEST_ID.fullmatch(request_id)
        name = request_id.decode() if request_id is not None and known else trace[3:35]
        watch = Watch(scope.get(CAME) or time.perf_counter(), name, trace)
        scope[WATCH] = watch
        return watch

    def end(self, watch: Watch, scope: Scope, route: str, status: int, size: int) -> None:
        """Tell of a request that was answered: `size` bytes of body."""
        duration = time.perf_counter() - watch.start
        REQUESTS.route(self.service, route).count(scope["method"], status, duration)
        if status < 500 and not REQUEST_LINES.isEnabledFor(logging.INFO):  # noqa: PLR2004
            return
        level = b"info" if status < 500 else b"error"  # noqa: PLR2004
        # Only a client's own words need escaping: ids were checked, routes are ours.
        asked = orjson.dumps({"methode": scope["method"], "chemin": scope["path"]})[1:-1]
        names = (watch.request_id.encode(), watch.traceparent.encode(), route.encode())
        told = (_instant(), level, self._name, *names, asked, status, size, duration * 1000)
        self.write(_LINE % told)


class Observability:
    """ASGI layer that watches every request no inner or outer layer watches itself."""

    def __init__(self, app: ASGIApp, observer: Observer) -> None:
        self.app = app
        self.observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or WATCH in scope:
            await self.app(scope, receive, send)
            return
        watch = self.observer.begin(scope)
        header = (b"x-request-id", watch.request_id.encode())
        status, size = 500, 0

        async def observed(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), header]}
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, observed)
        finally:
            self.observer.end(watch, scope, route_of(scope), status, size)


def named(scope: Scope) -> dict[str, str]:
    """What ties another log line to its request, as `extra` of the logger takes it."""
    watch: Watch | None = scope.get(WATCH)
    if watch is None:
        return {}
    return {"request_id": watch.request_id, "traceparent": watch.traceparent}


def route_of(scope: Scope) -> str:
    """The template of the route that answered; one label for all paths that no route knows."""
    return str(getattr(scope.get("route"), "path", "(aucune)"))


class JsonFormatter(logging.Formatter):
    """A log record as one JSON line, in the words of the request lines."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "instant": datetime.fromtimestamp(record.created, UTC),
            "niveau": record.levelname.lower(),
            "message": record.getMessage(),
            "origine": record.name,
        }
        for name in ("request_id", "traceparent"):
            if told := getattr(record, name, None):
                line[name] = told
        if record.exc_info:
            line["erreur"] = self.formatException(record.exc_info)
        return orjson.dumps(line, option=orjson.OPT_UTC_Z, default=str).decode()


def configure_logging(level: int = logging.INFO) -> None:
    """JSON lines on standard error, for everything that logs in the process."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Each call of httpx would leave a line with the whole address, which may hold a secret.
    logging.getLogger("httpx").setLevel(max(level, logging.WARNING))
    REQUEST_LINES.setLevel(level)
