"""What a process tells of itself: a log line and metrics for each request, JSON logs."""

import logging
import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from typing import Final

import orjson
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS: Final = Counter(
    "relance_requetes", "Requests answered", ("service", "methode", "route", "statut")
)
DURATIONS: Final = Histogram(
    "relance_duree_secondes",
    "Time from request to end of response",
    ("service", "route"),
    buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10),
)
REQUEST_LINES: Final = logging.getLogger("relance.requetes")
"""Its level decides whether requests that went well leave a line."""
REQUEST_LINES.setLevel(logging.INFO)
WATCH: Final = "relance.watch"
"""Scope key of the `Watch` of a request that a layer already watches."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_PROCESS = os.urandom(8).hex()
_NUMBERS = count(1)


def _write(line: bytes) -> None:
    sys.stderr.buffer.write(line)
    sys.stderr.buffer.flush()


@dataclass(frozen=True, slots=True)
class Watch:
    """A request under way."""

    start: float
    request_id: str
    traceparent: str


class Observer:
    """Request ids, one log line a request, metrics per route: for one service."""

    def __init__(self, service: str, write: Callable[[bytes], object] = _write) -> None:
        self.service = service
        self.write = write

    def begin(self, scope: Scope) -> Watch:
        """Id and trace of a request: the client's when well formed, else new ones."""
        request_id = traceparent = None
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
                request_id = value.decode()
            elif name == b"traceparent" and _TRACEPARENT.fullmatch(value):
                traceparent = value.decode()
        if traceparent is None:
            # Unique without a draw a request: random per process, then counted.
            number = f"{next(_NUMBERS):016x}"
            traceparent = f"00-{_PROCESS}{number}-{number}-00"
        watch = Watch(time.perf_counter(), request_id or traceparent[3:35], traceparent)
        scope[WATCH] = watch
        return watch

    def end(self, watch: Watch, scope: Scope, route: str, status: int, size: int) -> None:
        """Tell of a request that was answered: `size` bytes of body."""
        duration = time.perf_counter() - watch.start
        requests, durations = _metrics(self.service, scope["method"], route, status)
        requests.inc()
        durations.observe(duration)
        if status < 500 and not REQUEST_LINES.isEnabledFor(logging.INFO):  # noqa: PLR2004
            return
        self.write(
            orjson.dumps(
                {
                    "instant": datetime.now(UTC),
                    "niveau": "info" if status < 500 else "error",  # noqa: PLR2004
                    "message": "requete",
                    "service": self.service,
                    "request_id": watch.request_id,
                    "traceparent": watch.traceparent,
                    "methode": scope["method"],
                    "route": route,
                    "chemin": scope["path"],
                    "statut": status,
                    "octets": size,
                    "duree_ms": round(duration * 1000, 3),
                },
                option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z,
            )
        )


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


def route_of(scope: Scope) -> str:
    """The template of the route that answered; one label for all paths that no route knows."""
    return str(getattr(scope.get("route"), "path", "(aucune)"))


@lru_cache(maxsize=4096)
def _metrics(service: str, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    # A client may send any word as a method; the metrics keep those of HTTP.
    known = method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "AUTRE"
    return REQUESTS.labels(service, known, route, str(status)), DURATIONS.labels(service, route)


class JsonFormatter(logging.Formatter):
    """A log record as one JSON line, in the words of the request lines."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "instant": datetime.fromtimestamp(record.created, UTC),
            "niveau": record.levelname.lower(),
            "message": record.getMessage(),
            "origine": record.name,
        }
        if record.exc_info:
            line["erreur"] = self.formatException(record.exc_info)
        return orjson.dumps(line, option=orjson.OPT_UTC_Z, default=str).decode()


def configure_logging(level: int = logging.INFO) -> None:
    """JSON lines on standard error, for everything that logs in the process."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    REQUEST_LINES.setLevel(level)
