"""Hot reads: public GETs answered from the vitrine, ahead of the web framework.

A read is an ordinary function, declared once: FastAPI documents it from its signature, and
`Reads` calls it. FastAPI's own road (routing, dependencies, response) costs more than the search.
"""

import inspect
import types
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, NoReturn, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import unquote_to_bytes

import brotli
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from shared import problems
from shared.auth import PUBLIC
from shared.conditional import matches
from shared.problems import InvalidParameter, Problem, Unavailable
from shared.vitrine import Vitrine, Vue

Headers = list[tuple[bytes, bytes]]
Function = TypeVar("Function", bound=Callable[..., Any])

FRESH: Final = b"public, max-age=10, stale-while-revalidate=30, stale-if-error=86400"
EXPOSED: Final = b"etag, link, x-request-id, relance-fraicheur"
COMPRESS_FROM: Final = 1_000
"""Bytes under which compressing costs more than it saves."""
CACHE_BYTES: Final = 32_000_000
"""Compressed answers kept in memory, in bytes."""
QUERY_MAX: Final = 4_000
"""Longest query string read, in bytes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A body of ready bytes and what else its headers say."""

    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


def _no_vue() -> NoReturn:
    raise AssertionError("a hot read is called by Reads, never by the framework")


VueDep = Annotated[Vue, Depends(_no_vue)]


@dataclass(frozen=True, slots=True)
class Read:
    """A declared read: its function and how its input is made."""

    function: Callable[..., Answer]
    template: str
    media_type: bytes
    query: type[BaseModel] | None
    lists: frozenset[str]
    """Query parameters that may be repeated."""
    has_key: bool
    """Whether the last segment of the path is a parameter."""

    def __call__(self, vue: Vue, key: str | None, query_string: bytes) -> Answer:
        arguments: list[Any] = [vue]
        if key is not None:
            arguments.append(key)
        values = parse_query(query_string, self.lists)
        if self.query is not None:
            try:
                arguments.append(self.query.model_validate(values))
            except ValidationError as error:
                raise problems.invalid_parameters(error, self.query) from error
        elif values:
            name = next(iter(values))
            raise InvalidParameter(
                f"Paramètre inconnu : {name}. Cette ressource n'en accepte aucun.", parametre=name
            )
        return self.function(*arguments)


def parse_query(query_string: bytes, lists: frozenset[str]) -> dict[str, str | list[str]]:
    """Names and values of a query string; a name that is not a list comes once."""
    if len(query_string) > QUERY_MAX:
        raise InvalidParameter("La requête dépasse 4 000 octets.", parametre="?")
    values: dict[str, Any] = {}
    if not query_string:
        return values
    escaped = b"%" in query_string or b"+" in query_string
    for pair in query_string.split(b"&"):
        if not pair:
            continue
        raw_name, _, raw_value = pair.partition(b"=")
        name, value = (_text(raw, escaped=escaped) for raw in (raw_name, raw_value))
        if name in lists:
            values.setdefault(name, []).append(value)
        elif name in values:
            raise InvalidParameter(f"Le paramètre {name} est répété.", parametre=name)
        else:
            values[name] = value
    return values


def _text(raw: bytes, *, escaped: bool) -> str:
    try:
        if escaped:
            raw = unquote_to_bytes(raw.replace(b"+", b" "))
        return raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidParameter("La requête n'est pas de l'UTF-8.", parametre="?") from error


class Reads:
    """The hot reads of one service: a registry, then an ASGI layer in front of the framework."""

    def __init__(self) -> None:
        self.router = APIRouter(dependencies=[PUBLIC])
        self._exact: dict[str, Read] = {}
        self._keyed: dict[str, Read] = {}
        self._compressed = _Compressed()

    def get(self, path: str, *, model: Any, media_type: str) -> Callable[[Function], Function]:
        """Declare a read at `path`; `model` documents its answer."""

        def declare(function: Function) -> Function:
            read = _describe(function, path, media_type)
            if read.has_key:
                self._keyed[path[: path.rindex("{")]] = read
            else:
                self._exact[path] = read
            document = {"content": {media_type: {}}, "model": model}
            self.router.get(path, response_model=None, responses={200: document})(function)
            return function

        return declare

    def find(self, path: str) -> tuple[Read, str | None] | None:
        """The read at a path, with the value of its path parameter."""
        read = self._exact.get(path)
        if read is not None:
            return read, None
        cut = path.rfind("/") + 1
        read = self._keyed.get(path[:cut])
        if read is not None and cut < len(path):
            return read, path[cut:]
        return None

    def wrap(self, app: ASGIApp, vitrine: Vitrine) -> ASGIApp:
        """The layer that answers the reads and leaves all else to `app`."""

        async def layer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
                root = scope.get("root_path", "")
                found = self.find(scope["path"][len(root) :])
                if found is not None:
                    await self._answer(found, vitrine, scope, send)
                    return
            await app(scope, receive, send)

        return layer

    async def _answer(
        self, found: tuple[Read, str | None], vitrine: Vitrine, scope: Scope, send: Send
    ) -> None:
        read, key = found
        scope["relance.route"] = read.template
        try:
            status, headers, body = self._read(read, key, vitrine, scope)
        except Problem as problem:
            status, headers, body = problems.render(problem, scope["path"])
            headers.append((b"access-control-allow-origin", b"*"))
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if status == 304 or scope["method"] == "HEAD":  # noqa: PLR2004 its own name
            body = b""
        await send({"type": "http.response.body", "body": body})

    def _read(
        self, read: Read, key: str | None, vitrine: Vitrine, scope: Scope
    ) -> tuple[int, Headers, bytes]:
        vue = vitrine.vue
        if vue is None:
            raise Unavailable("Les données se chargent ; réessayez dans quelques secondes.")
        headers: Headers = [
            *vue.headers,
            (b"cache-control", FRESH),
            (b"vary", b"accept-encoding"),
            (b"access-control-allow-origin", b"*"),
            (b"access-control-expose-headers", EXPOSED),
        ]
        if vitrine.perimee_depuis is not None:
            since = vitrine.perimee_depuis.isoformat(timespec="seconds").encode()
            headers.append((b"relance-fraicheur", b"perimee; depuis=" + since))
        encodings = b""
        for name, value in scope["headers"]:
            if name == b"if-none-match" and matches(value.decode("latin-1"), vue.etag.decode()):
                return 304, headers, b""
            if name == b"accept-encoding":
                encodings = value
        query = scope["query_string"]
        answer = read(vue, key, query)
        headers.append((b"content-type", read.media_type))
        headers.extend(answer.headers)
        body = answer.body
        if encodings and len(body) >= COMPRESS_FROM:
            coding = negotiate(encodings)
            if coding is not None:
                headers.append((b"content-encoding", coding))
                body = self._compressed.get((vue.etag, scope["path"], query, coding), body)
        return 200, headers, body


def _describe(function: Callable[..., Answer], path: str, media_type: str) -> Read:
    """Read a function's signature: (vue), then a path parameter, then a query model."""
    hints = get_type_hints(function, include_extras=True)
    query: type[BaseModel] | None = None
    for name in inspect.signature(function).parameters:
        if get_origin(hints[name]) is Annotated:
            kind, *extras = get_args(hints[name])
            if any(isinstance(extra, type(Query())) for extra in extras):
                query = kind
    lists = frozenset(
        name
        for name, field in (query.model_fields if query else {}).items()
        if _is_list(field.annotation)
    )
    return Read(function, path, media_type.encode(), query, lists, has_key="{" in path)


def _is_list(annotation: Any) -> bool:
    if isinstance(annotation, types.UnionType):
        return any(map(_is_list, get_args(annotation)))
    return get_origin(annotation) in {list, tuple, frozenset, set}


def negotiate(accept: bytes) -> bytes | None:
    """The best of br and gzip that the client takes (RFC 9110 § 12.5.3), None for neither."""
    weights: dict[bytes, float] = {}
    for item in accept.lower().split(b","):
        coding, _, parameters = item.partition(b";")
        _, _, weight = parameters.partition(b"q=")
        try:
            weights[coding.strip()] = float(weight) if weight else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    rest = weights.get(b"*", 0.0)
    best = max((b"br", b"gzip"), key=lambda coding: weights.get(coding, rest))
    return best if weights.get(best, rest) > 0 else None


class _Compressed:
    """Compressed answers of the current version: the work is done once a query."""

    def __init__(self) -> None:
        self._answers: dict[tuple[bytes, str, bytes, bytes], bytes] = {}
        self._size = 0

    def get(self, key: tuple[bytes, str, bytes, bytes], body: bytes) -> bytes:
        found = self._answers.get(key)
        if found is None:
            # Levels that cost less than they save on the wire: a search is ten times cheaper
            # than gzip's default.
            found = (
                brotli.compress(body, quality=1)
                if key[3] == b"br"
                else zlib.compress(body, level=1, wbits=31)
            )
            if self._size + len(found) > CACHE_BYTES:
                self._answers.clear()
                self._size = 0
            self._answers[key] = found
            self._size += len(found)
        return found
