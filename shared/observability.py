"""What a process tells of itself: a log line and metrics for each request, JSON logs."""

import logging
import os
import re
import sys
import time
from collections.abc import Callable
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
UNKNOWN_ROUTE: Final = "(aucune)"
"""One label for all paths that no route knows: clients must not grow the metrics."""
OBSERVED: Final = "relance.request_id"
"""Scope key: an outer layer already watches this request."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_PREFIX = os.urandom(6).hex()
_NUMBERS = count()


def new_request_id() -> str:
    """Unique in the suite: random per process, then counted."""
    return f"{_PREFIX}{next(_NUMBERS):08x}"


def new_traceparent() -> str:
    """W3C Trace Context, version 00, for a request that came without one."""
    return f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-00"


def _write(line: bytes) -> None:
    sys.stderr.buffer.write(line)
    sys.stderr.buffer.flush()


class Observability:
    """Outermost ASGI layer: request id, trace, one log line, metrics per route."""

    def __init__(
        self, app: ASGIApp, service: str, write: Callable[[bytes], object] = _write
    ) -> None:
        self.app = app
        self.service = service
        self.write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or OBSERVED in scope:
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        request_id, traceparent = identify(scope)
        scope[OBSERVED] = request_id
        scope["relance.traceparent"] = traceparent
        status, size = 500, 0

        async def observed(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message.setdefault("headers", [])
                if isinstance(headers, list):
                    headers.append((b"x-request-id", request_id.encode()))
                else:
                    message["headers"] = [*headers, (b"x-request-id", request_id.encode())]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, observed)
        finally:
            self._tell(scope, status, size, time.perf_counter() - start)

    def _tell(self, scope: Scope, status: int, size: int, duration: float) -> None:
        route = route_of(scope)
        requests, durations = _metrics(self.service, scope["method"], route, status)
        requests.inc()
        durations.observe(duration)
        self.write(
            orjson.dumps(
                {
                    "instant": datetime.now(UTC),
                    "niveau": "info" if status < 500 else "error",  # noqa: PLR2004
                    "message": "requete",
                    "service": self.service,
                    "request_id": scope[OBSERVED],
                    "traceparent": scope["relance.traceparent"],
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


def identify(scope: Scope) -> tuple[str, str]:
    """Request id and traceparent: the client's when well formed, else new ones."""
    request_id = traceparent = None
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            request_id = value.decode()
        elif name == b"traceparent" and _TRACEPARENT.fullmatch(value):
            traceparent = value.decode()
    return request_id or new_request_id(), traceparent or new_traceparent()


def route_of(scope: Scope) -> str:
    """The template of the route that answered, from whichever layer knows it."""
    template = scope.get("relance.route")
    if template is None:
        template = getattr(scope.get("route"), "path", None)
    return UNKNOWN_ROUTE if template is None else str(template)


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
